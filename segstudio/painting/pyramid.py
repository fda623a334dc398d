"""A picture in several sizes: what is drawn small is drawn from a small one."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.depth import DeepImage
from segstudio.dataset.first_look import first_look
from segstudio.dataset.images import ImageArray, image_size, read_deep

PixelArray = npt.NDArray[np.unsignedinteger[Any]]
"""Of 8 or 16 bits: (height, width, 3) RGB, or (height, width) deep grey."""

_SMALLEST_SIDE = 512


class Pyramid:
    """A picture and its halves, quarters and so on.

    Args:
        image: (height, width, 3) uint8 RGB, as `read_image` gives it.
        deep: the same with more than 8 bits a channel; then it is this that is drawn.
    """

    def __init__(self, image: ImageArray, deep: DeepImage | None = None) -> None:
        self._image = image
        self._deep = deep
        self._levels: list[PixelArray] = [image if deep is None else deep.pixels]
        self._size: tuple[int, int] | None = None

    @classmethod
    def stand_in(cls, image: ImageArray, *, width: int, height: int) -> "Pyramid":
        """Return a coarse picture in the place of one of this size that is not there yet."""
        pyramid = cls(image)
        pyramid._size = width, height
        return pyramid

    @property
    def width(self) -> int:
        """Columns of the picture itself."""
        return self._size[0] if self._size else int(self._levels[0].shape[1])

    @property
    def height(self) -> int:
        """Rows of the picture itself."""
        return self._size[1] if self._size else int(self._levels[0].shape[0])

    @property
    def complete(self) -> bool:
        """Whether every pixel of the picture is there; if not, it stands in for another."""
        return self._size is None

    @property
    def deep(self) -> DeepImage | None:
        """The picture with all its bits, where there are more than 8 a channel."""
        return self._deep

    @property
    def channels(self) -> int:
        """How many are drawn: 3, or 1 for deep grey."""
        return 1 if self._levels[0].ndim == 2 else 3

    @property
    def image(self) -> ImageArray | None:
        """(height, width, 3) uint8 RGB, as `read_image` gives it; None for a stand-in."""
        return self._image if self.complete else None

    def level(self, number: int) -> PixelArray:
        """Return the picture at 1 / 2^number of its size (rounded up); a stand-in knows one size only."""
        if not self.complete:
            return self._levels[0]
        while len(self._levels) <= number:
            self._levels.append(_halved(self._levels[-1]))
        return self._levels[number]

    def build(self) -> "Pyramid":
        """Make all sizes that are ever drawn, so that nobody waits for one later; return itself."""
        number = 0
        while max(self.level(number).shape[:2]) > _SMALLEST_SIDE:
            number += 1
        return self


def read_pyramid(path: Path) -> Pyramid:
    """Read a picture in all its sizes; `Pyramid.image` is what `read_image` gives.

    Raises:
        ImageError: as `read_image`.
    """
    return Pyramid(*read_deep(path)).build()


def preview_pyramid(path: Path) -> Pyramid | None:
    """Return something to look at until a large picture is read; None where that is not worth it (see `first_look`).

    Raises:
        ImageError: as `read_image`.
    """
    image = first_look(path)
    if image is None:
        return None
    width, height = image_size(path)
    return Pyramid.stand_in(image, width=width, height=height)


def _halved(pixels: PixelArray) -> PixelArray:
    size = ((pixels.shape[1] + 1) // 2, (pixels.shape[0] + 1) // 2)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=pixels.dtype)
