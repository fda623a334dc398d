"""What the sections of the form have in common, and how they fold."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from segstudio.learning.config import TrainingConfig
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING
from segstudio.ui.training.form.fields import form_rows


class Section(QWidget):
    """A part of the settings: the widget itself is what folds away, ``head`` is always to be seen.

    Signals:
        changed(): a setting is another one.
    """

    changed = Signal()

    title = ""

    def __init__(self) -> None:
        super().__init__()
        self.head = QWidget()
        self.head_rows = form_rows(self.head)
        self.rows = form_rows(self)
        self.rows.setContentsMargins(0, SPACING // 2, 0, SPACING)

    def set_config(self, config: TrainingConfig) -> None:
        """Show the part of these settings that belongs here."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Return the part of the settings that belongs here, as words of `TrainingConfig`.

        Raises:
            ConfigError: they do not make sense.
        """
        raise NotImplementedError

    def summary(self) -> str:
        """Say in a few words what is folded away."""
        raise NotImplementedError


class Fold(QWidget):
    """A section with a line to open it, which says what is inside while it is closed.

    Signals:
        toggled(bool): it was opened or closed.
    """

    toggled = Signal(bool)

    def __init__(self, section: Section) -> None:
        super().__init__()
        self.section = section
        self._open = False
        self._button = QToolButton()
        self._button.setText(section.title)
        self._button.setToolTip(f"More settings: {section.title.lower()}")
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._summary = _Summary()
        line = QHBoxLayout()
        line.setSpacing(SPACING)
        line.addWidget(self._button)
        line.addWidget(self._summary, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(section)
        self._button.clicked.connect(lambda: self.set_open(not self._open))
        section.changed.connect(self._say)
        self.set_open(False)

    @property
    def is_open(self) -> bool:
        """Whether the section is to be seen."""
        return self._open

    def set_open(self, opened: bool) -> None:  # noqa: FBT001 - a plain setter
        """Open or close it."""
        self._open = opened
        self._button.setArrowType(Qt.ArrowType.DownArrow if opened else Qt.ArrowType.RightArrow)
        self._button.setAccessibleName(f"{self.section.title}, {'open' if opened else 'folded'}")
        self.section.setVisible(opened)
        self._say()
        self.toggled.emit(opened)

    def _say(self) -> None:
        self._summary.show_text("" if self.is_open else self.section.summary())


class _Summary(QWidget):
    """A quiet line at the right, cut off with dots where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setToolTip(text)
            self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
        text = QFontMetrics(self.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
