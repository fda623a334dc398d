"""Drawn shapes as the pixels that they cover.

A pixel belongs to a polygon or an ellipse if its centre lies inside, so that two shapes that share a border share no
pixel, and none is left between them. Shapes may reach beyond the picture; what lies outside is dropped.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point, covered
from segstudio.painting.regions import Region

# Rounding errors must not decide whether a pixel whose centre lies just on an ellipse belongs.
_TOLERANCE = 1e-6

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=np.uint8)


def polygon(points: Sequence[Point] | npt.NDArray[np.floating], *, width: int, height: int) -> Region:
    """Return the pixels whose centres lie inside a closed polygon, by the even-odd rule.

    A centre that lies on a left or upper side belongs, one on a right or lower side does not. Where the polygon
    crosses itself, what is enclosed twice is outside. The cost is that of the crossings between sides and rows of
    pixels, sorted, and of the box.

    Args:
        points: (n, 2), the corners (x, y) in order; the last is joined to the first. Fewer than three enclose nothing.
        width: columns of the picture.
        height: rows of the picture.
    """
    one = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if len(one) < 3:
        return Region.nowhere()
    row, x = _crossings(one, np.roll(one, -1, axis=0), height)
    left, right = np.clip([np.floor(one[:, 0].min()), np.ceil(one[:, 0].max())], 0, width).astype(np.int64)
    if not row.size or left >= right:
        return Region.nowhere()
    box = Box(int(left), int(row.min()), int(right), int(row.max()) + 1)
    # The first column whose centre is not left of the crossing. One at the box's right end is the start of the next
    # row, which is right as well: each row has an even number of crossings, so that nothing runs over into the next.
    column = np.clip(np.ceil(x - 0.5), box.left, box.right).astype(np.int64)
    return _between(box, np.sort((row - box.top) * box.width + column - box.left))


def rectangle(corner: Point, opposite: Point, *, width: int, height: int) -> Region:
    """Return the pixels from the one under a corner to the one under the opposite corner, both included."""
    box = _dragged(corner, opposite).clipped(width, height)
    return Region.nowhere() if box.empty else Region(box, np.ones((box.height, box.width), dtype=np.bool_))


def ellipse(corner: Point, opposite: Point, *, width: int, height: int) -> Region:
    """Return the pixels whose centres lie in the ellipse inscribed in the `rectangle` of the same corners."""
    whole = _dragged(corner, opposite)
    box = whole.clipped(width, height)
    if box.empty:
        return Region.nowhere()
    middle_x, middle_y = (whole.left + whole.right) / 2, (whole.top + whole.bottom) / 2
    down = (np.arange(box.top, box.bottom) + 0.5 - middle_y) / (whole.height / 2)
    reach = whole.width / 2 * np.sqrt(np.maximum(1 - down * down, 0.0)) + _TOLERANCE
    first, last = np.ceil(middle_x - reach - 0.5), np.floor(middle_x + reach - 0.5) + 1
    ends = np.clip(np.stack([first, last], axis=1), box.left, box.right).astype(np.int64) - box.left
    ends += np.arange(box.height)[:, None] * box.width
    return _between(box, ends.ravel())


def encircle(stroke: Region, *, ends: tuple[Point, Point] | None = None, width: int, height: int) -> Region:
    """Return a stroke and the areas that it encloses.

    Enclosed is what no way of steps up, down, left or right leads out of; the picture's edge does not close a stroke.

    Args:
        stroke: all that the brush covered, inside the picture.
        ends: where the stroke began and ended, if it may be closed by a straight line between them. The line counts
            if it encloses more than the stroke does without it: the hole that a trembling hand leaves does not close
            a stroke, and a loop with crossed ends does not need closing.
        width: columns of the picture.
        height: rows of the picture.

    Returns:
        The stroke, the areas, and the part of the line that borders on them.
    """
    if stroke.empty:
        return Region.nowhere()
    areas = _enclosed(stroke.inside)
    alone = Region(stroke.box, stroke.inside | areas)
    if ends is None:
        return alone
    # Ends outside the picture move to its edge: otherwise the line would be cut off, and the area open there.
    start, end = ((float(np.clip(x, 0, width - 0.5)), float(np.clip(y, 0, height - 0.5))) for x, y in ends)
    line = covered(start, end, diameter=1, width=width, height=height)
    both = stroke.united(line)
    more = _enclosed(both.inside)
    if np.count_nonzero(more) <= 2 * np.count_nonzero(areas):
        return alone
    beside = cv2.dilate(more.view(np.uint8), _CROSS).view(np.bool_)
    whole = alone.within(both.box) | beside & both.inside | more
    # Pixels of the line that touch no area but lie between the stroke and others of the line.
    whole |= _enclosed(whole)
    return Region.of(whole, left=both.box.left, top=both.box.top)


def _dragged(corner: Point, opposite: Point) -> Box:
    """Return the box of the pixels that a drag touches, picture or not."""
    (ax, ay), (bx, by) = corner, opposite
    return Box(
        math.floor(min(ax, bx)), math.floor(min(ay, by)), math.floor(max(ax, bx)) + 1, math.floor(max(ay, by)) + 1
    )


def _crossings(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64], height: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the rows whose middle is crossed by the sides from (n, 2) ``one`` to ``other``, and the x of each."""
    # Every side from its upper end down: the same side of a neighbouring polygon then crosses at the very same x.
    turned = (one[:, 1] > other[:, 1])[:, None]
    upper, lower = np.where(turned, other, one), np.where(turned, one, other)
    first, end = (np.clip(np.ceil(y - 0.5), 0, height).astype(np.int64) for y in (upper[:, 1], lower[:, 1]))
    counts = end - first
    side = np.repeat(np.arange(len(one)), counts)
    row = np.arange(side.size) + (first - (np.cumsum(counts) - counts))[side]
    (upper_x, upper_y), (lower_x, lower_y) = upper[side].T, lower[side].T
    return row, upper_x + (row + 0.5 - upper_y) / (lower_y - upper_y) * (lower_x - upper_x)


def _between(box: Box, turns: npt.NDArray[np.int64]) -> Region:
    """Return the pixels of a box from each odd turn to the next even one; turns are sorted, counted row by row."""
    lengths = np.diff(turns, prepend=0, append=box.width * box.height)
    pixels = np.repeat(np.arange(lengths.size) % 2 == 1, lengths)
    return Region.of(pixels.reshape(box.height, box.width), left=box.left, top=box.top)


def _enclosed(pixels: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return (height, width) bool: what lies outside of ``pixels`` but cannot be reached from the edge."""
    walls = cv2.copyMakeBorder(pixels.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(walls, None, (0, 0), 1)
    return np.equal(walls[1:-1, 1:-1], 0)
