"""When something was seen: not when it was set, but when it had been painted."""

import time
from collections.abc import Callable

from paint_while_training import NotMeasuredError
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

PATIENCE_SECONDS = 60.0
PAINT_SECONDS = 0.03


class Painted(QObject):
    """Notes when a widget was painted last."""

    def __init__(self, widget):
        super().__init__()
        self.at = 0.0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.at = time.perf_counter()
        return False

    def after(self, began: float, what: str, condition: Callable[[], object] = lambda: True) -> float:
        """Let the window live until something is so and was painted; return how long that took, in milliseconds.

        Where nothing is painted soon after, it had been painted with the events that made it so.
        """
        while not condition():
            QApplication.processEvents()
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise NotMeasuredError(f"Waited in vain: {what}.")
        met = time.perf_counter()
        while self.at < began and time.perf_counter() - met < 1.0:
            QApplication.processEvents()
        seen = self.at
        while self.at < met and time.perf_counter() - met < PAINT_SECONDS:
            QApplication.processEvents()
            seen = self.at
        return (max(seen, met) - began) * 1000
