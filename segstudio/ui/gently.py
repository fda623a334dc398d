"""Reading very many files in the background so that nobody notices.

A thread that reads small files one after another holds the interpreter nearly all the time, and the window's thread has
to ask for it at every turn. For a few thousand files that is soon over; a hundred thousand take their time in any case.
"""

import time
from collections.abc import Callable

ShouldStop = Callable[[], bool]

MANY = 2_000
"""With fewer samples than this, to be done soon is better than to go unnoticed."""

_REST_PER_WORK = 3.0
_LEAST_REST_SECONDS = 0.003
_LONGEST_REST_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 5.0
_STEP_SECONDS = 0.02


def gently(should_stop: ShouldStop, *, samples: int, awaited: Callable[[], bool] = lambda: False) -> ShouldStop:
    """Return a ``should_stop`` that rests, for work that asks it before each file.

    Args:
        should_stop: the one that it stands for.
        samples: how many there are to be read; with fewer than `MANY` nothing rests.
        awaited: whether a person waits for something else that is being read; the work rests until that is there, or
            for some seconds.
    """
    if samples < MANY:
        return should_stop
    began, owed = time.monotonic(), 0.0

    def rest() -> bool:
        nonlocal began, owed
        now = time.monotonic()
        owed = min(owed + (now - began) * _REST_PER_WORK, _LONGEST_REST_SECONDS)
        if owed < _LEAST_REST_SECONDS and not awaited():
            began = now  # a sleep so short would take far longer than it says
            return should_stop()
        end, last = now + owed, now + _LONGEST_WAIT_SECONDS
        while not should_stop() and (time.monotonic() < end or (awaited() and time.monotonic() < last)):
            # In steps, since whoever asks it to stop waits for that.
            time.sleep(min(_STEP_SECONDS, max(end - time.monotonic(), 1e-3)))
        began, owed = time.monotonic(), 0.0
        return should_stop()

    return rest
