"""How long a run has taken, pauses left out, and how long it will take."""

import time

_STEPS_THAT_COMPILE = 3


class Clock:
    """Counts the seconds of a run, and of its epoch under way.

    Args:
        seconds: what the run had taken before it went on here.
        epoch_seconds: what its epoch under way had.
    """

    def __init__(self, *, seconds: float = 0.0, epoch_seconds: float = 0.0) -> None:
        now = time.monotonic()
        self._began = now - seconds
        self._epoch_began = now - epoch_seconds
        self._steps = 0
        self._stepping_since = now

    @property
    def seconds(self) -> float:
        """Of the run so far."""
        return time.monotonic() - self._began

    @property
    def epoch_seconds(self) -> float:
        """Of the epoch so far."""
        return time.monotonic() - self._epoch_began

    def begin_epoch(self) -> None:
        """Count an epoch's seconds from here."""
        self._epoch_began = time.monotonic()

    def leave_out(self, seconds: float) -> None:
        """Leave a pause out."""
        self._began += seconds
        self._epoch_began += seconds
        self._stepping_since += seconds

    def count_step(self) -> None:
        """A step was made."""
        self._steps += 1
        if self._steps == _STEPS_THAT_COMPILE:
            self._stepping_since = time.monotonic()

    def seconds_left(self, steps_left: int) -> float | None:
        """Return how long so many steps will take; None while that cannot be told: the first steps compile."""
        made = self._steps - _STEPS_THAT_COMPILE
        if made < 1:
            return None
        return (time.monotonic() - self._stepping_since) / made * steps_left
