"""Colours as people tell them apart, and what is alike."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_CLUSTERS = 3

_SCATTER, _AT_LEAST = 3.0, 2.0
"""Alike is what lies within so many median scatters of a cluster, and at least so far in Lab."""


def lab_colours(image: ImageArray) -> Floats:
    """Return (height, width, 3) CIE Lab, lightness 0 to 100, of RGB freed of single-pixel noise by a 3 x 3 median."""
    calm = cv2.medianBlur(np.ascontiguousarray(image), 3)
    return np.asarray(cv2.cvtColor(calm.astype(np.float32) * np.float32(1 / 255), cv2.COLOR_RGB2LAB))


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """A few clusters of colours, so that a textured surface has room in them.

    Attributes:
        samples: (n, 3) Lab, one or more.
        clusters: (k, 3) Lab, their centres by k-means.
        near: how far from a cluster is still alike, by the scatter of the samples.
    """

    samples: Floats
    clusters: Floats
    near: float

    @classmethod
    def of(cls, samples: Floats) -> "Palette":
        """Return the palette of (n, 3) Lab, n of 1 or more."""
        count = min(_CLUSTERS, len(samples))
        # A fixed seed, which counts for this thread only: the same samples make the same clusters.
        cv2.setRNGSeed(0)
        criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 8, 0.5)
        _, _, clusters = cv2.kmeans(samples, count, np.empty(0), criteria, 1, cv2.KMEANS_PP_CENTERS)
        centres = np.asarray(clusters, dtype=np.float32)
        scatter = float(np.median(_distance(samples, centres)))
        return cls(samples, centres, max(_AT_LEAST, _SCATTER * scatter))

    def distance(self, colours: Floats) -> Floats:
        """Return (…) how far colours (…, 3) are from the nearest cluster."""
        return _distance(colours, self.clusters)


def some_of(samples: Floats, count: int) -> Floats:
    """Return at least ``count`` samples, less than twice as many, taken evenly; all where there are not more."""
    return np.ascontiguousarray(samples[:: max(1, len(samples) // count)])


def connected_with(pixels: Mask, stem: Mask) -> Mask:
    """Return the pixels that hang on to the stem; over corners they do not, so that a thin slanted line holds."""
    _, parts = cv2.connectedComponents(pixels.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
    kept = np.zeros(int(parts.max()) + 1, dtype=np.bool_)
    kept[parts[stem]] = True
    kept[0] = False
    return np.asarray(kept[parts], dtype=np.bool_)


def _distance(colours: Floats, clusters: Floats) -> Floats:
    nearest: Floats | None = None
    for cluster in clusters:
        apart = colours - cluster
        squared = np.einsum("...c,...c->...", apart, apart)
        nearest = squared if nearest is None else np.minimum(nearest, squared, out=nearest)
    return np.sqrt(nearest if nearest is not None else np.zeros(colours.shape[:-1], dtype=np.float32))
