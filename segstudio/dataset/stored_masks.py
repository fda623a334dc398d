"""What is known of a mask's file: whether it is still the one that was read, and copies beside it.

Two programs, or two people on a network drive, may change the same mask. What the other wrote is noticed before
it would be written over, and kept.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segstudio.dataset.dataset import Sample
from segstudio.dataset.files import name_for_copy, write_atomically
from segstudio.dataset.masks import MaskArray, MaskError, read_mask

NO_FILE = ""
"""The fingerprint of a mask that has no file yet."""


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What the file system says of a file; another stamp means that it may have changed, no more."""

    path: Path
    modified_ns: int
    size: int
    inode: int


@dataclass(frozen=True, slots=True)
class MaskFile:
    """The file of a mask as it was when it was last read or written; without a stamp there was none."""

    stamp: FileStamp | None = None
    fingerprint: str = NO_FILE

    def unchanged(self, path: Path) -> bool:
        """Say whether the mask at ``path`` surely holds the same ids still, by its stamp or else by its ids."""
        now = file_stamp(path)
        if now == (self.stamp if self.stamp is not None and self.stamp.path == path else None):
            return True
        try:
            return mask_fingerprint(read_mask(path)) == self.fingerprint
        except MaskError:
            return False


def file_stamp(path: Path) -> FileStamp | None:
    """Return the stamp of a file, or None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return FileStamp(path, status.st_mtime_ns, status.st_size, status.st_ino)


def mask_fingerprint(mask: MaskArray) -> str:
    """Return the SHA-256 of size and ids of (height, width), the same for 8 and 16 bit where the ids are."""
    wide = mask.dtype != np.uint8 and int(mask.max()) > 255
    ids = np.ascontiguousarray(mask, dtype="<u2" if wide else np.uint8)
    digest = hashlib.sha256(f"{mask.shape[1]} {mask.shape[0]} {ids.dtype.itemsize} ".encode())
    digest.update(ids.data)
    return digest.hexdigest()


def mask_path(sample: Sample) -> Path | None:
    """Return the file that holds the mask of a sample now; None while there is none."""
    return sample.target if sample.target.is_file() else sample.mask


def read_stored_mask(path: Path) -> tuple[MaskArray, MaskFile]:
    """Read a mask together with what tells later whether it is still the same.

    Raises:
        MaskError: it cannot be read as a class map.
    """
    stamp = file_stamp(path)  # before the reading: what changes meanwhile is then taken for changed
    mask = read_mask(path)
    return mask, MaskFile(stamp, mask_fingerprint(mask))


def keep_foreign(target: Path, known: MaskFile) -> Path | None:
    """Copy what another program wrote to ``target`` beside it; None where nobody did.

    Args:
        target: the mask that is about to be written.
        known: its file as this program last saw it.

    Raises:
        OSError: it could not be copied; do not write over it.
    """
    if not target.is_file() or known.unchanged(target):
        return None
    copy = name_for_copy(target, "conflict")
    # As it stands, byte for byte: it may be no mask at all.
    shutil.copy2(target, copy)
    return copy


def keep_original(path: Path) -> Path:
    """Copy a file that is about to be replaced beside it, so that it outlives a power cut; return the copy.

    Raises:
        OSError: it could not be copied; do not write over it.
    """
    copy = name_for_copy(path, "original")
    write_atomically(copy, path.read_bytes())
    shutil.copystat(path, copy)
    return copy
