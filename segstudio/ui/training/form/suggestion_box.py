"""Asks for suggested settings, and tells their reasons until they are closed or taken back."""

from html import escape

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from segstudio.learning.suggesting import Suggestion
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role


class SuggestionBox(QWidget):
    """A button, and under it a quiet list.

    Signals:
        suggestion_requested(): look at the dataset and the device.
        taken_back(): the settings are to be as they were.
    """

    suggestion_requested = Signal()
    taken_back = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._busy, self._possible = False, True
        self.button = QPushButton()
        self.button.setToolTip("Look at the pictures, the masks and this machine, and propose settings")
        self._reasons = QLabel()
        self._reasons.setWordWrap(True)
        set_role(self._reasons, "quiet")
        self.back_button = QPushButton("Take back")
        self.back_button.setToolTip("Put the settings back as they were before")
        self.close_button = QToolButton()
        self.close_button.setAccessibleName("Close the reasons")
        self.close_button.setToolTip("Close; the settings stay")
        set_icon(self.close_button, "close")
        self._list = self._build_list()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        column.addWidget(self.button)
        column.addWidget(self._list)
        self.button.clicked.connect(lambda: self.suggestion_requested.emit())
        self.back_button.clicked.connect(self._on_taken_back)
        self.close_button.clicked.connect(self.forget)
        self.set_busy(busy=False)
        self.forget()

    @property
    def said(self) -> str:
        """The reasons that are shown; empty where none are."""
        return "" if self._list.isHidden() else self._reasons.text()

    def set_busy(self, *, busy: bool) -> None:
        """Say that the dataset is being looked at."""
        self._busy = busy
        self.button.setText("Looking at the masks …" if busy else "Suggest settings")
        self.button.setEnabled(self._possible and not busy)

    def set_possible(self, *, possible: bool) -> None:
        """Offer it only where there are masks to look at."""
        self._possible = possible
        self.button.setEnabled(possible and not self._busy)

    def show_suggestion(self, suggestion: Suggestion) -> None:
        """Tell the reasons."""
        lines = (
            f"<p style='margin: 0 0 4px 0'><b>{escape(reason.setting)}</b>"
            f"{f' {escape(reason.value)}' if reason.value else ''}<br>{escape(reason.sentence)}</p>"
            for reason in suggestion.reasons
        )
        self._reasons.setText("".join(lines))
        self._list.setVisible(True)

    def forget(self) -> None:
        """Show no reasons any more."""
        self._list.setVisible(False)

    def _build_list(self) -> QWidget:
        frame = QFrame()
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        title = QLabel("Suggested")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.back_button)
        head.addWidget(self.close_button)
        column = QVBoxLayout(frame)
        column.setContentsMargins(SPACING, SPACING // 2, SPACING, SPACING)
        column.addLayout(head)
        column.addWidget(self._reasons)
        return frame

    def _on_taken_back(self) -> None:
        self.forget()
        self.taken_back.emit()
