"""The Review place: predictions are looked at."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.learning.events import Progress
from segstudio.learning.run_summary import RunSummary
from segstudio.ui.editing import EditingSession, OpenSample
from segstudio.ui.jobs import Jobs
from segstudio.ui.learning_session import LearningSession, prediction_groups
from segstudio.ui.predictions.panel import PredictionRequest, ReviewPanel


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
        editing.files_changed.connect(self.panel.set_dataset)
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

    def fold_panels(self, *, folded: bool) -> None:
        """Leave the space to the picture, or show the figures beside it."""
        self.panel.figures.setHidden(folded)

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

    def _on_runs_changed(self, runs: Sequence[RunSummary]) -> None:
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
