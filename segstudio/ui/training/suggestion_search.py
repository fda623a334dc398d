"""Looks at the dataset in the background and proposes settings."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from segstudio.dataset.steps import ShouldStop, StepProgress
from segstudio.learning.dataset_facts import look_at
from segstudio.learning.machine import DeviceFacts, this_machine
from segstudio.learning.suggesting import Suggestion, suggest
from segstudio.ui.counting import PixelCounting
from segstudio.ui.editing import EditingSession
from segstudio.ui.jobs import Job, Jobs
from segstudio.ui.status import StatusLine
from segstudio.ui.training.form import TrainingForm

_TITLE = "Looking at the dataset"


class SuggestionSearch(QObject):
    """Answers the form's “Suggest settings”; progress and cancel are on the status line."""

    def __init__(
        self, form: TrainingForm, editing: EditingSession, counting: PixelCounting, jobs: Jobs, status: StatusLine
    ) -> None:
        super().__init__(form)
        self._form = form
        self._editing = editing
        self._counting = counting
        self._jobs = jobs
        self._status = status
        self._device = this_machine()
        self._job: Job | None = None
        form.suggestion_requested.connect(self._on_requested)
        status.stop_requested.connect(self.stop)
        editing.dataset_changed.connect(lambda _dataset: self.stop())

    def set_device(self, device: DeviceFacts) -> None:
        """Propose for another device, a GPU as a rule."""
        self._device = device
        self._form.set_device(device)

    def stop(self) -> None:
        """Leave the settings as they are."""
        if self._job is not None:
            self._job.request_stop()

    def _on_requested(self) -> None:
        dataset, counter, device = self._editing.dataset, self._counting.counter, self._device
        if dataset is None or self._job is not None:
            return
        self._editing.flush()  # what was painted until now counts

        def look(*, emit: Callable[[object], None], should_stop: ShouldStop) -> Suggestion | None:
            facts = look_at(dataset, counter=counter, emit=emit, should_stop=should_stop)
            return None if facts is None or should_stop() else suggest(facts, device)

        self._form.set_suggesting(True)
        self._form.set_problem("")
        self._job = self._jobs.start(
            _TITLE,
            look,
            emitted=self._on_progressed,
            succeeded=self._on_suggested,
            failed=self._form.set_problem,
            ended=self._on_ended,
        )

    def _on_progressed(self, step: StepProgress) -> None:
        self._status.set_job(_TITLE, step.done / max(step.total, 1), step.what)

    def _on_suggested(self, suggestion: Suggestion | None) -> None:
        if suggestion is not None and self._job is not None and not self._job.stopping:
            self._form.show_suggestion(suggestion)

    def _on_ended(self) -> None:
        self._job = None
        self._form.set_suggesting(False)
        self._status.clear_job()
