"""What lies around each pixel of a mask, tile by tile: only where a class meets others, within bounded memory."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box

FARTHEST = 1000
"""Pixels: the longest distance that is exact in 32 bits, and the widest margin."""

WIDEST = 100
"""Pixels: the greatest radius of a `disc`; what is `summed` under it is exact by a wide margin."""

# Of a tile: large enough for filters by Fourier transform, small enough to leave most of an ordinary mask out.
_SIDE = 384

# Pixels: bounds the memory of what is tried for each.
_AT_ONCE = 2**18


@dataclass(frozen=True, slots=True, eq=False)
class BorderTile:
    """A part of a mask where a class meets others, and a margin around it.

    Attributes:
        box: the part, inside the picture.
        core: the index of the part in the arrays below, which reach over it by the margin (less at the picture's edge).
        ids: (height, width) of ids.
        own: (height, width) bool: where the class is.
    """

    box: Box
    core: tuple[slice, slice]
    ids: MaskArray
    own: npt.NDArray[np.bool_]

    def others(self, class_id: int) -> list[int]:
        """Return the ids that occur apart from the class, in order."""
        return [int(other) for other in np.flatnonzero(np.bincount(self.ids.ravel())) if other != class_id]


def border_tiles(mask: MaskArray, class_id: int, area: Box, *, margin: int) -> Iterator[BorderTile]:
    """Cut an area inside the picture into tiles; leave out those that, with their margin, are all class or none.

    Raises:
        ValueError: the margin is above `FARTHEST`.
    """
    if margin > FARTHEST:
        raise ValueError(f"`margin` must be at most {FARTHEST}. Received: margin={margin}")
    height, width = mask.shape
    side = max(_SIDE, 4 * margin)
    for top in range(area.top, area.bottom, side):
        for left in range(area.left, area.right, side):
            box = Box(left, top, min(left + side, area.right), min(top + side, area.bottom))
            around = box.grown(margin).clipped(width, height)
            ids = mask[around.slices]
            own = ids == class_id
            if own.any() and not own.all():
                yield BorderTile(box, box.moved(-around.left, -around.top).slices, ids, own)


def squared_distance(pixels: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Return (height, width): the square of how far each centre is from that of the nearest True pixel.

    There must be one. Squares are whole numbers, and exact to a distance of `FARTHEST` (Felzenszwalb and Huttenlocher,
    Distance Transforms of Sampled Functions, 2012).
    """
    # The 5 x 5 masks of OpenCV, which alone give labels of the nearest pixel, are off by up to 2 %. The roots of the
    # exact transform are off by their last bit here and there, which must not decide between two that are as near.
    distance = cv2.distanceTransform((~pixels).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.rint(np.square(np.asarray(distance, dtype=np.float32)))


def nearest_others(
    mask: MaskArray,
    class_id: int,
    rows: npt.NDArray[np.int64],
    columns: npt.NDArray[np.int64],
    squares: npt.NDArray[np.int64],
) -> MaskArray:
    """Return (n,): the id of the nearest pixel that is not of a class; the lowest where several are as near.

    Args:
        mask: (height, width) of ids.
        class_id: of the class.
        rows: (n,) of some of its pixels.
        columns: (n,) of the same pixels.
        squares: (n,) how far each is from the nearest pixel that is not of the class, squared.
    """
    reach = math.isqrt(int(squares.max(initial=0)))
    down, right = (steps.ravel() for steps in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    away = down**2 + right**2
    order = np.argsort(away, kind="stable")
    down, right, away = down[order], right[order], away[order]
    found = np.empty(rows.size, dtype=mask.dtype)
    for begin in range(0, rows.size, _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        # The nearest lies on a circle around the pixel that only a few pixels lie on; try each of them.
        first = np.searchsorted(away, squares[part])
        tries = np.searchsorted(away, squares[part], side="right") - first
        starts = np.cumsum(tries) - tries
        pixel = np.repeat(np.arange(first.size), tries)
        step = np.arange(pixel.size) + (first - starts)[pixel]
        row, column = rows[part][pixel] + down[step], columns[part][pixel] + right[step]
        there = (row >= 0) & (row < mask.shape[0]) & (column >= 0) & (column < mask.shape[1])
        ids = np.full(pixel.size, np.iinfo(mask.dtype).max, dtype=mask.dtype)
        ids[there] = mask[row[there], column[there]]
        ids[ids == class_id] = np.iinfo(mask.dtype).max
        found[part] = np.minimum.reduceat(ids, starts)
    return found


def disc(radius: int) -> npt.NDArray[np.float32]:
    """Return (2 radius + 1, 2 radius + 1): 1 where a centre is at most ``radius`` from the middle one, else 0.

    Raises:
        ValueError: the radius is above `WIDEST`.
    """
    if radius > WIDEST:
        raise ValueError(f"`radius` must be at most {WIDEST}. Received: radius={radius}")
    away = np.arange(-radius, radius + 1) ** 2
    return (away[:, None] + away <= radius * radius).astype(np.float32)


def summed(
    values: npt.NDArray[np.bool_] | npt.NDArray[np.float32], kernel: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return (height, width): the sum of the values under a kernel around each pixel; beyond the edge is nothing.

    Whole numbers come out whole but for the rounding of a Fourier transform: below 0.01 for bits under a `disc`.
    """
    total = cv2.filter2D(values.astype(np.float32), cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(total, dtype=np.float32)
