"""The status line: what the hand holds, whether all is saved, what runs in the background."""

import time

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from segstudio.ui.icons import set_icon
from segstudio.ui.painter_status import PainterStatus
from segstudio.ui.save_state import SaveState
from segstudio.ui.theme import SPACING, set_role

_BAR_STEPS = 1000


class StatusLine(QStatusBar):
    """Tells, in one line, what a person would otherwise have to ask.

    Signals:
        stop_requested(): a person wants the job under way to end.
    """

    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(SPACING, 0, SPACING, 0)
        self._painter = QLabel()
        self._position = QLabel()
        self._saved = QLabel()
        self._job = QLabel()
        self._bar = QProgressBar()
        self._bar.setFixedWidth(140)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress of the job under way")
        self._stop = QToolButton()
        set_icon(self._stop, "stop")
        self._stop.setIconSize(QSize(16, 16))
        self._stop.setToolTip("Stop this job; what it has made so far stays")
        self._stop.setAccessibleName("Stop the job under way")
        self._stop.clicked.connect(self.stop_requested)
        self._position.setMargin(SPACING // 2)
        # Beside the rest, not over it as Qt has it: what the hand holds must be seen at all times.
        self._message = QLabel()
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._message_timer = QTimer(self)
        self._message_timer.setSingleShot(True)
        self._message_timer.timeout.connect(self._drop_message)
        self._message_stays = False
        self.addWidget(self._painter)
        self.addWidget(self._position)
        self.addWidget(self._message, 1)
        for widget in (self._job, self._bar, self._stop, self._saved):
            self.addPermanentWidget(widget)
        self._saved_at: float | None = None
        # "saved 5 s ago" must grow older by itself.
        self._clock = QTimer(self)
        self._clock.setInterval(5_000)
        self._clock.timeout.connect(self._tell_saved)
        self.clear_job()

    def set_painter(self, status: PainterStatus | None) -> None:
        """Show tool, class, size and the pixel under the cursor; None shows nothing."""
        if status is None:
            self._painter.clear()
            self._position.clear()
            return
        size = "" if status.size is None else f"{status.size} px"
        locks = f"locked: {status.locks}" if status.locks else ""
        words = (status.tool, status.class_name, size, locks)
        self._painter.setText("  ·  ".join(word for word in words if word))
        where = "" if status.position is None else "x {}, y {}".format(*status.position)
        self._position.setText(f"{where} = {status.id}" if where and status.id else where)

    def set_saved(self, state: SaveState, reason: str) -> None:
        """Show whether all that was painted is on the disk, and why not."""
        self._clock.stop()
        set_role(self._saved, "problem" if state is SaveState.FAILED else "quiet")
        self._saved.setToolTip(reason)
        match state:
            case SaveState.SAVED:
                self._saved_at = time.monotonic()
                self._tell_saved()
                self._clock.start()
            case SaveState.UNSAVED:
                self._saved.setText("unsaved")
            case SaveState.SAVING:
                self._saved.setText("saving …")
            case SaveState.FAILED:
                self._saved.setText(f"not saved: {reason}")

    def set_job(self, title: str, fraction: float | None, detail: str = "") -> None:
        """Show a job under way: how far it is (0 to 1, None if that is not known) and a few words."""
        percent = "" if fraction is None else f" {fraction:.0%}"
        self._job.setText(f"{title}{percent}, {detail}" if detail else f"{title}{percent}")
        if fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, _BAR_STEPS)
            self._bar.setValue(round(fraction * _BAR_STEPS))
        for widget in (self._job, self._bar, self._stop):
            widget.setVisible(True)

    def clear_job(self) -> None:
        """Nothing runs any more."""
        # A busy bar that is only hidden would go on animating.
        self._bar.setRange(0, 1)
        for widget in (self._job, self._bar, self._stop):
            widget.setVisible(False)

    @property
    def message(self) -> str:
        """What is said just now."""
        return self._message.text()

    def show_message(self, text: str, seconds: float = 8.0, *, stays: bool = False) -> None:
        """Say something for a while; ``stays``: even if the person goes on to another picture."""
        self._message.setText(text)
        self._message.setToolTip(text)
        self._message_stays = stays
        self._message_timer.start(round(seconds * 1000))

    def clear_message(self) -> None:
        """Say nothing any more, unless it concerns more than the picture that was shown."""
        if not self._message_stays:
            self._drop_message()

    def _drop_message(self) -> None:
        self._message_timer.stop()
        self._message_stays = False
        self._message.clear()
        self._message.setToolTip("")

    def _tell_saved(self) -> None:
        if self._saved_at is not None:
            self._saved.setText(f"saved {_ago(time.monotonic() - self._saved_at)}")


def _ago(seconds: float) -> str:
    if seconds < 5:
        return "just now"
    return f"{seconds:.0f} s ago" if seconds < 90 else f"{seconds / 60:.0f} min ago"
