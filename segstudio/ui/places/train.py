"""The Train place: models are trained."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from segstudio.dataset.dataset import Sample
from segstudio.learning.config import TrainingConfig
from segstudio.ui.editing import EditingSession
from segstudio.ui.jobs import Jobs
from segstudio.ui.learning_session import LearningSession
from segstudio.ui.settings import Settings
from segstudio.ui.training.panel import TrainingPanel


class TrainPlace(QObject):
    """Training: the form's settings go to the learning session, its events to the plots."""

    review_requested = Signal(object)

    def __init__(self, editing: EditingSession, learning: LearningSession, settings: Settings, *, jobs: Jobs) -> None:
        super().__init__()
        self._editing = editing
        self._learning = learning
        self.panel = TrainingPanel(settings.store, jobs)
        editing.dataset_changed.connect(self.panel.set_dataset)
        editing.files_changed.connect(self.panel.set_dataset)
        editing.sample_saved.connect(self._on_sample_saved)
        self.panel.training_requested.connect(self._on_training_requested)
        self.panel.stop_requested.connect(learning.stop_training)
        self.panel.review_requested.connect(self.review_requested)
        self.panel.runs_outdated.connect(learning.refresh_runs)
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

    def fold_panels(self, *, folded: bool) -> None:
        """Nothing is folded away here: what is there is all there is to see."""

    def _on_sample_saved(self, _sample: Sample) -> None:
        self.panel.set_dataset(self._editing.dataset)

    def _on_training_requested(self, config: TrainingConfig, isolated: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._editing.flush()  # what was painted until now is trained on
        self._learning.train(config, isolated=isolated)
