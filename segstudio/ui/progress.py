"""Puts training, prediction, the rewriting of masks and the doctor on the status line."""

from PySide6.QtCore import QObject

from segstudio.dataset.steps import StepProgress
from segstudio.learning.events import BatchEnded, Progress, RunPreparing, RunStarted
from segstudio.ui.doctor.session import DoctorSession
from segstudio.ui.duration import time_left
from segstudio.ui.learning_session import LearningSession
from segstudio.ui.remapping import Remapping
from segstudio.ui.status import StatusLine


class JobProgress(QObject):
    """Follows what runs for long. The rewriting of masks is shown before a training, that before a prediction."""

    def __init__(
        self, learning: LearningSession, remapping: Remapping, doctor: DoctorSession, status: StatusLine
    ) -> None:
        super().__init__(status)
        self._learning = learning
        self._remapping = remapping
        self._doctor = doctor
        self._title = ""
        self._status = status
        self._steps = 0
        learning.training_started.connect(lambda _config: self._show_training(None, "starting"))
        learning.training_event.connect(self._on_training_event)
        learning.training_ended.connect(self._on_ended)
        learning.prediction_started.connect(lambda _total: self._show_prediction(None, "loading the model"))
        learning.prediction_event.connect(self._on_prediction_event)
        learning.prediction_ended.connect(self._on_ended)
        learning.rate_event.connect(self._on_rate_event)
        learning.rate_ended.connect(self._on_ended)
        remapping.started.connect(self._on_remapping_started)
        remapping.progressed.connect(self._on_remapping_progressed)
        remapping.ended.connect(lambda _words: self._on_ended())
        doctor.progressed.connect(self._on_doctor_progressed)
        doctor.changed.connect(self._on_ended)
        status.stop_requested.connect(self._on_stop_requested)

    def _on_training_event(self, event: object) -> None:
        match event:
            case RunPreparing():
                self._show_training(None, event.what)
            case RunStarted():
                self._steps = max(event.epochs * event.batches, 1)
            case BatchEnded() if self._steps:
                self._show_training(event.step / self._steps, time_left(event.seconds_left))

    def _on_prediction_event(self, event: object) -> None:
        if isinstance(event, Progress) and event.total:
            self._show_prediction(event.done / event.total, event.what)

    def _on_rate_event(self, event: object) -> None:
        if isinstance(event, Progress) and event.total and not self._remapping.is_running:
            self._status.set_job("Trying learning rates", event.done / event.total, event.what)

    def _show_training(self, fraction: float | None, what: str) -> None:
        if not self._remapping.is_running:
            self._status.set_job("Training", fraction, what)

    def _show_prediction(self, fraction: float | None, what: str) -> None:
        if not (self._learning.is_training or self._remapping.is_running):
            self._status.set_job("Predicting", fraction, what)

    def _on_remapping_started(self, title: str) -> None:
        self._title = title
        self._status.set_job(title, None, "reading the masks")

    def _on_remapping_progressed(self, progress: StepProgress) -> None:
        if self._remapping.is_running:
            self._status.set_job(self._title, progress.done / progress.total, progress.what)

    def _on_doctor_progressed(self, progress: StepProgress) -> None:
        if not self._is_other_running():
            title = "Mending" if self._doctor.is_mending else "Checking"
            self._status.set_job(title, progress.done / progress.total, "the dataset")

    def _on_ended(self) -> None:
        if not (self._is_other_running() or self._doctor.is_mending or self._doctor.is_checking):
            self._status.clear_job()

    def _is_other_running(self) -> bool:
        """Say whether something runs that is shown before the doctor."""
        learning = self._learning
        at_work = learning.is_training or learning.is_predicting or learning.is_finding_rate
        return at_work or self._remapping.is_running

    def _on_stop_requested(self) -> None:
        if self._remapping.is_running:
            self._remapping.stop()
        elif self._learning.is_training:
            self._learning.stop_training()
        elif self._learning.is_predicting:
            self._learning.stop_predicting()
        elif self._learning.is_finding_rate:
            self._learning.stop_finding_rate()
        else:
            self._doctor.stop()
