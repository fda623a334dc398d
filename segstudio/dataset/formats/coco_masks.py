"""COCO's polygons and run lengths, drawn and made by its own code, pycocotools: they agree to the pixel (R17)."""

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco

from segstudio.dataset.formats.annotation import DrawnObject
from segstudio.dataset.formats.fields import Point, Record, items, near, paired, record, whole
from segstudio.dataset.formats.outlines import Region, Ring, corner_ring
from segstudio.dataset.formats.source import FormatError

_COUNTS = re.compile(rb"(?:[P-o]{0,6}[0-O])*")
"""Compressed run lengths, groups of five bits of which the last has no mark: the decoder reads beyond anything else."""


def draw_segmentation(value: object, position: int, size: tuple[int, int], where: str) -> DrawnObject | None:
    """Draw the ``segmentation`` of an annotation; None where it covers no pixel.

    Args:
        value: a list of polygons, or run lengths, compressed or not.
        position: the position of its class.
        size: width and height of the picture.
        where: what to call the annotation if something is the matter with it.

    Raises:
        FormatError: it is none of these, or its numbers make no sense.
    """
    if isinstance(value, list):
        rings = [near(paired(items(ring, where), where), size, where) for ring in value]
        return draw_rings(rings, position, size)
    return _drawn(_run_lengths(record(value, f"the segmentation of {where}"), size, where), position)


def draw_rings(rings: list[list[Point]], position: int, size: tuple[int, int]) -> DrawnObject | None:
    """Draw the union of polygons, where the pixel (0, 0) is the square from (0, 0) to (1, 1)."""
    if not rings:
        return None
    points = np.concatenate([np.array(ring, dtype=np.float64) for ring in rings])
    left, top, width, height = 0, 0, *size
    if (points == np.rint(points)).all() and (points >= 0).all() and (points <= size).all():
        # Whole numbers are moved without rounding: then the box is enough, and objects are many.
        left, top = (int(value) for value in points.min(axis=0))
        # Two more than the last edge, since what is at the end of the frame is cut there.
        right, bottom = (int(value) for value in np.minimum(points.max(axis=0) + 2, size))
        width, height = max(1, right - left), max(1, bottom - top)
    flat = [(np.array(ring, dtype=np.float64) - (left, top)).ravel().tolist() for ring in rings]
    found = _drawn(coco.merge(coco.frPyObjects(flat, height, width)), position)
    return None if found is None else replace(found, left=found.left + left, top=found.top + top)


def segmentation_of(region: Region, size: tuple[int, int]) -> list[list[int]] | Record:
    """Return the ``segmentation`` of a region: a polygon where that gives it to the pixel, else run lengths."""
    ring = corner_ring(region)
    if is_exact(ring, region):
        return [[value for point in ring for value in point]]
    pixels = np.zeros((size[1], size[0]), dtype=np.uint8, order="F")
    rows, columns = region.pixels.shape
    pixels[region.top : region.top + rows, region.left : region.left + columns] = region.pixels
    found = coco.encode(pixels)
    return {"size": [size[1], size[0]], "counts": found["counts"].decode("ascii")}


def is_exact(ring: Ring, region: Region) -> bool:
    """Say whether a polygon along the edges of pixels covers a region and nothing else, such as its holes."""
    rows, columns = region.pixels.shape
    flat = [float(value) for x, y in ring for value in (x - region.left, y - region.top)]
    drawn = coco.decode(coco.merge(coco.frPyObjects([flat], rows, columns)))
    return np.array_equal(drawn.astype(bool), region.pixels)


def _run_lengths(value: Record, size: tuple[int, int], where: str) -> Record:
    width, height = size
    declared = [whole(side, f"the size of {where}") for side in items(value.get("size"), f"the size of {where}")]
    if declared != [height, width]:
        raise FormatError(f"The run lengths of {where} are not of the size of its picture. Export it again.")
    counts = value.get("counts")
    if isinstance(counts, str):
        data = counts.encode("utf-8", errors="replace")
        if _COUNTS.fullmatch(data) is None:
            raise FormatError(f"The run lengths of {where} are damaged. Export it again.")
        found: Record = {"size": [height, width], "counts": data}
    else:
        runs = [whole(run, f"a run length of {where}") for run in items(counts, f"the run lengths of {where}")]
        if sum(runs) != width * height:
            raise FormatError(f"The run lengths of {where} do not add up to its picture. Export it again.")
        found = coco.frPyObjects({"size": [height, width], "counts": runs}, height, width)
    return found


def _drawn(run_lengths: Record, position: int) -> DrawnObject | None:
    try:
        pixels: npt.NDArray[np.uint8] = coco.decode(run_lengths)
    except ValueError as error:
        raise FormatError(f"Run lengths are damaged: {error}. Export the file again.") from error
    left, top, width, height = (int(value) for value in coco.toBbox(run_lengths))
    if width == 0 or height == 0:
        return None
    box = pixels[top : top + height, left : left + width]
    return DrawnObject(position, left, top, np.ascontiguousarray(box).astype(bool))
