"""The settings of the last run, kept from one start to the next."""

import dataclasses
import json
from pathlib import Path

from PySide6.QtCore import QSettings

from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig

_SETTINGS = "training/settings"
_ISOLATED = "training/isolated"
_OPEN = "training/open"


def remember(store: QSettings, config: TrainingConfig, *, isolated: bool) -> None:
    """Keep settings for the next start; a run's name is its own."""
    data = dataclasses.replace(config, run="").to_json()
    store.setValue(_SETTINGS, json.dumps(data))
    store.setValue(_ISOLATED, "yes" if isolated else "no")


def recall(store: QSettings) -> TrainingConfig:
    """Return the settings that were kept; the defaults where they are damaged or of another version (R28)."""
    try:
        data = json.loads(str(store.value(_SETTINGS) or ""))
        return TrainingConfig.from_json(data)
    except (ValueError, AttributeError, RecursionError, SegstudioError):
        return TrainingConfig(dataset=Path())


def recall_isolated(store: QSettings) -> bool:
    """Return whether runs have a process of their own; they do unless somebody said otherwise."""
    return bool(store.value(_ISOLATED) != "no")


def remember_open(store: QSettings, titles: list[str]) -> None:
    """Keep which sections are open."""
    store.setValue(_OPEN, ",".join(titles))


def recall_open(store: QSettings) -> list[str]:
    """Return the titles of the sections that were open."""
    return str(store.value(_OPEN) or "").split(",")
