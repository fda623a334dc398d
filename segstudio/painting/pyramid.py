"""A picture in several sizes: what is drawn small is drawn from a small one."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.depth import Window
from segstudio.dataset.images import ImageArray, read_deep

PixelArray = npt.NDArray[np.unsignedinteger[Any]]
"""Of 8 or 16 bits: (height, width, 3) RGB, or (height, width) deep grey."""

_SMALLEST_SIDE = 512


class Pyramid:
    """A picture and its halves, quarters and so on.

    Args:
        pixels: (height, width, 3) uint8 or uint16 RGB, or (height, width) uint16 grey.
        window: which values of 16 bits are black and white where nobody says otherwise.
        image: what `read_image` gives of the same picture, where ``pixels`` is not that.

    Attributes:
        window: see above.
    """

    def __init__(self, pixels: PixelArray, *, window: Window = (0.0, 65535.0), image: ImageArray | None = None) -> None:
        self.window = window
        self._image = image
        self._levels: list[PixelArray] = [pixels]
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
    def deep(self) -> bool:
        """Whether it has more than 8 bits a channel."""
        return self._levels[0].dtype == np.uint16

    @property
    def channels(self) -> int:
        """How many it has: 3, or 1 for deep grey."""
        return 1 if self._levels[0].ndim == 2 else 3

    @property
    def image(self) -> ImageArray | None:
        """What `read_image` gives of it: (height, width, 3) uint8 RGB; None if that is not known."""
        if not self.complete or self._image is not None:
            return self._image
        return None if self.deep else np.asarray(self._levels[0], dtype=np.uint8)

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
    image, deep = read_deep(path)
    pyramid = Pyramid(image) if deep is None else Pyramid(deep.pixels, window=deep.window, image=image)
    return pyramid.build()


def _halved(pixels: PixelArray) -> PixelArray:
    size = ((pixels.shape[1] + 1) // 2, (pixels.shape[0] + 1) // 2)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=pixels.dtype)
