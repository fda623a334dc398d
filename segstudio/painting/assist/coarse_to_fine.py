"""What work on large pictures shares: an answer on a reduced picture first, then only its borders on finer ones."""

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.painting.boxes import Box


def reductions(pixels: int, *, budget: int, step: float) -> list[float]:
    """Return by how much to reduce the sides of a picture, in equal steps of at most ``step``, down to 1.

    The first leaves at most ``budget`` pixels; [1.0] where the picture has no more.
    """
    coarsest = math.sqrt(max(pixels / budget, 1.0))
    count = math.ceil(math.log(coarsest, step))
    return [coarsest ** (number / count) for number in range(count, 0, -1)] + [1.0]


def near_border(labels: npt.NDArray[Any], reach: int) -> npt.NDArray[np.bool_]:
    """Return which pixels of (height, width) uint8 or uint16 labels have another label within ``reach``, by square."""
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), dtype=np.uint8)
    return np.asarray(cv2.dilate(labels, kernel) != cv2.erode(labels, kernel), dtype=np.bool_)


def tiles(width: int, height: int, side: int) -> Iterator[Box]:
    """Return the squares that a picture falls into, row by row, cut off at its right and lower edge."""
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield Box(left, top, left + side, top + side).clipped(width, height)
