"""Beginning with the weights of a run of one's own."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassList
from segstudio.errors import SegstudioError
from segstudio.learning.models.own import load_run_model
from segstudio.learning.models.upsampling import TransposedUpsample
from segstudio.learning.runs import Run, open_run

_BEST = Path("checkpoints") / "best.keras"
_CHANNELS_BEFORE_LAST = (keras.layers.Conv2DTranspose, keras.layers.DepthwiseConv2D, TransposedUpsample)
"""Layers whose kernels name the output channels in the last axis but one."""

_MIXING = (keras.layers.Dense, keras.layers.Conv2D, keras.layers.Conv2DTranspose, keras.layers.SeparableConv2D)
"""Layers whose answer for a class depends on all channels of what they read: there a head begins."""


class TakeOverError(SegstudioError):
    """The weights of a run cannot be taken over."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What a model has of a run.

    Attributes:
        run: the run's name.
        layers: how many layers with weights were taken over, whole or (of the head) in part.
        of: how many layers with weights the model has.
        classes: names of the classes whose part of the head was taken over, in the order of the new classes.
        new_classes: names of the others, whose part of the head is new.
    """

    run: str
    layers: int
    of: int
    classes: tuple[str, ...]
    new_classes: tuple[str, ...]

    @property
    def note(self) -> str:
        """The same in a sentence or two."""
        text = f"{self.layers} of {self.of} layers begin with the weights of {self.run}."
        if self.new_classes and self.classes:
            return f"{text} The head is new for: {', '.join(self.new_classes)}."
        return f"{text} The head is new." if self.new_classes else text


_Values = list[npt.NDArray[Any]]
_Planned = tuple[keras.layers.Layer, _Values, bool]
"""A layer, the weights to give it, and whether it is part of the head."""


@dataclass(frozen=True, slots=True)
class _Heads:
    """Which channels of a head are taken from where: ``here[i]`` of the new from ``there[i]`` of the old."""

    here: list[int]
    there: list[int]
    same: bool


def take_over(model: keras.Model, run_folder: Path, classes: ClassList) -> TakenOver:
    """Give a model the weights of a run, layer by layer, where names and shapes agree.

    The head, whose channels are classes, is taken over whole where the classes are the same in name and order; where
    some have the same name, what belongs to them is taken over and the rest stays new.

    Args:
        model: from pictures to logits; changed in place.
        run_folder: a run with a model; its best one is taken.
        classes: those that the model is to tell apart.

    Raises:
        TakeOverError: the run has no model, or nothing but its head fits: another architecture. The model is as it was.
        RunError: it is no run folder.
        ModelError: its model cannot be loaded.
    """
    run = open_run(run_folder)
    source = _load(run)
    old, new = ([entry.name for entry in each.counted] for each in (run.classes, classes))
    heads = _match(old, new)
    # A run's model.keras ends in the softmax of `with_probabilities`, which has no weights and is left out of the walk.
    own_head, other_head = _head(model, len(new)), _head(source, len(old))
    theirs = dict(_weighted(source))
    planned: list[_Planned] = []
    for key, layer in (weighted := list(_weighted(model))):
        other, is_head = theirs.get(key), id(layer) in own_head
        if other is None or type(layer).__name__ != type(other).__name__ or is_head != (id(other) in other_head):
            continue
        values = _part_of_head(layer, other, heads) if is_head and not heads.same else _whole(layer, other)
        if values:
            planned.append((layer, values, is_head))
    # Normalisations are of one shape in many architectures: only what has a kernel tells that something fits.
    if not any(max(value.ndim for value in values) > 1 for _, values, is_head in planned if not is_head):
        raise TakeOverError(
            f"Nothing of the run {run.name} fits: its model is {run.config.model_name} on {run.config.backbone}, "
            "another architecture. Choose a run of the same architecture and backbone, or begin anew."
        )
    for layer, values, _ in planned:
        for own, value in zip(layer.weights, values, strict=True):
            own.assign(value)
    kept = tuple(name for name in new if name in old and any(is_head for _, _, is_head in planned))
    return TakenOver(run.name, len(planned), len(weighted), kept, tuple(name for name in new if name not in kept))


def _load(run: Run) -> keras.Model:
    path = next((path for path in (run.folder / _BEST, run.model) if path.is_file()), None)
    if path is None:
        raise TakeOverError(f"The run {run.name} has no model: it ended before its first batch. Choose another run.")
    return load_run_model(run, path)


def _match(old: list[str], new: list[str]) -> _Heads:
    shared = [(here, old.index(name)) for here, name in enumerate(new) if name in old]
    return _Heads([here for here, _ in shared], [there for _, there in shared], same=old == new)


def _whole(layer: keras.layers.Layer, other: keras.layers.Layer) -> _Values:
    """Return the weights of the other layer; none where the shapes differ."""
    if [tuple(own.shape) for own in layer.weights] != [tuple(given.shape) for given in other.weights]:
        return []
    return [keras.ops.convert_to_numpy(given) for given in other.weights]


def _part_of_head(layer: keras.layers.Layer, other: keras.layers.Layer, heads: _Heads) -> _Values:
    """Return the layer's own weights with those of classes that both know in them; none where nothing fits."""
    if not heads.here or len(layer.weights) != len(other.weights):
        return []
    values: _Values = []
    for own, given in zip(layer.weights, other.weights, strict=True):
        axis = _class_axis(layer, len(own.shape))
        present, old = (np.moveaxis(keras.ops.convert_to_numpy(part), axis, 0) for part in (own, given))
        if present.shape[1:] != old.shape[1:] or max(heads.here) >= len(present) or max(heads.there) >= len(old):
            return []
        changed = present.copy()
        changed[heads.here] = old[heads.there]
        values.append(np.moveaxis(changed, 0, axis))
    return values


def _class_axis(layer: keras.layers.Layer, axes: int) -> int:
    return axes - 2 if axes > 1 and isinstance(layer, _CHANNELS_BEFORE_LAST) else axes - 1


def _weighted(model: keras.Model) -> Iterator[tuple[tuple[str, ...], keras.layers.Layer]]:
    """Yield the layers that have weights of their own, models within the model opened up, each with its name.

    Names that Keras gave (``conv2d_7``) count on through a process, so that one code gives two models two names: these
    are counted anew in each model.
    """
    counted: Counter[str] = Counter()
    for layer in model.layers:
        kind = _name_of_kind(layer)
        name = layer.name
        if re.fullmatch(rf"{re.escape(kind)}(_\d+)?", name):
            counted[kind] += 1
            name = f"{kind} {counted[kind]}"
        if isinstance(layer, keras.Model):
            for names, inner in _weighted(layer):
                yield (name, *names), inner
        elif layer.weights:
            yield (name,), layer


def _name_of_kind(layer: keras.layers.Layer) -> str:
    """Return how Keras begins the name of a layer that was given none."""
    kind = re.sub(r"\W+", "", type(layer).__name__)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", kind)).lower()


def _head(model: keras.Model, n_classes: int) -> Mapping[int, keras.layers.Layer]:
    """Return the layers whose channels are classes, by identity: from the answer back to those that mix channels."""
    found: dict[int, keras.layers.Layer] = {}
    waiting = [model.output]
    while waiting:
        tensor = waiting.pop()
        layer = tensor._keras_history.operation  # noqa: SLF001 - Keras has no other way to walk a graph
        if tensor.shape[-1] != n_classes or id(layer) in found:
            continue
        found[id(layer)] = layer
        if not isinstance(layer, _MIXING) and not isinstance(layer, keras.layers.InputLayer):
            read = layer.input
            waiting += read if isinstance(read, list) else [read]
    return found
