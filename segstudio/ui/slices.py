"""Long work of the window's own thread, done a little at a time between what a person does."""

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

_BUDGET_SECONDS = 0.015
"""So long at a stretch: less than a frame."""


class Slices(QObject):
    """Goes on with one piece of work whenever nothing else is to be done.

    What must not happen in the middle of it calls `finish` first, so that it is as if it had been done at once.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Iterator[None] | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    def start(self, work: Iterator[None]) -> None:
        """Begin with work that yields after each slice; what was begun before is finished, and the first slice done."""
        self.finish()
        self._work = work
        self._go_on()
        if self._work is not None:
            self._timer.start(0)

    def finish(self) -> None:
        """Do at once what is left."""
        work, self._work = self._work, None
        self._timer.stop()
        for _slice in work or ():
            pass

    def _go_on(self) -> None:
        end = time.monotonic() + _BUDGET_SECONDS
        while self._work is not None:
            work = self._work
            if next(work, self) is self:
                self._work = None
                self._timer.stop()
            elif time.monotonic() > end:
                return
