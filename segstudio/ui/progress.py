"""Puts training and prediction on the status line."""

from PySide6.QtCore import QObject

from segstudio.learning.events import BatchEnded, Progress, RunPreparing, RunStarted
from segstudio.ui.duration import time_left
from segstudio.ui.learning_session import LearningSession
from segstudio.ui.status import StatusLine


class JobProgress(QObject):
    """Follows the learning session. A training under way is shown before a prediction."""

    def __init__(self, learning: LearningSession, status: StatusLine) -> None:
        super().__init__(status)
        self._learning = learning
        self._status = status
        self._steps = 0
        learning.training_started.connect(lambda _config: status.set_job("Training", None, "starting"))
        learning.training_event.connect(self._on_training_event)
        learning.training_ended.connect(self._on_ended)
        learning.prediction_started.connect(lambda _total: self._show_prediction(None, "loading the model"))
        learning.prediction_event.connect(self._on_prediction_event)
        learning.prediction_ended.connect(self._on_ended)
        status.stop_requested.connect(self._on_stop_requested)

    def _on_training_event(self, event: object) -> None:
        match event:
            case RunPreparing():
                self._status.set_job("Training", None, event.what)
            case RunStarted():
                self._steps = max(event.epochs * event.batches, 1)
            case BatchEnded() if self._steps:
                self._status.set_job("Training", event.step / self._steps, time_left(event.seconds_left))

    def _on_prediction_event(self, event: object) -> None:
        if isinstance(event, Progress) and event.total:
            self._show_prediction(event.done / event.total, event.what)

    def _show_prediction(self, fraction: float | None, what: str) -> None:
        if not self._learning.is_training:
            self._status.set_job("Predicting", fraction, what)

    def _on_ended(self) -> None:
        if not (self._learning.is_training or self._learning.is_predicting):
            self._status.clear_job()

    def _on_stop_requested(self) -> None:
        if self._learning.is_training:
            self._learning.stop_training()
        else:
            self._learning.stop_predicting()
