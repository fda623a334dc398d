"""The epochs of a run: reading, learning, looking, keeping the best.

The model that is best on val is kept. Train figures are those of the steps themselves, so they lag behind val figures
in early epochs.
"""

import time

import keras
import numpy as np

from segstudio.dataset.masks import write_mask
from segstudio.errors import SegstudioError
from segstudio.learning.augmentation import make_augmenter
from segstudio.learning.checkpoints import Checkpoints
from segstudio.learning.class_balance import class_weights
from segstudio.learning.config import TrainingConfig
from segstudio.learning.device import describe_device
from segstudio.learning.division import DataError, Division, fingerprint
from segstudio.learning.events import (
    BatchEnded,
    EpochEnded,
    Figures,
    Outcome,
    RunPreparing,
    RunStarted,
    SampleSaved,
    ShouldStop,
)
from segstudio.learning.losses import make_loss
from segstudio.learning.models.build import build_model
from segstudio.learning.optimizer import make_optimizer
from segstudio.learning.pipeline import Batches, SampleReader
from segstudio.learning.recording import Recorder, write_settings
from segstudio.learning.steps import Steps, compile_steps
from segstudio.learning.tally import Tally
from segstudio.learning.targets import TargetCoding

_SHOWN_SAMPLES = 4
_SECONDS_BETWEEN_NOTES = 0.5
_STEPS_THAT_COMPILE = 3


class LossError(SegstudioError):
    """The loss left the numbers."""


class _StoppedError(Exception):
    """The run was asked to end."""


class Trainer:
    """One run while it trains.

    Attributes:
        epochs: the complete ones.
        best: the best mean IoU so far, on val (on train where there is no val); None before the first epoch.
    """

    def __init__(
        self,
        config: TrainingConfig,
        division: Division,
        coding: TargetCoding,
        record: Recorder,
        should_stop: ShouldStop,
    ) -> None:
        self.epochs: list[EpochEnded] = []
        self.best: float | None = None
        self._config = config
        self._division = division
        self._coding = coding
        self._record = record
        self._should_stop = should_stop
        self._train = SampleReader(division.train, coding, config.input_size)
        self._val = SampleReader(division.val, coding, config.input_size)
        augmenter = make_augmenter(config.augmentation, seed=config.seed)
        self._batches = Batches(self._train, config.batch_size, augmenter=augmenter, seed=config.seed)
        self._all_steps = config.epochs * len(self._batches)
        self._step = 0
        self._began = 0.0
        keras.utils.set_random_seed(config.seed)
        self._model = build_model(config.architecture, config.backbone, coding.n_classes, weights=config.weights)
        self._optimizer = optimizer = make_optimizer(config.optimization, config.learning_rate, self._all_steps)
        # Compiled without a loss: only so that saving takes the optimizer's state along.
        self._model.compile(optimizer=optimizer)
        optimizer.build(self._model.trainable_variables)
        self._steps: Steps
        self._checkpoints = Checkpoints(record.folder, self._model)

    @property
    def has_model(self) -> bool:
        """Whether the run's folder holds a model to use."""
        return self._checkpoints.has_model

    def run(self) -> Outcome:
        """Train all epochs and write the model.

        Raises:
            SegstudioError: the data or the loss do not allow going on.
            OSError: the disk is full, read-only or gone.
        """
        outcome: Outcome = "finished"
        try:
            self._read_all()
            self._start()
            for epoch in range(1, self._config.epochs + 1):
                self._run_epoch(epoch)
        except _StoppedError:
            outcome = "stopped"
        if self.epochs:
            self._checkpoints.write_last()
        elif self._step:
            self._checkpoints.write_present_as_best()
        return outcome

    def rescue(self) -> None:
        """After a failure: write the best model if it is in memory only and there is still a disk to write to."""
        try:
            self._checkpoints.rescue_best()
        except OSError:
            return

    def _read_all(self) -> None:
        total = len(self._train) + len(self._val)
        noted = time.monotonic()
        digests: list[bytes] = []
        for reader in (self._train, self._val):
            before = len(digests)

            def progress(done: int, before: int = before) -> None:
                nonlocal noted
                if time.monotonic() - noted > _SECONDS_BETWEEN_NOTES:
                    noted = time.monotonic()
                    self._prepare(f"reading the pictures, {before + done} of {total}")

            digests += reader.read_all(progress=progress, should_stop=self._should_stop)
        self._leave_if_asked()
        self._refuse_one_class()
        write_settings(
            self._record.folder, self._config, self._coding.classes, self._division, sha256=fingerprint(digests)
        )

    def _refuse_one_class(self) -> None:
        seen = self._train.seen
        if not seen:
            raise DataError("Every pixel of the masks in train is ignored. Paint at least two classes.")
        if len(seen) == 1:
            name = self._coding.classes.counted[seen[0]].name
            raise DataError(
                f"The masks in train hold one class only, “{name}”, so there is nothing to tell apart. "
                "Paint at least two classes."
            )

    def _prepare(self, what: str) -> None:
        self._record(RunPreparing(what, run=str(self._record.folder)))

    def _start(self) -> None:
        weights = class_weights(self._config.loss, self._coding, self._train.counts)
        loss = make_loss(self._config.loss, weights)
        self._steps = compile_steps(self._model, self._optimizer, loss, self._config.input_size)
        self._record(
            RunStarted(
                run=str(self._record.folder),
                device=describe_device(),
                epochs=self._config.epochs,
                batches=len(self._batches),
                train_samples=len(self._train),
                val_samples=len(self._val),
                parameters=int(sum(np.prod(variable.shape) for variable in self._model.trainable_variables)),
            )
        )
        self._began = time.monotonic()

    def _run_epoch(self, epoch: int) -> None:
        began = time.monotonic()
        train = self._learn(epoch)
        val = self._look() if len(self._val) else None
        self._refuse_what_is_no_number("loss", (val or train).loss)
        # A step's loss is that of the weights before it: what the last step of an epoch broke shows only here.
        self._refuse_what_is_no_number("weights", self._sum_of_weights())
        score = (val or train).mean_iou
        best = self.best is None or score > self.best
        if best:
            self.best = score
        self._checkpoints.epoch_ended(best=best)
        ended = EpochEnded(epoch, self._step, train, val, best, time.monotonic() - began)
        self.epochs.append(ended)
        self._record(ended)
        self._save_samples(epoch)

    def _learn(self, epoch: int) -> Figures:
        tally = Tally(self._coding.n_classes)
        for number, (pictures, targets) in enumerate(self._batches.epoch(), start=1):
            loss, predicted = self._steps.learn(pictures, targets)
            self._refuse_what_is_no_number("loss", float(loss))
            self._step += 1
            tally.add(targets, predicted.numpy(), float(loss))
            self._record(BatchEnded(epoch, number, self._step, float(loss), self._seconds_left()))
            self._leave_if_asked()
        return tally.figures()

    def _look(self) -> Figures:
        tally = Tally(self._coding.n_classes)
        for pictures, targets in Batches(self._val, self._config.batch_size).epoch():
            loss, predicted = self._steps.look(pictures, targets)
            tally.add(targets, predicted.numpy(), float(loss))
            self._leave_if_asked()
        return tally.figures()

    def _save_samples(self, epoch: int) -> None:
        """Predict a few pictures of val (or train), so that people see the model grow better."""
        reader = self._val if len(self._val) else self._train
        for position in np.unique(np.linspace(0, len(reader) - 1, _SHOWN_SAMPLES).round().astype(int)):
            picture, target = reader.read(int(position))
            _loss, predicted = self._steps.look(picture[None], target[None])
            sample = reader.samples[int(position)]
            path = f"samples/{epoch:04d}/{sample.key}.png"
            write_mask(self._record.folder / path, self._coding.decode(predicted.numpy()[0]))
            self._record(SampleSaved(epoch, sample.key, path))

    def _sum_of_weights(self) -> float:
        return float(sum(keras.ops.sum(variable) for variable in self._model.trainable_variables))

    def _refuse_what_is_no_number(self, what: str, value: float) -> None:
        if not np.isfinite(value):
            raise LossError(
                f"The {what} became {value} in epoch {len(self.epochs) + 1}. Choose a smaller learning rate than "
                f"{self._config.learning_rate:g}."
            )

    def _leave_if_asked(self) -> None:
        if self._should_stop():
            raise _StoppedError

    def _seconds_left(self) -> float | None:
        if self._step < _STEPS_THAT_COMPILE:
            return None
        return (time.monotonic() - self._began) / self._step * (self._all_steps - self._step)
