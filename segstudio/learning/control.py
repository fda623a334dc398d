"""How a run heeds the person who watches it: stopping within a batch, and waiting for as long as it is paused."""

import time

from segstudio.learning.clock import Clock
from segstudio.learning.events import Emit, RunContinued, RunPaused, ShouldPause, ShouldStop

_POLL_SECONDS = 0.05


class StoppedError(Exception):
    """The run was asked to end."""


class Control:
    """Asked after every batch.

    Args:
        should_stop: whether the run is to end.
        should_pause: whether it is to wait.
        emit: is told of pauses.
    """

    def __init__(self, should_stop: ShouldStop, should_pause: ShouldPause, emit: Emit) -> None:
        self.should_stop = should_stop
        self._should_pause = should_pause
        self._emit = emit

    def leave_if_asked(self) -> None:
        """Leave if the run is to end.

        Raises:
            StoppedError: it is.
        """
        if self.should_stop():
            raise StoppedError

    def heed(self, clock: Clock) -> None:
        """Wait while the run is paused, the clock standing still, and leave if it is to end.

        Raises:
            StoppedError: it is to end.
        """
        self.leave_if_asked()
        if not self._should_pause():
            return
        began = time.monotonic()
        self._emit(RunPaused())
        while self._should_pause():
            self.leave_if_asked()
            time.sleep(_POLL_SECONDS)
        clock.leave_out(time.monotonic() - began)
        self._emit(RunContinued())
