"""The same thing done to many files: in threads, with progress, and over soon when a person wants it to be."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

_WORKERS = 4
_AT_ONCE = 1000
"""So many wait for a thread: a hundred thousand would take memory for nothing."""
_SECONDS_BETWEEN_EVENTS = 0.1

_T = TypeVar("_T")
_R = TypeVar("_R")


class Stopped(Exception):  # noqa: N818 - not an error: a person asked for it
    """It was asked to end."""


@dataclass(frozen=True, slots=True)
class StepProgress:
    """How far it is.

    Attributes:
        done: steps done.
        total: steps in all, as far as that is known by now.
        what: what is being done.
    """

    done: int
    total: int
    what: str


EmitStep = Callable[[StepProgress], None]
ShouldStop = Callable[[], bool]


class StepTeller:
    """Turns “so many of so many” into `StepProgress`, at most ten a second and the last in any case.

    Args:
        emit: gets it.
        what: what is being done.
    """

    def __init__(self, emit: EmitStep, what: str) -> None:
        self._emit = emit
        self._what = what
        self._told = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Take notice that so many of so many are done."""
        now = time.monotonic()
        if done == total or now - self._told >= _SECONDS_BETWEEN_EVENTS:
            self._told = now
            self._emit(StepProgress(done, total, self._what))


class Steps:
    """Goes through files, in one or several runs, and tells how far it is.

    Args:
        emit: gets `StepProgress`, at most ten a second.
        should_stop: asked after every step.
    """

    def __init__(self, emit: EmitStep, should_stop: ShouldStop) -> None:
        self._emit = emit
        self._should_stop = should_stop
        self._done = 0
        self._told = 0.0

    def run(self, what: str, function: Callable[[_T], _R], items: Sequence[_T], *, later: int = 0) -> list[_R]:
        """Call a function with every item; return the answers in order.

        Args:
            what: what is being done, for `StepProgress`.
            function: called in threads.
            items: what it is called with.
            later: how many steps will follow in other runs.

        Raises:
            Stopped: a person asked for it.
            Exception: the first that the function raised.
            In both cases no thread is at work any more.
        """
        answers: list[_R] = []
        total = self._done + len(items) + later
        pool = ThreadPoolExecutor(_WORKERS)
        try:
            for start in range(0, len(items), _AT_ONCE):
                for answer in pool.map(function, items[start : start + _AT_ONCE]):
                    answers.append(answer)
                    self._done += 1
                    self._tell(StepProgress(self._done, total, what))
                    if self._should_stop():
                        raise Stopped
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return answers

    def _tell(self, progress: StepProgress) -> None:
        now = time.monotonic()
        if now - self._told >= _SECONDS_BETWEEN_EVENTS:
            self._told = now
            self._emit(progress)
