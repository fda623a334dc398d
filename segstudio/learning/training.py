"""Training: plain functions from settings, or from a run that was interrupted, to a run folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.file_lock import LockedError, locked
from segstudio.dataset.statistics import with_found_classes
from segstudio.errors import SegstudioError
from segstudio.learning.checkpoints import has_arrays
from segstudio.learning.class_balance import class_weights
from segstudio.learning.config import TrainingConfig
from segstudio.learning.control import Control, StoppedError
from segstudio.learning.division import Division, divide, fingerprint
from segstudio.learning.events import Emit, Outcome, RunEnded, RunPreparing, ShouldPause, ShouldStop
from segstudio.learning.frozen_data import freeze_masks, read_list, refuse_changes, write_list
from segstudio.learning.losses import make_loss
from segstudio.learning.models.for_run import build_for_run, check_model, without_beginnings
from segstudio.learning.models.own import keep_own, kept_own
from segstudio.learning.pipeline import SampleReader
from segstudio.learning.reading import read_all, refuse_one_class
from segstudio.learning.recording import Recorder, write_metrics, write_settings
from segstudio.learning.runs import RunError, make_run_folder, open_run, rewind_events
from segstudio.learning.targets import TargetCoding
from segstudio.learning.trainer import Trainer

_LOCK = "training.lock"


class TrainingError(SegstudioError):
    """A run could not go on; its folder says the same."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a training leaves: its folder, and how it ended."""

    folder: Path
    end: RunEnded


def never() -> bool:
    """Say no: for who neither stops nor pauses."""
    return False


def train(
    config: TrainingConfig, *, emit: Emit, should_stop: ShouldStop, should_pause: ShouldPause = never
) -> RunResult:
    """Train a model and write its run folder.

    Args:
        config: all settings.
        emit: gets every event, in the calling thread.
        should_stop: asked after every batch, and from other threads while pictures are read; once it says True the run
            ends, with a usable model if it has made a step.
        should_pause: asked after every batch; the run waits for as long as it says True.

    Returns:
        The run's folder and its last event (finished or stopped).

    Raises:
        TrainingError: the data do not allow it, memory or disk ran out, or the loss left the numbers; the folder keeps
            the best model so far, and says the same.
        SegstudioError: the dataset or the settings do not allow it; no folder was made.
    """
    dataset = with_found_classes(open_dataset(config.dataset, output=config.output))
    division = divide(dataset, validation_fraction=config.validation_fraction, seed=config.seed)
    coding = TargetCoding(dataset.classes)
    check_model(config, coding.n_classes)
    folder = make_run_folder(config)
    record = Recorder(folder, emit)
    control = Control(should_stop, should_pause, record)

    def prepare() -> Trainer:
        record(RunPreparing("reading the pictures", run=str(folder)))
        write_settings(folder, config, coding.classes, division, sha256=None)
        if config.model_file is not None:
            keep_own(config.model_file, folder)
        frozen = freeze_masks(folder, division)
        train_reader, val_reader, digests = _read(frozen, coding, config, record, control)
        write_list(folder, frozen, digests)
        write_settings(folder, config, coding.classes, division, sha256=fingerprint(digests))
        return _make_trainer(config, coding, train_reader, val_reader, record, control, built=config)

    return _run(folder, config, record, prepare)


def resume(folder: Path, *, emit: Emit, should_stop: ShouldStop, should_pause: ShouldPause = never) -> RunResult:
    """Go on with a run that was killed or stopped, as if it had never been (R40).

    What it did after its last checkpoint it does again, on the masks that it began with.

    Args:
        folder: the run's.
        emit: as in `train`.
        should_stop: as in `train`.
        should_pause: as in `train`.

    Raises:
        RunError: it has finished, or was never begun.
        TrainingError: as in `train`; or a picture has changed since the run began.
    """
    run = open_run(folder)
    if not run.can_resume:
        raise RunError(f"The run {run.name} cannot go on: it has finished, or left no checkpoint. Train again.")
    config, coding = run.config, TargetCoding(run.classes)
    record = Recorder(folder, emit)
    control = Control(should_stop, should_pause, record)

    def prepare() -> Trainer:
        record(RunPreparing("reading the pictures", run=str(folder)))
        division, wanted = read_list(folder)
        train_reader, val_reader, digests = _read(division, coding, config, record, control)
        refuse_changes(division, digests, wanted)
        built = without_beginnings(config) if has_arrays(folder) else config
        trainer = _make_trainer(config, coding, train_reader, val_reader, record, control, built=built)
        trainer.go_on()
        trainer.epochs = list(rewind_events(folder, epochs=trainer.state.epochs, step=trainer.state.step))
        return trainer

    return _run(folder, config, record, prepare)


def _read(
    division: Division, coding: TargetCoding, config: TrainingConfig, record: Recorder, control: Control
) -> tuple[SampleReader, SampleReader, list[bytes]]:
    """Read all samples once; return their readers, and the digests, train before val."""
    train_reader = SampleReader(division.train, coding, config.input_size, fit=config.fit)
    val_reader = SampleReader(division.val, coding, config.input_size, fit=config.fit)

    def tell(what: str) -> None:
        record(RunPreparing(what, run=str(record.folder)))

    digests = read_all(train_reader, val_reader, tell=tell, should_stop=control.should_stop)
    control.leave_if_asked()
    refuse_one_class(train_reader, coding)
    return train_reader, val_reader, digests


def _make_trainer(
    config: TrainingConfig,
    coding: TargetCoding,
    train_reader: SampleReader,
    val_reader: SampleReader,
    record: Recorder,
    control: Control,
    *,
    built: TrainingConfig,
) -> Trainer:
    """Make the trainer; the model is built by ``built``, which differs where its weights come from a checkpoint."""
    record(RunPreparing("building the model", run=str(record.folder)))
    return Trainer(
        config,
        coding,
        train_reader,
        val_reader,
        build=lambda: build_for_run(built, coding.classes, model_file=kept_own(record.folder, config)),
        loss=make_loss(config.loss, class_weights(config.loss, coding, train_reader.counts)),
        record=record,
        control=control,
    )


def _run(folder: Path, config: TrainingConfig, record: Recorder, prepare: Callable[[], Trainer]) -> RunResult:
    began = time.monotonic()
    trainer: Trainer | None = None
    try:
        with locked(folder / _LOCK):
            outcome: Outcome = "stopped"
            message = ""
            try:
                trainer = prepare()
                outcome, message = trainer.run()
            except StoppedError:
                pass  # while the pictures were read
            end = _ended(trainer, outcome, message, began=began)
            write_metrics(folder, end, trainer.epochs if trainer else ())
            record(end)
    except LockedError as error:
        raise RunError(f"The run {folder.name} is being trained already.") from error
    except (SegstudioError, tf.errors.ResourceExhaustedError, MemoryError, OSError) as error:
        if trainer is not None:
            trainer.rescue()
        end = _ended(trainer, "failed", _explain(error, config, folder), began=began)
        record.failure(end, trainer.epochs if trainer else ())
        raise TrainingError(end.message) from error
    return RunResult(folder, end)


def _ended(trainer: Trainer | None, outcome: Outcome, message: str = "", *, began: float) -> RunEnded:
    return RunEnded(
        outcome,
        message,
        epochs=len(trainer.epochs) if trainer else 0,
        best_mean_iou=trainer.state.best_mean_iou if trainer else None,
        model=trainer is not None and trainer.has_model,
        seconds=time.monotonic() - began,
    )


def _explain(error: BaseException, config: TrainingConfig, folder: Path) -> str:
    if isinstance(error, tf.errors.ResourceExhaustedError | MemoryError):
        height, width = config.input_size
        return (
            f"There is not enough memory for batches of {config.batch_size} pictures of {height} × {width}. "
            "Choose a smaller batch size (accumulation keeps its effect) or input size."
        )
    if isinstance(error, OSError):
        reason = error.strerror or error
        return f"The run could not be written to {folder}: {reason}. Free some space, or choose another folder."
    return str(error)
