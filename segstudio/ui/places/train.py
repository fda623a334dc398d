"""The Train place: models are trained."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from segstudio.dataset.dataset import Sample
from segstudio.learning.config import TrainingConfig
from segstudio.learning.machine import DeviceFacts
from segstudio.learning.runs import RunError, read_settings
from segstudio.ui.counting import PixelCounting
from segstudio.ui.editing import EditingSession
from segstudio.ui.jobs import Jobs
from segstudio.ui.learning_session import LearningSession
from segstudio.ui.settings import Settings
from segstudio.ui.status import StatusLine
from segstudio.ui.training.augmentation_preview import AugmentationPreview
from segstudio.ui.training.panel import TrainingPanel
from segstudio.ui.training.rate_search import RateSearch
from segstudio.ui.training.suggestion_search import SuggestionSearch


class TrainPlace(QObject):
    """Training: the form's settings go to the learning session, its events to the plots."""

    review_requested = Signal(object)

    def __init__(
        self,
        editing: EditingSession,
        learning: LearningSession,
        settings: Settings,
        *,
        counting: PixelCounting,
        jobs: Jobs,
        status: StatusLine,
    ) -> None:
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
        self.suggestions = SuggestionSearch(self.panel.form, editing, counting, jobs, status)
        self.rates = RateSearch(self.panel.form, learning)
        self.preview: AugmentationPreview | None = None
        self._connect_form()
        learning.device_described.connect(self._on_device_described)
        learning.describe_device()
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

    def _connect_form(self) -> None:
        form, learning = self.panel.form, self._learning
        form.pause_requested.connect(learning.pause_training)
        form.continue_requested.connect(learning.continue_training)
        form.preview_requested.connect(self._on_preview_requested)
        learning.training_paused.connect(lambda: form.set_paused(True))
        learning.training_continued.connect(lambda: form.set_paused(False))
        self.panel.resume_requested.connect(self._on_resume_requested)

    def _on_device_described(self, facts: Mapping[str, object]) -> None:
        device = DeviceFacts.from_json(facts)
        if device.gpu:  # else it is this machine, whose memory is known better here
            self.suggestions.set_device(device)

    def _on_preview_requested(self, config: TrainingConfig) -> None:
        if self.preview is None:
            self.preview = AugmentationPreview(self._learning.preview_augmentation, self.panel)
            self._learning.augmentation_previewed.connect(self.preview.set_rows)
            self._learning.preview_failed.connect(self.preview.show_failure)
        self.preview.show_for(config)

    def _on_resume_requested(self, folder: Path) -> None:
        try:
            config, _classes = read_settings(folder)
        except RunError as error:
            self.panel.training_failed(str(error))
            return
        self._learning.resume_run(folder, config)

    def _on_sample_saved(self, _sample: Sample) -> None:
        self.panel.set_dataset(self._editing.dataset)

    def _on_training_requested(self, config: TrainingConfig, isolated: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._editing.flush()  # what was painted until now is trained on
        self._learning.train(config, isolated=isolated)
