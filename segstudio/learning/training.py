"""Training: a plain function from settings to a run folder.

AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with a short warm-up and cosine decay a step; the model that is
best on val is kept. Train figures are those of the steps themselves, so they lag behind val figures in early epochs.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import write_mask
from segstudio.errors import SegstudioError
from segstudio.learning.augmentation import Augmenter
from segstudio.learning.config import TrainingConfig
from segstudio.learning.device import describe_device
from segstudio.learning.events import (
    BatchEnded,
    Emit,
    EpochEnded,
    Figures,
    RunEnded,
    RunPreparing,
    RunStarted,
    SampleSaved,
    ShouldStop,
)
from segstudio.learning.losses import cross_entropy
from segstudio.learning.metrics import Confusion, confusion_matrix, mean_iou, pixel_accuracy
from segstudio.learning.models.build import build_model, check_buildable, with_probabilities
from segstudio.learning.pipeline import Batches, Division, SampleReader, divide
from segstudio.learning.recording import Recorder, save_model, write_json, write_settings
from segstudio.learning.runs import make_run_folder
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding

WEIGHT_DECAY = 1e-4
WARM_UP_SHARE = 0.08
_SHOWN_SAMPLES = 4
_SECONDS_BETWEEN_CHECKPOINTS = 10.0


class TrainingError(SegstudioError):
    """A run could not go on; its folder says the same."""


class _Stopped(Exception):  # noqa: N818 - not an error: a person asked for it
    """The run was asked to end."""


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
        should_stop: asked after every batch; once it says True the run ends with a usable model.

    Returns:
        The run's folder and its last event (finished or stopped).

    Raises:
        TrainingError: memory ran out or the loss left the numbers; the folder keeps the best model so far.
        SegstudioError: the dataset or the settings do not allow it; the message says what to mend.
    """
    dataset = open_dataset(config.dataset, output=config.output)
    division = divide(dataset, validation_fraction=config.validation_fraction, seed=config.seed)
    coding = TargetCoding(dataset.classes)
    check_buildable(config.architecture, config.backbone, coding.n_classes)
    folder = make_run_folder(config)
    record = Recorder(folder, emit)
    began = time.monotonic()
    trainer = None
    try:
        record(RunPreparing("reading the pictures"))
        write_settings(folder, config, dataset.classes, division)
        keras.utils.set_random_seed(config.seed)
        model = build_model(config.architecture, config.backbone, coding.n_classes)
        trainer = _Trainer(config, division, coding, model, record, should_stop)
        trainer.run()
        end = trainer.ended("finished", "", began)
    except _Stopped:
        end = trainer.ended("stopped", "", began) if trainer else _failed("Stopped before training began.", began)
    except (SegstudioError, tf.errors.ResourceExhaustedError, MemoryError, OSError) as error:
        message = _explain(error, config)
        end = trainer.ended("failed", message, began) if trainer else _failed(message, began)
        record(end)
        raise TrainingError(message) from error
    record(end)
    return RunResult(folder, end)


def _failed(message: str, began: float) -> RunEnded:
    return RunEnded("failed", message, 0, None, model=False, seconds=time.monotonic() - began)


def _explain(error: BaseException, config: TrainingConfig) -> str:
    if isinstance(error, tf.errors.ResourceExhaustedError | MemoryError):
        height, width = config.input_size
        return (
            f"There is not enough memory for batches of {config.batch_size} pictures of {height} × {width}. "
            "Choose a smaller batch size or input size."
        )
    if isinstance(error, OSError):
        return f"The run could not be written: {error.strerror or error}. Free some space, or choose another folder."
    return str(error)


@dataclass(slots=True)
class _Tally:
    """Sums over an epoch."""

    n_classes: int
    confusion: Confusion
    loss: float = 0.0
    pixels: int = 0

    @classmethod
    def empty(cls, n_classes: int) -> "_Tally":
        return cls(n_classes, np.zeros((n_classes, n_classes), dtype=np.int64))

    def add(self, targets: npt.NDArray[np.uint8], predicted: npt.NDArray[np.integer], loss: float) -> None:
        counted = int(np.count_nonzero(targets != IGNORED_TARGET))
        self.confusion += confusion_matrix(targets, predicted, self.n_classes)
        self.loss += loss * counted
        self.pixels += counted

    def figures(self) -> Figures:
        return Figures(
            loss=self.loss / max(self.pixels, 1),
            pixel_accuracy=pixel_accuracy(self.confusion),
            mean_iou=mean_iou(self.confusion),
        )


class _Trainer:
    """One run while it trains."""

    def __init__(
        self,
        config: TrainingConfig,
        division: Division,
        coding: TargetCoding,
        model: keras.Model,
        record: Recorder,
        should_stop: ShouldStop,
    ) -> None:
        self._config = config
        self._division = division
        self._coding = coding
        self._model = model
        self._record = record
        self._should_stop = should_stop
        self._train_reader = SampleReader(division.train, coding, config.input_size)
        self._val_reader = SampleReader(division.val, coding, config.input_size)
        self._batches = Batches(
            self._train_reader,
            config.batch_size,
            augmenter=None if config.augmentation == "none" else Augmenter(config.augmentation, seed=config.seed),
            seed=config.seed,
        )
        self._total_steps = config.epochs * len(self._batches)
        self._optimizer = _optimizer(config, self._total_steps)
        # Compiled without a loss: only so that saving takes the optimizer's state along.
        model.compile(optimizer=self._optimizer)
        self._optimizer.build(model.trainable_variables)
        self._fit, self._look = _compiled_steps(model, self._optimizer, config.input_size)
        self._step = 0
        self._epochs_done = 0
        self._epoch_figures: list[tuple[Figures, Figures | None]] = []
        self._best: float | None = None
        self._best_weights: list[npt.NDArray[Any]] | None = None
        self._best_on_disk = True
        self._last_checkpoint = -np.inf
        self._began = 0.0

    def run(self) -> None:
        """Train all epochs.

        Raises:
            _Stopped: a person asked for it.
            SegstudioError: the data or the loss do not allow going on.
        """
        self._read_all()
        self._record(
            RunStarted(
                run=str(self._record.folder),
                device=describe_device(),
                epochs=self._config.epochs,
                batches=len(self._batches),
                train_samples=len(self._train_reader),
                val_samples=len(self._val_reader),
                parameters=int(sum(np.prod(variable.shape) for variable in self._model.trainable_variables)),
            )
        )
        self._began = time.monotonic()
        for epoch in range(1, self._config.epochs + 1):
            self._run_epoch(epoch)

    def ended(self, outcome: Any, message: str, began: float) -> RunEnded:
        """Write what is still in memory and return the run's last event."""
        if self._best_weights is None and self._step > 0 and outcome != "failed":
            self._keep_best()  # stopped within the first epoch: the model so far is better than none
        self._write_checkpoints(now=True)
        seconds = time.monotonic() - began
        has_model = (self._record.folder / "model.keras").is_file()
        write_json(
            self._record.folder / "metrics.json",
            {
                "outcome": outcome,
                "epochs": self._epochs_done,
                "best_mean_iou": self._best,
                "seconds": seconds,
                "last": {
                    name: None if figures is None else asdict(figures)
                    for name, figures in zip(
                        ("train", "val"), self._epoch_figures[-1] if self._epoch_figures else (None, None), strict=True
                    )
                },
            },
        )
        return RunEnded(outcome, message, self._epochs_done, self._best, model=has_model, seconds=seconds)

    def _read_all(self) -> None:
        total = len(self._train_reader) + len(self._val_reader)
        shown = time.monotonic()
        for reader, before in ((self._train_reader, 0), (self._val_reader, len(self._train_reader))):

            def progress(done: int, before: int = before) -> None:
                nonlocal shown
                if time.monotonic() - shown > 0.5:
                    shown = time.monotonic()
                    self._record(RunPreparing(f"reading the pictures, {before + done} of {total}"))

            reader.read_all(progress=progress, should_stop=self._should_stop)
        self._leave_if_asked()

    def _run_epoch(self, epoch: int) -> None:
        began = time.monotonic()
        tally = _Tally.empty(self._coding.n_classes)
        for number, (pictures, targets) in enumerate(self._batches.epoch(), start=1):
            loss, predicted = self._fit(pictures, targets)
            self._step += 1
            self._check_loss(float(loss), epoch)
            tally.add(targets, predicted.numpy(), float(loss))
            self._record(BatchEnded(epoch, number, self._step, float(loss), self._seconds_left()))
            self._leave_if_asked()
        train, val = tally.figures(), self._validate()
        self._epochs_done = epoch
        self._epoch_figures.append((train, val))
        score = (val or train).mean_iou
        best = self._best is None or score > self._best
        if best:
            self._best = score
            self._keep_best()
        self._write_checkpoints(now=False)
        self._record(EpochEnded(epoch, self._step, train, val, best, time.monotonic() - began))
        self._show_samples(epoch)

    def _validate(self) -> Figures | None:
        if not len(self._val_reader):
            return None
        tally = _Tally.empty(self._coding.n_classes)
        for pictures, targets in Batches(self._val_reader, self._config.batch_size).epoch():
            loss, predicted = self._look(pictures, targets)
            tally.add(targets, predicted.numpy(), float(loss))
            self._leave_if_asked()
        return tally.figures()

    def _show_samples(self, epoch: int) -> None:
        """Predict a few validation pictures, so that people see the model grow better."""
        reader, samples = (
            (self._val_reader, self._division.val)
            if len(self._val_reader)
            else (self._train_reader, self._division.train)
        )
        for position in np.unique(np.linspace(0, len(reader) - 1, _SHOWN_SAMPLES).round().astype(int)):
            picture, target = reader.read(int(position))
            _loss, predicted = self._look(picture[None], target[None])
            sample = samples[int(position)]
            path = f"samples/{epoch:04d}/{sample.split}-{sample.name}.png"
            write_mask(self._record.folder / path, self._coding.decode(predicted.numpy()[0]))
            self._record(SampleSaved(epoch, sample.key, path))

    def _keep_best(self) -> None:
        self._best_weights = self._model.get_weights()
        self._best_on_disk = False

    def _write_checkpoints(self, *, now: bool) -> None:
        """Save last and best; between epochs not more often than every some seconds: tiny epochs are common."""
        if self._step == 0 or (not now and time.monotonic() - self._last_checkpoint < _SECONDS_BETWEEN_CHECKPOINTS):
            return
        folder = self._record.folder
        save_model(self._model, folder / "checkpoints" / "last.keras")
        if not self._best_on_disk and self._best_weights is not None:
            current = self._model.get_weights()
            self._model.set_weights(self._best_weights)
            save_model(self._model, folder / "checkpoints" / "best.keras")
            save_model(with_probabilities(self._model), folder / "model.keras")
            self._model.set_weights(current)
            self._best_on_disk = True
        self._last_checkpoint = time.monotonic()

    def _check_loss(self, loss: float, epoch: int) -> None:
        if not np.isfinite(loss):
            raise TrainingError(
                f"The loss became {loss} in epoch {epoch}, step {self._step}. Choose a smaller learning rate "
                f"than {self._config.learning_rate:g}."
            )

    def _leave_if_asked(self) -> None:
        if self._should_stop():
            raise _Stopped

    def _seconds_left(self) -> float | None:
        if self._step < 3:
            return None  # the first steps compile
        return (time.monotonic() - self._began) / self._step * (self._total_steps - self._step)


def _optimizer(config: TrainingConfig, steps: int) -> Any:
    warm_up = min(max(1, round(steps * WARM_UP_SHARE)), max(steps - 1, 1))
    schedule = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 20,
        decay_steps=max(steps - warm_up, 1),
        alpha=0.01,
        warmup_target=config.learning_rate,
        warmup_steps=warm_up,
    )
    return keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY)


def _compiled_steps(
    model: keras.Model, optimizer: Any, size: tuple[int, int]
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the training step and the validation step: (pictures, targets) to (loss, predicted indices)."""
    signature = [tf.TensorSpec((None, *size, 3), tf.uint8), tf.TensorSpec((None, *size), tf.uint8)]

    @tf.function(input_signature=signature)
    def fit(pictures: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(tf.cast(pictures, tf.float32), training=True)
            loss = cross_entropy(targets, logits)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss, tf.argmax(logits, axis=-1, output_type=tf.int32)

    @tf.function(input_signature=signature)
    def look(pictures: Any, targets: Any) -> Any:
        logits = model(tf.cast(pictures, tf.float32), training=False)
        return cross_entropy(targets, logits), tf.argmax(logits, axis=-1, output_type=tf.int32)

    return fit, look
