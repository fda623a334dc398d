"""A lock between programs, which the system itself takes away from one that was killed."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from segstudio.errors import SegstudioError

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        # flock, not lockf: a lock of the open file, so that two threads of one program exclude each other as well.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class LockedError(SegstudioError):
    """Another program, or another thread of this one, holds the lock."""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file, which is made if it is missing and left where it is.

    Raises:
        LockedError: somebody else holds it.
        OSError: the file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError) as error:
            raise LockedError(f"{path} is held by another program.") from error
        except OSError:
            # Some network drives know no locks. Working without one is better than not working there at all.
            pass
        yield
    finally:
        os.close(descriptor)
