"""The curves of a run, gathered event by event; live and from a run folder alike. No Keras."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from segstudio.learning.events import BatchEnded, EpochEnded, Event, Figures

Figure = Literal["loss", "pixel_accuracy", "mean_iou"]
Points = tuple[list[float], list[float]]
"""x and y of the points of a curve."""


@dataclass(slots=True)
class Curves:
    """What there is to draw of a run.

    Attributes:
        steps: the numbers of the steps whose loss is known.
        losses: their losses.
        epochs: the complete epochs.
    """

    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    epochs: list[EpochEnded] = field(default_factory=list)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Curves":
        """Gather the curves of events, oldest first."""
        curves = cls()
        for event in events:
            curves.add(event)
        return curves

    def add(self, event: Event) -> bool:
        """Take in what one event tells; return whether a curve has grown."""
        match event:
            case BatchEnded():
                self.steps.append(event.step)
                self.losses.append(event.loss)
            case EpochEnded():
                self.epochs.append(event)
            case _:
                return False
        return True

    def by_step(self) -> Points:
        """Return the loss by step."""
        return [float(step) for step in self.steps], self.losses

    def by_epoch(self, figure: Figure, *, val: bool) -> Points:
        """Return a figure by epoch, on train or on val; epochs without val have no point."""
        found = [(epoch.epoch, epoch.val if val else epoch.train) for epoch in self.epochs]
        known: list[tuple[int, Figures]] = [(number, figures) for number, figures in found if figures is not None]
        return [float(number) for number, _ in known], [float(getattr(figures, figure)) for _, figures in known]
