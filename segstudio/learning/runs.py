"""Run folders: ``runs/<name>/`` holds everything about one training, and is the only truth about it.

==================  =======================================================================
``config.json``     settings, versions, seed, the list of files and a hash of the data
``events.jsonl``    what happened, one event a line, append only
``checkpoints/``    ``state.json`` and its arrays, to go on from; ``best.keras`` and at the end ``last.keras``
``model.keras``     the best model, preprocessing inside; takes uint8 RGB pictures
``classes.json``    the classes as they were
``metrics.json``    the final figures
``confusion.json``  pixels by truth and prediction on val, of the best epoch
``samples/``        predictions made while training, ``<epoch>/<split>/<name>.png``
``data/``           the masks as they were when it began, and the list of its samples
``notes.txt``       what a person has to say of it
==================  =======================================================================

No Keras here: the window lists runs and draws their curves without paying for TensorFlow.
"""

import contextlib
import itertools
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from segstudio.dataset.classes import ClassList, load_classes
from segstudio.dataset.files import write_atomically
from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import (
    BatchEnded,
    EpochEnded,
    Event,
    EventError,
    RunEnded,
    RunStarted,
    SampleSaved,
    event_from_json,
    event_to_json,
)

MODEL_FILE = "model.keras"
STATE_FILE = "checkpoints/state.json"


class RunError(SegstudioError):
    """A run folder cannot be used."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run, as its folder tells it.

    Attributes:
        folder: where it is.
        config: its settings.
        classes: the classes it learned, ignored ones included.
        events: what happened, oldest first.
    """

    folder: Path
    config: TrainingConfig
    classes: ClassList
    events: tuple[Event, ...]

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
    def epochs(self) -> tuple[EpochEnded, ...]:
        """The complete epochs, see `complete_epochs`."""
        return complete_epochs(self.events)

    @property
    def end(self) -> RunEnded | None:
        """How it ended; None while it trains, and for ever where it was killed."""
        last = self.events[-1] if self.events else None
        return last if isinstance(last, RunEnded) else None

    @property
    def can_resume(self) -> bool:
        """Whether it can go on where it was killed or stopped."""
        return can_resume(self.folder, self.end)

    @property
    def best_mean_iou(self) -> float | None:
        """The best mean IoU on val, or on train where nothing was validated on; None before the first epoch."""
        figures = [(epoch.val or epoch.train).mean_iou for epoch in self.epochs]
        return max(figures, default=None)


def make_run_folder(config: TrainingConfig) -> Path:
    """Make the folder of a new run and return it.

    Raises:
        RunError: a run of that name exists, or the folder cannot be made.
    """
    runs = config.runs
    try:
        runs.mkdir(parents=True, exist_ok=True)
        return _make_named(runs, config.run) if config.run else _make_numbered(runs, config.model_name)
    except OSError as error:
        raise RunError(
            f"No run can be written to {runs}: {error.strerror or error}. Choose a folder to write to (--output)."
        ) from error


def open_run(folder: Path) -> Run:
    """Read a run folder, wherever it was made.

    Raises:
        RunError: it is no run folder, or its settings are damaged.
    """
    config, classes = read_settings(folder)
    return Run(folder, config, classes, tuple(read_events(folder)))


def read_settings(folder: Path) -> tuple[TrainingConfig, ClassList]:
    """Read what a run was asked for; its paths may lead nowhere here if it comes from another machine.

    Raises:
        RunError: it is no run folder, or its settings are damaged.
    """
    try:
        data = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config = TrainingConfig.from_json(data["settings"])
        classes = load_classes(folder)
    except FileNotFoundError as error:
        raise RunError(f"{folder} is not the folder of a run: it has no config.json.") from error
    except (OSError, ValueError, KeyError, TypeError, SegstudioError) as error:
        raise RunError(f"The run in {folder} cannot be read: {error}") from error
    if classes is None:
        raise RunError(f"The run in {folder} has lost its classes.json.")
    return config, classes


def can_resume(folder: Path, end: RunEnded | None) -> bool:
    """Say whether a run that ended so (None for one that was killed) can go on."""
    finished = end is not None and end.outcome == "finished"
    return not finished and (folder / "checkpoints" / "state.json").is_file()


def complete_epochs(events: Iterable[Event]) -> tuple[EpochEnded, ...]:
    """Return the complete epochs, each once.

    A run that was killed and went on began again at its last checkpoint: what came after that counts no more.
    """
    epochs: dict[int, EpochEnded] = {}
    for event in events:
        match event:
            case RunStarted():
                epochs = {number: epoch for number, epoch in epochs.items() if number <= event.epoch}
            case EpochEnded():
                epochs[event.epoch] = event
    return tuple(epochs.values())


def list_runs(runs: Path) -> list[Run]:
    """Return the runs in a folder with all their events, newest first; what is no run is left out.

    For a list of many runs there is `run_summary`, which reads far less.
    """
    found: list[Run] = []
    if runs.is_dir():
        for folder in runs.iterdir():
            try:
                found.append(open_run(folder))
            except RunError:
                continue
    return sorted(found, key=lambda run: (run.folder / "config.json").stat().st_mtime, reverse=True)


def read_events(folder: Path) -> Iterable[Event]:
    """Yield the events of a run; a last line cut short by a crash and unknown events are passed over."""
    try:
        file = (folder / "events.jsonl").open("rb")
    except FileNotFoundError:
        return
    with file:
        # Line by line: a long run has tens of megabytes, which would be decoded and cut up at a stretch.
        for line in file:
            try:
                yield event_from_json(json.loads(line))
            except (ValueError, AttributeError, EventError):
                continue


def rewind_events(folder: Path, *, epochs: int, step: int) -> tuple[EpochEnded, ...]:
    """Take events back to a checkpoint: what a run did after it, it will do again; return the complete epochs.

    Args:
        folder: the run's.
        epochs: complete ones at the checkpoint.
        step: steps made at the checkpoint.

    Raises:
        OSError: the disk is full, read-only or gone.
    """

    def stays(event: Event) -> bool:
        match event:
            case RunEnded():
                return False
            case BatchEnded():
                return event.step <= step
            case EpochEnded() | SampleSaved():
                return event.epoch <= epochs
        return True

    kept = [event for event in read_events(folder) if stays(event)]
    lines = "".join(json.dumps(event_to_json(event), allow_nan=False) + "\n" for event in kept)
    write_atomically(folder / "events.jsonl", lines.encode())
    return tuple(event for event in kept if isinstance(event, EpochEnded))


def append_event(folder: Path, event: Event) -> None:
    """Write one event at the end of ``events.jsonl``; it is on its way to the disk on return.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    with (folder / "events.jsonl").open("a+b") as file:
        line = json.dumps(event_to_json(event), allow_nan=False) + "\n"
        # A writer that was killed may have left half a line, which would swallow this one.
        file.write(line.encode() if _at_line_start(file) else b"\n" + line.encode())


def _at_line_start(file: BinaryIO) -> bool:
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _make_named(runs: Path, name: str) -> Path:
    folder = runs / name
    try:
        folder.mkdir()
    except FileExistsError as error:
        raise RunError(f"There is already a run named “{name}” in {runs}. Choose another name.") from error
    return folder


def _make_numbered(runs: Path, architecture: str) -> Path:
    for number in itertools.count(1):
        folder = runs / f"{architecture}-{number}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            break
    return folder
