"""A run as the Train page shows it."""

from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.learning.config import TrainingConfig
from segstudio.learning.curves import Curves


@dataclass(frozen=True, slots=True)
class ShownRun:
    """One of the runs that are looked at.

    Attributes:
        name: what it is called.
        config: its settings.
        classes: the classes it learns, ignored ones included.
        curves: what is known of it; grows while it trains.
        folder: where it is; None while a run that was asked for has none yet.
    """

    name: str
    config: TrainingConfig
    classes: ClassList
    curves: Curves
    folder: Path | None = None

    @property
    def counted(self) -> tuple[ClassInfo, ...]:
        """The classes in the order of `Figures.class_iou`."""
        return self.classes.counted
