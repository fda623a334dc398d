"""Names of the files that belong to a dataset, and writing that never loses the last good state."""

import contextlib
import itertools
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
"""Endings of the files that are taken for pictures; compare in lower case."""

MASK_SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".jpg", ".jpeg")
"""Endings under which masks are looked for, best first; JPEG only to say why it cannot be used."""

_TEMPORARY = (".segstudio-", ".tmp")

_KEPT_COPY = re.compile(r"\.(conflict|recovered|original)-\d{8}-\d{6}(-\d+)?$")

# Bytes of a stem that a copy keeps: with its own words the name stays below the 255 that file systems allow.
_LONGEST_STEM = 190


def write_atomically(path: Path, data: bytes, *, check: Callable[[Path], None] | None = None) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old content or the new, never a part.

    The bytes go to a temporary file in the same folder, reach the disk, are read back and compared,
    and only then take the name. Missing folders are made.

    Args:
        path: the file to write.
        data: its whole content.
        check: called with the temporary file before it takes the name; raises to refuse it.

    Raises:
        OSError: the disk is full, read-only or gone, or gave back other bytes; ``path`` is as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A short name of its own: the target's may already be as long as the file system allows.
    descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY[0], suffix=_TEMPORARY[1], dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != data:
            raise OSError(f"the disk did not give back what was written for {path}")
        if check is not None:
            check(temporary)
        # mkstemp makes files that only the owner can read; a dataset is often shared.
        temporary.chmod(path.stat().st_mode if path.exists() else 0o666 & ~UMASK)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    flush_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what `write_atomically` left in a folder when it was killed; nobody may be writing there."""
    for path in folder.glob("*".join(_TEMPORARY)):
        path.unlink(missing_ok=True)


def name_for_copy(target: Path, why: Literal["conflict", "recovered", "original"]) -> Path:
    """Return ``<stem>.<why>-<date>-<time>.png`` beside a mask, a name that no file has.

    What is kept so belongs to nobody's picture: see `is_kept_copy`.
    """
    stem = target.stem.encode("utf-8", "surrogateescape")[:_LONGEST_STEM].decode("utf-8", "ignore")
    for number in itertools.count(1):
        again = f"-{number}" if number > 1 else ""
        path = target.with_name(f"{stem}.{why}-{time.strftime('%Y%m%d-%H%M%S')}{again}{target.suffix}")
        if not path.exists():
            return path
    raise AssertionError("count() never ends")


def is_kept_copy(stem: str) -> bool:
    """Say by its stem whether a file has a name of `name_for_copy`."""
    return "." in stem and _KEPT_COPY.search(stem) is not None


def is_writable(folder: Path) -> bool:
    """Say whether a file can be made in ``folder`` (or, if it is missing, in its nearest parent)."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    # Asked by doing: permission bits say nothing of read-only mounts and network shares.
    try:
        with tempfile.TemporaryFile(prefix=".segstudio-", dir=folder):
            return True
    except OSError:
        return False


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# Asked once: asking means setting it for a moment, which two threads that write at once must not do.
UMASK = _umask()
"""The permission bits that new files and folders of this program are made without."""


def flush_folder(folder: Path) -> None:
    """See to it that what was renamed, linked or removed in a folder outlives a power cut, as far as the disk can."""
    # Windows cannot open folders and does not need it.
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
