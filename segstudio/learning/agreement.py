"""How far a mask and a prediction of one picture agree. No Keras."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassList
from segstudio.dataset.masks import MaskArray
from segstudio.learning.metrics import class_ious, confusion_matrix, mean_iou, pixel_accuracy

AGREES, DIFFERS, IGNORED = 0, 1, 2
"""The values of `difference`."""

_NO_CLASS = 65535


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures of one picture, over the pixels whose mask is of a class that counts.

    Attributes:
        class_iou: by class id; None where the class is in neither mask nor prediction (R35).
        mean_iou: over the classes that occur.
        pixel_accuracy: share of the pixels that are right.
    """

    class_iou: Mapping[int, float | None]
    mean_iou: float
    pixel_accuracy: float


def compare(mask: MaskArray, prediction: MaskArray, classes: ClassList) -> Agreement:
    """Measure a prediction against a mask, both (height, width) of ids; ids that no class has are left out."""
    counted = classes.counted
    indices = np.full(65536, _NO_CLASS, dtype=np.uint16)
    for index, entry in enumerate(counted):
        indices[entry.id] = index
    truth, answer = indices[mask], indices[prediction]
    truth = np.where(answer == _NO_CLASS, _NO_CLASS, truth)
    confusion = confusion_matrix(truth, answer, len(counted))
    ious = class_ious(confusion)
    by_id = {entry.id: None if np.isnan(iou) else float(iou) for entry, iou in zip(counted, ious, strict=True)}
    return Agreement(by_id, mean_iou(confusion), pixel_accuracy(confusion))


def difference(mask: MaskArray, prediction: MaskArray, classes: ClassList) -> npt.NDArray[np.uint8]:
    """Return (height, width) uint8 of `AGREES`, `DIFFERS` and `IGNORED`."""
    ignored = np.isin(mask, list(classes.ignored_ids))
    return np.where(ignored, IGNORED, (mask != prediction).astype(np.uint8)).astype(np.uint8)
