"""Polygons as other programs fill them: each has its own idea of the pixels along an edge."""

from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np
from skimage.draw import polygon as pixels_within

from segstudio.dataset.formats.annotation import DrawnObject

Rings = Iterable[Sequence[Sequence[float]]]
Fill = Callable[[int, Rings, tuple[int, int]], DrawnObject | None]
"""Fills polygons, given the position of a class and the size of the picture; see `annotation.polygon`."""


def opencv_polygon(position: int, rings: Rings, size: tuple[int, int]) -> DrawnObject | None:
    """Return the union of polygons as OpenCV's ``fillPoly`` fills them, coordinates cut to whole numbers."""

    def fill(points: np.ndarray, pixels: np.ndarray) -> None:
        cv2.fillPoly(pixels, [points], 1)

    return _within_box(position, rings, size, fill)


def skimage_polygon(position: int, rings: Rings, size: tuple[int, int]) -> DrawnObject | None:
    """Return the union of polygons as scikit-image fills them, coordinates cut to whole numbers."""

    def fill(points: np.ndarray, pixels: np.ndarray) -> None:
        rows, columns = pixels_within(points[:, 1], points[:, 0], pixels.shape)  # type: ignore[no-untyped-call]
        pixels[rows, columns] = 1

    return _within_box(position, rings, size, fill)


def _within_box(
    position: int, rings: Rings, size: tuple[int, int], fill: Callable[[np.ndarray, np.ndarray], None]
) -> DrawnObject | None:
    whole = [np.array(ring, dtype=np.float64).astype(np.int32) for ring in rings]
    points = np.concatenate(whole) if whole else np.zeros((0, 2), np.int32)
    if len(points) == 0:
        return None
    (left, top), (right, bottom) = np.maximum(points.min(axis=0), 0), np.minimum(points.max(axis=0) + 1, size)
    if left >= right or top >= bottom:
        return None
    pixels = np.zeros((bottom - top, right - left), dtype=np.uint8)
    for ring in whole:
        fill(ring - np.array([left, top], dtype=np.int32), pixels)
    return DrawnObject(position, int(left), int(top), pixels.astype(bool))
