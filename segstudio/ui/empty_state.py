"""An empty place: what is missing, what to do next, and the button for it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from segstudio.ui.icons import set_label_icon
from segstudio.ui.theme import SPACING, set_role


class EmptyState(QWidget):
    """A quiet picture, a line, an explanation and one to three buttons, in the middle of the place.

    The first action is the usual next step and is drawn as the primary button.
    """

    def __init__(
        self, icon_name: str, title: str, text: str, actions: Sequence[QAction] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._title = QLabel(title)
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._title.setWordWrap(True)
        set_role(self._title, "heading")
        self._text = QLabel(text)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setWordWrap(True)
        self._text.setMaximumWidth(420)
        set_role(self._text, "quiet")
        picture = QLabel()
        picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        set_label_icon(picture, icon_name, 48)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addStretch(2)
        layout.addWidget(picture)
        layout.addWidget(self._title)
        # In a row of its own between stretches: a wrapping label gets its height from its width.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._text, 100)
        row.addStretch(1)
        layout.addLayout(row)
        if actions:
            layout.addSpacing(SPACING)
            layout.addLayout(self._build_buttons(actions))
        layout.addStretch(3)

    def set_words(self, title: str, text: str) -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)

    def _build_buttons(self, actions: Sequence[QAction]) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addStretch(1)
        for position, action in enumerate(actions):
            button = _action_button(action)
            if position == 0:
                set_role(button, "primary")
            row.addWidget(button)
        row.addStretch(1)
        return row


def _action_button(action: QAction) -> QPushButton:
    """Make a push button that does, and is enabled like, an action (Qt offers that for tool buttons only)."""
    button = QPushButton(action.text().replace("&", "").rstrip("…."))
    button.setToolTip(action.toolTip())
    button.setEnabled(action.isEnabled())
    button.setHidden(not action.isVisible())
    button.clicked.connect(lambda _checked=False: action.trigger())
    action.enabledChanged.connect(button.setEnabled)
    action.visibleChanged.connect(lambda: button.setHidden(not action.isVisible()))
    return button
