"""How weights follow their gradients, and how fast."""

import math
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from segstudio.learning.settings.optimization import OptimizationSettings, ScheduleName

FLOOR = 0.01
"""What a falling rate ends at, as a share of its peak."""

WARM_UP_FROM = 0.05
"""What a rate starts from where there is a warm-up, as a share of its peak."""

POWER = 0.9


def make_optimizer(settings: OptimizationSettings, learning_rate: float, steps: int) -> Any:
    """Return the optimizer of some settings.

    With accumulation Keras follows the mean of as many batches as one, and still counts single batches where the
    schedule asks: ``steps`` are batches all the same. Batches left over at the end of the run are not followed.

    Args:
        settings: which optimizer and which schedule.
        learning_rate: the peak.
        steps: how many batches the whole run has.

    Source:
        AdamW: Loshchilov and Hutter 2019, arXiv:1711.05101. SGD has Nesterov's momentum and, as AdamW, decay apart from
        the gradient.
    """
    common: dict[str, Any] = {
        "learning_rate": Schedule(settings.schedule, peak=learning_rate, steps=steps, warm_up=settings.warm_up),
        "gradient_accumulation_steps": settings.accumulation if settings.accumulation > 1 else None,
    }
    if settings.optimizer == "adam":
        return keras.optimizers.Adam(**common)
    decay = settings.weight_decay or None
    if settings.optimizer == "adamw":
        return keras.optimizers.AdamW(**common, weight_decay=decay or 0.0)
    return keras.optimizers.SGD(**common, weight_decay=decay, momentum=settings.momentum, nesterov=True)


def learning_rate_of(optimizer: Any) -> float:
    """Return the rate with which the next batch will be followed."""
    return float(ops.convert_to_numpy(optimizer.learning_rate))


def schedule_of(optimizer: Any) -> "Schedule | None":
    """Return the schedule of `make_optimizer`, from within a wrapper for mixed precision too; None of another."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    schedule = inner._learning_rate  # noqa: SLF001 - Keras has no public way to it
    return schedule if isinstance(schedule, Schedule) else None


@keras.saving.register_keras_serializable(package="segstudio")
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in a straight line for a while, and then does what its name says.

    ``cosine`` (Loshchilov and Hutter 2017, arXiv:1608.03983) and ``poly`` (Chen et al. 2017, arXiv:1606.00915) fall to
    `FLOOR`, ``constant`` stays, ``plateau`` stays until its ``share`` is made smaller, see `Plateau`.

    Args:
        name: one of `settings.optimization.SCHEDULES`.
        peak: the highest rate.
        steps: how many there will be.
        warm_up: share of the steps, 0 to 1, in which the rate rises from `WARM_UP_FROM`; at least one step if above 0.
        share: what everything is multiplied by.
    """

    def __init__(self, name: ScheduleName, *, peak: float, steps: int, warm_up: float, share: float = 1.0) -> None:
        super().__init__()
        self.share = keras.Variable(share, trainable=False, dtype="float32", name="share")
        self._name: ScheduleName = name
        self._peak = peak
        self._steps = steps
        self._warm_up = warm_up
        self._rising = min(max(1, round(steps * warm_up)), max(steps - 1, 0)) if warm_up else 0

    @property
    def name(self) -> ScheduleName:
        """Which one it is."""
        return self._name

    def __call__(self, step: Any) -> Any:
        """Return the rate of a step, counted from 0, as a float32 scalar."""
        step = ops.cast(step, "float32")
        risen = ops.minimum(step / max(self._rising, 1), 1.0) if self._rising else 1.0
        gone = ops.clip((step - self._rising) / max(self._steps - self._rising, 1), 0.0, 1.0)
        return self._peak * self.share * (WARM_UP_FROM + (1 - WARM_UP_FROM) * risen) * self._left(gone)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments."""
        return {
            "name": self._name,
            "peak": self._peak,
            "steps": self._steps,
            "warm_up": self._warm_up,
            "share": float(ops.convert_to_numpy(self.share)),
        }

    def _left(self, gone: Any) -> Any:
        if self._name == "cosine":
            return FLOOR + (1 - FLOOR) * (1 + ops.cos(math.pi * gone)) / 2
        if self._name == "poly":
            return FLOOR + (1 - FLOOR) * (1 - gone) ** POWER
        return 1.0


class Plateau:
    """Makes a rate smaller when epochs stop getting better. Does nothing to schedules other than ``plateau``.

    Args:
        optimizer: one of `make_optimizer`, or one that wraps it for mixed precision.
        patience: epochs without a better figure after which the rate falls.
        factor: what the rate is multiplied by.
        least: below which share of the peak it does not fall.
        threshold: by which share of itself a figure must change to count as better; else a curve that creeps on
            for ever would never be flat.
    """

    def __init__(
        self,
        optimizer: Any,
        *,
        patience: int = 4,
        factor: float = 0.3,
        least: float = FLOOR,
        threshold: float = 1e-3,
    ) -> None:
        schedule = schedule_of(optimizer)
        self._schedule = schedule if schedule is not None and schedule.name == "plateau" else None
        self._patience = patience
        self._factor = factor
        self._least = least
        self._threshold = threshold
        self._figure: float | None = None
        self._waited = 0

    def epoch_ended(self, figure: float, *, better: bool) -> bool:
        """Take in an epoch; return whether the rate fell.

        Args:
            figure: what epochs are compared by.
            better: whether it is better than that of every epoch before.
        """
        if better and (self._figure is None or abs(figure - self._figure) > self._threshold * abs(self._figure)):
            self._figure = figure
            self._waited = 0
            return False
        self._waited += 1
        if self._waited < self._patience:
            return False
        self._waited = 0
        return self._fall()

    def to_json(self) -> dict[str, float | int | None]:
        """Return the state as plain data."""
        share = None if self._schedule is None else float(ops.convert_to_numpy(self._schedule.share))
        return {"figure": self._figure, "waited": self._waited, "share": share}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `to_json` returned, the rate included."""
        self._figure = state["figure"]
        self._waited = state["waited"]
        if self._schedule is not None and state["share"] is not None:
            self._schedule.share.assign(state["share"])

    def _fall(self) -> bool:
        if self._schedule is None:
            return False
        before = float(ops.convert_to_numpy(self._schedule.share))
        after = max(before * self._factor, self._least)
        self._schedule.share.assign(after)
        return after < before
