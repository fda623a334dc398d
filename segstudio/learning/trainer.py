"""The epochs of a run: learning, looking, keeping the best, and a state from which it can go on after anything.

The model that is best on val is kept. Train figures are those of the steps themselves, so they lag behind val figures
in early epochs.
"""

import math
from collections.abc import Callable

import keras

from segstudio.errors import SegstudioError
from segstudio.learning.checkpoints import Checkpoints
from segstudio.learning.clock import Clock
from segstudio.learning.config import TrainingConfig
from segstudio.learning.control import Control, StoppedError
from segstudio.learning.device import describe_device
from segstudio.learning.events import BatchEnded, EpochEnded, Figures, Outcome, RunStarted
from segstudio.learning.learner import Learner
from segstudio.learning.pipeline import Batches, SampleReader
from segstudio.learning.recording import Recorder, write_confusion
from segstudio.learning.run_state import RunState
from segstudio.learning.shown_samples import save_shown_samples
from segstudio.learning.steps import Loss
from segstudio.learning.tally import Tally
from segstudio.learning.targets import TargetCoding
from segstudio.learning.tensorboard import Scalars


class LossError(SegstudioError):
    """The loss left the numbers."""


class Trainer:
    """One run while it trains.

    Args:
        config: its settings.
        coding: ids to indices.
        train: the samples it learns from, all read once.
        val: those it is measured on; may be none.
        build: makes the model, with the weights that it begins with.
        loss: what is made small.
        record: takes events, and knows the folder.
        control: whether to stop or to wait.

    Attributes:
        epochs: the complete ones.
        state: where it stands.
    """

    def __init__(
        self,
        config: TrainingConfig,
        coding: TargetCoding,
        train: SampleReader,
        val: SampleReader,
        *,
        build: Callable[[], keras.Model],
        loss: Loss,
        record: Recorder,
        control: Control,
    ) -> None:
        self.epochs: list[EpochEnded] = []
        self.state = RunState()
        self._config = config
        self._coding = coding
        self._val_reader = val
        self._samples = len(train), len(val)
        self._shown = val if len(val) else train
        self._record = record
        self._control = control
        self._train = Batches(
            train,
            config.batch_size,
            augmentation=config.augmentation,
            seed=config.seed,
            workers=config.execution.workers,
        )
        self._val = Batches(val, config.batch_size)
        self._all_steps = config.epochs * len(self._train)
        self._learner = Learner(config, build, loss, steps=self._all_steps)
        self._checkpoints = Checkpoints(record.folder, self._learner.model, self._learner.for_use)
        self._clock = Clock()
        self._tally = Tally(coding.n_classes)
        self._scalars = Scalars(record.folder if config.execution.tensorboard else None)

    @property
    def has_model(self) -> bool:
        """Whether the run's folder holds a model to use."""
        return self._checkpoints.has_model

    def go_on(self) -> None:
        """Take the run up where its last checkpoint left it.

        Raises:
            CheckpointError: the checkpoint is damaged.
        """
        self.state = state = self._checkpoints.read()
        self._learner.restore(state)
        self._clock = Clock(seconds=state.seconds, epoch_seconds=state.epoch_seconds)
        if state.tally is not None:
            self._tally = Tally.from_json(state.tally)

    def run(self) -> tuple[Outcome, str]:
        """Train all epochs that are left and write the model; return how it ended, and why if that was early.

        Raises:
            SegstudioError: the data or the loss do not allow going on.
            OSError: the disk is full, read-only or gone.
        """
        outcome: tuple[Outcome, str] = ("finished", "")
        try:
            self._start()
            while self.state.epochs < self._config.epochs:
                if self._gives_up():
                    outcome = ("finished", self._farewell())
                    break
                self._run_epoch(self.state.epochs + 1)
        except StoppedError:
            outcome = ("stopped", "")
        finally:
            self._train.close()
            self._scalars.close()
        if self.state.step:
            self._checkpoints.write(self._present_state())
            self._checkpoints.write_last()
        return outcome

    def rescue(self) -> None:
        """After a failure: write the best model if it is in memory only and there is still a disk to write to."""
        try:
            self._checkpoints.rescue_best()
        except OSError:
            return

    def _start(self) -> None:
        if not self.state.step:
            self._checkpoints.write_beginning()
        self._record(
            RunStarted(
                run=str(self._record.folder),
                device=describe_device(),
                epochs=self._config.epochs,
                batches=len(self._train),
                train_samples=self._samples[0],
                val_samples=self._samples[1],
                parameters=self._learner.parameters,
                epoch=self.state.epochs,
            )
        )

    def _run_epoch(self, number: int) -> None:
        state = self.state
        if not state.batches:
            self._clock.begin_epoch()
            self._tally = Tally(self._coding.n_classes)
        self._learner.begin_epoch(number)
        self._learn(number)
        train = self._tally.figures()
        judged = self._look() if len(self._val_reader) else self._tally
        val = judged.figures() if judged is not self._tally else None
        figures = val or train
        self._refuse_what_is_no_number("loss", figures.loss)
        # A step's loss is that of the weights before it: what the last step of an epoch broke shows only here.
        self._refuse_what_is_no_number("weights", self._learner.sum_of_weights())
        rate = self._learner.learning_rate
        best = self._judge(figures)
        ended = EpochEnded(number, state.step, train, val, best, self._clock.epoch_seconds, rate)
        state.epochs, state.batches = number, 0
        if best:
            self._checkpoints.keep_best()
            write_confusion(self._record.folder, number, self._coding, judged.confusion)
        self.epochs.append(ended)
        self._record(ended)
        self._scalars.write(ended)
        for event in save_shown_samples(self._learner, self._shown, self._coding, self._record.folder, epoch=number):
            self._record(event)
        self._checkpoints.epoch_ended(self._present_state())

    def _learn(self, epoch: int) -> None:
        state = self.state
        for number, batch in enumerate(self._train.epoch(epoch, first=state.batches), start=state.batches + 1):
            loss, predicted = self._learner.learn(batch)
            self._refuse_what_is_no_number("loss", loss)
            state.step += 1
            state.batches = number
            self._tally.add(batch[1], predicted, loss)
            self._clock.count_step()
            left = self._clock.seconds_left(self._all_steps - state.step)
            self._record(BatchEnded(epoch, number, state.step, loss, left))
            self._checkpoints.batch_ended(self._present_state)
            self._control.heed(self._clock)

    def _look(self) -> Tally:
        tally = Tally(self._coding.n_classes)
        for batch in self._val.epoch(0):
            loss, predicted = self._learner.look(batch)
            tally.add(batch[1], predicted, loss)
            self._control.heed(self._clock)
        return tally

    def _judge(self, figures: Figures) -> bool:
        """Note whether an epoch is the best so far; its model must then be kept."""
        state, selection = self.state, self._config.selection
        figure = getattr(figures, selection.criterion)
        better = selection.is_better(figure, state.best)
        if better:
            state.best, state.best_mean_iou = figure, figures.mean_iou
        state.without_better = 0 if better else state.without_better + 1
        self._learner.end_epoch(figure, better=better)
        return better

    def _gives_up(self) -> bool:
        patience = self._config.selection.patience
        return bool(patience) and self.state.without_better >= patience

    def _farewell(self) -> str:
        best = next(epoch.epoch for epoch in reversed(self.epochs) if epoch.best)
        return f"Ended early: none of the last {self.state.without_better} epochs was better than epoch {best}."

    def _present_state(self) -> RunState:
        state = self.state
        state.seconds, state.epoch_seconds = self._clock.seconds, self._clock.epoch_seconds
        state.tally = self._tally.to_json() if state.batches else None
        self._learner.note(state)
        return state

    def _refuse_what_is_no_number(self, what: str, value: float) -> None:
        if not math.isfinite(value):
            where = f"epoch {self.state.epochs + 1}, batch {min(self.state.batches + 1, len(self._train))}"
            raise LossError(
                f"The {what} became {value} in {where}. Choose a smaller learning rate than "
                f"{self._config.learning_rate:g}. What was learned until the last checkpoint is kept."
            )
