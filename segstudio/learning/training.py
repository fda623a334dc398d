"""Training: a plain function from settings to a run folder."""

import time
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.division import divide
from segstudio.learning.events import Emit, Outcome, RunEnded, RunPreparing, ShouldStop
from segstudio.learning.models.build import check_buildable
from segstudio.learning.recording import Recorder, write_metrics, write_settings
from segstudio.learning.runs import make_run_folder
from segstudio.learning.targets import TargetCoding
from segstudio.learning.trainer import Trainer


class TrainingError(SegstudioError):
    """A run could not go on; its folder says the same."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a training leaves: its folder, and how it ended."""

    folder: Path
    end: RunEnded


def train(config: TrainingConfig, *, emit: Emit, should_stop: ShouldStop) -> RunResult:
    """Train a model and write its run folder.

    Args:
        config: all settings.
        emit: gets every event, in the calling thread.
        should_stop: asked after every batch, and from other threads while pictures are read; once it says True the run
            ends, with a usable model if it has made a step.

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
    check_buildable(config.architecture, config.backbone, coding.n_classes, weights=config.weights)
    folder = make_run_folder(config)
    record = Recorder(folder, emit)
    began = time.monotonic()
    trainer: Trainer | None = None
    try:
        record(RunPreparing("building the model", run=str(folder)))
        write_settings(folder, config, coding.classes, division, sha256=None)
        trainer = Trainer(config, division, coding, record, should_stop)
        outcome = trainer.run()
        end = _ended(trainer, outcome, began=began)
        write_metrics(folder, end, trainer.epochs)
        record(end)
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
        best_mean_iou=trainer.best if trainer else None,
        model=trainer is not None and trainer.has_model,
        seconds=time.monotonic() - began,
    )


def _explain(error: BaseException, config: TrainingConfig, folder: Path) -> str:
    if isinstance(error, tf.errors.ResourceExhaustedError | MemoryError):
        height, width = config.input_size
        return (
            f"There is not enough memory for batches of {config.batch_size} pictures of {height} × {width}. "
            "Choose a smaller batch size or input size."
        )
    if isinstance(error, OSError):
        reason = error.strerror or error
        return f"The run could not be written to {folder}: {reason}. Free some space, or choose another folder."
    return str(error)
