"""Figures from a confusion matrix that grows picture by picture. numpy only.

Every figure is a float from 0 to 1; 0 where no pixel counts.
"""

import numpy as np
import numpy.typing as npt

Confusion = npt.NDArray[np.int64]
"""(classes, classes): pixels by truth (row) and prediction (column)."""

ByClass = npt.NDArray[np.float64]
"""(classes,) float64; NaN for classes that have no such figure."""


def confusion_matrix(truth: npt.NDArray[np.integer], prediction: npt.NDArray[np.integer], n_classes: int) -> Confusion:
    """Count pixels by truth and prediction.

    Args:
        truth: class indices of any shape; those that are ``n_classes`` or more are ignored.
        prediction: class indices of the same shape, all below ``n_classes`` where the truth is not ignored.
        n_classes: how many classes there are.

    Returns:
        (n_classes, n_classes) int64.
    """
    # Ignored pixels are counted in rows behind the matrix: picking the others out would take longer than counting.
    rows = np.minimum(truth, n_classes).astype(np.intp).ravel()
    rows *= n_classes
    rows += prediction.ravel()
    matrix = np.bincount(rows, minlength=n_classes * n_classes)[: n_classes * n_classes]
    return matrix.reshape(n_classes, n_classes)


def class_ious(confusion: Confusion) -> ByClass:
    """Return intersection over union a class; NaN for classes in neither truth nor prediction (R35)."""
    overlap = np.diag(confusion)
    return _through(overlap, confusion.sum(axis=0) + confusion.sum(axis=1) - overlap)


def class_dices(confusion: Confusion) -> ByClass:
    """Return the Dice coefficient (F1) a class, 2 IoU / (1 + IoU); NaN for classes in neither truth nor prediction."""
    return _through(2 * np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1))


def class_recalls(confusion: Confusion) -> ByClass:
    """Return which share of the pixels of each class is right; NaN for classes that the truth does not have."""
    return _through(np.diag(confusion), confusion.sum(axis=1))


def mean_iou(confusion: Confusion) -> float:
    """Return the mean of `class_ious` over the classes that occur in truth or prediction (R35)."""
    return _mean(class_ious(confusion))


def mean_dice(confusion: Confusion) -> float:
    """Return the mean of `class_dices` over the classes that occur in truth or prediction (R35)."""
    return _mean(class_dices(confusion))


def class_accuracy(confusion: Confusion) -> float:
    """Return the mean of `class_recalls` over the classes that occur in the truth ("balanced accuracy")."""
    return _mean(class_recalls(confusion))


def pixel_accuracy(confusion: Confusion) -> float:
    """Return the share of counted pixels that are right."""
    total = int(confusion.sum())
    return float(np.trace(confusion)) / total if total else 0.0


def frequency_weighted_iou(confusion: Confusion) -> float:
    """Return the mean of `class_ious` weighted by how many pixels a class has in the truth.

    Source:
        Long, Shelhamer and Darrell, "Fully Convolutional Networks", CVPR 2015, arXiv:1411.4038.
    """
    total = int(confusion.sum())
    if not total:
        return 0.0
    return float(np.nansum(class_ious(confusion) * confusion.sum(axis=1)) / total)


def or_none(figures: ByClass) -> tuple[float | None, ...]:
    """Return figures by class as plain data: None for NaN."""
    return tuple(None if np.isnan(figure) else float(figure) for figure in figures)


def _through(numbers: Confusion, by: Confusion) -> ByClass:
    quotient: ByClass = np.full(len(numbers), np.nan)
    np.divide(numbers, by, out=quotient, where=by > 0)
    return quotient


def _mean(figures: ByClass) -> float:
    return float(np.nanmean(figures)) if np.isfinite(figures).any() else 0.0
