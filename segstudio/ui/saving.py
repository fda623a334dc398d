"""Writes masks in the background, one at a time and never out of order."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.masks import write_mask
from segstudio.dataset.stored_masks import MaskFile, file_stamp, keep_foreign, mask_fingerprint
from segstudio.errors import SegstudioError
from segstudio.painting.snapshot import Snapshot
from segstudio.ui.jobs import Job, Jobs


@dataclass(slots=True)
class Write:
    """A snapshot of a mask on its way to the disk, and how that went.

    Attributes:
        key: the sample's.
        target: the file.
        snapshot: the mask as it is to be written.
        step: the number of the last step in the journal when it was taken.
        known: the file as it was last seen.
        file: the file as it is now, if it was written; None if it was not.
        kept: where the work of another program, found in the file, was put.
        reason: why it could not be written; empty if it was.
    """

    key: str
    target: Path
    snapshot: Snapshot
    step: int
    known: MaskFile
    file: MaskFile | None = None
    kept: Path | None = None
    reason: str = ""

    @property
    def notice(self) -> str:
        """What a person should know of it, even if all went well; mostly nothing."""
        if self.kept is None:
            return ""
        if self.known == MaskFile():
            return f"There was a file {self.target.name} already. It was kept beside the new mask, as {self.kept.name}."
        return (
            f"Another program changed the mask {self.target.name} while you painted it. "
            f"Its version was kept beside it, as {self.kept.name}."
        )


Announce = Callable[[str, int, str], object]
"""Called with key, step and fingerprint just before a file changes."""


class MaskWriter(QObject):
    """Puts snapshots of masks on the disk.

    Args:
        announce: called, in the thread that writes, when a mask is about to be written.

    Signals:
        written(Write): the mask is on the disk.
        failed(Write): it is not, and why; the old file is intact.
        noticed(str): something that a person should know, whether it was written or not.
    """

    written = Signal(object)
    failed = Signal(object)
    noticed = Signal(str)

    def __init__(self, jobs: Jobs, announce: Announce, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._announce = announce
        self._pending: Write | None = None
        self._job: Job | None = None

    @property
    def busy(self) -> bool:
        """Whether a mask is being written."""
        return self._pending is not None

    @property
    def key(self) -> str:
        """The sample whose mask is being written, or nothing."""
        return "" if self._pending is None else self._pending.key

    def start(self, write: Write) -> None:
        """Write one mask in the background; only while not `busy`."""
        self._pending = write

        def run(*, emit: object, should_stop: object) -> None:  # noqa: ARG001 - a save is never cut short
            try_to_write(write, self._announce)

        self._job = self._jobs.start(f"Saving {write.target.name}", run, ended=lambda: self._settle(write))

    def write_now(self, write: Write) -> None:
        """Write one mask and say how it went before returning; only while not `busy`."""
        try_to_write(write, self._announce)
        self._say(write)

    def finish(self) -> None:
        """Wait until the write in flight is done, and say how it went before returning."""
        if self._pending is not None and self._job is not None:
            self._job.wait()
            self._settle(self._pending)

    def _settle(self, write: Write) -> None:
        if self._pending is not write:
            return  # `finish` was quicker than the job's signal
        self._pending = None
        self._say(write)

    def _say(self, write: Write) -> None:
        if write.file is None:
            write.reason = write.reason or f"{write.target.name}: it was not written, for an unknown reason"
        if write.notice:
            self.noticed.emit(write.notice)
        (self.failed if write.file is None else self.written).emit(write)


def try_to_write(write: Write, announce: Announce) -> None:
    """Write a mask, after a copy of what another program put there meanwhile; note in ``write`` how it went."""
    mask = write.snapshot.mask()
    fingerprint = mask_fingerprint(mask)
    try:
        write.kept = keep_foreign(write.target, write.known)
        announce(write.key, write.step, fingerprint)
        write_mask(write.target, mask)
    except OSError as error:
        write.reason = f"{write.target.name}: {error.strerror or error}"
    except SegstudioError as error:
        write.reason = str(error)
    else:
        write.file = MaskFile(file_stamp(write.target), fingerprint)
