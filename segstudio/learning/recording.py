"""Writes a run's folder while it trains: events as they happen, models and figures whole or not at all."""

import contextlib
import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf

from segstudio import __version__
from segstudio.dataset.classes import ClassList, save_classes
from segstudio.dataset.files import write_atomically
from segstudio.learning.config import TrainingConfig
from segstudio.learning.division import Division
from segstudio.learning.events import BatchEnded, Emit, EpochEnded, Event, RunEnded
from segstudio.learning.metrics import Confusion
from segstudio.learning.runs import append_event
from segstudio.learning.targets import TargetCoding

_SECONDS_BETWEEN_BATCH_EVENTS = 0.1


class Recorder:
    """Hands events on and writes them to ``events.jsonl``; of `BatchEnded` at most ten a second.

    Args:
        folder: the run's folder.
        emit: whoever watches.
    """

    def __init__(self, folder: Path, emit: Emit) -> None:
        self.folder = folder
        self._emit = emit
        self._last_batch_event = -np.inf

    def __call__(self, event: Event) -> None:
        """Record an event.

        Raises:
            OSError: the disk is full, read-only or gone.
        """
        if isinstance(event, BatchEnded):
            now = time.monotonic()
            if now - self._last_batch_event < _SECONDS_BETWEEN_BATCH_EVENTS:
                return
            self._last_batch_event = now
        append_event(self.folder, event)
        self._emit(event)

    def failure(self, end: RunEnded, epochs: Sequence[EpochEnded]) -> None:
        """Record a failed run's end, and its figures, as far as the disk allows: it may be what failed."""
        with contextlib.suppress(OSError):
            append_event(self.folder, end)
            write_metrics(self.folder, end, epochs)
        self._emit(end)


def write_settings(
    folder: Path, config: TrainingConfig, classes: ClassList, division: Division, *, sha256: str | None
) -> None:
    """Write ``config.json`` and ``classes.json``: everything that is needed to do the run again.

    Args:
        folder: the run's.
        config: the settings.
        classes: the classes, ignored ones included.
        division: which samples are trained and validated on; they are listed in ``data/``.
        sha256: the `fingerprint` of these samples; None before they were read.
    """
    data = {
        "settings": config.to_json(),
        "versions": {
            "segstudio": __version__,
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "numpy": np.__version__,
            "opencv": cv2.__version__,
        },
        "data": {"train": len(division.train), "val": len(division.val), "sha256": sha256},
    }
    save_classes(folder, classes)
    write_json(folder / "config.json", data)


def write_metrics(folder: Path, end: RunEnded, epochs: Sequence[EpochEnded]) -> None:
    """Write ``metrics.json``: how the run ended, and the figures of its best and its last epoch."""
    best = next((epoch for epoch in reversed(epochs) if epoch.best), None)
    data = {
        "outcome": end.outcome,
        "message": end.message,
        "epochs": end.epochs,
        "best_mean_iou": end.best_mean_iou,
        "seconds": end.seconds,
        "best": None if best is None else asdict(best),
        "last": asdict(epochs[-1]) if epochs else None,
    }
    write_json(folder / "metrics.json", data)


def write_confusion(folder: Path, epoch: int, coding: TargetCoding, confusion: Confusion) -> None:
    """Write ``confusion.json``: the class ids, and the pixels by truth (row) and prediction (column) of an epoch."""
    ids = [entry.id for entry in coding.classes.counted]
    write_json(folder / "confusion.json", {"epoch": epoch, "classes": ids, "matrix": confusion.tolist()})


def write_json(path: Path, data: object) -> None:
    """Write plain data as JSON, whole or not at all; in ASCII, since a path need not be valid Unicode."""
    write_atomically(path, (json.dumps(data, indent=2, allow_nan=False) + "\n").encode())


def save_model(model: keras.Model, path: Path) -> None:
    """Save a model as ``.keras``, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}-{os.getpid()}.keras")
    try:
        model.save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
