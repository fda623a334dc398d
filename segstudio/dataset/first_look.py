"""Something to see of a very large picture, long before all of it is read."""

import io
import math
import time
from pathlib import Path

import numpy as np
from PIL import Image
from typing_extensions import override

from segstudio.dataset.depth import deepened
from segstudio.dataset.exif import UNREADABLE, exif_orientation
from segstudio.dataset.images import ImageArray, read_reduced, upright

LARGE = 12_000_000
"""From how many pixels on reading takes long enough to be noticed."""

_SIDE = 2048
_SECONDS = 0.4
_UNREAD = 128


def first_look(path: Path, *, seconds: float = _SECONDS) -> ImageArray | None:
    """Return a coarse or an incomplete version of a picture, quickly.

    A JPEG is decoded at a fraction of its size. A PNG can only be read from its top: what was reached after some
    time is returned, and the rest is grey.

    Args:
        path: the picture.
        seconds: how long a PNG is read.

    Returns:
        (height, width, 3) uint8 RGB, upright, of a longer side of at most 2048 pixels; None for other formats, for what
        cannot be read this way, and for pictures that are read soon enough as they are.
    """
    try:
        with Image.open(path) as image:
            kind, small = image.format, image.width * image.height < LARGE
    except UNREADABLE:
        return None
    if small or kind not in ("JPEG", "PNG"):
        return None
    return read_reduced(path, _SIDE) if kind == "JPEG" else _top_of_png(path, seconds)


class _UntilLate(io.BufferedReader):
    """A file that ends when time is up."""

    deadline = math.inf

    @override
    def read(self, size: int | None = -1, /) -> bytes:
        return b"" if time.monotonic() > self.deadline else super().read(size)


def _top_of_png(path: Path, seconds: float) -> ImageArray | None:
    with _UntilLate(io.FileIO(path)) as file, Image.open(file) as image:
        file.deadline = time.monotonic() + seconds
        try:
            image.load()
        except UNREADABLE:
            image.tile = []  # it ended early, on purpose: what was decoded until then is kept, and no more is asked for
        if image.mode not in ("L", "RGB", "RGBA", "LA", "P", "I;16"):
            return None
        scale = min(1.0, _SIDE / max(image.size))
        size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        # Nearest: averaging would cost as much again as reading, and it is seen for a second.
        small = image.resize(size, Image.Resampling.NEAREST)
        pixels = np.asarray(small if small.mode == "I;16" else small.convert("RGB"))
    reached = np.flatnonzero(pixels.reshape(size[1], -1).any(axis=1))
    shown = deepened(pixels).rgb if pixels.dtype != np.uint8 else pixels.copy()
    shown[int(reached[-1]) + 1 if reached.size else 0 :] = _UNREAD
    return upright(shown, exif_orientation(path))
