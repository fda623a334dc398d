"""Which pixels a brush covers, exactly.

A brush of odd diameter is centred on the pixel under the cursor, one of even diameter on the nearest corner between
pixels; so a 1-pixel brush hits just the pixel under the cursor (R11). A round brush covers the pixels whose centre lies
within half a diameter of the way that its own centre went, a square one those whose centre lies in the square as it
went (R10).
"""

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region

BrushShape = Literal["round", "square"]

Point = tuple[float, float]
"""(x, y) in picture pixels; the pixel in column 3 reaches from x = 3 to x = 4."""

# Rounding errors must not decide whether a pixel whose centre lies just on the rim is covered.
_TOLERANCE = 1e-6
_COST_OF_A_BAND = 40_000


def brush_centre(point: Point, diameter: int) -> Point:
    """Return where a brush is centred when the cursor is at ``point``."""
    x, y = point
    if diameter % 2:
        return math.floor(x) + 0.5, math.floor(y) + 0.5
    return float(math.floor(x + 0.5)), float(math.floor(y + 0.5))


def covered(start: Point, end: Point, *, diameter: int, width: int, height: int, shape: BrushShape = "round") -> Region:
    """Return the pixels that a brush covers on a straight way.

    Args:
        start: where the cursor was.
        end: where it is; the same for a dab.
        diameter: of the brush, or the side of a square one, in pixels, 1 or more.
        width: columns of the picture.
        height: rows of the picture.
        shape: of the brush.

    Returns:
        The covered pixels inside the picture; none where the brush passes outside.
    """
    swept = _swept(start, end, diameter, width, height, shape)
    return Region.nowhere() if swept is None else _between(swept, 0, swept.box.height, width)


def covered_in_bands(
    start: Point, end: Point, *, diameter: int, width: int, height: int, shape: BrushShape = "round"
) -> list[Region]:
    """Return what `covered` does, cut into bands of rows, so that their boxes hold little else.

    The box around a long thin way is nearly all of it empty; boxes of the bands are small where it is steep or flat
    or anything between. Arguments as there.
    """
    swept = _swept(start, end, diameter, width, height, shape)
    if swept is None:
        return []
    # Twice the bands hold half the pixels, but each costs something by itself: the sum is least about here.
    bands = min(max(round(math.sqrt(swept.box.area / _COST_OF_A_BAND)), 1), swept.box.height)
    edges = [round(band * swept.box.height / bands) for band in range(bands + 1)]
    regions = [_between(swept, top, bottom, width) for top, bottom in itertools.pairwise(edges)]
    return [region for region in regions if not region.box.empty]


@dataclass(frozen=True, slots=True, eq=False)
class _Swept:
    """What a brush sweeps over: a box, and in each of its rows all between two columns (ends outside: none)."""

    box: Box
    left: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]


def _swept(start: Point, end: Point, diameter: int, width: int, height: int, shape: BrushShape) -> _Swept | None:
    (ax, ay), (bx, by) = brush_centre(start, diameter), brush_centre(end, diameter)
    radius = diameter / 2
    box = Box(
        math.floor(min(ax, bx) - radius),
        math.floor(min(ay, by) - radius),
        math.ceil(max(ax, bx) + radius),
        math.ceil(max(ay, by) + radius),
    ).clipped(width, height)
    if box.empty:
        return None
    rows = np.arange(box.top, box.bottom, dtype=np.float64) + 0.5
    spans = _round_spans if shape == "round" else _square_spans
    left, right = np.full_like(rows, np.inf), np.full_like(rows, -np.inf)
    for more_left, more_right in spans(rows, (ax, ay), (bx, by), radius):
        # The covered area is convex, so that in each row the spans join to one.
        left, right = np.minimum(left, more_left), np.maximum(right, more_right)
    return _Swept(box, left, right)


def _between(swept: _Swept, top: int, bottom: int, width: int) -> Region:
    """Return the pixels of some rows of the box whose centres lie between the columns."""
    left, right = swept.left[top:bottom] - _TOLERANCE, swept.right[top:bottom] + _TOLERANCE
    lowest, highest = float(left.min()), float(right.max())
    if lowest > highest:
        return Region.nowhere()
    first, last = max(math.ceil(lowest - 0.5), 0), min(math.floor(highest - 0.5), width - 1)
    if first > last:
        return Region.nowhere()
    box = Box(first, swept.box.top + top, last + 1, swept.box.top + bottom)
    # Whole numbers, and short ones where they do: comparing them is most of what a large brush costs.
    kind = np.int16 if box.width < 2**15 else np.int32
    from_column = np.clip(np.ceil(left - 0.5) - first, 0, box.width).astype(kind)
    to_column = np.clip(np.floor(right - 0.5) - first, -1, box.width).astype(kind)
    columns = np.arange(box.width, dtype=kind)
    return Region(box, (columns >= from_column[:, None]) & (columns <= to_column[:, None]))


Span = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Leftmost and rightmost x a row; +inf and -inf where the row is not met."""


def _round_spans(rows: npt.NDArray[np.float64], start: Point, end: Point, radius: float) -> list[Span]:
    return [
        _disc_span(rows, *start, radius),
        _disc_span(rows, *end, radius),
        _band_span(rows, start, end, radius),
    ]


def _square_spans(rows: npt.NDArray[np.float64], start: Point, end: Point, radius: float) -> list[Span]:
    """Return the one span a row of a square that is moved: where the middle line is within reach, and a side's half."""
    (ax, ay), (bx, by) = start, end
    # The part of the way whose height is within half a side of the row; there the square lies over the row.
    if abs(by - ay) < 1e-12:
        near, far = np.zeros_like(rows), np.ones_like(rows)
        met = np.abs(rows - ay) <= radius + _TOLERANCE
    else:
        one, other = (rows - radius - ay) / (by - ay), (rows + radius - ay) / (by - ay)
        near, far = np.maximum(np.minimum(one, other), 0.0), np.minimum(np.maximum(one, other), 1.0)
        met = near <= far + _TOLERANCE
    first, last = ax + near * (bx - ax), ax + far * (bx - ax)
    left, right = np.minimum(first, last) - radius, np.maximum(first, last) + radius
    return [(np.where(met, left, np.inf), np.where(met, right, -np.inf))]


def _disc_span(rows: npt.NDArray[np.float64], x: float, y: float, radius: float) -> Span:
    squared = (radius + _TOLERANCE) ** 2 - (rows - y) ** 2
    half = np.sqrt(np.maximum(squared, 0.0))
    met = squared >= 0
    return np.where(met, x - half, np.inf), np.where(met, x + half, -np.inf)


def _band_span(rows: npt.NDArray[np.float64], start: Point, end: Point, radius: float) -> Span:
    """Return the spans of the rectangle between two discs: across within the radius, along between the centres."""
    length = math.dist(start, end)
    nothing = np.full_like(rows, np.inf), np.full_like(rows, -np.inf)
    if length == 0:
        return nothing
    along_x, along_y = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    down = rows - start[1]
    left, right = np.full_like(rows, -np.inf), np.full_like(rows, np.inf)
    # across: -radius <= along_x * down - along_y * dx <= radius;  along: 0 <= along_x * dx + along_y * down <= length
    for slope, offset, low, high in (
        (-along_y, along_x * down, -radius, radius),
        (along_x, along_y * down, 0.0, length),
    ):
        if abs(slope) < 1e-12:
            inside = (offset >= low - _TOLERANCE) & (offset <= high + _TOLERANCE)
            left, right = np.where(inside, left, np.inf), np.where(inside, right, -np.inf)
            continue
        one, other = (low - offset) / slope, (high - offset) / slope
        left, right = np.maximum(left, np.minimum(one, other)), np.minimum(right, np.maximum(one, other))
    met = left <= right
    return np.where(met, left + start[0], np.inf), np.where(met, right + start[0], -np.inf)
