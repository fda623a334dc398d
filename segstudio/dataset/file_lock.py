"""A file that one program holds as long as it lives; the system frees it when the program dies, however it dies."""

import contextlib
import errno
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
        # flock, not lockf: a lock of lockf ends as soon as this program closes any other handle of the file, and
        # does not exclude two threads of one program.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


_HELD = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)


class LockedError(SegstudioError):
    """Another program, or another thread of this one, holds the file."""


class FileLock:
    """A file that is held; made by `try_to_hold`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor: int | None = descriptor

    def release(self, *, remove: bool) -> None:
        """Let go of the file, and remove it too if nobody will ask for it again."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None
        if remove:
            with contextlib.suppress(OSError):
                self.path.unlink()


def try_to_hold(path: Path) -> FileLock | None:
    """Hold a file, made if it is missing; None if another program, or this one, holds it already.

    Raises:
        OSError: the file cannot be made, or its file system knows no locks.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _lock(descriptor)
    except OSError as error:
        os.close(descriptor)
        if error.errno in _HELD:
            return None
        raise
    return FileLock(path, descriptor)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file for a while; it is made if it is missing and left where it is.

    Raises:
        LockedError: somebody else holds it.
        OSError: the file cannot be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock = try_to_hold(path)
    except OSError:
        if not path.exists():
            raise
        # Some network drives know no locks. Working without one is better than not working there at all.
        yield
        return
    if lock is None:
        raise LockedError(f"{path} is held by another program.")
    try:
        yield
    finally:
        lock.release(remove=False)
