"""The settings of runs side by side, in words. No Keras."""

from collections.abc import Mapping, Sequence
from typing import Any

from segstudio.learning.catalog import ARCHITECTURES, BACKBONES
from segstudio.learning.config import FITS, TrainingConfig
from segstudio.learning.settings.augmentation import CHANGES, PRESET_TITLES
from segstudio.learning.settings.execution import PRECISIONS
from segstudio.learning.settings.loss import CLASS_WEIGHTINGS, LOSSES
from segstudio.learning.settings.optimization import OPTIMIZERS, SCHEDULES
from segstudio.learning.settings.selection import CRITERIA

_TITLES = {
    "model_file": "Own model",
    "start_from": "Goes on from run",
    "input_size": "Height × width",
    "fit": "Pictures",
    "frozen_epochs": "Backbone frozen for",
    "validation_fraction": "Held out",
    "augmentation.preset": "Augmentation",
    "augmentation.changes": "Augmentation, changes",
    "loss.name": "Loss",
    "loss.weights": "Class weights",
    "optimization.schedule": "Learning rate schedule",
    "optimization.accumulation": "Batches a step",
    "selection.criterion": "Best by",
    "execution.xla": "XLA",
    "execution.tensorboard": "TensorBoard files",
}
"""Where the last part of a setting's name, with spaces, would not do."""

_CHOICES: dict[str, Mapping[Any, str]] = {
    "architecture": {name: entry.title for name, entry in ARCHITECTURES.items()},
    "backbone": {name: entry.title for name, entry in BACKBONES.items()},
    "fit": FITS,
    "augmentation.preset": PRESET_TITLES,
    "loss.name": LOSSES,
    "loss.class_weighting": CLASS_WEIGHTINGS,
    "optimization.optimizer": OPTIMIZERS,
    "optimization.schedule": SCHEDULES,
    "selection.criterion": CRITERIA,
    "execution.precision": PRECISIONS,
}
_LEFT_OUT = ("output", "run")


def settings_in_words(config: TrainingConfig) -> dict[str, str]:
    """Return all settings that decide a run, title and value, in the order of the form."""
    return {_title(name): _words(name, value) for name, value in _flat(config.to_json()) if name not in _LEFT_OUT}


def differing_settings(configs: Sequence[TrainingConfig]) -> dict[str, tuple[str, ...]]:
    """Return the settings that are not the same in all runs: title, and each run's value."""
    tables = [settings_in_words(config) for config in configs]
    rows = {title: tuple(table[title] for table in tables) for title in (tables[0] if tables else ())}
    return {title: values for title, values in rows.items() if len(set(values)) > 1}


def _flat(data: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in data.items():
        flat += _flat(value, f"{name}.") if isinstance(value, Mapping) else [(above + name, value)]
    return flat


def _title(name: str) -> str:
    return _TITLES.get(name) or name.rpartition(".")[2].replace("_", " ").capitalize()


def _words(name: str, value: Any) -> str:
    if name in _CHOICES:
        return str(_CHOICES[name].get(value, value))
    match name, value:
        case "input_size", (height, width):
            return f"{height} × {width}"
        case "validation_fraction", float():
            return f"{value:.0%}".replace("%", " %")
        case "augmentation.changes", changes:
            return ", ".join(f"{CHANGES.get(change, change)} {strength:g}" for change, strength in changes) or "–"
        case "loss.weights", weights:
            return ", ".join(f"{class_id}: {weight:g}" for class_id, weight in weights) or "–"
        case _, bool():
            return "yes" if value else "no"
        case _, None | "":
            return "–"
        case _, float():
            return f"{value:g}"
    return str(value)
