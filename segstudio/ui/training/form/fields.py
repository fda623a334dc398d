"""The fields that the sections are made of: named, explained, and deaf to the wheel that turns the page."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QObject, QRegularExpression, Qt
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLayout, QLineEdit, QSpinBox, QWidget

from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role

LABEL_WIDTH = 94
"""Of the column of titles, in logical pixels: the fields of all sections stand in line."""

_Field = TypeVar("_Field", bound=QWidget)


class _WheelGuard(QObject):
    """Leaves the wheel to the page unless the field was chosen first: settings are not changed in passing."""

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def described(field: _Field, name: str, tip: str) -> _Field:
    """Give a field its accessible name and its tooltip, and keep the wheel from it; return it."""
    field.setAccessibleName(name)
    field.setToolTip(tip)
    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    field.installEventFilter(_WheelGuard(field))
    return field


def choice_field(name: str, tip: str, titles: Mapping[Any, str]) -> QComboBox:
    """Return a box of choices: titles by their data. It is as narrow as it must be."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    for data, title in titles.items():
        box.addItem(title, data)
    return described(box, name, tip)


def choose(box: QComboBox, data: str) -> None:
    """Choose what has this data, or else the first."""
    box.setCurrentIndex(max(box.findData(data), 0))


def whole_field(
    name: str, tip: str, low: int, high: int, *, step: int = 1, unit: str = "", instead_of_lowest: str = ""
) -> QSpinBox:
    """Return a field of a whole number; the lowest may be shown as a word."""
    box = QSpinBox()
    box.setRange(low, high)
    box.setSingleStep(step)
    box.setSuffix(unit)
    box.setSpecialValueText(instead_of_lowest)
    box.setMinimumHeight(24)
    box.setMinimumWidth(48)
    return described(box, name, tip)


def switch(title: str, tip: str) -> QCheckBox:
    """Return a field that is on or off."""
    return described(QCheckBox(title), title, tip)


class NumberField(QLineEdit):
    """A field of a number that spans powers of ten, such as 0.001 or 3e-4."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        described(self, name, tip)
        pattern = QRegularExpression(r"\d*[.,]?\d*([eE][-+]?\d*)?")
        self.setValidator(QRegularExpressionValidator(pattern, self))
        self.setMinimumWidth(48)

    @property
    def number(self) -> float:
        """What is written; 0 where that is no number."""
        text = self.text().replace(",", ".")
        return float(text) if re.fullmatch(r"(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text) else 0.0

    def set_number(self, number: float) -> None:
        """Write a number, short."""
        self.setText(f"{number:.10g}")


def form_rows(owner: QWidget) -> QFormLayout:
    """Give a widget a layout of rows, title and field."""
    rows = QFormLayout(owner)
    rows.setContentsMargins(0, 0, 0, 0)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
    rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    rows.setHorizontalSpacing(SPACING)
    rows.setVerticalSpacing(SPACING)
    return rows


def add_row(rows: QFormLayout, title: str, field: QWidget) -> None:
    """Add a field under its title."""
    label = QLabel(title)
    label.setMinimumWidth(LABEL_WIDTH)
    label.setMinimumHeight(field.sizeHint().height())  # or it hangs above the middle of a tall field
    label.setBuddy(field)
    label.setToolTip(field.toolTip())
    rows.addRow(label, field)


def note() -> QLabel:
    """Return a quiet text that takes as many lines as it needs; it is not there while it is empty."""
    label = QLabel()
    label.setWordWrap(True)
    label.setVisible(False)
    set_role(label, "quiet")
    return label


def say(label: QLabel, text: str) -> None:
    """Show a text, or nothing at all."""
    label.setText(text)
    label.setVisible(bool(text))


def in_reading_order(layout: QLayout) -> Iterator[QWidget]:
    """Yield the widgets of a layout that the Tab key reaches, as they are seen from top to bottom."""
    for index in range(layout.count()):
        item = layout.itemAt(index)
        if item is None:
            continue
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            yield from in_reading_order(inner)
        elif widget is not None:
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                yield widget
            below = widget.layout()
            if below is not None:
                yield from in_reading_order(below)
