"""What a list of runs says of each, read without its whole history. No Keras.

A run of a thousand epochs has some ten thousand events, a dataset may have hundreds of runs. An ended run tells its
figures in ``metrics.json``; of the others only the lines of epochs are read, and nothing is read twice.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from segstudio.dataset.classes import ClassList
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import EpochEnded, Event, EventError, Figures, RunEnded, event_from_json
from segstudio.learning.runs import MODEL_FILE, RunError, can_resume, complete_epochs, read_settings

State = Literal["training", "paused", "finished", "stopped early", "stopped", "failed", "interrupted"]
"""What has become of a run; ``interrupted`` has no end: killed, or trained by another program right now."""

_READ = ("config.json", "classes.json", "events.jsonl", "metrics.json")
_TOLD = (b'"EpochEnded"', b'"RunStarted"', b'"RunEnded"')
_PASSED_OVER = (b'{"event": "BatchEnded"', b'{"event": "SampleSaved"')
"""How nearly all lines begin as this program writes them: known at a glance to tell nothing that is listed."""

_TAIL_BYTES = 16_384
_SILENT_SECONDS = 60.0

Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in a few figures.

    Attributes:
        folder: where it is.
        config: its settings.
        classes: the classes it learned, ignored ones included.
        changed: when its settings were written, in seconds since 1970.
        epochs: complete ones.
        best: the epoch whose model was kept; None before the first.
        last: the last complete epoch.
        end: how it ended; None while it trains, and for ever where it was killed.
        seconds: how long it took, as far as it tells.
    """

    folder: Path
    config: TrainingConfig
    classes: ClassList
    changed: float
    epochs: int
    best: EpochEnded | None
    last: EpochEnded | None
    end: RunEnded | None
    seconds: float

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def model(self) -> Path:
        """The file of the best model; it exists if `has_model`."""
        return self.folder / MODEL_FILE

    @property
    def has_model(self) -> bool:
        """Whether there is a model to predict with."""
        return self.model.is_file()

    @property
    def can_resume(self) -> bool:
        """Whether it can go on where it was killed or stopped."""
        return can_resume(self.folder, self.end)

    @property
    def best_mean_iou(self) -> float | None:
        """The kept model's mean IoU on val, or on train where nothing was validated on; None before the first epoch."""
        return None if self.best is None else (self.best.val or self.best.train).mean_iou

    @property
    def best_figure(self) -> float | None:
        """The kept model's figure by which it was chosen (`SelectionSettings.criterion`)."""
        if self.best is None:
            return None
        figure = getattr(self.best.val or self.best.train, self.config.selection.criterion)
        return None if figure is None else float(figure)

    @property
    def state(self) -> State:
        """What its folder says has become of it; whether it is trained right now is known elsewhere."""
        if self.end is None:
            return "interrupted"
        if self.end.outcome == "finished":
            return "stopped early" if self.epochs < self.config.epochs else "finished"
        return self.end.outcome

    def with_epoch(self, epoch: EpochEnded) -> "RunSummary":
        """Return what is to be said after one more epoch."""
        return replace(
            self,
            epochs=max(self.epochs, epoch.epoch),
            best=epoch if epoch.best else self.best,
            last=epoch,
            seconds=self.seconds + epoch.seconds,
            end=None,
        )


class RunSummaries:
    """The runs of folders; those whose files have not changed since are not read again."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Stamp, RunSummary]] = {}

    def read(self, runs: Path, *, should_stop: Callable[[], bool] = lambda: False) -> list[RunSummary]:
        """Return the runs in a folder, newest first; what is no run is left out. Can be called in any thread."""
        found: list[RunSummary] = []
        for folder in _folders(runs):
            if should_stop():
                break
            try:
                found.append(self._summary(folder))
            except (RunError, OSError):
                continue
        return sorted(found, key=lambda run: run.changed, reverse=True)

    def _summary(self, folder: Path) -> RunSummary:
        # The stamp first: what is written while it is read makes it stale, not wrong for ever.
        stamp = _stamp(folder)
        known = self._known.get(folder)
        if known is not None and known[0] == stamp:
            return known[1]
        summary = summarise(folder)
        self._known[folder] = (stamp, summary)
        return summary


def summarise(folder: Path) -> RunSummary:
    """Read what there is to say of a run.

    Raises:
        RunError: it is no run folder, or its settings are damaged.
        OSError: its files cannot be read.
    """
    config, classes = read_settings(folder)
    changed = (folder / "config.json").stat().st_mtime
    end = _last_end(folder / "events.jsonl")
    figures = None if end is None else _final_figures(folder, end)
    if end is not None and figures is not None:
        best, last = figures
        return RunSummary(folder, config, classes, changed, end.epochs, best, last, end, end.seconds)
    events = list(_told(folder / "events.jsonl"))
    epochs = complete_epochs(events)
    return RunSummary(
        folder,
        config,
        classes,
        changed,
        epochs=len(epochs),
        best=next((epoch for epoch in reversed(epochs) if epoch.best), None),
        last=epochs[-1] if epochs else None,
        end=end,
        seconds=end.seconds if end else sum(epoch.seconds for epoch in epochs),
    )


def may_be_training(folder: Path) -> bool:
    """Say whether another program may be training a run: it has no end, and has told something a moment ago."""
    events = folder / "events.jsonl"
    try:
        return _last_end(events) is None and time.time() - events.stat().st_mtime < _SILENT_SECONDS
    except OSError:
        return False


def _folders(runs: Path) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(runs) if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []


def _stamp(folder: Path) -> Stamp:
    stamps = []
    for name in _READ:
        try:
            found = (folder / name).stat()
            stamps.append((found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append((0, -1))
    return tuple(stamps)


def _last_end(events: Path) -> RunEnded | None:
    """Return the last event if it is the run's end."""
    try:
        with events.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _TAIL_BYTES, 0))
            lines = file.read().splitlines()
    except FileNotFoundError:
        return None
    last = next((event for line in reversed(lines) if (event := _parsed(line)) is not None), None)
    return last if isinstance(last, RunEnded) else None


def _final_figures(folder: Path, end: RunEnded) -> tuple[EpochEnded | None, EpochEnded | None] | None:
    """Return the best and the last epoch of ``metrics.json``; None where that tells of another end than this one."""
    try:
        data = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        if (data["outcome"], data["epochs"], data["seconds"]) != (end.outcome, end.epochs, end.seconds):
            return None
        best, last = (None if data[key] is None else _epoch(data[key]) for key in ("best", "last"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return best, last


def _epoch(data: dict[str, object]) -> EpochEnded:
    event = event_from_json({"event": "EpochEnded", **data})
    if not isinstance(event, EpochEnded) or not isinstance(event.train, Figures):
        raise TypeError(f"no epoch: {data!r}")
    return event


def _told(events: Path) -> Iterator[Event]:
    try:
        with events.open("rb") as file:
            for line in file:
                if line.startswith(_PASSED_OVER) or not any(kind in line for kind in _TOLD):
                    continue
                if (event := _parsed(line)) is not None:
                    yield event
    except FileNotFoundError:
        return


def _parsed(line: bytes) -> Event | None:
    try:
        return event_from_json(json.loads(line))
    except (ValueError, EventError):
        return None
