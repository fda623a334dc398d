"""How weights follow their gradients, and how fast."""

from dataclasses import dataclass
from typing import Literal

from segstudio.learning.settings.checks import check_choice, check_range, from_plain

OptimizerName = Literal["adamw", "adam", "sgd"]
ScheduleName = Literal["cosine", "poly", "constant", "plateau"]

OPTIMIZERS: dict[OptimizerName, str] = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD with momentum"}
"""The optimizers, and their titles."""

SCHEDULES: dict[ScheduleName, str] = {
    "cosine": "Falls as a cosine",
    "poly": "Falls as a power of 0.9",
    "constant": "Stays",
    "plateau": "Falls when val stops getting better",
}
"""What the learning rate does after the warm-up, and the titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizationSettings:
    """Optimizer and learning rate schedule; the peak of the rate is `TrainingConfig.learning_rate`.

    Attributes:
        optimizer: one of `OPTIMIZERS`.
        schedule: one of `SCHEDULES`.
        warm_up: share of the run's steps in which the rate rises from a twentieth to its peak.
        weight_decay: of AdamW, and of SGD; Adam has none.
        momentum: of SGD.
        accumulation: batches whose gradients are averaged before the weights follow: as a larger batch in less memory.

    Raises:
        ConfigError: a value is out of range.
    """

    optimizer: OptimizerName = "adamw"
    schedule: ScheduleName = "cosine"
    warm_up: float = 0.08
    weight_decay: float = 1e-4
    momentum: float = 0.9
    accumulation: int = 1

    def __post_init__(self) -> None:
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_choice("learning rate schedule", self.schedule, SCHEDULES)
        check_range("warm-up", self.warm_up, 0.0, 0.9)
        check_range("weight decay", self.weight_decay, 0.0, 1.0)
        check_range("momentum", self.momentum, 0.0, 0.999)
        check_range("accumulation", self.accumulation, 1, 1024)

    @classmethod
    def from_json(cls, data: object) -> "OptimizationSettings":
        """Read what ``dataclasses.asdict`` wrote.

        Raises:
            ConfigError, TypeError: it makes no sense.
        """
        return from_plain(cls, data)
