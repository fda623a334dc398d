"""Train, or while a run is under way: Pause, Continue and Stop."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role


class RunButtons(QWidget):
    """The buttons at the end of the form.

    Signals:
        train_requested(): begin.
        pause_requested(): wait, with everything in memory.
        continue_requested(): go on after a pause.
        stop_requested(): end the run under way.
    """

    train_requested = Signal()
    pause_requested = Signal()
    continue_requested = Signal()
    stop_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._paused = False
        self.train = QPushButton("Train")
        self.train.setToolTip("Train a model with these settings")
        set_role(self.train, "primary")
        self.pause = QPushButton()
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("End this run after the current batch; the model so far stays")
        set_icon(self.stop, "stop")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACING)
        for button in (self.train, self.pause, self.stop):
            line.addWidget(button, 1)
        self.train.clicked.connect(lambda: self.train_requested.emit())
        self.pause.clicked.connect(self._on_pause_clicked)
        self.stop.clicked.connect(self._on_stop_clicked)
        self.set_training(False)

    def set_training(self, training: bool) -> None:  # noqa: FBT001 - a plain setter
        """Offer Pause and Stop while a run is under way, else Train."""
        self.train.setVisible(not training)
        self.pause.setVisible(training)
        self.stop.setVisible(training)
        self.stop.setEnabled(True)
        self.set_paused(False)

    def set_paused(self, paused: bool) -> None:  # noqa: FBT001 - a plain setter
        """Offer Continue while the run waits, else Pause."""
        self._paused = paused
        self.pause.setEnabled(True)
        self.pause.setText("Continue" if paused else "Pause")
        self.pause.setToolTip("Go on with the run" if paused else "Let the run wait; it goes on where it was")
        set_icon(self.pause, "continue" if paused else "pause")

    def _on_pause_clicked(self) -> None:
        self.pause.setEnabled(False)  # until it waits, or goes on
        (self.continue_requested if self._paused else self.pause_requested).emit()

    def _on_stop_clicked(self) -> None:
        self.stop.setEnabled(False)
        self.pause.setEnabled(False)
        self.stop_requested.emit()
