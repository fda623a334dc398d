"""From the words of the command line to the settings of a run, and back."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import Dataset
from segstudio.learning.catalog import IMAGENET, OWN, UNPRETRAINED, resolve
from segstudio.learning.config import TrainingConfig
from segstudio.learning.runs import open_run
from segstudio.learning.settings.augmentation import AugmentationSettings, parse_changes
from segstudio.learning.settings.checks import ConfigError
from segstudio.learning.settings.execution import ExecutionSettings
from segstudio.learning.settings.loss import CLASS_WEIGHTINGS, LossSettings
from segstudio.learning.settings.optimization import OptimizationSettings
from segstudio.learning.settings.selection import SelectionSettings

_PLAIN = ("input_size", "fit", "epochs", "frozen_epochs", "batch_size", "learning_rate", "validation_fraction", "seed")


def settings_of(arguments: argparse.Namespace, dataset: Dataset) -> TrainingConfig:
    """Return the settings that were said; the others are the defaults.

    Raises:
        ConfigError: they do not make sense.
        RunError: the run to start from is none.
    """
    return TrainingConfig(
        dataset=dataset.root,
        output=None if arguments.output is None else arguments.output.absolute(),
        run=getattr(arguments, "run", None) or "",
        **_model(arguments),
        **_said(arguments, {name: name for name in _PLAIN}),
        augmentation=_augmentation(arguments),
        loss=LossSettings(
            **_said(arguments, {"name": "loss", "focus": "focus"}),
            **_class_weights(arguments.class_weights, dataset.classes),
        ),
        optimization=OptimizationSettings(
            **_said(
                arguments,
                {
                    **{name: name for name in ("optimizer", "schedule", "warm_up", "weight_decay", "momentum")},
                    "accumulation": "accumulate",
                },
            )
        ),
        selection=SelectionSettings(**_said(arguments, {"criterion": "criterion", "patience": "patience"})),
        execution=ExecutionSettings(
            **_said(arguments, {name: name for name in ("precision", "xla", "workers", "tensorboard")})
        ),
    )


def words_for(changes: Mapping[str, Any]) -> list[str]:
    """Return the words that say suggested changes to ``train``; see `Suggestion.changes`."""
    height, width = changes["input_size"]
    words = {
        "--architecture": changes["architecture"],
        "--backbone": changes["backbone"],
        "--weights": changes["weights"],
        "--input-size": f"{height}x{width}",
        "--fit": changes["fit"],
        "--epochs": changes["epochs"],
        "--batch-size": changes["batch_size"],
        "--learning-rate": f"{changes['learning_rate']:g}",
        "--augmentation": changes["augmentation"]["preset"],
        "--loss": changes["loss"]["name"],
        "--class-weights": changes["loss"]["class_weighting"],
        "--accumulate": changes["optimization"]["accumulation"],
    }
    return [str(word) for pair in words.items() for word in pair]


def _said(arguments: argparse.Namespace, names: Mapping[str, str]) -> dict[str, Any]:
    """Return by the name of the setting what was said of the arguments."""
    values = {setting: getattr(arguments, name) for setting, name in names.items()}
    return {setting: value for setting, value in values.items() if value is not None}


def _model(arguments: argparse.Namespace) -> dict[str, Any]:
    start_from = arguments.start_from
    if start_from is not None:
        open_run(start_from)
        start_from = start_from.absolute()
    file = arguments.model_file
    if arguments.architecture == OWN or (file is not None and arguments.architecture is None):
        if arguments.backbone is not None or arguments.weights is not None:
            raise ConfigError("An own model has no backbone to choose. Leave out --backbone and --weights.")
        return {
            "architecture": OWN,
            "model_file": None if file is None else file.absolute(),
            "start_from": start_from,
        }
    default = TrainingConfig(dataset=Path()).architecture
    architecture, backbone = resolve(arguments.architecture or default, arguments.backbone)
    return {
        "architecture": architecture,
        "backbone": backbone,
        "weights": _weights(arguments.weights or UNPRETRAINED),
        "model_file": file,
        "start_from": start_from,
    }


def _weights(words: str) -> str:
    """Return the name of the weights, or the file's absolute path, so that the run can be done again from anywhere."""
    return words if words in {UNPRETRAINED, IMAGENET} else str(Path(words).absolute())


def _augmentation(arguments: argparse.Namespace) -> AugmentationSettings:
    preset = _said(arguments, {"preset": "augmentation"})
    return AugmentationSettings(**preset, changes=parse_changes(arguments.change or []))


def _class_weights(words: Sequence[str] | None, classes: ClassList) -> dict[str, Any]:
    if not words:
        return {}
    if len(words) == 1 and words[0] in CLASS_WEIGHTINGS and words[0] != "by_hand":
        return {"class_weighting": words[0]}
    return {"class_weighting": "by_hand", "weights": tuple(_class_weight(word, classes) for word in words)}


def _class_weight(word: str, classes: ClassList) -> tuple[int, float]:
    name, _, weight = word.rpartition("=")
    entry = next((entry for entry in classes.counted if name in (entry.name, str(entry.id))), None)
    if not name:
        ways = ", ".join(way for way in CLASS_WEIGHTINGS if way != "by_hand")
        raise ConfigError(f"“{word}” is no weight of a class. Write one of {ways}, or CLASS=WEIGHT.")
    if entry is None:
        known = ", ".join(entry.name for entry in classes.counted)
        raise ConfigError(f"There is no class “{name}” that counts. There are: {known}.")
    try:
        return entry.id, float(weight)
    except ValueError as error:
        raise ConfigError(f"“{weight}” is no weight for “{name}”. Write a number, 1 for as usual.") from error
