"""What stands below the list of classes when there is something to say: a lock that is easily forgotten, coverage."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from segstudio.ui.icons import set_icon
from segstudio.ui.painter.class_rows import percent
from segstudio.ui.theme import SPACING, set_role

_BAR_STEPS = 1000


class OnlyNote(QWidget):
    """Says that only some classes are painted over; not seen where any is.

    Signals:
        cleared(): a person wants every class to be painted over again.
    """

    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel()
        self._text.setWordWrap(True)
        clear = QToolButton()
        set_icon(clear, "close")
        clear.setIconSize(QSize(14, 14))
        clear.setToolTip("Paint over every class again")
        clear.setAccessibleName("Paint over every class again")
        clear.clicked.connect(self.cleared)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        row.addWidget(clear)
        self.set_names(())

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def set_names(self, names: Sequence[str]) -> None:
        """Name the classes that alone are painted over; none for any."""
        self._text.setText("Painting only over " + " and ".join(f"“{name}”" for name in names))
        self.setVisible(bool(names))


class CoverageNote(QWidget):
    """Says how much of a picture is painted; not seen where every pixel starts as a class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel()
        set_role(self._text, "quiet")
        self._bar = QProgressBar()
        self._bar.setRange(0, _BAR_STEPS)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(SPACING)
        self._bar.setAccessibleName("How much of this picture is painted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING // 2)
        column.addWidget(self._text)
        column.addWidget(self._bar)
        self.set_share(None)

    @property
    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def set_share(self, share: float | None) -> None:
        """Show this share, 0 to 1; None for nothing."""
        if share is not None:
            self._text.setText(f"{percent(share)} of this picture is painted")
            self._bar.setValue(round(share * _BAR_STEPS))
        self.setVisible(share is not None)
