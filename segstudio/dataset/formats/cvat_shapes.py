"""The shapes of CVAT: polygons, boxes, ellipses and masks; pixel (0, 0) is the square from (0, 0) to (1, 1)."""

import math
from collections.abc import Callable
from xml.etree import ElementTree as ET

import numpy as np

from segstudio.dataset.formats.annotation import DrawnObject, cut_out
from segstudio.dataset.formats.coco_masks import draw_rings
from segstudio.dataset.formats.fields import Point, enough, near, number, whole
from segstudio.dataset.formats.outlines import Region
from segstudio.dataset.formats.source import FormatError

_ELLIPSE_POINTS = 180


def has_area(shape: ET.Element) -> bool:
    """Say whether this is a shape that covers pixels: lines, points, skeletons and tags do not."""
    return shape.tag in _DRAWERS


def draw_shape(shape: ET.Element, position: int, size: tuple[int, int], where: str) -> DrawnObject | None:
    """Draw a shape that has an area; None where it covers no pixel.

    Args:
        shape: its element.
        position: the position of its class.
        size: width and height of the picture.
        where: what to call the shape if something is the matter with it.

    Raises:
        FormatError: its values make no sense.
    """
    return _DRAWERS[shape.tag](shape, position, size, where)


def run_lengths(region: Region) -> dict[str, str]:
    """Return the attributes ``rle``, ``left``, ``top``, ``width`` and ``height`` of a region's ``mask`` element.

    The runs go row by row through the box (COCO's go by columns: R17) and begin with what is not covered.
    """
    rows, columns = region.pixels.shape
    flat = np.concatenate(([False], region.pixels.ravel()))
    ends = np.concatenate((np.flatnonzero(flat[1:] != flat[:-1]), [rows * columns]))
    return {
        "rle": ", ".join(map(str, np.diff(ends, prepend=0))),
        "left": str(region.left),
        "top": str(region.top),
        "width": str(columns),
        "height": str(rows),
    }


def _attribute(shape: ET.Element, name: str, where: str) -> float:
    return number(shape.get(name), f"“{name}” of {where}")


def _polygon(shape: ET.Element, position: int, size: tuple[int, int], where: str) -> DrawnObject | None:
    points: list[Point] = []
    for pair in (shape.get("points") or "").split(";"):
        x, comma, y = pair.partition(",")
        if not comma:
            raise FormatError(f"The points of {where} are not pairs of numbers. Export them again.")
        points.append((number(x.strip(), where), number(y.strip(), where)))
    return draw_rings([near(enough(points, where), size, where)], position, size)


def _box(shape: ET.Element, position: int, size: tuple[int, int], where: str) -> DrawnObject | None:
    left, top, right, bottom = (_attribute(shape, name, where) for name in ("xtl", "ytl", "xbr", "ybr"))
    centre = (left + right) / 2, (top + bottom) / 2
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return draw_rings([near(_turned(corners, shape, centre, where), size, where)], position, size)


def _ellipse(shape: ET.Element, position: int, size: tuple[int, int], where: str) -> DrawnObject | None:
    x, y, across, down = (_attribute(shape, name, where) for name in ("cx", "cy", "rx", "ry"))
    angles = np.linspace(0, 2 * math.pi, _ELLIPSE_POINTS, endpoint=False).tolist()
    points = [(x + across * math.cos(angle), y + down * math.sin(angle)) for angle in angles]
    return draw_rings([near(_turned(points, shape, (x, y), where), size, where)], position, size)


def _turned(points: list[Point], shape: ET.Element, centre: Point, where: str) -> list[Point]:
    turn = math.radians(number(shape.get("rotation", "0"), f"“rotation” of {where}"))
    if turn == 0:
        return points
    cosine, sine = math.cos(turn), math.sin(turn)
    moved = [(x - centre[0], y - centre[1]) for x, y in points]
    return [(centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine) for x, y in moved]


def _mask(shape: ET.Element, position: int, size: tuple[int, int], where: str) -> DrawnObject | None:
    left, top, width, height = (
        whole(shape.get(name), f"“{name}” of {where}") for name in ("left", "top", "width", "height")
    )
    if left + width > size[0] or top + height > size[1]:
        raise FormatError(f"{where} goes beyond its picture of {size[0]} × {size[1]} pixels. Export it again.")
    words = (shape.get("rle") or "").split(",")
    runs = [whole(word.strip(), f"a run length of {where}") for word in words]
    if sum(runs) != width * height:
        raise FormatError(f"The run lengths of {where} do not add up to its box. Export it again.")
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
    inside = cut_out(position, pixels)
    return None if inside is None else DrawnObject(position, left + inside.left, top + inside.top, inside.pixels)


_DRAWERS: dict[str, Callable[[ET.Element, int, tuple[int, int], str], DrawnObject | None]] = {
    "polygon": _polygon,
    "box": _box,
    "ellipse": _ellipse,
    "mask": _mask,
}
