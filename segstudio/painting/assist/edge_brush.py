"""A brush that stops at edges: it paints only what is like the colour that the stroke began on, and joined to it."""

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.painting.brush import Point, covered
from segstudio.painting.regions import Region

_SMOOTHING = 1.0
_LEARNING = 0.1
"""How far the colour follows what the last way was like: light changes along an object, but slowly."""


class EdgeBrush:
    """One stroke of the brush.

    Colours are as far apart as their most different channel is, as for the magic wand.

    Args:
        image: (height, width, 3) uint8 RGB; not changed by others.
        tolerance: the greatest distance from the stroke's colour that still belongs, 0 to 255.
    """

    def __init__(self, image: ImageArray, *, tolerance: int) -> None:
        self._image = image
        self._tolerance = tolerance
        self._colour: npt.NDArray[np.float32] | None = None

    def along(self, start: Point, end: Point, *, diameter: int) -> Region:
        """Return what a round brush paints on a straight way, (x, y) in picture pixels.

        Of the pixels that it covers, those like the stroke's colour that hang together with the way of its middle.
        The first way says what the colour is; later ones change it a little.
        """
        height, width = self._image.shape[:2]
        brush = covered(start, end, diameter=diameter, width=width, height=height)
        middle = covered(start, end, diameter=1, width=width, height=height).within(brush.box)
        if brush.empty or not middle.any():
            return Region.nowhere()
        # A rim, so that smoothing sees the same neighbours whichever box it is asked for.
        around = brush.box.grown(3).clipped(width, height)
        smooth = cv2.GaussianBlur(np.ascontiguousarray(self._image[around.slices]), (7, 7), _SMOOTHING)
        part = np.asarray(smooth, dtype=np.float32)[brush.box.moved(-around.left, -around.top).slices]
        if self._colour is None:
            self._colour = np.median(part[middle], axis=0).astype(np.float32)
        like = brush.inside & (np.abs(part - self._colour).max(axis=2) <= self._tolerance)
        _count, pieces = cv2.connectedComponents(like.view(np.uint8), connectivity=4)
        reached = np.unique(pieces[middle & like])
        painted = like & np.isin(pieces, reached)
        if painted.any():
            mean = part[painted].mean(axis=0)
            self._colour = self._colour + _LEARNING * (mean - self._colour)
        return Region.of(painted, left=brush.box.left, top=brush.box.top)
