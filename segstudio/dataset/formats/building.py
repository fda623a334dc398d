"""A new folder that is there whole or not at all."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from segstudio.dataset.files import UMASK
from segstudio.dataset.formats.source import FormatError


class Stopped(Exception):  # noqa: N818 - not an error: a person has had enough
    """Building is broken off; what was written so far goes."""


@contextlib.contextmanager
def built(destination: Path) -> Iterator[Path]:
    """Give a folder to fill, beside ``destination``, which takes that name once all went well; else it is removed.

    Raises:
        FormatError: there is a file of this name, or a folder with something in it.
        OSError: the folder cannot be made.
    """
    destination = destination.absolute()
    check_free(destination)
    destination.parent.mkdir(parents=True, exist_ok=True)
    # A short name of its own: the destination's may be as long as the file system allows.
    folder = Path(tempfile.mkdtemp(prefix=".segstudio-", suffix=".tmp", dir=destination.parent))
    try:
        folder.chmod(0o777 & ~UMASK)
        yield folder
        if destination.exists():
            destination.rmdir()  # empty: what came into it meanwhile is not ours to remove, and stops us here
        folder.rename(destination)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def check_free(destination: Path) -> None:
    """Raise `FormatError` unless a new folder can be made here: nothing is ever written over."""
    if destination.is_dir() and any(destination.iterdir()):
        raise FormatError(f"{destination} has something in it already. Choose a new folder.")
    if destination.exists() and not destination.is_dir():
        raise FormatError(f"{destination} is a file. Choose a new folder.")
