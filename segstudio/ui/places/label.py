"""The Label place: masks are painted."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.errors import SegstudioError
from segstudio.painting.pyramid import Pyramid
from segstudio.ui.browser.panel import BrowserPanel
from segstudio.ui.counting import PixelCounting
from segstudio.ui.editing import EditingSession, OpenSample
from segstudio.ui.empty_state import EmptyState
from segstudio.ui.jobs import Jobs
from segstudio.ui.painter.panel import PainterPanel
from segstudio.ui.recovery import StrokeRecovery
from segstudio.ui.recovery_bar import RecoveryBar
from segstudio.ui.remapping import Remapping
from segstudio.ui.status import StatusLine

_CHOOSE = ("Choose a picture", "Pick one in the browser at the left to paint its mask.")


class LabelPlace(QObject):
    """Painting: the canvas shows what the editing session has opened; strokes go to its document.

    Signals:
        failed(str): something that a person asked for could not be done.
    """

    failed = Signal(str)

    def __init__(self, editing: EditingSession, browser: BrowserPanel, status: StatusLine, jobs: Jobs) -> None:
        super().__init__()
        self._editing = editing
        self._browser = browser
        self._status = status
        self._jobs = jobs
        self._output: Path | None = None
        self.panel = PainterPanel(jobs)
        self._anew = QAction("Paint a new mask", self)
        self._anew.setToolTip("Begin an empty mask; the file that cannot be used is kept beside it")
        self._anew.triggered.connect(editing.paint_anew)
        self._anew.setVisible(False)
        self._nothing = EmptyState("label", *_CHOOSE, actions=[self._anew])
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.panel)
        self.recovery_bar = RecoveryBar()
        self._page = QWidget()
        layout = QVBoxLayout(self._page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.recovery_bar)
        layout.addWidget(self._stack, 1)
        editing.dataset_changed.connect(self._on_dataset_changed)
        editing.sample_opening.connect(self._on_sample_opening)
        editing.sample_previewed.connect(self._on_sample_previewed)
        editing.sample_opened.connect(self._on_sample_opened)
        editing.held_changed.connect(self._on_held_changed)
        self.panel.mask_changed.connect(editing.note_change)
        self.panel.save_requested.connect(editing.save)
        self.panel.previous_requested.connect(browser.select_previous)
        self.panel.next_requested.connect(browser.select_next)
        self.panel.previous_mask_requested.connect(self._on_previous_mask_requested)
        self.panel.classes_edited.connect(self._on_classes_edited)
        self.panel.status_changed.connect(status.set_painter)
        self._on_dataset_changed(editing.dataset)
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

    def fold_panels(self, *, folded: bool) -> None:
        """Leave the space to the canvas, or show the classes beside it."""
        self.panel.classes.setHidden(folded)

    def offer_recovery(self, recovery: StrokeRecovery) -> None:
        """Offer lost strokes above the canvas."""
        self.recovery_bar.bring_back_requested.connect(recovery.bring_back)
        self.recovery_bar.discard_requested.connect(recovery.discard)
        recovery.offered.connect(self.recovery_bar.set_pictures)
        self.recovery_bar.set_pictures(recovery.pictures)

    def show_counts(self, counting: PixelCounting) -> None:
        """Show how many pixels of the dataset each class has."""
        counting.counts_changed.connect(self.panel.classes.set_dataset_counts)
        self.panel.classes.set_dataset_counts(counting.counts)

    def offer_removal(self, remapping: Remapping) -> None:
        """Let classes be removed from all masks, and the last removal be undone."""
        remapping.undoable_changed.connect(self.panel.classes.set_undoable)
        remapping.ended.connect(self._on_remapping_ended)
        self.panel.classes.class_removal_requested.connect(remapping.remove)
        self.panel.classes.removal_undo_requested.connect(remapping.undo)
        self.panel.classes.set_undoable(remapping.undoable)

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        if dataset is not None:
            if dataset.output != self._output:
                self._output = dataset.output
                self.panel.classes.start_anew()
            self.panel.set_classes(dataset.classes)
        if self._editing.current is None:
            self.panel.set_document(None, None)
            self._anew.setVisible(False)
            self._stack.setCurrentWidget(self._nothing)

    def _on_sample_opening(self, _sample: Sample) -> None:
        self.panel.settle()
        self._status.clear_message()

    def _on_sample_previewed(self, sample: Sample, picture: Pyramid) -> None:
        self.panel.set_document(None, None, picture)
        self._stack.setCurrentWidget(self.panel)
        self._status.show_message(f"{sample.name} is being read. It can be painted on when all of it is there.", 4.0)

    def _on_sample_opened(self, opened: OpenSample) -> None:
        self.panel.set_document(opened.document, opened.image, opened.picture)
        self._anew.setVisible(opened.document is None and opened.image is not None)
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
        self._anew.setVisible(False)
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
