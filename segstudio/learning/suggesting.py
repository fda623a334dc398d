"""Settings that suit a dataset and a device, each with its reason. Plain rules, no Keras.

The figures are in `suggested_values`; what is known of the dataset is what counting tells (`dataset.survey`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from segstudio.learning import recommended
from segstudio.learning import suggested_values as values
from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.config import LARGEST_SIDE, SMALLEST_SIDE, TrainingConfig
from segstudio.learning.dataset_facts import DatasetFacts
from segstudio.learning.machine import DeviceFacts
from segstudio.learning.settings.augmentation import PRESETS
from segstudio.learning.suggestion_reasons import (
    Reason,
    augmentation_reason,
    batch_reason,
    epochs_reason,
    loss_reason,
    missing_reason,
    model_reason,
    size_reason,
    weighting_reason,
)

_MULTIPLE = 32


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Settings to change.

    Attributes:
        changes: plain data by name, as in `TrainingConfig.to_json`; of a group only what changes.
        reasons: in the order of the form.
    """

    changes: Mapping[str, object]
    reasons: tuple[Reason, ...]

    def apply(self, config: TrainingConfig) -> TrainingConfig:
        """Return the settings with the changes in them."""
        data = config.to_json()
        for name, value in self.changes.items():
            before = data[name]
            data[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, Mapping) else value
        return TrainingConfig.from_json(data)

    def to_json(self) -> dict[str, object]:
        """Return changes and reasons as plain data."""
        reasons = [{"setting": r.setting, "value": r.value, "reason": r.sentence} for r in self.reasons]
        return {"settings": dict(self.changes), "reasons": reasons}


def suggest(data: DatasetFacts, device: DeviceFacts) -> Suggestion:
    """Propose settings.

    Args:
        data: what is known of the dataset.
        device: what it is trained on.
    """
    model, budget = _model(data, device), _budget(device)
    fit, scale = _fit(data, budget)
    size, batch_size = _within_memory(model, data, device, _input_size(data, budget, fit), _wanted_batch(data, budget))
    accumulation = max(1, _wanted_batch(data, budget) // batch_size)
    epochs = _epochs(data, budget, batch_size)
    preset, loss, weighting = _preset(data), _loss(data), _weighting(data)
    changes: dict[str, object] = {
        "architecture": model.architecture,
        "backbone": model.backbone,
        "weights": model.weights,
        "model_file": None,
        "input_size": list(size),
        "fit": fit,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": model.learning_rate,
        "augmentation": {"preset": preset, "changes": []},
        "loss": {"name": loss, "class_weighting": weighting, "weights": []},
        "optimization": {"accumulation": accumulation},
    }
    reasons = [
        model_reason(model),
        size_reason(data, size, fit, scale, device),
        epochs_reason(data, epochs, epochs * math.ceil(data.masks / batch_size), budget, device),
        augmentation_reason(data, preset),
        batch_reason(device, batch_size, accumulation, most=budget.batch_size),
        loss_reason(data, loss),
        weighting_reason(data, weighting),
        missing_reason(data),
    ]
    return Suggestion(changes, tuple(reason for reason in reasons if reason is not None))


def _model(data: DatasetFacts, device: DeviceFacts) -> values.Model:
    if not _is_large(device):
        strong = not device.gpu and device.cores >= values.STRONG_CORES and data.masks > values.FEW_MASKS
        return values.STRONG_PROCESSOR_MODEL if strong else values.SMALL_MODEL
    if data.masks <= values.FEW_MASKS:
        return values.FEW_MASKS_MODEL
    if data.masks >= values.SCENE_MASKS and len(data.classes) >= values.SCENE_CLASSES:
        return values.SCENE_MODEL
    return values.MANY_MASKS_MODEL


def _budget(device: DeviceFacts) -> values.Budget:
    if _is_large(device):
        return values.GPU
    return values.STRONG_PROCESSOR if device.cores >= values.STRONG_CORES else values.PROCESSOR


def _is_large(device: DeviceFacts) -> bool:
    # Memory that cannot be told is not held against a GPU.
    return device.gpu and not 0 < device.memory_bytes < values.SMALL_GPU_BYTES


def _fit(data: DatasetFacts, budget: values.Budget) -> tuple[str, float]:
    """Return how pictures are brought to the input size, and by what their sides would be multiplied if resized."""
    height, width = data.size
    scale = min(1.0, math.sqrt(budget.input_pixels / (height * width)))
    # How much of a thing is painted in a scribble says nothing about how large it is.
    smallest = math.inf if data.scribbled else min((entry.pixels for entry in data.present), default=math.inf)
    keeps = scale >= values.SMALLEST_SCALE and smallest * scale**2 >= values.SMALLEST_OBJECT
    return ("resize" if scale == 1 or keeps else "crop"), scale


def _input_size(data: DatasetFacts, budget: values.Budget, fit: str) -> tuple[int, int]:
    """Return (height, width) in multiples of 32 within the budget: of the pictures' shape, or square for crops."""
    height, width = data.size
    if fit == "crop":
        side = math.isqrt(budget.input_pixels)
        height, width = min(height, side), min(width, side)
    scale = min(1.0, math.sqrt(budget.input_pixels / (height * width)))
    return _multiple(height * scale), _multiple(width * scale)


def _multiple(side: float) -> int:
    return min(max(SMALLEST_SIDE, round(side / _MULTIPLE) * _MULTIPLE), LARGEST_SIDE)


def _wanted_batch(data: DatasetFacts, budget: values.Budget) -> int:
    """Return a power of two: at least four steps an epoch, but not single pictures."""
    return max(2, min(budget.batch_size, 1 << max(data.masks // 4, 1).bit_length() - 1))


def _within_memory(
    model: values.Model, data: DatasetFacts, device: DeviceFacts, size: tuple[int, int], batch_size: int
) -> tuple[tuple[int, int], int]:
    """Halve the batch, and then the sides, until the estimate keeps to its share of the device's memory."""
    room = device.memory_bytes * values.MEMORY_SHARE if device.memory_bytes else math.inf
    sizes = ARCHITECTURES[model.architecture].size(model.backbone)
    while sizes.training_bytes(len(data.classes), height=size[0], width=size[1], batch_size=batch_size) > room:
        if batch_size > 1:
            batch_size //= 2
        elif max(size) > SMALLEST_SIDE:
            size = _multiple(size[0] / 2), _multiple(size[1] / 2)
        else:
            break
    return size, batch_size


def _epochs(data: DatasetFacts, budget: values.Budget, batch_size: int) -> int:
    steps_an_epoch = math.ceil(data.masks / batch_size)
    if budget is values.PROCESSOR:
        # As measured, up to as many steps as a small computer makes in an hour.
        return max(1, min(recommended.epochs(data.masks), budget.steps // steps_an_epoch))
    return min(max(round(budget.steps / steps_an_epoch), budget.least_epochs), budget.most_epochs)


def _preset(data: DatasetFacts) -> str:
    if data.masks <= values.FEW_MASKS:
        wanted: Sequence[str] = values.PRESETS_FOR_FEW
    else:
        wanted = values.PRESETS_FOR_MANY if data.masks >= values.MANY_MASKS else values.PRESETS_AS_A_RULE
    return next(name for name in wanted if name in PRESETS)


def _loss(data: DatasetFacts) -> str:
    # How large things are cannot be learned from scribbles, and an overlap loss would try.
    rare = data.rarest is not None and data.rarest.share < values.RARE_SHARE
    return "cross_entropy_dice" if rare and not data.scribbled else "cross_entropy"


def _weighting(data: DatasetFacts) -> str:
    return "median_frequency" if data.unevenness >= values.UNEVEN else "none"
