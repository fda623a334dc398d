"""Which epoch's model is kept, and when it is time to give up."""

from dataclasses import dataclass
from typing import Literal

from segstudio.learning.settings.checks import check_choice, check_range, from_plain

Criterion = Literal["mean_iou", "mean_dice", "frequency_weighted_iou", "pixel_accuracy", "loss"]

CRITERIA: dict[Criterion, str] = {
    "mean_iou": "Mean IoU",
    "mean_dice": "Mean Dice",
    "frequency_weighted_iou": "IoU by frequency",
    "pixel_accuracy": "Pixel accuracy",
    "loss": "Loss",
}
"""What epochs can be compared by, fields of `events.Figures`, and their titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionSettings:
    """What makes an epoch the best: on val, or on train where there is no val.

    Attributes:
        criterion: one of `CRITERIA`; the lowest loss is the best, the highest of all others.
        patience: epochs without a better one after which the run ends; 0 to go on to the last.

    Raises:
        ConfigError: a value is out of range.
    """

    criterion: Criterion = "mean_iou"
    patience: int = 0

    def __post_init__(self) -> None:
        check_choice("figure to compare epochs by", self.criterion, CRITERIA)
        check_range("patience", self.patience, 0, 100_000)

    @classmethod
    def from_json(cls, data: object) -> "SelectionSettings":
        """Read what ``dataclasses.asdict`` wrote.

        Raises:
            ConfigError, TypeError: it makes no sense.
        """
        return from_plain(cls, data)

    def is_better(self, figure: float, best: float | None) -> bool:
        """Return whether a figure is better than the best so far (None for none)."""
        return best is None or (figure < best if self.criterion == "loss" else figure > best)
