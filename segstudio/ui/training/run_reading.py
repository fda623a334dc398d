"""Reads the curves of runs in the background; what has not changed is not read again."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.learning.curves import Curves, read_curves
from segstudio.ui.jobs import Job, Jobs

_MOST_KEPT = 24

Stamp = tuple[int, int]


class RunReading(QObject):
    """Reads the curves that were asked for last.

    Signals:
        curves_read(Path, Curves): of a run's folder; never within the call that asked.
    """

    curves_read = Signal(object, object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._kept: dict[Path, tuple[Stamp, Curves]] = {}

    @property
    def is_reading(self) -> bool:
        """Whether something that was asked for is still to come."""
        return self._job is not None

    def read(self, folders: Sequence[Path]) -> None:
        """Read the curves of these runs; what was asked for before is no longer wanted."""
        if self._job is not None:
            self._job.request_stop()
            self._job = None
        if not folders:
            return
        wanted, kept = list(folders), dict(self._kept)

        def read(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> None:
            for folder in wanted:
                stamp = _stamp(folder)
                known = kept.get(folder)
                curves = known[1] if known and known[0] == stamp else read_curves(folder, should_stop=should_stop)
                if should_stop():
                    return
                emit((folder, stamp, curves))

        self._job = job = self._jobs.start(
            "Reading curves",
            read,
            emitted=lambda found: self._on_read(job, *found),
            ended=lambda: self._on_ended(job),
        )

    def _on_read(self, job: Job, folder: Path, stamp: Stamp, curves: Curves) -> None:
        self._kept.pop(folder, None)
        self._kept[folder] = (stamp, curves)
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        if self._job is job:
            self.curves_read.emit(folder, curves)

    def _on_ended(self, job: Job) -> None:
        if self._job is job:
            self._job = None


def _stamp(folder: Path) -> Stamp:
    try:
        found = (folder / "events.jsonl").stat()
        return found.st_mtime_ns, found.st_size
    except OSError:
        return 0, -1
