"""Writes masks in the background, one at a time and never out of order."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.masks import MaskArray, write_mask
from segstudio.errors import SegstudioError
from segstudio.ui.jobs import Job, Jobs


@dataclass(slots=True)
class _Write:
    key: str
    target: Path
    mask: MaskArray
    revision: int
    reason: str = ""


class MaskWriter(QObject):
    """Puts snapshots of masks on the disk.

    Signals:
        written(str, int): the mask of this sample is on the disk as it was at this revision.
        failed(str, str): it is not, and why; the old file is intact.
    """

    written = Signal(str, int)
    failed = Signal(str, str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._pending: _Write | None = None
        self._job: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether a mask is being written."""
        return self._pending is not None

    def start(self, key: str, target: Path, mask: MaskArray, revision: int) -> None:
        """Write one mask in the background; only while not `busy`."""
        write = _Write(key, target, mask, revision)
        self._pending = write

        def run(*, emit: object, should_stop: object) -> None:  # noqa: ARG001 - a save is never cut short
            write.reason = try_to_write(target, mask)

        self._job = self._jobs.start(f"Saving {target.name}", run, succeeded=lambda _answer: self._settle(write))

    def finish(self) -> None:
        """Wait until the write in flight is done, and say how it went before returning."""
        if self._pending is not None and self._job is not None:
            self._job.wait()
            self._settle(self._pending)

    def _settle(self, write: _Write) -> None:
        if self._pending is not write:
            return  # `finish` was quicker than the job's signal
        self._pending = None
        if write.reason:
            self.failed.emit(write.key, write.reason)
        else:
            self.written.emit(write.key, write.revision)


def try_to_write(target: Path, mask: MaskArray) -> str:
    """Write a mask; return why it could not be written, or nothing."""
    try:
        write_mask(target, mask)
    except OSError as error:
        return f"{target.name}: {error.strerror or error}"
    except SegstudioError as error:
        return str(error)
    return ""
