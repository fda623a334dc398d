"""What was painted and is not on the disk yet, written down as it happens, so that a crash takes nothing along (R6).

A running program has one journal a dataset: a file that only it appends to, beside a lock that it holds as long as it
lives. A journal whose lock is free belongs to a program that is dead; `painting.dead_journals` reads those.

Journals lie in the person's own data folder, not in the dataset. There, an append costs microseconds even where the
dataset is on a network drive; locks work; and it is another disk, often, than the one that just proved full or
read-only. Two programs or two people on one dataset never write to the same file.

Each step is handed to the system before the next stroke can begin, which outlives the program; it reaches the disk
itself with `Journal.sync`, which whoever owns the journal calls every few seconds in a thread of its own, and which
outlives the power.
"""

import contextlib
import hashlib
import os
import secrets
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.file_lock import FileLock, try_to_hold
from segstudio.painting.history import Patch, Step
from segstudio.painting.records import Opening, Origin, Record, SavedRecord, SavingRecord, StepRecord, encode

JOURNAL_SUFFIX = ".journal"
LOCK_SUFFIX = ".lock"

_COMPACT_ABOVE = 8 * 2**20


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where in the file a record lies that is still needed; ``number`` is that of its step."""

    number: int
    offset: int
    length: int
    is_step: bool


def dataset_key(dataset: Path) -> str:
    """Return the word that the names of a dataset's journals begin with."""
    return hashlib.sha256(os.fsencode(os.path.normcase(os.path.realpath(dataset)))).hexdigest()[:16]


class Journal:
    """The journal of this program for one dataset. Safe to call from several threads.

    Args:
        folder: of all journals; made if it is missing.
        dataset: the folder that the dataset's masks are written to.

    Raises:
        OSError: it cannot be made; so do all methods that write. What was written before stays readable.
    """

    def __init__(self, folder: Path, dataset: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{dataset_key(dataset)}-{secrets.token_hex(8)}"
        self.path = folder / f"{stem}{JOURNAL_SUFFIX}"
        self._lock = _held(folder / f"{stem}{LOCK_SUFFIX}")
        self._mutex = threading.Lock()
        self._needed: dict[str, list[_Entry]] = {}
        self._number = 0
        self._end = 0
        self._torn = False
        self._truncations = 0
        try:
            self._file = self.path.open("ab", buffering=0)
            self._append(Opening(dataset))
        except OSError:
            with contextlib.suppress(OSError):
                self.path.unlink()
            self._lock.release(remove=True)
            raise
        self._head = self._end

    @property
    def number(self) -> int:
        """The number of the last step."""
        return self._number

    @property
    def unsaved(self) -> frozenset[str]:
        """The samples that have steps in it which are not known to be on the disk."""
        return frozenset(self._needed)

    def step(self, origin: Origin, step: Step, *, back: bool) -> None:
        """Note a step that was done, or undone (``back``)."""
        patches = step.patches
        if back:
            patches = tuple(Patch(p.box, p.after, p.before, p.kind) for p in patches)
        with self._mutex:
            begins = origin.sample not in self._needed
            record = StepRecord(origin, self._number + 1, begins, patches)
            entry = self._append(record, self._number + 1, is_step=True)
            self._number += 1
            self._needed.setdefault(origin.sample, []).append(entry)

    def saving(self, sample: str, number: int, fingerprint: str) -> None:
        """Note that a mask is about to be written as it was after step ``number``."""
        with self._mutex:
            if sample in self._needed:
                entry = self._append(SavingRecord(sample, number, fingerprint), number)
                self._needed[sample].append(entry)

    def saved(self, sample: str, number: int, fingerprint: str) -> None:
        """Note that the disk has a mask as it was after step ``number``: what led there is no longer needed."""
        with self._mutex:
            if sample not in self._needed:
                return
            rest = [entry for entry in self._needed[sample] if entry.number > number]
            if any(entry.is_step for entry in rest):
                entry = self._append(SavedRecord(sample, number, fingerprint), number)
                self._needed[sample] = [entry, *rest]
            elif len(self._needed) > 1:
                del self._needed[sample]
                self._append(SavedRecord(sample, number, fingerprint))
            else:
                self._needed.clear()
                self._truncate()

    def sync(self) -> None:
        """Let all that was noted reach the disk itself; takes as long as the disk does, and blocks nobody else."""
        with self._mutex:
            if self._file.closed:
                return
            descriptor = os.dup(self._file.fileno())
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def compact(self, *, above: int = _COMPACT_ABOVE) -> bool:
        """Leave out what is no longer needed, if that is more than ``above`` bytes and than what is needed.

        The long part, copying what is needed and waiting for the disk, blocks nobody else. A kill at any moment
        leaves the old file or the new one.

        Returns:
            Whether it did.
        """
        with self._mutex:
            entries = sorted((e for kept in self._needed.values() for e in kept), key=lambda entry: entry.offset)
            needed = self._head + sum(entry.length for entry in entries)
            if self._file.closed or self._end - needed <= max(above, needed):
                return False
            end, truncations = self._end, self._truncations
        descriptor, name = tempfile.mkstemp(prefix="journal-", suffix=".tmp", dir=self.path.parent)
        new = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as copy, self.path.open("rb") as old:
                copy.write(old.read(self._head))
                moved: dict[int, int] = {}
                for entry in entries:
                    moved[entry.offset] = copy.tell()
                    old.seek(entry.offset)
                    copy.write(old.read(entry.length))
                copy.flush()
                os.fsync(copy.fileno())
                with self._mutex:
                    if not self._is_as_it_was(truncations):
                        return False
                    start = copy.tell()
                    old.seek(end)
                    copy.write(old.read(self._end - end))
                    copy.close()
                    old.close()  # Windows renames no file that is open
                    self._replace(new, moved, end, start)
                    return True
        finally:
            with contextlib.suppress(OSError):
                new.unlink()

    def close(self) -> None:
        """End it. It goes unless it holds what is not on the disk; then the next start will offer that."""
        with self._mutex:
            if self._file.closed:
                return
            with contextlib.suppress(OSError):
                if self._needed:
                    os.fsync(self._file.fileno())
            self._file.close()
            if not self._needed:
                with contextlib.suppress(OSError):
                    self.path.unlink()
            self._lock.release(remove=not self._needed)

    def _is_as_it_was(self, truncations: int) -> bool:
        return not self._file.closed and self._truncations == truncations

    def _replace(self, new: Path, moved: dict[int, int], end: int, start: int) -> None:
        self._file.close()
        try:
            os.replace(new, self.path)
        finally:
            self._file = self.path.open("ab", buffering=0)
        for sample, kept in self._needed.items():
            self._needed[sample] = [
                _Entry(e.number, moved.get(e.offset, e.offset - end + start), e.length, e.is_step) for e in kept
            ]
        self._end += start - end

    def _append(self, record: Record, number: int = 0, *, is_step: bool = False) -> _Entry:
        """Write a record at the end; what is left of one that failed half-way is cut off first."""
        data = encode(record)
        if self._torn:
            self._file.truncate(self._end)
        self._torn = True
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self._torn = False
        entry = _Entry(number, self._end, len(data), is_step)
        self._end += len(data)
        return entry

    def _truncate(self) -> None:
        self._file.truncate(self._head)
        self._end = self._head
        self._torn = False
        self._truncations += 1


def _held(path: Path) -> FileLock:
    lock = try_to_hold(path)
    if lock is None:
        raise OSError(f"{path} is held by another program")
    return lock
