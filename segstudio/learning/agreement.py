"""How far a mask and a prediction of one picture agree. No Keras."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.dataset.stored_masks import FileStamp, file_stamp
from segstudio.errors import SegstudioError
from segstudio.learning.metrics import class_ious, confusion_matrix, mean_iou, pixel_accuracy

AGREES, DIFFERS, IGNORED = 0, 1, 2
"""The values of `difference`."""

_NO_CLASS = 65535

_Stamps = tuple[FileStamp | None, FileStamp | None, tuple[ClassInfo, ...]]


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


class PredictionScorer:
    """Compares masks with predictions, and reads a pair again only when one of its files has changed.

    May be used from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[Path, Path], tuple[_Stamps, float | None]] = {}

    def score(self, mask: Path, prediction: Path, classes: ClassList) -> float | None:
        """Return the mean IoU of a prediction and a mask.

        Returns:
            0 to 1; None where a file cannot be read, their sizes differ, or no pixel of the mask is of a class that
            counts.
        """
        stamps = (file_stamp(mask), file_stamp(prediction), classes.counted)
        with self._lock:
            known = self._known.get((mask, prediction))
        if known is not None and known[0] == stamps:
            return known[1]
        score = _mean_iou_of(mask, prediction, classes)
        with self._lock:
            self._known[mask, prediction] = (stamps, score)
        return score


def _mean_iou_of(mask: Path, prediction: Path, classes: ClassList) -> float | None:
    try:
        truth, answer = read_mask(mask), read_mask(prediction)
    except SegstudioError:
        return None
    if truth.shape != answer.shape:
        return None
    agreement = compare(truth, answer, classes)
    return agreement.mean_iou if any(iou is not None for iou in agreement.class_iou.values()) else None


def difference(mask: MaskArray, prediction: MaskArray, classes: ClassList) -> npt.NDArray[np.uint8]:
    """Return (height, width) uint8 of `AGREES`, `DIFFERS` and `IGNORED`."""
    ignored = np.isin(mask, list(classes.ignored_ids))
    return np.where(ignored, IGNORED, (mask != prediction).astype(np.uint8)).astype(np.uint8)
