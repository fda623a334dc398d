"""The form: what matters at first sight, the rest folded in named groups, and the buttons."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSettings, Signal, SignalInstance
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from segstudio.dataset.dataset import Dataset
from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.machine import DeviceFacts, this_machine
from segstudio.learning.run_summary import RunSummary
from segstudio.learning.suggesting import Suggestion
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.form.estimate import SizeEstimate
from segstudio.ui.training.form.fields import in_reading_order, say
from segstudio.ui.training.form.model import ModelSection
from segstudio.ui.training.form.pictures import PicturesSection
from segstudio.ui.training.form.remembering import recall, recall_isolated, recall_open, remember, remember_open
from segstudio.ui.training.form.run_buttons import RunButtons
from segstudio.ui.training.form.running import RunningSection
from segstudio.ui.training.form.section import Fold, Section
from segstudio.ui.training.form.stopping import StoppingSection
from segstudio.ui.training.form.suggestion_box import SuggestionBox
from segstudio.ui.training.form.training import TrainingSection


class TrainingForm(QWidget):
    """Asks for the settings of a run.

    Signals:
        training_requested(TrainingConfig, bool): train with these settings; the second says whether isolated.
        pause_requested(): let the run under way wait.
        continue_requested(): let it go on.
        stop_requested(): end the run under way.
        preview_requested(TrainingConfig): show what training makes of the pictures.
        rate_requested(TrainingConfig): look for a learning rate.
        suggestion_requested(): look at the dataset and the device; `show_suggestion` or `suggestion_failed` follows.
    """

    training_requested = Signal(object, bool)
    pause_requested = Signal()
    continue_requested = Signal()
    stop_requested = Signal()
    preview_requested = Signal(object)
    rate_requested = Signal(object)
    suggestion_requested = Signal()

    def __init__(self, store: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._dataset: Dataset | None = None
        self._device = this_machine()
        self._before: TrainingConfig | None = None
        self._finding_rate = False
        self.model, self.pictures, self.training = ModelSection(), PicturesSection(), TrainingSection()
        self.stopping, self.running = StoppingSection(), RunningSection()
        self._sections: tuple[Section, ...] = (
            *(self.model, self.pictures, self.training),
            *(self.stopping, self.running),
        )
        self.folds = tuple(Fold(section) for section in self._sections)
        self._build()
        self._connect()
        kept = recall(store)
        self._filled_for = kept.dataset
        self.set_config(kept)
        self.running.set_isolated(recall_isolated(store))
        opened = recall_open(store)
        for fold in self.folds:
            fold.set_open(fold.section.title in opened)
            fold.toggled.connect(lambda _opened: self._remember_open())
        self._update()

    @property
    def train_button(self) -> QWidget:
        """The button that begins a run."""
        return self.buttons.train

    @property
    def stop_button(self) -> QWidget:
        """The button that ends it."""
        return self.buttons.stop

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Train on another dataset, or on the same with more masks or other classes."""
        if dataset is not None and dataset.root != self._filled_for:
            # What was set for the classes and runs of another one would do harm unseen.
            self._filled_for = dataset.root
            self.training.forget_weights()
            self.model.forget_run()
            self.suggestions.forget()
        self._dataset = dataset
        self.training.set_classes(dataset.classes.counted if dataset is not None else ())
        self._update()

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Offer runs to start from."""
        self.model.set_runs(runs)

    def set_device(self, device: DeviceFacts) -> None:
        """Compare what a training takes with the memory of this device."""
        self._device = device
        self._update()

    def set_channels(self, channels: int) -> None:
        """Say what becomes of pretrained weights for pictures of so many channels."""
        self.model.set_channels(channels)

    def set_training(self, training: bool) -> None:  # noqa: FBT001 - a plain setter
        """Offer Pause and Stop while a run is under way, else Train."""
        self.buttons.set_training(training)

    def set_paused(self, paused: bool) -> None:  # noqa: FBT001 - a plain setter
        """Offer Continue while the run waits, else Pause."""
        self.buttons.set_paused(paused)

    def set_problem(self, text: str) -> None:
        """Say why training cannot begin, or why it failed; empty for nothing."""
        say(self._problem, text)

    def set_learning_rate(self, rate: float) -> None:
        """Use another learning rate."""
        self.training.set_rate(rate)

    def set_finding_rate(self, finding: bool) -> None:  # noqa: FBT001 - a plain setter
        """Say that rates are being tried."""
        self._finding_rate = finding
        self.training.find_button.setText("Trying…" if finding else "Find…")
        self._update()

    def set_config(self, config: TrainingConfig) -> None:
        """Fill in the settings of a run, all but its name."""
        for section in self._sections:
            section.set_config(config)

    def config(self) -> TrainingConfig:
        """Return the settings.

        Raises:
            ConfigError: they do not make sense.
            ValueError: no dataset is open.
        """
        if self._dataset is None:
            raise ValueError("no dataset is open")
        dataset = self._dataset
        settings = {name: value for section in self._sections for name, value in section.settings().items()}
        output = None if dataset.output == dataset.root else dataset.output
        return TrainingConfig(dataset=dataset.root, output=output, **settings)

    def set_suggesting(self, suggesting: bool) -> None:  # noqa: FBT001 - a plain setter
        """Say that the dataset is being looked at."""
        self.suggestions.set_busy(busy=suggesting)

    def show_suggestion(self, suggestion: Suggestion) -> None:
        """Fill in the suggested settings and tell why."""
        before = self._checked()
        if before is not None:
            self._before = before
            self.set_config(suggestion.apply(before))
            self.suggestions.show_suggestion(suggestion)

    def _build(self) -> None:
        heading = QLabel("Train a model")
        set_role(heading, "heading")
        self._samples = QLabel()
        self._samples.setWordWrap(True)
        set_role(self._samples, "quiet")
        self.suggestions = SuggestionBox()
        self.estimate = SizeEstimate()
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setVisible(False)
        set_role(self._problem, "problem")
        self.buttons = RunButtons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        heads = (self.model.head, self.pictures.head, self.training.head)
        above = (heading, self._samples, self.suggestions, *heads, self.estimate)
        for widget in (*above, self._problem, self.buttons):
            layout.addWidget(widget)
        layout.addSpacing(SPACING // 2)
        for fold in self.folds:
            layout.addWidget(fold)
        layout.addStretch(1)
        for first, second in pairwise(in_reading_order(layout)):
            QWidget.setTabOrder(first, second)

    def _connect(self) -> None:
        for section in self._sections:
            section.changed.connect(self._update)
        self.buttons.train_requested.connect(self._on_train_requested)
        self.buttons.pause_requested.connect(self.pause_requested)
        self.buttons.continue_requested.connect(self.continue_requested)
        self.buttons.stop_requested.connect(self.stop_requested)
        self.pictures.preview_requested.connect(lambda: self._ask(self.preview_requested))
        self.training.rate_requested.connect(lambda: self._ask(self.rate_requested))
        self.suggestions.suggestion_requested.connect(self.suggestion_requested)
        self.suggestions.taken_back.connect(self._on_taken_back)

    def _on_train_requested(self) -> None:
        config = self._checked()
        if config is not None:
            remember(self._store, config, isolated=self.running.isolated)
            self.training_requested.emit(config, self.running.isolated)

    def _on_taken_back(self) -> None:
        if self._before is not None:
            self.set_config(self._before)

    def _ask(self, signal: SignalInstance) -> None:
        config = self._checked()
        if config is not None:
            signal.emit(config)

    def _checked(self) -> TrainingConfig | None:
        """Return the settings, or say what is wrong with them."""
        if self._dataset is None:
            return None
        try:
            config = self.config()
        except SegstudioError as error:
            self.set_problem(str(error))
            return None
        self.set_problem("")
        return config

    def _update(self) -> None:
        dataset = self._dataset
        train, val = (
            dataset.samples.total(split, labelled=True) if dataset is not None else 0 for split in ("train", "val")
        )
        validated = f"{val} of val" if val else f"{self.running.held_out} % of them, held out"
        self._samples.setText(
            f"Learns from {train} {'mask' if train == 1 else 'masks'} of train, is measured on {validated}."
            if train
            else "No picture in train has a mask yet. Paint at least one in Label, then train."
        )
        for button in (self.buttons.train, self.pictures.preview_button):
            button.setEnabled(train > 0)
        self.training.find_button.setEnabled(train > 0 and not self._finding_rate)
        self.suggestions.set_possible(possible=train > 0)
        self.estimate.show_model(
            self.model.pair,
            n_classes=len(dataset.classes.counted) if dataset is not None else 2,
            size=self.pictures.input_size,
            batch_size=self.training.batch_size,
            device=self._device,
        )

    def _remember_open(self) -> None:
        remember_open(self._store, [fold.section.title for fold in self.folds if fold.is_open])
