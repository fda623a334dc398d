"""The three places: each ties one page to the sessions behind it. All that crosses between pages crosses here."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import Progress
from segstudio.learning.runs import Run
from segstudio.painting.pyramid import Pyramid
from segstudio.ui.browser.panel import BrowserPanel
from segstudio.ui.counting import PixelCounting
from segstudio.ui.editing import EditingSession, OpenSample
from segstudio.ui.empty_state import EmptyState
from segstudio.ui.jobs import Jobs
from segstudio.ui.learning_session import LearningSession, prediction_groups
from segstudio.ui.painter.panel import PainterPanel
from segstudio.ui.predictions.panel import PredictionRequest, ReviewPanel
from segstudio.ui.recovery import StrokeRecovery
from segstudio.ui.recovery_bar import RecoveryBar
from segstudio.ui.remapping import Remapping
from segstudio.ui.settings import Settings
from segstudio.ui.status import StatusLine
from segstudio.ui.training.panel import TrainingPanel

_CHOOSE = ("Choose a picture", "Pick one in the browser at the left to paint its mask.")


class LabelPlace(QObject):
    """Painting: the canvas shows what the editing session has opened; strokes go to its document.

    Signals:
        failed(str): something that a person asked for could not be done.
    """

    failed = Signal(str)

    def __init__(
        self,
        editing: EditingSession,
        recovery: StrokeRecovery,
        browser: BrowserPanel,
        status: StatusLine,
        jobs: Jobs,
        counting: PixelCounting,
        remapping: Remapping,
    ) -> None:
        super().__init__()
        self._editing = editing
        self._browser = browser
        self._status = status
        self._jobs = jobs
        self._output: Path | None = None
        self.panel = PainterPanel(jobs)
        self._nothing = EmptyState("label", *_CHOOSE)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.panel)
        self.recovery_bar = RecoveryBar()
        self.recovery_bar.bring_back_requested.connect(recovery.bring_back)
        self.recovery_bar.discard_requested.connect(recovery.discard)
        recovery.offered.connect(self.recovery_bar.set_pictures)
        self._page = QWidget()
        layout = QVBoxLayout(self._page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.recovery_bar)
        layout.addWidget(self._stack, 1)
        self.recovery_bar.set_pictures(recovery.pictures)  # it has a parent now: shown alone, it would be a window
        editing.dataset_changed.connect(self._on_dataset_changed)
        editing.sample_previewed.connect(self._on_sample_previewed)
        editing.sample_opened.connect(self._on_sample_opened)
        editing.held_changed.connect(self._on_held_changed)
        counting.counts_changed.connect(self.panel.classes.set_dataset_counts)
        remapping.undoable_changed.connect(self.panel.classes.set_undoable)
        remapping.ended.connect(self._on_remapping_ended)
        self.panel.classes.class_removal_requested.connect(remapping.remove)
        self.panel.classes.removal_undo_requested.connect(remapping.undo)
        self.panel.mask_changed.connect(editing.note_change)
        self.panel.save_requested.connect(editing.save)
        self.panel.previous_requested.connect(browser.select_previous)
        self.panel.next_requested.connect(browser.select_next)
        self.panel.previous_mask_requested.connect(self._on_previous_mask_requested)
        self.panel.classes_edited.connect(self._on_classes_edited)
        self.panel.status_changed.connect(status.set_painter)
        self._on_dataset_changed(editing.dataset)
        self.panel.classes.set_dataset_counts(counting.counts)
        self.panel.classes.set_undoable(remapping.undoable)
        if editing.current is not None:
            self._on_sample_opened(editing.current)

    @property
    def widget(self) -> QWidget:
        """The page."""
        return self._page

    @property
    def menu_actions(self) -> list[QAction | None]:
        """What can be done while painting."""
        return self.panel.menu_actions()

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        if dataset is not None:
            if dataset.output != self._output:
                self._output = dataset.output
                self.panel.classes.start_anew()
            self.panel.set_classes(dataset.classes)
        if self._editing.current is None:
            self.panel.set_document(None, None)
            self._stack.setCurrentWidget(self._nothing)

    def _on_sample_previewed(self, sample: Sample, picture: Pyramid) -> None:
        self.panel.set_document(None, None, picture)
        self._stack.setCurrentWidget(self.panel)
        self._status.show_message(f"{sample.name} is being read. It can be painted on when all of it is there.", 4.0)

    def _on_sample_opened(self, opened: OpenSample) -> None:
        self.panel.set_document(opened.document, opened.image, opened.picture)
        if opened.document is None:
            self._nothing.set_words(f"{opened.sample.name} cannot be painted", opened.problem)
        self._stack.setCurrentWidget(self._nothing if opened.document is None else self.panel)

    def _on_previous_mask_requested(self) -> None:
        """Copy the mask of the picture before, once and as one step (R4)."""
        sample, document = self._browser.previous_sample(), self.panel.context.document
        if sample is None or document is None:
            self.failed.emit("There is no picture before this one.")
            return
        unsaved = self._editing.painted_mask(sample.key)

        def read(*, emit: object, should_stop: object) -> MaskArray:  # noqa: ARG001 - one file
            if unsaved is None and sample.mask is None:
                raise SegstudioError(f"{sample.name} has no mask to copy.")
            return unsaved if unsaved is not None else read_mask(sample.mask or sample.target)

        def paste(mask: MaskArray) -> None:
            if self.panel.context.document is document:
                self.panel.clipboard.paste_mask(mask)

        self._jobs.start(f"Copying the mask of {sample.name}", read, succeeded=paste, failed=self.failed.emit)

    def _on_held_changed(self, held: bool) -> None:  # noqa: FBT001 - a Qt slot
        if held:
            self.panel.set_document(None, None)
            self._nothing.set_words("The masks are being rewritten", "The status line says how far that is.")
            self._stack.setCurrentWidget(self._nothing)
        else:
            self._nothing.set_words(*_CHOOSE)

    def _on_remapping_ended(self, words: str) -> None:
        if self._editing.held:  # masks are half rewritten: it is not over
            self._nothing.set_words("Not all masks could be put back", words)

    def _on_classes_edited(self, classes: ClassList) -> None:
        try:
            self._editing.set_classes(classes)
        except SegstudioError as error:
            self.failed.emit(str(error))
            if self._editing.dataset is not None:
                self.panel.set_classes(self._editing.dataset.classes)


class TrainPlace(QObject):
    """Training: the form's settings go to the learning session, its events to the plots."""

    review_requested = Signal(object)

    def __init__(self, editing: EditingSession, learning: LearningSession, settings: Settings) -> None:
        super().__init__()
        self._editing = editing
        self._learning = learning
        self.panel = TrainingPanel(settings.store)
        editing.dataset_changed.connect(self.panel.set_dataset)
        editing.sample_saved.connect(self._on_sample_saved)
        self.panel.training_requested.connect(self._on_training_requested)
        self.panel.stop_requested.connect(learning.stop_training)
        self.panel.review_requested.connect(self.review_requested)
        learning.runs_changed.connect(self.panel.set_runs)
        learning.training_started.connect(self.panel.training_started)
        learning.training_event.connect(self.panel.handle_event)
        learning.training_failed.connect(self.panel.training_failed)
        learning.training_ended.connect(self.panel.training_ended)
        self.panel.set_dataset(editing.dataset)
        learning.refresh_runs()

    @property
    def widget(self) -> QWidget:
        """The page."""
        return self.panel

    @property
    def menu_actions(self) -> list[QAction | None]:
        """Nothing is edited here."""
        return []

    def _on_sample_saved(self, _sample: Sample) -> None:
        self.panel.set_dataset(self._editing.dataset)

    def _on_training_requested(self, config: TrainingConfig, isolated: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._editing.flush()  # what was painted until now is trained on
        self._learning.train(config, isolated=isolated)


class ReviewPlace(QObject):
    """Looking at predictions: the sample on the canvas with what a run says about it."""

    failed = Signal(str)

    def __init__(self, editing: EditingSession, learning: LearningSession, jobs: Jobs, train_action: QAction) -> None:
        super().__init__()
        self._editing = editing
        self._learning = learning
        self._jobs = jobs
        self.panel = ReviewPanel([train_action])
        editing.dataset_changed.connect(self._on_dataset_changed)
        editing.sample_opened.connect(lambda _opened: self._show())
        editing.sample_saved.connect(lambda _sample: self._show())
        learning.runs_changed.connect(self._on_runs_changed)
        learning.prediction_started.connect(lambda total: self.panel.set_predicting(0, total))
        learning.prediction_event.connect(self._on_prediction_event)
        learning.prediction_ended.connect(self._on_prediction_ended)
        self.panel.prediction_requested.connect(self._on_prediction_requested)
        self.panel.run_chosen.connect(lambda _run: self._show())
        self._on_dataset_changed(editing.dataset)
        learning.refresh_runs()

    @property
    def widget(self) -> QWidget:
        """The page."""
        return self.panel

    @property
    def menu_actions(self) -> list[QAction | None]:
        """Nothing is edited here yet."""
        return []

    def enter(self) -> None:
        """Show what is known now: predictions may have been made while the person was elsewhere."""
        self._show()

    def choose_run(self, folder: Path) -> None:
        """Show the predictions of this run."""
        self.panel.choose_run(folder)
        self._show()

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        self.panel.set_dataset(dataset)
        self._show()

    def _on_runs_changed(self, runs: Sequence[Run]) -> None:
        self.panel.set_runs([run for run in runs if run.has_model])
        self._show()

    def _on_prediction_event(self, event: object) -> None:
        if isinstance(event, Progress):
            self.panel.set_predicting(event.done, event.total)

    def _on_prediction_ended(self) -> None:
        self.panel.set_idle()
        self._show()

    def _on_prediction_requested(self, request: PredictionRequest) -> None:
        dataset = self._editing.dataset
        if dataset is not None:
            groups = prediction_groups(dataset, request.run.name, request.samples, request.images)
            self._learning.predict(request.run, groups)

    def _show(self) -> None:
        """Read the prediction for the sample on the canvas, and show both."""
        opened = self._editing.current
        if opened is None or opened.picture is None or not self.panel.isVisible():
            return
        path = self.panel.wanted_prediction(opened.sample)

        def read(*, emit: object, should_stop: object) -> MaskArray | None:  # noqa: ARG001 - one small file
            return read_mask(path) if path is not None and path.is_file() else None

        self._jobs.start(
            "Reading a prediction",
            read,
            succeeded=lambda prediction: self._on_prediction_read(opened, prediction),
            failed=self.failed.emit,
        )

    def _on_prediction_read(self, opened: OpenSample, prediction: MaskArray | None) -> None:
        if opened is not self._editing.current or opened.picture is None:
            return
        dataset = self._editing.dataset
        # As it stands now: a mask that was first painted after the sample was opened counts.
        sample = (dataset.find(opened.sample.key) if dataset else None) or opened.sample
        mask = None if opened.document is None or sample.mask is None else opened.document.mask
        self.panel.set_sample(sample, opened.picture, mask, prediction)
