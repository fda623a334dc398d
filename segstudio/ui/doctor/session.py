"""Checking and mending the open dataset while the window stays open: nobody paints while masks are mended."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset, Sample, open_dataset
from segstudio.dataset.doctor.mended_record import load_mended, mend_all_recorded, undo_all_recorded
from segstudio.dataset.doctor.mending import Mended, MendingReport
from segstudio.dataset.doctor.verify import verify, verify_samples
from segstudio.dataset.problems import Problem
from segstudio.dataset.statistics import with_found_classes
from segstudio.dataset.steps import EmitStep, ShouldStop, StepTeller
from segstudio.ui.editing import EditingSession
from segstudio.ui.gently import gently
from segstudio.ui.jobs import Job, Jobs

_Work = Callable[[Dataset, EmitStep, ShouldStop], MendingReport]


class DoctorSession(QObject):
    """Knows what is wrong with the open dataset, and what was mended, today or on another day.

    Args:
        editing: whose dataset it is.
        jobs: what runs in the background.
        awaited: whether a person waits for something else that is being read: a check then steps back.

    Signals:
        changed(): `problems`, `mended`, `is_checking` or `is_mending` are others now.
        progressed(StepProgress): how far the check or the mends are.
        ended(str): mends are over, and how; for people.
        samples_changed(list[Sample]): these have another mask now.
    """

    changed = Signal()
    progressed = Signal(object)
    ended = Signal(str)
    samples_changed = Signal(object)

    def __init__(
        self,
        editing: EditingSession,
        jobs: Jobs,
        parent: QObject | None = None,
        *,
        awaited: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(parent)
        self._awaited = awaited
        self._listed: tuple[Problem, ...] = ()
        self._editing = editing
        self._jobs = jobs
        self._root: Path | None = None
        self._check: Job | None = None
        self._mending: Job | None = None
        self._news: Job | None = None
        self._examined: Dataset | None = None
        """The dataset as it was when its files were last looked into."""
        self.problems: tuple[Problem, ...] = ()
        self.mended: tuple[Mended, ...] = ()
        self.complete = False

    @property
    def is_checking(self) -> bool:
        """Whether the dataset is being checked."""
        return self._check is not None

    @property
    def is_mending(self) -> bool:
        """Whether masks are being mended, or put back."""
        return self._mending is not None

    @property
    def dataset(self) -> Dataset | None:
        """The dataset that is open."""
        return self._editing.dataset

    def check(self) -> None:
        """Look for problems, in the background; what was found before is shown until then."""
        dataset = self._editing.dataset
        if dataset is None or (self.is_mending and dataset.root == self._root):
            return
        if dataset.root != self._root:
            self.stop()
            self._mending = None
            self._root, self.problems, self.mended = dataset.root, dataset.problems, ()
            self._load_mended(dataset)
        self._listed = dataset.problems
        self._examined = dataset
        for before in (self._check, self._news):
            if before is not None:
                before.request_stop()
        self._news = None

        def look(*, emit: Callable[[object], None], should_stop: ShouldStop) -> list[Problem]:
            stop = gently(should_stop, samples=len(dataset), awaited=self._awaited)
            return verify(dataset, should_stop=stop, on_progress=StepTeller(emit, "checking"))

        self.complete = False
        job = self._jobs.start(
            "Checking the dataset",
            look,
            emitted=lambda progress: self._on_progressed(job, progress),
            succeeded=lambda problems: self._on_checked(job, problems, dataset),
            failed=lambda reason: self._on_check_failed(job, reason),
        )
        self._check = job
        self.changed.emit()

    def take_listing(self, dataset: Dataset) -> None:
        """Take notice of files that another program has added, renamed or removed.

        What was said of those that are gone is over; those that are new are looked into.
        """
        there = [each for each in self.problems if each.sample is None or dataset.find(each.sample) is not None]
        self.problems = (*dataset.problems, *(each for each in there if each not in self._listed))
        self._listed = dataset.problems
        self.changed.emit()
        if self._check is None:
            self._check_news(dataset)

    def stop(self) -> None:
        """Ask what is under way to end; what was mended until then stays mended."""
        for job in (self._check, self._mending):
            if job is not None:
                job.request_stop()

    def mend(self, problems: Sequence[Problem]) -> None:
        """Mend problems; each that was mended goes from `problems` to `mended`."""

        def work(dataset: Dataset, emit: EmitStep, should_stop: ShouldStop) -> MendingReport:
            tell = StepTeller(emit, "mending")
            return mend_all_recorded(problems, dataset, should_stop=should_stop, on_progress=tell)

        self._start("Mending the dataset", work, lambda report: self._note_mended(problems, report))

    def undo(self, mended: Sequence[Mended]) -> None:
        """Put back what was there before mends; each goes from `mended` to `problems`."""
        # The last first: of two mends of one file only the last can be undone.
        wanted = sorted(mended, key=self.mended.index, reverse=True)

        def work(dataset: Dataset, emit: EmitStep, should_stop: ShouldStop) -> MendingReport:
            tell = StepTeller(emit, "putting back")
            return undo_all_recorded(wanted, dataset.output, should_stop=should_stop, on_progress=tell)

        self._start("Undoing the mends", work, self._note_undone)

    def _check_news(self, dataset: Dataset) -> None:
        """Look into what was added since the dataset was last looked into."""
        before = self._examined
        if before is None or before.root != dataset.root or self.is_mending:
            return
        if self._news is not None:
            self._news.request_stop()  # what it has not seen is seen now

        def look(*, emit: object, should_stop: ShouldStop) -> tuple[list[str], list[Problem]]:  # noqa: ARG001 - few
            keys = dataset.samples.changed_since(before.samples)
            stop = gently(should_stop, samples=len(keys), awaited=self._awaited)
            return keys, verify_samples(dataset, keys, should_stop=stop)

        job = self._jobs.start(
            "Checking what is new", look, succeeded=lambda found: self._on_news_checked(job, dataset, *found)
        )
        self._news = job

    def _on_news_checked(self, job: Job, dataset: Dataset, keys: Sequence[str], found: Sequence[Problem]) -> None:
        if job is not self._news or dataset.root != self._root:
            return
        self._news, self._examined = None, dataset
        if keys:
            new = set(keys)
            kept = (each for each in self.problems if each.sample not in new or each in self._listed)
            self.problems = (*kept, *found)
            self.changed.emit()

    def _load_mended(self, dataset: Dataset) -> None:
        def load(*, emit: object, should_stop: object) -> list[Mended]:  # noqa: ARG001 - one file
            return load_mended(dataset.output)

        def take(mended: list[Mended]) -> None:
            if dataset.root == self._root and mended:
                self.mended = (*mended, *(each for each in self.mended if each not in mended))
                self.changed.emit()

        self._jobs.start("Reading what was mended", load, succeeded=take)

    def _start(self, title: str, work: _Work, note: Callable[[MendingReport], None]) -> None:
        dataset = self._editing.dataset
        if dataset is None or self.is_mending:
            return
        if self._editing.held:
            self.ended.emit("The masks are being rewritten. Mend the dataset when that is done.")
            return
        failures = self._editing.hold()
        if failures:
            self.ended.emit(f"Nothing was mended, since not every mask could be saved: {next(iter(failures.values()))}")
            return
        if self._check is not None:
            self._check.request_stop()
            self._check = None  # what it says now is about files that are about to change
        self._news = None

        def run(*, emit: Callable[[object], None], should_stop: ShouldStop) -> tuple[MendingReport, Dataset]:
            report = work(dataset, emit, should_stop)
            return report, with_found_classes(open_dataset(dataset.root, output=dataset.output))

        job = self._jobs.start(
            title,
            run,
            emitted=lambda progress: self._on_progressed(job, progress),
            succeeded=lambda answer: self._on_mended(job, dataset, answer, note),
            failed=lambda reason: self._on_mending_failed(job, dataset, reason),
        )
        self._mending = job
        self.changed.emit()

    def _on_mended(
        self, job: Job, before: Dataset, answer: tuple[MendingReport, Dataset], note: Callable[[MendingReport], None]
    ) -> None:
        if job is not self._mending or self._editing.dataset is not before:
            return  # another dataset was opened meanwhile
        self._mending = None
        report, after = answer
        self._editing.release(after)
        self.samples_changed.emit(_samples_of(report, after))
        note(report)
        self.changed.emit()

    def _on_mending_failed(self, job: Job, dataset: Dataset, reason: str) -> None:
        if job is not self._mending or self._editing.dataset is not dataset:
            return
        self._mending = None
        self._editing.release(dataset)
        self.check()
        self.ended.emit(reason)

    def _note_mended(self, wanted: Sequence[Problem], report: MendingReport) -> None:
        failed = [problem for problem, _reason in report.failures]
        # What was not there any more goes as well; what was not reached, since it was stopped, stays.
        reached = [each.problem for each in report.mended] if report.stopped else wanted
        gone = [problem for problem in reached if problem not in failed]
        self.problems = tuple(problem for problem in self.problems if problem not in gone)
        self.mended += report.mended
        self.ended.emit(_told("mended", report))

    def _note_undone(self, report: MendingReport) -> None:
        self.mended = tuple(each for each in self.mended if each not in report.mended)
        self.problems += tuple(each.problem for each in report.mended)
        self.ended.emit(_told("put back as before", report))

    def _on_progressed(self, job: Job, progress: object) -> None:
        if job in (self._check, self._mending):
            self.progressed.emit(progress)

    def _on_checked(self, job: Job, problems: list[Problem], checked: Dataset) -> None:
        if job is not self._check:
            return  # a later check is under way
        self._check = None
        dataset = self._editing.dataset
        if dataset is not None and dataset.root == self._root:
            self.problems, self._listed = tuple(problems), checked.problems
            self.complete = not job.stopping
            if dataset is not checked:
                self.take_listing(dataset)  # files may have come and gone while everything was read
                return
        self.changed.emit()

    def _on_check_failed(self, job: Job, reason: str) -> None:
        if job is self._check:
            self._check = None
            self.changed.emit()
            self.ended.emit(reason)


def _samples_of(report: MendingReport, dataset: Dataset) -> list[Sample]:
    keys = dict.fromkeys(each.problem.sample for each in report.mended)
    found = (dataset.find(key) for key in keys if key is not None)
    return [sample for sample in found if sample is not None]


def _told(what: str, report: MendingReport) -> str:
    count = len(report.mended)
    words = f"{count} problem {what}" if count == 1 else f"{count} problems {what}"
    if report.failures:
        words += f"; {len(report.failures)} not: {report.failures[0][1]}"
    return f"{words}, then stopped." if report.stopped else f"{words}."
