"""What labelme and its kin draw: polygons, rectangles, circles, lines, points and masks."""

import base64
import binascii
import io
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from segstudio.dataset.formats.annotation import DrawnObject, cut_out, polygon
from segstudio.dataset.formats.fields import Point, Record, near, points, record, text
from segstudio.dataset.formats.picture_search import UNREADABLE
from segstudio.dataset.formats.polygons import Fill
from segstudio.dataset.formats.source import FormatError

_LINE_WIDTH = 10
_POINT_RADIUS = 5
"""Both in pixels: so labelme draws lines and points into masks."""

_LEAST = {"circle": 2, "line": 2, "linestrip": 2, "rectangle": 2, "mask": 2, "point": 1, "points": 1}
"""How many points each kind of shape needs, where it is not three."""

_POLYGONS = ("polygon", "rotation", "quadrilateral")


def draw_shape(
    shape: Record, position: int, size: tuple[int, int], where: str, *, fill: Fill = polygon
) -> DrawnObject | None:
    """Draw a shape as labelme does (its ``shape_to_mask``); None where it lies outside of the picture.

    Args:
        shape: an entry of ``shapes``.
        position: the position of its class.
        size: width and height of the picture.
        where: what to call the shape if something is the matter with it.
        fill: how polygons are filled.

    Raises:
        FormatError: it is of an unknown kind, or its values make no sense.
    """
    # Before 3.17 all shapes were polygons and said nothing of it.
    kind = text(shape.get("shape_type") or "polygon", f"the kind of {where}")
    found = near(points(shape.get("points"), where, least=_LEAST.get(kind, 3)), size, where)
    if kind in _POLYGONS:
        return fill(position, [found], size)
    if kind == "mask":
        return _placed_mask(shape, found, position, size, where)
    paint = _PAINTERS.get(kind)
    if paint is None:
        raise FormatError(f"{where} is a “{kind}”, which has no pixels to speak of. Draw a polygon instead.")
    canvas = Image.new("1", size)
    paint(ImageDraw.Draw(canvas), found)
    return cut_out(position, np.array(canvas, dtype=bool))


def decoded(data: str, where: str) -> bytes:
    """Return the bytes of a base64 text.

    Raises:
        FormatError: it is none.
    """
    try:
        return base64.b64decode(data, validate=False)
    except (binascii.Error, ValueError) as error:
        raise FormatError(f"{where} is not base64: {error}. Save it again.") from error


def _rectangle(pen: ImageDraw.ImageDraw, found: list[Point]) -> None:
    # Two opposite corners, in any order; all four in X-AnyLabeling.
    columns, rows = [x for x, _ in found], [y for _, y in found]
    pen.rectangle((min(columns), min(rows), max(columns), max(rows)), fill=1, outline=1)


def _circle(pen: ImageDraw.ImageDraw, found: list[Point]) -> None:
    (x, y), edge = found[0], found[1]
    _disc(pen, (x, y), math.hypot(edge[0] - x, edge[1] - y))


def _disc(pen: ImageDraw.ImageDraw, centre: Point, radius: float) -> None:
    x, y = centre
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1, outline=1)


def _line(pen: ImageDraw.ImageDraw, found: list[Point]) -> None:
    pen.line(found, fill=1, width=_LINE_WIDTH)


def _points(pen: ImageDraw.ImageDraw, found: list[Point]) -> None:
    for point in found:
        _disc(pen, point, _POINT_RADIUS)


_PAINTERS: dict[str, Callable[[ImageDraw.ImageDraw, list[Point]], None]] = {
    "rectangle": _rectangle,
    "circle": _circle,
    "line": _line,
    "linestrip": _line,
    "point": _points,
    "points": _points,
}


def _placed_mask(
    shape: Record, corners: list[Point], position: int, size: tuple[int, int], where: str
) -> DrawnObject | None:
    pixels = _mask_pixels(text(shape.get("mask"), f"the mask of {where}"), size, where)
    left, top = (round(value) for value in corners[0])
    whole = np.zeros((size[1], size[0]), dtype=bool)
    rows, columns = pixels.shape
    whole[max(0, top) : max(0, top + rows), max(0, left) : max(0, left + columns)] = pixels[
        max(0, -top) : max(0, size[1] - top), max(0, -left) : max(0, size[0] - left)
    ]
    return cut_out(position, whole)


def _mask_pixels(data: str, size: tuple[int, int], where: str) -> npt.NDArray[np.bool_]:
    try:
        with Image.open(io.BytesIO(decoded(data, f"the mask of {where}"))) as picture:
            if picture.width > 2 * size[0] + 2 or picture.height > 2 * size[1] + 2:
                raise FormatError(f"The mask of {where} is larger than its picture. Draw it again.")
            return np.array(picture.convert("L")) > 0
    except UNREADABLE as error:
        raise FormatError(f"The mask of {where} is not a PNG: {error}. Draw it again.") from error


def shape_label(shape: object, where: str) -> tuple[Record, str]:
    """Return a shape and the name of its class.

    Raises:
        FormatError: it has none.
    """
    entry = record(shape, where)
    return entry, text(entry.get("label"), f"the label of {where}")
