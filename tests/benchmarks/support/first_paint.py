"""Says on stdout that something is on the screen. Loads no more of Qt than a bare window does."""

import sys
from collections.abc import Callable

from PySide6.QtCore import QTimer


def on_first_paint(kind: type, painted: Callable[[], object]) -> None:
    """Call back once, when the next paint of a widget of this class, and of all that lies in it, is done."""
    paint = kind.paintEvent
    waiting = [painted]

    def watched(widget, event):
        paint(widget, event)
        if waiting:
            # The whole window is painted in one event; a timer fires after it.
            QTimer.singleShot(0, waiting.pop())

    kind.paintEvent = watched


def say(word: str) -> None:
    """Tell the process that waits."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
