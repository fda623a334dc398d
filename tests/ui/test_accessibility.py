"""Every control can be named to those who cannot see it, and be reached without a mouse."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QSpinBox,
)

from segstudio.ui.rail import Place

CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit, QSpinBox)


def is_part_of_another(widget):
    """Scroll bars, the field within a spin box, the corner of a table: Qt names them by what they belong to."""
    parent = widget.parent()
    return (
        widget.objectName().startswith("qt_")
        or isinstance(widget, QScrollBar)
        or isinstance(parent, (QSpinBox, QComboBox, QLineEdit, QAbstractItemView))
        or parent.metaObject().className() == "QComboBoxPrivateContainer"
    )


def test_every_control_has_a_name(opened):
    for place in Place:
        opened.window.go_to(place)
    nameless = [
        widget
        for kind in CONTROLS
        for widget in opened.window.findChildren(kind)
        if not is_part_of_another(widget)
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()) or widget.toolTip())
    ]
    assert not nameless, [f"{type(widget).__name__} in {type(widget.parent()).__name__}" for widget in nameless]


def test_every_control_of_the_label_page_takes_the_focus_by_keyboard(opened):
    opened.window.go_to(Place.LABEL)
    panel = opened.workspace.label.panel
    unreachable = [
        widget
        for kind in CONTROLS
        for widget in panel.findChildren(kind)
        if widget.isVisible() and not is_part_of_another(widget) and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert not unreachable, [f"{type(w).__name__} {w.accessibleName() or w.toolTip()}" for w in unreachable]
