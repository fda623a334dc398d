"""The bar above the canvas of the Label page."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QWidget

from segstudio.ui.canvas.canvas import Canvas
from segstudio.ui.icons import set_label_icon
from segstudio.ui.painter.display_panel import DisplayButton
from segstudio.ui.painter.tool_strip import action_button
from segstudio.ui.theme import SPACING, set_role

_OPACITY_TIP = "How strongly the mask covers the picture"


class PageBar(QFrame):
    """Undo and redo, what belongs to the tool in the hand, and how the picture is shown.

    Args:
        actions: the page's actions by name.
        tool_widgets: what belongs to painting, from left to right.
        canvas: what the display's switches act on.
    """

    def __init__(self, actions: Mapping[str, QAction], tool_widgets: list[QWidget], canvas: Canvas) -> None:
        super().__init__()
        set_role(self, "panel")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACING, SPACING // 2, SPACING, SPACING // 2)
        row.setSpacing(SPACING // 2)
        for name in ("undo", "redo"):
            row.addWidget(action_button(actions[name]))
        row.addSpacing(SPACING)
        for widget in tool_widgets:
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(action_button(actions["overlay"]))
        label = QLabel()
        set_label_icon(label, "opacity", 18)
        label.setToolTip(_OPACITY_TIP)
        row.addWidget(label)
        row.addWidget(_opacity_slider(canvas))
        row.addWidget(DisplayButton(canvas))
        row.addSpacing(SPACING)
        # Without buttons for zooming, which wheel, keys and menu do: the bar has to fit into a small window.
        for name in ("fit", "previous", "next"):
            row.addWidget(action_button(actions[name]))


def _opacity_slider(canvas: Canvas) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, 100)
    slider.setValue(50)
    slider.setFixedWidth(80)
    slider.setAccessibleName("Mask opacity")
    slider.setToolTip(_OPACITY_TIP)
    slider.valueChanged.connect(lambda value: canvas.set_opacity(value / 100))
    return slider
