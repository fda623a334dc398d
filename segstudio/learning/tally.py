"""The figures of an epoch, summed batch by batch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from segstudio.learning import metrics
from segstudio.learning.events import Figures
from segstudio.learning.metrics import Confusion, confusion_matrix


class Tally:
    """Loss and confusion over the pixels that count, so that batches weigh by their pixels.

    Args:
        n_classes: how many classes count.
    """

    def __init__(self, n_classes: int) -> None:
        self._confusion = np.zeros((n_classes, n_classes), dtype=np.int64)
        self._loss = 0.0

    @property
    def confusion(self) -> Confusion:
        """A copy of the pixels so far by truth (row) and prediction (column), by class index."""
        return self._confusion.copy()

    def add(self, targets: npt.NDArray[np.uint8], predicted: npt.NDArray[np.integer], loss: float) -> None:
        """Take in a batch: targets and predicted indices of one shape, and the mean loss of its counted pixels."""
        batch = confusion_matrix(targets, predicted, len(self._confusion))
        counted = int(batch.sum())
        self._confusion += batch
        if counted:
            self._loss += loss * counted

    def figures(self) -> Figures:
        """Return the figures so far; all 0 where no pixel counted."""
        return Figures(
            loss=self._loss / max(int(self._confusion.sum()), 1),
            pixel_accuracy=metrics.pixel_accuracy(self._confusion),
            mean_iou=metrics.mean_iou(self._confusion),
            mean_dice=metrics.mean_dice(self._confusion),
            frequency_weighted_iou=metrics.frequency_weighted_iou(self._confusion),
            class_accuracy=metrics.class_accuracy(self._confusion),
            class_iou=metrics.or_none(metrics.class_ious(self._confusion)),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain data, from which `from_json` goes on to the last bit (R40)."""
        return {"confusion": self._confusion.tolist(), "loss": self._loss}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Tally":
        """Go on from what `to_json` returned.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        tally = cls(len(data["confusion"]))
        tally._confusion += np.asarray(data["confusion"], dtype=np.int64)
        tally._loss = float(data["loss"])
        return tally
