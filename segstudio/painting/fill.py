"""Regions that grow from one point: of one class in a mask, of one colour in a picture."""

import math
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point
from segstudio.painting.pieces import Connectivity
from segstudio.painting.regions import Region

# Half the side of the window where a fill begins.
_REACH = 256

# Rows that are measured at once.
_BAND = 32


def flood(mask: MaskArray, at: Point, *, contiguous: bool = True, connectivity: Connectivity = 4) -> Region:
    """Return the pixels of the class under a point.

    Args:
        mask: (height, width) of ids; it may be read-only.
        at: (x, y) in picture pixels; outside the picture, the answer is no pixel.
        contiguous: only those that hang together with the pixel under the point; else all of the class.
        connectivity: what hanging together means.
    """
    pixel = _pixel(at, mask.shape)
    if pixel is None:
        return Region.nowhere()
    column, row = pixel
    class_id = mask[row, column]
    if not contiguous:
        return Region.of(mask == class_id)
    return _spread(pixel, mask.shape, lambda box: mask[box.slices] == class_id, connectivity)


def wand(
    image: ImageArray,
    at: Point,
    *,
    tolerance: int,
    contiguous: bool = True,
    smooth: float = 0.0,
    connectivity: Connectivity = 4,
) -> Region:
    """Return the pixels whose colour is like that at a point; see `Wand`, which is faster for many tolerances."""
    return Wand(image, at, smooth=smooth).region(tolerance, contiguous=contiguous, connectivity=connectivity)


class Wand:
    """A magic wand that is held down on one point of a picture while its tolerance changes.

    Two colours are as far apart as their most different channel is: 0 for equal, 255 for the most. It is the
    distance that painting programs use; a tolerance means the same in each channel, and whole numbers make it exact.
    A perceptual distance (CIELAB) would say nothing about stains, infrared or microscope channels shown as RGB.

    Distances are kept for the part of the picture that was needed so far, so that a changed tolerance costs a
    comparison and a fill.

    Args:
        image: (height, width, 3) uint8 RGB, not changed by others while the wand is held.
        at: (x, y) in picture pixels; outside the picture, nothing is like it.
        smooth: standard deviation in pixels of a Gaussian that smooths the picture before colours are compared, so
            that noise neither stops the wand nor leaves holes; 0 for none.
    """

    def __init__(self, image: ImageArray, at: Point, *, smooth: float = 0.0) -> None:
        self._image = image
        self._smooth = smooth
        self._pixel = _pixel(at, image.shape)
        self._box = Box(0, 0, 0, 0)
        self._near: Box | None = None
        self._distances = np.zeros((0, 0), dtype=np.uint8)
        if self._pixel is not None:
            column, row = self._pixel
            colour = self._smoothed(Box(column, row, column + 1, row + 1))[0, 0]
            # (256, 1, 3): the distance of every value of every channel from the colour at the point.
            steps = np.abs(np.arange(256)[:, None, None] - colour.astype(np.int64))
            self._table: npt.NDArray[np.uint8] = steps.astype(np.uint8)

    def region(self, tolerance: int, *, contiguous: bool = True, connectivity: Connectivity = 4) -> Region:
        """Return the pixels like the point.

        Args:
            tolerance: the greatest distance that still counts as alike, 0 (the very same colour) to 255 (all).
            contiguous: only those that hang together with the pixel under the point; else all of the picture.
            connectivity: what hanging together means.
        """
        if self._pixel is None:
            return Region.nowhere()
        shape = self._image.shape
        if not contiguous:
            return Region.of(self._measured(Box(0, 0, shape[1], shape[0])) <= tolerance)
        region = _spread(
            self._pixel, shape, lambda box: self._measured(box) <= tolerance, connectivity, near=self._near
        )
        # The next region will be much like this one.
        self._near = region.box.grown(_REACH // 4)
        return region

    def _measured(self, box: Box) -> npt.NDArray[np.uint8]:
        """Return (box.height, box.width) distances; measure them if they are not at hand."""
        wanted, (height, width) = self._box.united(box), self._image.shape[:2]
        if wanted != self._box:
            # From a quarter on all of it, so that nothing large is measured twice.
            if 4 * wanted.width * wanted.height >= width * height:
                wanted = Box(0, 0, width, height)
            self._box = wanted
            self._distances = np.empty((wanted.height, wanted.width), dtype=np.uint8)
            # In bands that stay in the processor's cache.
            for top in range(0, wanted.height, _BAND):
                band = Box(wanted.left, wanted.top + top, wanted.right, min(wanted.top + top + _BAND, wanted.bottom))
                channels = cv2.split(cv2.LUT(self._smoothed(band), self._table))
                self._distances[top : top + _BAND] = cv2.max(cv2.max(channels[0], channels[1]), channels[2])
        return self._distances[box.moved(-wanted.left, -wanted.top).slices]

    def _smoothed(self, box: Box) -> ImageArray:
        """Return a part of the smoothed picture, the same whichever part is asked for."""
        if self._smooth <= 0:
            return self._image[box.slices]
        reach = math.ceil(3 * self._smooth)
        around = box.grown(reach).clipped(self._image.shape[1], self._image.shape[0])
        side = 2 * reach + 1
        blurred = cv2.GaussianBlur(np.ascontiguousarray(self._image[around.slices]), (side, side), self._smooth)
        return np.asarray(blurred, dtype=np.uint8)[box.moved(-around.left, -around.top).slices]


def _pixel(at: Point, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return (column, row) of the pixel under a point; None outside the picture."""
    column, row = math.floor(at[0]), math.floor(at[1])
    return (column, row) if 0 <= column < shape[1] and 0 <= row < shape[0] else None


def _spread(
    pixel: tuple[int, int],
    shape: tuple[int, ...],
    belongs: Callable[[Box], npt.NDArray[np.bool_]],
    connectivity: Connectivity,
    *,
    near: Box | None = None,
) -> Region:
    """Return the pixels that hang together with one, found in a window that grows as long as its edge is reached.

    Args:
        pixel: (column, row) inside the picture.
        shape: (height, width, …) of the picture.
        belongs: tells for each pixel of a box whether it may belong; the one at ``pixel`` does.
        connectivity: what hanging together means.
        near: what the first window should reach over, if it is known; the answer does not depend on it.
    """
    column, row = pixel
    height, width = shape[:2]
    flags = connectivity | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | 1 << 8
    box = Box(column, row, column + 1, row + 1).grown(_REACH).united(near).clipped(width, height)
    while True:
        allowed = np.ascontiguousarray(belongs(box)).view(np.uint8)
        flooded = np.zeros((box.height + 2, box.width + 2), dtype=np.uint8)
        cv2.floodFill(allowed, flooded, (column - box.left, row - box.top), 1, 0, 0, flags)
        reached = flooded[1:-1, 1:-1].view(np.bool_)
        wider = _widened(box, reached).clipped(width, height)
        if wider == box:
            return Region.of(reached, left=box.left, top=box.top)
        box = wider


def _widened(box: Box, reached: npt.NDArray[np.bool_]) -> Box:
    """Return the box, grown by its own size at every side that was reached: all tries cost twice the last."""
    return Box(
        box.left - box.width * bool(reached[:, 0].any()),
        box.top - box.height * bool(reached[0].any()),
        box.right + box.width * bool(reached[:, -1].any()),
        box.bottom + box.height * bool(reached[-1].any()),
    )
