"""The curves of a run, gathered event by event; live and from a run folder alike. No Keras."""

import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from segstudio.learning.events import BatchEnded, EpochEnded, Event, Figures, RunStarted, SampleSaved
from segstudio.learning.runs import read_events

Figure = (
    Literal["loss", "mean_iou", "mean_dice", "frequency_weighted_iou", "pixel_accuracy", "class_accuracy"]
    | Literal["learning_rate", "step_loss"]
    | int
)
"""What can be drawn: a field of `Figures`, the rate, the loss of single steps, or the IoU of a class by its index."""

FIGURES: dict[Figure, str] = {
    "loss": "Loss",
    "step_loss": "Loss of single steps",
    "mean_iou": "Mean IoU",
    "mean_dice": "Mean Dice",
    "frequency_weighted_iou": "IoU by frequency",
    "pixel_accuracy": "Pixel accuracy",
    "class_accuracy": "Class accuracy",
    "learning_rate": "Learning rate",
}
"""The figures but those of single classes, and their titles."""

Axis = Literal["epoch", "step", "minutes"]

AXES: dict[Axis, str] = {"epoch": "Epochs", "step": "Steps", "minutes": "Minutes"}
"""What curves can be drawn over, and the titles."""

Numbers = npt.NDArray[np.float64]
Points = tuple[Numbers, Numbers]
"""x and y of the points of a curve."""

_LINES_PER_REST = 2_000
_REST_SECONDS = 0.001


@dataclass(slots=True)
class Curves:
    """What there is to draw of a run.

    Attributes:
        batches: steps an epoch has; 0 while that is not known.
        steps: the numbers of the steps whose loss is known.
        losses: their losses.
        epochs: the complete epochs.
        samples: paths of sample predictions, relative to the run's folder, by epoch and sample.
    """

    batches: int = 0
    steps: "array[float]" = field(default_factory=lambda: array("d"))
    losses: "array[float]" = field(default_factory=lambda: array("d"))
    epochs: list[EpochEnded] = field(default_factory=list)
    samples: dict[int, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Curves":
        """Gather the curves of events, oldest first."""
        curves = cls()
        for event in events:
            curves.add(event)
        return curves

    def add(self, event: Event) -> bool:
        """Take in what one event tells; return whether a curve has grown.

        A run that was killed goes on from its last checkpoint: what it tells anew takes the place of what it told.
        """
        match event:
            case BatchEnded():
                if self.is_known(event):
                    self._forget_steps(event.step)
                self.steps.append(event.step)
                self.losses.append(event.loss)
            case EpochEnded():
                self._forget_epochs(event.epoch)
                self.epochs.append(event)
            case RunStarted():
                self.batches = event.batches
                self._forget_epochs(event.epoch + 1)
            case SampleSaved():
                self.samples.setdefault(event.epoch, {})[event.sample] = event.path
                return False
            case _:
                return False
        return True

    def is_known(self, event: Event) -> bool:
        """Say whether an event, or a later one of its kind, was taken in before."""
        match event:
            case BatchEnded():
                return bool(self.steps) and event.step <= self.steps[-1]
            case EpochEnded():
                return bool(self.epochs) and event.epoch <= self.epochs[-1].epoch
        return False

    def points(self, figure: Figure, *, val: bool, axis: Axis = "epoch") -> Points:
        """Return a curve on train or on val; what has no value has no point. Steps and rates are train's alone."""
        if figure == "step_loss":
            empty = np.empty(0)
            return (empty, empty) if val else self._placed(np.array(self.steps), np.array(self.losses), axis)
        found = [(epoch.step, _value(epoch, figure, val=val)) for epoch in self.epochs]
        known = [(step, value) for step, value in found if value is not None]
        steps, values = (np.array([pair[i] for pair in known], dtype=np.float64) for i in (0, 1))
        if axis == "epoch":
            numbers = [epoch.epoch for epoch, (_, value) in zip(self.epochs, found, strict=True) if value is not None]
            return np.array(numbers, dtype=np.float64), values
        return self._placed(steps, values, axis)

    def _forget_epochs(self, first: int) -> None:
        """Forget an epoch and those behind it."""
        if self.epochs and self.epochs[-1].epoch >= first:
            self.epochs = [epoch for epoch in self.epochs if epoch.epoch < first]
        if self.samples and max(self.samples) >= first:
            self.samples = {number: paths for number, paths in self.samples.items() if number < first}

    def _forget_steps(self, first: int) -> None:
        """Forget a step and those behind it."""
        kept = bisect_left(self.steps, first)
        del self.steps[kept:], self.losses[kept:]

    def _placed(self, steps: Numbers, values: Numbers, axis: Axis) -> Points:
        """Return points over an axis; steps before the first epoch's end have no time yet, and no place there."""
        if axis == "step" or not len(steps):
            return steps, values
        ends = np.array([0, *(epoch.step for epoch in self.epochs)], dtype=np.float64)
        if axis == "epoch":
            if self.batches:
                return steps / self.batches, values
            marks = np.array([0, *(epoch.epoch for epoch in self.epochs)], dtype=np.float64)
        else:
            marks = np.cumsum([0, *(epoch.seconds / 60 for epoch in self.epochs)])
        if len(ends) < 2:
            return np.empty(0), np.empty(0)
        return _extended(steps, ends, marks), values


def read_curves(folder: Path, *, should_stop: Callable[[], bool] = lambda: False) -> Curves:
    """Read the curves of a run, or as much as there was time for; rests so that the window's thread is not held up."""
    curves = Curves()
    for number, event in enumerate(read_events(folder), start=1):
        curves.add(event)
        if number % _LINES_PER_REST == 0:
            time.sleep(_REST_SECONDS)
            if should_stop():
                break
    return curves


def smoothed(values: Numbers, width: int) -> Numbers:
    """Return the mean of each value and its neighbours, ``width`` of them (fewer at the ends); 1 changes nothing."""
    if width <= 1 or not len(values):
        return values
    sums = np.concatenate(([0.0], np.cumsum(values)))
    places = np.arange(len(values))
    # As far to the left as to the right: at the ends a wider left side would drag the curve.
    half = np.minimum(width // 2, np.minimum(places, len(values) - 1 - places))
    first, last = places - half, places + half + 1
    return np.asarray((sums[last] - sums[first]) / (last - first), dtype=np.float64)


def value_near(points: Points, x: float) -> tuple[float, float] | None:
    """Return the point of a curve (x rising) that is nearest to x; None for a curve without points."""
    xs, ys = points
    if not len(xs):
        return None
    place = int(np.searchsorted(xs, x))
    nearest = min((i for i in (place - 1, place) if 0 <= i < len(xs)), key=lambda i: abs(xs[i] - x))
    return float(xs[nearest]), float(ys[nearest])


def _value(epoch: EpochEnded, figure: Figure, *, val: bool) -> float | None:
    if figure == "learning_rate":
        return None if val else epoch.learning_rate
    figures: Figures | None = epoch.val if val else epoch.train
    if figures is None:
        return None
    if isinstance(figure, int):
        return figures.class_iou[figure] if figure < len(figures.class_iou) else None
    value = getattr(figures, figure)
    return None if value is None else float(value)


def _extended(steps: Numbers, ends: Numbers, marks: Numbers) -> Numbers:
    """Interpolate, and go on behind the last end as fast as before it."""
    placed = np.interp(steps, ends, marks)
    beyond = steps > ends[-1]
    pace = (marks[-1] - marks[-2]) / max(ends[-1] - ends[-2], 1)
    placed[beyond] = marks[-1] + (steps[beyond] - ends[-1]) * pace
    return np.asarray(placed, dtype=np.float64)
