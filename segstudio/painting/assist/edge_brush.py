"""A brush that stops at edges: of what it covers, it keeps what looks like the middle of the stroke and hangs on to it.

The colours of a stroke are a few clusters (k-means in CIE Lab) of what lay under the middle of the brush, so that a
textured surface has room in them. What counts as alike follows the scatter of these colours, and where the covered
pixels fall into two groups, the border runs half-way between them (Otsu: A threshold selection method from gray-level
histograms, 1979).
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.colours import lab_colours
from segstudio.painting.boxes import Box
from segstudio.painting.brush import BrushShape, Point, covered
from segstudio.painting.regions import Region

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_CLUSTERS = 3

_REMEMBERED, _TAKEN = 150, 100
"""Colours of the middle that make the clusters, and how many a movement adds."""

_MIDDLE, _SEED = 0.4, 0.1
"""Parts of the diameter: where colours are learned, and what is looked at to know which side was meant."""

_SCATTER, _AT_LEAST, _AT_MOST = 3.0, 2.0, 2.0
"""Alike is what lies within so many median scatters, at least so far in Lab, and at most so many times that."""

_SPECK = 0.02
"""Gaps up to this part of the squared diameter are noise or texture, and filled."""


@dataclass(frozen=True, slots=True, eq=False)
class _Colours:
    """What the middle of a stroke looks like.

    Attributes:
        samples: (n, 3) Lab.
        clusters: (k, 3) Lab, their centres.
        scatter: median distance of a sample from its cluster.
    """

    samples: Floats
    clusters: Floats
    scatter: float

    @classmethod
    def of(cls, samples: Floats) -> "_Colours":
        count = min(_CLUSTERS, len(samples))
        # A fixed seed, which counts for this thread only: the same stroke paints the same pixels.
        cv2.setRNGSeed(0)
        criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 0.5)
        _, _, clusters = cv2.kmeans(samples, count, np.empty(0), criteria, 1, cv2.KMEANS_PP_CENTERS)
        centres = np.asarray(clusters, dtype=np.float32)
        return cls(samples, centres, float(np.median(_distance(samples, centres))))

    def joined(self, samples: Floats, within: float) -> "_Colours":
        """Return the colours with those of some samples that are alike; the oldest are forgotten."""
        alike = samples[_distance(samples, self.clusters) <= within]
        return _Colours.of(np.concatenate([self.samples, alike])[-_REMEMBERED:]) if len(alike) else self


class EdgeBrush:
    """One stroke of a brush that stops at edges; it follows slow changes of colour, as in shade.

    Args:
        image: (height, width, 3) uint8 RGB, the whole picture.
        tolerance: how unlike a pixel may be: 1 is right for most, 2 is twice as generous.
    """

    def __init__(self, image: ImageArray, *, tolerance: float = 1.0) -> None:
        self._image = image
        self._tolerance = tolerance
        self._colours: _Colours | None = None
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
        model = self._learned(colours, start, end, diameter, box)
        distance = _distance(colours, model.clusters)
        self._reach = self._tolerance * _reach(distance[inside], model.scatter)
        stem = self._covered(start, end, max(1, round(diameter * _SEED)), box)
        alike = _connected(inside & (distance <= self._reach), stem)
        if not alike.any():
            return Region.nowhere()
        return Region.of(_filled(alike, inside, round(_SPECK * diameter**2)), left=box.left, top=box.top)

    def _covered(self, start: Point, end: Point, diameter: int, box: Box) -> Mask:
        height, width = self._image.shape[:2]
        return covered(start, end, diameter=diameter, width=width, height=height).within(box)

    def _learned(self, colours: Floats, start: Point, end: Point, diameter: int, box: Box) -> _Colours:
        """Take the colours under the middle of the brush into account, and return those of the stroke."""
        across = max(1, round(diameter * _MIDDLE))
        middle = self._covered(start, end, across, box)
        if self._colours is None:
            seed = self._covered(start, start, max(3, round(diameter * _SEED)), box)
            if not seed.any():
                # Pressed outside the picture.
                seed = self._covered(start, end, 1, box)
            middle = _own_side(colours, middle, np.median(colours[seed], axis=0), across)
            self._colours = _Colours.of(_some(colours[middle if middle.any() else seed]))
        else:
            self._colours = self._colours.joined(_some(colours[middle]), self._reach)
        return self._colours


def _some(samples: Floats) -> Floats:
    return np.ascontiguousarray(samples[:: max(1, len(samples) // _TAKEN)])


def _distance(colours: Floats, clusters: Floats) -> Floats:
    """Return (…) the distance of colours (…, 3) from the nearest cluster."""
    nearest: Floats | None = None
    for cluster in clusters:
        apart = colours - cluster
        squared = np.einsum("...c,...c->...", apart, apart)
        nearest = squared if nearest is None else np.minimum(nearest, squared, out=nearest)
    return np.sqrt(nearest if nearest is not None else np.zeros(colours.shape[:-1], dtype=np.float32))


def _own_side(colours: Floats, middle: Mask, seed: Floats, diameter: int) -> Mask:
    """Return the part of the middle on the same side of an edge as the seed, where an edge runs through it."""
    distance = np.sqrt(np.square(colours - seed).sum(axis=-1))
    border, separation = _two_groups(distance[middle])
    far = middle & (distance > border)
    if separation < 0.8 or border < _AT_LEAST or not far.any():
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


def _reach(distances: Floats, scatter: float) -> float:
    near = max(_AT_LEAST, _SCATTER * scatter)
    return min(max(near, _two_groups(distances)[0]), _AT_MOST * near)


def _connected(pixels: Mask, way: Mask) -> Mask:
    """Return the pixels that hang on to the way; over corners they do not, so that a thin slanted line holds."""
    _, parts = cv2.connectedComponents(pixels.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    kept = np.zeros(int(parts.max()) + 1, dtype=np.bool_)
    kept[parts[way]] = True
    kept[0] = False
    return np.asarray(kept[parts], dtype=np.bool_)


def _filled(pixels: Mask, inside: Mask, largest: int) -> Mask:
    """Return the pixels and the gaps of up to so many pixels between them or at the brush's rim."""
    _, gaps, figures, _ = cv2.connectedComponentsWithStats((inside & ~pixels).astype(np.uint8), connectivity=4)
    small = figures[:, cv2.CC_STAT_AREA] <= largest
    small[0] = False
    return np.asarray(pixels | small[gaps], dtype=np.bool_)
