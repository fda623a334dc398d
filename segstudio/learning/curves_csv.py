"""The curves of runs as tables for other programs. No Keras."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from segstudio.dataset.files import write_atomically
from segstudio.learning.curves import Curves
from segstudio.learning.events import Figures

NamedCurves = tuple[str, Curves, Sequence[str]]
"""The name of a run, its curves, and the names of the classes in the order of `Figures.class_iou`."""

_FIGURES = tuple(field.name for field in fields(Figures) if field.name != "class_iou")


def write_curves_csv(path: Path, runs: Sequence[NamedCurves]) -> tuple[Path, Path]:
    """Write two tables: a row an epoch with all figures, and beside it, ``<name>-steps.csv``, a row a known step.

    Returns:
        The two files.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    steps = path.with_name(f"{path.stem}-steps{path.suffix}")
    _write(path, _epoch_rows(runs))
    _write(steps, _step_rows(runs))
    return path, steps


def _epoch_rows(runs: Sequence[NamedCurves]) -> list[list[object]]:
    classes = list(dict.fromkeys(name for _run, _curves, names in runs for name in names))
    parts = ("train", "val")
    header = ["run", "epoch", "step", "seconds", "best", "learning_rate"]
    header += [f"{part}_{figure}" for part in parts for figure in _FIGURES]
    header += [f"{part}_iou {name}" for part in parts for name in classes]
    rows: list[list[object]] = [list(header)]
    for run, curves, names in runs:
        for epoch in curves.epochs:
            row: list[object] = [run, epoch.epoch, epoch.step, epoch.seconds, int(epoch.best), epoch.learning_rate]
            both = (epoch.train, epoch.val)
            row += [None if each is None else getattr(each, figure) for each in both for figure in _FIGURES]
            for each in both:
                ious = {} if each is None else dict(zip(names, each.class_iou, strict=False))
                row += [ious.get(name) for name in classes]
            rows.append(row)
    return rows


def _step_rows(runs: Sequence[NamedCurves]) -> list[list[object]]:
    rows: list[list[object]] = [["run", "step", "loss"]]
    for run, curves, _names in runs:
        rows += [[run, int(step), loss] for step, loss in zip(curves.steps, curves.losses, strict=True)]
    return rows


def _write(path: Path, rows: list[list[object]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    # With a byte order mark: spreadsheets would take it for another encoding.
    write_atomically(path, text.getvalue().encode("utf-8-sig"))
