"""A model that a person wrote: a Python file with ``build(n_classes, input_shape)``.

What the program hands over and expects:

- ``n_classes``: how many classes count; ``input_shape``: (height, width, 3) of the pictures in training.
- ``build`` returns a Keras model. It gets RGB pictures of 0 to 255, float32: scaling them is the model's own job.
- It answers with ``n_classes`` numbers a pixel at the size of the pictures: (batch, height, width, n_classes), or flat
  as (batch, height * width, n_classes). Scores (logits) or probabilities (a softmax at the end) are both welcome.
- Its size may be fixed or, with (None, None, 3), free.

``resources/examples/own_model.py`` is an example. The file is copied into the run's folder, with the modules beside it
that it imports, so that a model with layers of its own can be loaded wherever the folder goes.
"""

import ast
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import BadZipFile

import keras

from segstudio.learning.config import TrainingConfig
from segstudio.learning.models import layers as _layers  # noqa: F401 - registers the layers that models load by name
from segstudio.learning.models.answers import Size, to_logits
from segstudio.learning.models.build import ModelError
from segstudio.learning.models.own_code import OwnModelError, load_module, run_build
from segstudio.learning.runs import Run

OWN_FOLDER = "own_model"
"""Of a run: the person's file and the modules beside it that it imports."""


def build_own(model_file: Path, n_classes: int, input_shape: Size) -> keras.Model:
    """Build a person's model and check it before it is trained.

    Args:
        model_file: a Python file with ``build(n_classes, input_shape)``, see this module's text.
        n_classes: how many classes it must tell apart.
        input_shape: (height, width, channels) of the pictures in training.

    Returns:
        A functional model from pictures (batch, height, width, channels), 0 to 255, to logits (batch, height, width,
        n_classes), float32. Its sides are fixed or None as the person chose.

    Raises:
        OwnModelError: there is no such file, its code fails (with file and line), or what it builds cannot be trained.
    """
    module = load_module(model_file)
    built = run_build(module, model_file, n_classes, input_shape)
    model = to_logits(built, model_file.name, n_classes=n_classes, input_shape=input_shape)
    _refuse_what_cannot_be_kept(model, module, model_file.name)
    return model


def takes_any_size(model: keras.Model) -> bool:
    """Return whether a model answers pictures of other sizes than it was trained on."""
    return tuple(model.input.shape[1:3]) == (None, None)


def keep_own(model_file: Path, run_folder: Path) -> None:
    """Copy a person's file into a run's folder, with the modules beside it that it imports.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    folder = run_folder / OWN_FOLDER
    folder.mkdir(exist_ok=True)
    for path in _with_neighbours(model_file):
        shutil.copyfile(path, folder / path.name)


def kept_own(folder: Path, config: TrainingConfig) -> Path | None:
    """Return a run's copy of the person's file; None where the run has another model, or has lost it."""
    if config.model_file is None:
        return None
    path = folder / OWN_FOLDER / config.model_file.name
    return path if path.is_file() else None


def load_run_model(run: Run, path: Path | None = None) -> keras.Model:
    """Load a model of a run, without its optimizer, with the layers of the person's own file if it is a person's.

    Args:
        run: the run.
        path: a ``.keras`` file of its folder; None for its best model.

    Raises:
        OwnModelError: the code of the person's file fails, and the model cannot be loaded without.
        ModelError: the file is damaged, or a layer of it is unknown.
    """
    file, own = path or run.model, kept_own(run.folder, run.config)
    trouble: OwnModelError | None = None
    objects: dict[str, Any] = {}
    if own is not None:
        try:
            objects = own_objects(own)
        except OwnModelError as error:
            # A model of Keras' own layers needs no code to be loaded.
            trouble = error
    try:
        with keras.saving.custom_object_scope(objects):
            return keras.saving.load_model(file, compile=False)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, BadZipFile) as error:
        if trouble is not None:
            raise trouble from error
        raise ModelError(f"{file} is damaged and cannot be loaded: {error}") from error


def own_objects(model_file: Path) -> dict[str, Any]:
    """Return the classes and functions of a person's file, for Keras' ``custom_object_scope``.

    Raises:
        OwnModelError: its code fails.
    """
    return _objects(load_module(model_file))


def _objects(module: ModuleType) -> dict[str, Any]:
    """Return the classes and functions of a module by every name under which Keras may ask for them."""
    found: dict[str, Any] = {}
    for value in vars(module).values():
        if callable(value):
            for name in (getattr(value, "__name__", ""), keras.saving.get_registered_name(value)):
                if isinstance(name, str) and name:
                    found[name] = value
    return found


def _refuse_what_cannot_be_kept(model: keras.Model, module: ModuleType, name: str) -> None:
    """Save and load once: else a layer without ``get_config`` would show when the first epoch is over."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        try:
            model.save(path)
            with keras.saving.custom_object_scope(_objects(module)):
                keras.saving.load_model(path, compile=False)
        except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise OwnModelError(
                f"{name}: the model cannot be saved and loaded again: {reason} "
                "Layers of your own need get_config; avoid Lambda layers."
            ) from error


def _with_neighbours(model_file: Path) -> Iterator[Path]:
    """Yield a Python file and those beside it that it imports, directly or through each other."""
    found, waiting = {model_file}, [model_file]
    while waiting:
        path = waiting.pop()
        yield path
        beside = {path.with_name(f"{name}.py") for name in _imported(path)}
        new = {other for other in beside if other.is_file()} - found
        found |= new
        waiting += sorted(new)


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
