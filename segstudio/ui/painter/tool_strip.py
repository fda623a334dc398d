"""The tools, one below the other, beside the canvas."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from segstudio.ui.theme import SPACING, set_role


class ToolStrip(QFrame):
    """A button a tool, in the order of the table; None is a gap."""

    def __init__(self, actions: Sequence[QAction | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACING // 2, SPACING // 2, SPACING // 2, SPACING // 2)
        column.setSpacing(2)
        for action in actions:
            if action is None:
                column.addSpacing(SPACING)
            else:
                column.addWidget(action_button(action))
        column.addStretch(1)


def action_button(action: QAction, size: int = 20) -> QToolButton:
    """Make a button of an icon only, with the action's name for those who cannot see it."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAccessibleName(action.text().replace("&", ""))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setIconSize(QSize(size, size))
    # A click must not take the focus from the canvas, where the keys are.
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
