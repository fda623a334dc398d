"""What training makes small."""

from dataclasses import dataclass
from typing import Literal

from segstudio.learning.settings.checks import ConfigError, check_choice, check_range, from_plain

LossName = Literal["cross_entropy", "cross_entropy_dice", "dice", "focal", "lovasz"]
ClassWeighting = Literal["none", "median_frequency", "inverse_frequency", "by_hand"]

LOSSES: dict[LossName, str] = {
    "cross_entropy": "Cross-entropy",
    "cross_entropy_dice": "Cross-entropy + Dice",
    "dice": "Dice",
    "focal": "Focal",
    "lovasz": "Lovász-softmax",
}
"""The losses, and their titles."""

CLASS_WEIGHTINGS: dict[ClassWeighting, str] = {
    "none": "All alike",
    "median_frequency": "Rare classes more: median frequency",
    "inverse_frequency": "Rare classes much more: inverse frequency",
    "by_hand": "Set by hand",
}
"""The ways in which classes are weighted, and their titles."""

HEAVIEST = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSettings:
    """Which loss, and what a class weighs in it.

    Attributes:
        name: one of `LOSSES`.
        class_weighting: one of `CLASS_WEIGHTINGS`; the frequencies are those of the run's own train samples.
        weights: (class id, weight) pairs for ``by_hand``; classes that are not named weigh 1.
        focus: gamma of the focal loss: 0 is cross-entropy, more looks more at pixels that are still wrong.

    Raises:
        ConfigError: a value is out of range.
    """

    name: LossName = "cross_entropy"
    class_weighting: ClassWeighting = "none"
    weights: tuple[tuple[int, float], ...] = ()
    focus: float = 2.0

    def __post_init__(self) -> None:
        check_choice("loss", self.name, LOSSES)
        check_choice("class weighting", self.class_weighting, CLASS_WEIGHTINGS)
        check_range("focus of the loss", self.focus, 0.0, 10.0)
        for _class_id, weight in self.weights:
            check_range("weight of a class", weight, 0.0, HEAVIEST)
        if self.class_weighting == "by_hand" and self.weights and not any(weight for _, weight in self.weights):
            raise ConfigError("Every class that is weighted by hand weighs 0. Give at least one a weight above 0.")

    @classmethod
    def from_json(cls, data: object) -> "LossSettings":
        """Read what ``dataclasses.asdict`` wrote, lists for pairs.

        Raises:
            ConfigError, TypeError, ValueError: it makes no sense.
        """
        if isinstance(data, dict) and "weights" in data:
            data = {**data, "weights": tuple((int(name), float(weight)) for name, weight in data["weights"])}
        return from_plain(cls, data)
