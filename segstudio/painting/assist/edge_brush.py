"""A brush that stops at edges: of what it covers, it keeps what looks like the middle of the stroke and hangs on to it.

The colours of a stroke are a few clusters (k-means in CIE Lab) of what lay under the middle of the brush, so that a
textured surface has room in them. What counts as alike follows the scatter of these colours, and where the covered
pixels fall into two groups, the border runs half-way between them (Otsu: A threshold selection method from gray-level
histograms, 1979).
"""

import cv2
import numpy as np

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.colours import Floats, Mask, Palette, connected_with, lab_colours, some_of
from segstudio.painting.boxes import Box
from segstudio.painting.brush import BrushShape, Point, covered
from segstudio.painting.regions import Region

_REMEMBERED, _TAKEN = 150, 100
"""Colours of the middle that make the clusters, and how many a movement adds."""

_MIDDLE, _SEED = 0.4, 0.1
"""Parts of the diameter: where colours are learned, and what is looked at to know which side was meant."""

_WIDEST = 7
"""Pixels of the middle at most: below a large brush lie several things, and only the one under the cursor is meant."""

_FURTHEST = 2.0
"""Where the covered pixels fall into two groups, alike may be what is so many times as far as by scatter alone."""

_EDGE = 2.0
"""Groups of pixels whose middle is nearer in Lab are not told apart."""

_SPECK = 0.02
"""Gaps up to this part of the squared diameter are noise or texture, and filled."""


class EdgeBrush:
    """One stroke of a brush that stops at edges; it follows slow changes of colour, as in shade.

    Args:
        image: (height, width, 3) uint8 RGB, the whole picture.
        tolerance: how unlike a pixel may be: 1 is right for most, 2 is twice as generous.
    """

    def __init__(self, image: ImageArray, *, tolerance: float = 1.0) -> None:
        self._image = image
        self._tolerance = tolerance
        self._palette: Palette | None = None
        self._reach = 0.0

    def along(self, start: Point, end: Point, *, diameter: int, shape: BrushShape = "round") -> Region:
        """Return what the brush paints on a straight way: a part of what it covers.

        Args:
            start: where the cursor was; at the first call, where it was pressed.
            end: where it is; the same for a dab.
            diameter: of the brush, or the side of a square one, in pixels; it may change within a stroke.
            shape: of the brush.

        Returns:
            The pixels alike that are connected with the way of the brush's centre; none where that way lies outside
            the picture or over colours unlike those of the stroke so far.
        """
        height, width = self._image.shape[:2]
        region = covered(start, end, diameter=diameter, width=width, height=height, shape=shape)
        # The margin is for the median filter.
        box = region.box.grown(2).clipped(width, height)
        inside, way = region.within(box), self._covered(start, end, 1, box)
        if not (inside & way).any():
            return Region.nowhere()
        colours = lab_colours(self._image[box.slices])
        palette = self._learned(colours, start, end, diameter, box)
        distance = palette.distance(colours)
        self._reach = self._tolerance * _reach(distance[inside], palette.near)
        stem = self._covered(start, end, max(1, round(diameter * _SEED)), box)
        alike = connected_with(inside & (distance <= self._reach), stem)
        if not alike.any():
            return Region.nowhere()
        return Region.of(_filled(alike, inside, round(_SPECK * diameter**2)), left=box.left, top=box.top)

    def _covered(self, start: Point, end: Point, diameter: int, box: Box) -> Mask:
        height, width = self._image.shape[:2]
        return covered(start, end, diameter=diameter, width=width, height=height).within(box)

    def _learned(self, colours: Floats, start: Point, end: Point, diameter: int, box: Box) -> Palette:
        """Take the colours under the middle of the brush into account, and return those of the stroke."""
        across = max(1, min(round(diameter * _MIDDLE), _WIDEST))
        middle = self._covered(start, end, across, box)
        if self._palette is None:
            seed = self._covered(start, start, max(3, round(diameter * _SEED)), box)
            if not seed.any():
                # Pressed outside the picture.
                seed = self._covered(start, end, 1, box)
            middle = _own_side(colours, middle, np.median(colours[seed], axis=0), across)
            self._palette = Palette.of(some_of(colours[middle if middle.any() else seed], _TAKEN))
        else:
            self._palette = _joined(self._palette, some_of(colours[middle], _TAKEN), self._reach)
        return self._palette


def _joined(palette: Palette, samples: Floats, within: float) -> Palette:
    """Return the palette with those of some samples that are alike; the oldest are forgotten."""
    alike = samples[palette.distance(samples) <= within]
    return Palette.of(np.concatenate([palette.samples, alike])[-_REMEMBERED:]) if len(alike) else palette


def _own_side(colours: Floats, middle: Mask, seed: Floats, diameter: int) -> Mask:
    """Return the part of the middle on the same side of an edge as the seed, where an edge runs through it."""
    distance = np.sqrt(np.square(colours - seed).sum(axis=-1))
    border, separation = _two_groups(distance[middle])
    far = middle & (distance > border)
    if separation < 0.8 or border < _EDGE or not far.any():
        return middle
    # The other side of an edge lies together; the darker and brighter specks of a texture do not.
    side = max(3, diameter // 6 * 2 + 1)
    density = cv2.blur(far.astype(np.float32), (side, side)) / np.maximum(
        cv2.blur(middle.astype(np.float32), (side, side)), 1e-6
    )
    together = diameter < 8 or float((density[far] > 0.5).mean()) > 0.85
    return middle & ~far if together else middle


def _two_groups(values: Floats) -> tuple[float, float]:
    """Return the middle between two groups of values, and which part of the variance lies between the groups.

    A single bell has 0.64 of it, evenly spread values 0.75, two groups apart more.
    """
    top = float(values.max(initial=0.0))
    if top <= 0:
        return 0.0, 0.0
    levels = np.minimum(values * (255 / top), 255).astype(np.uint8)
    threshold, _ = cv2.threshold(levels.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    low = levels <= threshold
    share = float(low.mean())
    if share in (0.0, 1.0):
        return top, 0.0
    near, away = float(levels[low].mean()), float(levels[~low].mean())
    return (near + away) / 2 * top / 255, share * (1 - share) * (away - near) ** 2 / float(levels.var())


def _reach(distances: Floats, near: float) -> float:
    return min(max(near, _two_groups(distances)[0]), _FURTHEST * near)


def _filled(pixels: Mask, inside: Mask, largest: int) -> Mask:
    """Return the pixels and the gaps of up to so many pixels between them or at the brush's rim."""
    _, gaps, figures, _ = cv2.connectedComponentsWithStats((inside & ~pixels).astype(np.uint8), connectivity=4)
    small = figures[:, cv2.CC_STAT_AREA] <= largest
    small[0] = False
    return np.asarray(pixels | small[gaps], dtype=np.bool_)
