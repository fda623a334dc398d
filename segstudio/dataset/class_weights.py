"""Class weights that an imbalance of pixels suggests, to be put into a loss."""

import numpy as np
import numpy.typing as npt

from segstudio.dataset.survey import SplitStatistics

Weights = npt.NDArray[np.float64]
"""(classes,) float64; NaN for classes without pixels, and for ignored ones."""

Counts = npt.NDArray[np.int64]
"""(masks, classes) int64: pixels of each class in each mask; 0 for ignored classes."""


def median_frequency(counts: Counts) -> Weights:
    """Return median frequency balancing: the median of all frequencies through the frequency of the class.

    The frequency of a class is its share of the pixels of those pictures in which it occurs; pixels of ignored classes
    count nowhere. Eigen & Fergus, "Predicting Depth, Surface Normals and Semantic Labels with a Common Multi-Scale
    Convolutional Architecture", ICCV 2015.
    """
    of_mask = counts.sum(axis=1)
    room = ((counts > 0) * of_mask[:, None]).sum(axis=0)
    frequency = _through(counts.sum(axis=0), room)
    frequency[frequency == 0] = np.nan
    if np.isnan(frequency).all():
        return frequency
    return np.asarray(np.nanmedian(frequency) / frequency)


def inverse_frequency(counts: Counts) -> Weights:
    """Return inverse frequency: pixels / (classes that occur × pixels of the class). A pixel weighs 1 on average.

    The heuristic "balanced" of scikit-learn, after King & Zeng, "Logistic Regression in Rare Events Data", 2001.
    """
    pixels = counts.sum(axis=0)
    occurring = np.count_nonzero(pixels)
    return _through(np.full(len(pixels), pixels.sum(), dtype=np.int64), pixels * occurring)


def median_frequency_weights(statistics: SplitStatistics) -> Weights:
    """Return `median_frequency` of a split, in the order of `SplitStatistics.classes`."""
    return median_frequency(statistics.by_mask * statistics.counted)


def inverse_weights(statistics: SplitStatistics) -> Weights:
    """Return `inverse_frequency` of a split, in the order of `SplitStatistics.classes`."""
    return inverse_frequency(statistics.by_mask * statistics.counted)


def _through(numbers: npt.NDArray[np.int64], by: npt.NDArray[np.int64]) -> Weights:
    quotient: Weights = np.full(len(numbers), np.nan)
    np.divide(numbers, by, out=quotient, where=by > 0)
    return quotient
