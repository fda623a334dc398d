"""The journals of programs that are dead: finding, holding, setting aside and forgetting them."""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.file_lock import FileLock, try_to_hold
from segstudio.painting.journal import JOURNAL_SUFFIX, LOCK_SUFFIX, dataset_key
from segstudio.painting.lost import LostStrokes, collect
from segstudio.painting.records import VERSION, DamagedRecordError, Opening, Record, decode

DAYS_KEPT = 14
"""How long a journal that was set aside is kept."""

_ASIDE = "set-aside"


@dataclass(slots=True)
class DeadJournal:
    """The journal of a program that is dead, held so that no other program offers it at the same time.

    Attributes:
        path: its file.
        lost: what it holds.
        damaged: whether only its beginning could be read.
        readable: False where it is of another version of segstudio, which may read it one day.
        lock: what holds it.
    """

    path: Path
    lost: list[LostStrokes]
    damaged: bool
    readable: bool
    lock: FileLock

    def release(self) -> None:
        """Leave it as it is, for the next start."""
        self.lock.release(remove=False)

    def remove(self) -> None:
        """Delete it: all of it is on the disk, or in the journal of this program."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        self.lock.release(remove=True)

    def set_aside(self) -> Path:
        """Move it where no start looks; `forget_old_journals` deletes it after some days. Return where it is now."""
        aside = self.path.parent / _ASIDE / self.path.name
        try:
            aside.parent.mkdir(exist_ok=True)
            os.replace(self.path, aside)
            os.utime(aside)  # the days count from now
        except OSError:
            self.release()  # it will be offered again, which is better than losing it
            return self.path
        self.lock.release(remove=True)
        return aside


def find_dead_journals(folder: Path, dataset: Path) -> list[DeadJournal]:
    """Read the journals for a dataset whose programs are dead, oldest first; those that hold nothing are deleted.

    Args:
        folder: of all journals; need not exist.
        dataset: the folder that the dataset's masks are written to.
    """
    found: list[DeadJournal] = []
    for path in sorted(folder.glob(f"{dataset_key(dataset)}-*{JOURNAL_SUFFIX}"), key=_modified):
        try:
            lock = try_to_hold(path.with_suffix(LOCK_SUFFIX))
        except OSError:
            continue  # who cannot lock cannot know either whether its program lives
        if lock is None:
            continue
        journal = _read(path, lock)
        if journal is None or not (journal.lost or journal.damaged or not journal.readable):
            DeadJournal(path, [], damaged=False, readable=True, lock=lock).remove()
        elif not journal.readable:
            journal.release()
        else:
            found.append(journal)
    return found


def forget_old_journals(folder: Path, *, days: float = DAYS_KEPT) -> None:
    """Delete what was set aside so many days ago, and what a program left when it was killed in mid-work."""
    limit = time.time() - days * 86_400
    leftovers = [path for path in folder.glob(f"*{LOCK_SUFFIX}") if not path.with_suffix(JOURNAL_SUFFIX).exists()]
    for path in (*(folder / _ASIDE).glob(f"*{JOURNAL_SUFFIX}"), *folder.glob("journal-*.tmp"), *leftovers):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < limit:
                path.unlink()


def _read(path: Path, lock: FileLock) -> DeadJournal | None:
    """Read a journal as far as it can be read; None where its program died before it had anything to say."""
    records: list[Record] = []
    damaged = False
    try:
        with path.open("rb") as file:
            for record in decode(file):
                if not records and isinstance(record, Opening) and record.version != VERSION:
                    return DeadJournal(path, [], damaged=False, readable=False, lock=lock)
                records.append(record)
    except FileNotFoundError:
        return None
    except (OSError, DamagedRecordError):
        damaged = True
    return DeadJournal(path, collect(records), damaged=damaged, readable=True, lock=lock)


def _modified(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0
