"""The figures of an epoch, summed batch by batch."""

import numpy as np
import numpy.typing as npt

from segstudio.learning.events import Figures
from segstudio.learning.metrics import confusion_matrix, mean_iou, pixel_accuracy
from segstudio.learning.targets import IGNORED_TARGET


class Tally:
    """Loss and confusion over the pixels that count, so that batches weigh by their pixels.

    Args:
        n_classes: how many classes count.
    """

    def __init__(self, n_classes: int) -> None:
        self._confusion = np.zeros((n_classes, n_classes), dtype=np.int64)
        self._loss = 0.0
        self._pixels = 0

    def add(self, targets: npt.NDArray[np.uint8], predicted: npt.NDArray[np.integer], loss: float) -> None:
        """Take in a batch: targets and predicted indices of one shape, and the mean loss of its counted pixels."""
        counted = int(np.count_nonzero(targets != IGNORED_TARGET))
        self._confusion += confusion_matrix(targets, predicted, len(self._confusion))
        self._loss += loss * counted
        self._pixels += counted

    def figures(self) -> Figures:
        """Return the figures so far; all 0 where no pixel counted."""
        return Figures(
            loss=self._loss / max(self._pixels, 1),
            pixel_accuracy=pixel_accuracy(self._confusion),
            mean_iou=mean_iou(self._confusion),
        )
