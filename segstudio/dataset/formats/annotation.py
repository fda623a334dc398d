"""What is drawn on one picture, in the classes of its source, before it becomes a mask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

NO_CLASS = -1
"""In a `Raster`: no class of the source is known here."""

ClassPositions = npt.NDArray[np.signedinteger[Any]]
"""Positions in the list of a source's classes, or `NO_CLASS`; (height, width), any signed integers."""


@dataclass(frozen=True, slots=True)
class Raster:
    """A class for every pixel.

    Attributes:
        positions: (height, width), positions in the source's list of classes; `NO_CLASS` where there is none.
    """

    positions: ClassPositions

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.positions.shape[1], self.positions.shape[0]


@dataclass(frozen=True, slots=True)
class DrawnObject:
    """One object: a class and the pixels that it covers, cut out of the picture by its box.

    Attributes:
        position: the position of its class in the source's list.
        left: the first column of the box, in pixels; within the picture.
        top: the first row.
        pixels: (height, width) bool, True where the object is; the box lies within the picture.
    """

    position: int
    left: int
    top: int
    pixels: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects one over another: the first lies lowest.

    Attributes:
        size: width and height in pixels of the picture as the source sees it.
        drawn: the objects, in the order in which the source draws them.
    """

    size: tuple[int, int]
    drawn: tuple[DrawnObject, ...]


Annotation = Raster | Objects


def polygon(position: int, rings: Iterable[Sequence[Sequence[float]]], size: tuple[int, int]) -> DrawnObject | None:
    """Return the union of polygons as one object; None where they lie outside of the picture.

    Pixels are covered as Pillow's `ImageDraw.polygon` does, its outline included: this is how labelme draws.

    Args:
        position: the position of the class.
        rings: each a closed polygon of (x, y) in pixels, where (0, 0) is the middle of the first pixel; of a ring of
            one or two points, the point or line is drawn.
        size: width and height of the picture.
    """
    points = [[(float(x), float(y)) for x, y in ring] for ring in rings]
    flat = [point for ring in points for point in ring]
    if not flat:
        return None
    # Only the box is drawn: objects are many and pictures large.
    left, top = max(0, int(min(x for x, _ in flat)) - 1), max(0, int(min(y for _, y in flat)) - 1)
    right = min(size[0], int(max(x for x, _ in flat)) + 2)
    bottom = min(size[1], int(max(y for _, y in flat)) + 2)
    if left >= right or top >= bottom:
        return None
    canvas = Image.new("1", (right - left, bottom - top))
    pen = ImageDraw.Draw(canvas)
    for ring in points:
        shifted = [(x - left, y - top) for x, y in ring]
        if len(shifted) > 2:
            pen.polygon(shifted, outline=1, fill=1)
        elif shifted:
            pen.line(shifted * 2 if len(shifted) == 1 else shifted, fill=1)
    return DrawnObject(position, left, top, np.array(canvas, dtype=bool))


def cut_out(position: int, pixels: npt.NDArray[np.bool_]) -> DrawnObject | None:
    """Return the object that covers the True pixels of a whole picture, (height, width); None where there are none."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if rows.size == 0:
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    return DrawnObject(position, int(left), int(top), np.ascontiguousarray(pixels[top:bottom, left:right]))
