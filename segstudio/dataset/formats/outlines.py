"""The outlines of what a mask shows, for formats that hold polygons."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from skimage.measure import label, regionprops

from segstudio.dataset.formats.annotation import polygon
from segstudio.dataset.masks import MaskArray

Ring = list[tuple[int, int]]
"""A closed polygon of (x, y); the last point is joined to the first."""


@dataclass(frozen=True, slots=True)
class Region:
    """Pixels of one class that hang together by their edges.

    Attributes:
        class_id: the class.
        left: the first column of its box.
        top: the first row.
        pixels: (height, width) bool, True where it is.
    """

    class_id: int
    left: int
    top: int
    pixels: npt.NDArray[np.bool_]


def regions(mask: MaskArray) -> Iterator[Region]:
    """Yield all regions of a mask, (height, width), row by row as they begin."""
    numbered = label(mask.astype(np.int32), background=-1, connectivity=1)  # type: ignore[no-untyped-call]
    for found in regionprops(numbered):  # type: ignore[no-untyped-call]
        top, left = found.bbox[:2]
        row, column = found.coords[0]
        yield Region(int(mask[row, column]), int(left), int(top), found.image)


def painted_rings(mask: MaskArray, lowest: int | None) -> list[tuple[int, Ring]]:
    """Return class ids and polygons that give a mask when they are filled one over another, outlines included.

    Each polygon is the outer edge of a region, through the middles of its outermost pixels; what lies in a hole of it
    is smaller and comes later. So a ring of one class around another, parts, and pixels by themselves are exact.

    Args:
        mask: (height, width).
        lowest: the class that is there before anything is drawn; it is drawn in the holes of others only.
            None: every pixel is drawn.
    """
    size = mask.shape[1], mask.shape[0]
    drawn = []
    for region in regions(mask):
        ring = outer_ring(region)
        filled = polygon(region.class_id, [ring], size)
        if filled is not None:
            drawn.append((filled, ring, region))
    drawn.sort(key=lambda each: -int(np.count_nonzero(each[0].pixels)))
    canvas = np.full(mask.shape, -1 if lowest is None else lowest, dtype=np.int32)
    rings = []
    for filled, ring, region in drawn:
        rows, columns = region.pixels.shape
        below = canvas[region.top : region.top + rows, region.left : region.left + columns]
        if (below[region.pixels] != region.class_id).any():
            rings.append((region.class_id, ring))
            rows, columns = filled.pixels.shape
            canvas[filled.top : filled.top + rows, filled.left : filled.left + columns][filled.pixels] = filled.position
    return rings


def outer_ring(region: Region) -> Ring:
    """Return the polygon through the middles of the outermost pixels; never less than three points."""
    contours, _ = cv2.findContours(region.pixels.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    ring = [(x + region.left, y + region.top) for x, y in contours[0][:, 0, :].tolist()]
    return ring + ring[-1:] * (3 - len(ring))


def keyhole_ring(region: Region) -> Ring:
    """Return one polygon for a region with its holes: each is reached, and left again, by the same way.

    It goes through the middles of pixels of the region, which are all covered, and is filled by the even-odd rule.
    """
    contours, family = cv2.findContours(region.pixels.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    # The outer edge, which alone has no parent, comes first. Of each hole the way leads upwards, so to an edge that
    # begins higher, or to the outer one.
    order = sorted(range(len(contours)), key=lambda each: (family[0][each][3] >= 0, contours[each][:, 0, 1].min()))
    rings: list[Ring] = [[(int(x), int(y)) for x, y in contours[each][:, 0, :]] for each in order]
    places: dict[tuple[int, int], int] = {}
    for number, ring in enumerate(rings):
        for point in ring:
            places.setdefault(point, number)
    for hole in reversed(rings[1:]):
        start = min(range(len(hole)), key=lambda index: hole[index][1])
        x, y = hole[start]
        while y > 0 and region.pixels[y - 1, x]:
            y -= 1
        outer = rings[places[x, y]]
        at = outer.index((x, y))
        outer[at:at] = [(x, y), *hole[start:], *hole[: start + 1]]
    ring = _without_midpoints([(x + region.left, y + region.top) for x, y in rings[0]])
    return ring + ring[-1:] * (3 - len(ring))


def corner_ring(region: Region) -> Ring:
    """Return the polygon along the outer edges of pixels, where pixel (0, 0) is the square from (0, 0) to (1, 1)."""
    doubled = region.pixels.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    contours, _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # Each pixel is two by two now: the first of the two lies at its left or upper edge, the second at the other.
    corners = (contours[0][:, 0, :] + 1) // 2
    return _without_midpoints([(int(x) + region.left, int(y) + region.top) for x, y in corners])


def _without_midpoints(ring: Ring) -> Ring:
    """Leave out points that are passed straight on; steps are along rows, columns or diagonals."""
    points = np.array(ring)
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    if len(points) == 0:
        return ring[:1]
    steps = np.sign(np.roll(points, -1, axis=0) - points)
    turns = (steps != np.roll(steps, 1, axis=0)).any(axis=1)
    return [(int(x), int(y)) for x, y in points[turns]]
