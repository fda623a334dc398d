"""Figures from a confusion matrix that grows picture by picture. numpy only."""

import numpy as np
import numpy.typing as npt

Confusion = npt.NDArray[np.int64]
"""(classes, classes): pixels by truth (row) and prediction (column)."""


def confusion_matrix(truth: npt.NDArray[np.integer], prediction: npt.NDArray[np.integer], n_classes: int) -> Confusion:
    """Count pixels by truth and prediction.

    Args:
        truth: class indices of any shape; those that are ``n_classes`` or more are ignored.
        prediction: class indices of the same shape, all below ``n_classes``.
        n_classes: how many classes there are.

    Returns:
        (n_classes, n_classes) int64.
    """
    counted = truth < n_classes
    pairs = truth[counted].astype(np.int64) * n_classes + prediction[counted]
    return np.bincount(pairs, minlength=n_classes * n_classes).reshape(n_classes, n_classes)


def class_ious(confusion: Confusion) -> npt.NDArray[np.float64]:
    """Return intersection over union a class; NaN for classes in neither truth nor prediction (R35)."""
    overlap = np.diag(confusion).astype(np.float64)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - overlap
    return np.asarray(np.divide(overlap, union, out=np.full_like(overlap, np.nan), where=union > 0), dtype=np.float64)


def mean_iou(confusion: Confusion) -> float:
    """Return the mean of `class_ious` over the classes that occur in truth or prediction; 0 if none does (R35)."""
    ious = class_ious(confusion)
    return float(np.nanmean(ious)) if np.isfinite(ious).any() else 0.0


def pixel_accuracy(confusion: Confusion) -> float:
    """Return the share of counted pixels that are right; 0 if none is counted."""
    total = int(confusion.sum())
    return float(np.trace(confusion)) / total if total else 0.0


def frequency_weighted_iou(confusion: Confusion) -> float:
    """Return the mean of `class_ious` weighted by how many pixels a class has in the truth."""
    total = int(confusion.sum())
    if not total:
        return 0.0
    return float(np.nansum(class_ious(confusion) * confusion.sum(axis=1)) / total)
