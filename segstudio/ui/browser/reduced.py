"""A sample in the size of a thumbnail: read from its files, or from the cache where those have not changed since."""

import hashlib
import struct
import threading
from dataclasses import dataclass

import cv2
import numpy as np

from segstudio.dataset.images import ImageArray, read_reduced
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.dataset.samples import Sample
from segstudio.dataset.stored_masks import FileStamp, file_stamp
from segstudio.errors import SegstudioError
from segstudio.ui.browser.thumbnail_cache import ThumbnailCache

_QUALITY = 88
_WORTH_BYTES = 64 << 10
"""Files smaller than this are read as quickly as the cache."""

_SMALL_FILES = threading.Lock()
"""Small files are work for the interpreter, not for the disk: two threads at it would only keep it from the window."""

_HEAD = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class ReducedSample:
    """A picture and its mask, both small.

    Attributes:
        image: (height, width, 3) uint8 RGB.
        mask: (height, width) of ids, or None where there is none that can be read.
    """

    image: ImageArray
    mask: MaskArray | None


def read_reduced_sample(sample: Sample, side: int, cache: ThumbnailCache) -> ReducedSample:
    """Read a sample so that its longer side is at most ``side`` pixels.

    Raises:
        ImageError: the picture cannot be read.
    """
    stamps = [file_stamp(path) for path in (sample.image, sample.mask) if path is not None]
    if sum(stamp.size for stamp in stamps if stamp is not None) < _WORTH_BYTES or None in stamps:
        with _SMALL_FILES:
            return _read(sample, side)
    name = _name(stamps, side)
    stored = cache.get(name)
    known = None if stored is None else _unpacked(stored)
    if known is not None:
        return known
    reduced = _read(sample, side)
    cache.put(name, _packed(reduced))
    return reduced


def _read(sample: Sample, side: int) -> ReducedSample:
    image = read_reduced(sample.image, side)
    if sample.mask is None:
        return ReducedSample(image, None)
    try:
        mask = read_mask(sample.mask)
    except SegstudioError:
        return ReducedSample(image, None)  # the mask's problem is shown as a problem
    rows = np.linspace(0, mask.shape[0] - 1, image.shape[0]).round().astype(int)
    columns = np.linspace(0, mask.shape[1] - 1, image.shape[1]).round().astype(int)
    return ReducedSample(image, mask[np.ix_(rows, columns)])


def _name(stamps: list[FileStamp | None], side: int) -> bytes:
    """Return 16 bytes that are others as soon as a file is: by path, time and size, as the file system tells them."""
    digest = hashlib.blake2b(f"1 {side}".encode(), digest_size=16)
    for stamp in stamps:
        if stamp is not None:
            digest.update(f"\0{stamp.path}\0{stamp.modified_ns}\0{stamp.size}".encode(errors="surrogateescape"))
    return digest.digest()


def _packed(reduced: ReducedSample) -> bytes:
    """Return the picture as JPEG, for looking at only, and the mask without loss."""
    bgr = cv2.cvtColor(reduced.image, cv2.COLOR_RGB2BGR)
    image = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
    mask = b"" if reduced.mask is None else cv2.imencode(".png", reduced.mask)[1].tobytes()
    return _HEAD.pack(len(image)) + image + mask


def _unpacked(stored: bytes) -> ReducedSample | None:
    """Return what `_packed` made; None for anything else."""
    if len(stored) <= _HEAD.size:
        return None
    end = _HEAD.size + _HEAD.unpack_from(stored)[0]
    try:
        bgr = cv2.imdecode(np.frombuffer(stored[_HEAD.size : end], np.uint8), cv2.IMREAD_COLOR)
        if bgr is None:
            return None
        image = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
        if end >= len(stored):
            return ReducedSample(image, None)
        mask = cv2.imdecode(np.frombuffer(stored[end:], np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if mask is None or mask.shape != image.shape[:2] or mask.dtype not in (np.uint8, np.uint16):
        return None
    return ReducedSample(image, np.asarray(mask))
