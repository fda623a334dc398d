"""The controls of the tool in the hand: size and shape of the brush, tolerance, what shapes do."""

import math

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSlider, QSpinBox, QWidget

from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.icons import set_icon
from segstudio.ui.painter.context import LARGEST_SIZE, SMALLEST_SIZE, ToolContext
from segstudio.ui.painter.tool_strip import action_button
from segstudio.ui.theme import SPACING, set_role

_SQUARE = ActionSpec("square", "S&quare brush", "square", (), "A square brush instead of a round one", checkable=True)
_SCREEN = ActionSpec(
    "screen_size", "Size on &screen", "screen", (), "Keep the brush’s size on the screen at every zoom", checkable=True
)
_CONTIGUOUS = ActionSpec(
    "contiguous", "&Connected only", "contiguous", (), "Only the connected area, not all of its kind", checkable=True
)
_SELECTS = ActionSpec(
    "selects", "&Select", "select", ("S",), "Select instead of painting; Shift adds, Ctrl takes away", checkable=True
)


class OptionsBar(QFrame):
    """Shows what concerns the tool in the hand, and Apply and Drop while something is proposed.

    Signals:
        accepted(), dropped(): what is proposed shall be painted, or not.
        number_entered(): Enter was pressed in a field: the person wants to go on painting.
    """

    accepted = Signal()
    dropped = Signal()
    number_entered = Signal()

    def __init__(self, context: ToolContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.actions_by_name: dict[str, QAction] = {
            spec.name: make_action(self, spec, slot)
            for spec, slot in (
                (_SQUARE, lambda on: context.change(shape="square" if on else "round")),
                (_SCREEN, lambda on: context.change(unit="screen" if on else "picture")),
                (_CONTIGUOUS, lambda on: context.change(contiguous=on)),
                (_SELECTS, lambda on: context.change(selects=on)),
            )
        }
        self._size_slider = QSlider(Qt.Orientation.Horizontal)
        self._size_slider.setRange(0, 100)
        self._size_slider.setFixedWidth(96)
        _describe(self._size_slider, "Brush size", "Brush size ([ and ], or Shift and the wheel)")
        self._size_slider.valueChanged.connect(lambda value: context.change(size=_from_slider(value)))
        self._size_box = _number("Brush size in pixels", "Brush size ([ and ], or Shift and the wheel)")
        self._size_box.setRange(SMALLEST_SIZE, LARGEST_SIZE)
        self._size_box.setSuffix(" px")
        self._size_box.valueChanged.connect(lambda value: context.change(size=value))
        self._tolerance = _number("Tolerance", "How unlike the colours may be, 0 to 255 (drag sideways while pressing)")
        self._tolerance.setRange(0, 255)
        self._tolerance.setPrefix("± ")
        self._tolerance.valueChanged.connect(lambda value: context.change(tolerance=value))
        for box in (self._size_box, self._tolerance):
            box.lineEdit().returnPressed.connect(self.number_entered)
        self._groups = {
            "size": _group(
                QLabel("Size"), self._size_slider, self._size_box, self._button("square"), self._button("screen_size")
            ),
            "tolerance": _group(QLabel("Tolerance"), self._tolerance),
            "contiguous": self._button("contiguous"),
            "selects": self._button("selects"),
        }
        self._answer = self._build_answer()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING // 2)
        for group in (*self._groups.values(), self._answer):
            row.addWidget(group)
        context.settings_changed.connect(self._follow)
        context.proposal_changed.connect(self._follow_proposal)
        self._follow()
        self._follow_proposal()

    def show_options(self, options: frozenset[str]) -> None:
        """Show the controls that concern a tool."""
        for name, group in self._groups.items():
            group.setVisible(name in options)

    def _button(self, name: str) -> QWidget:
        return action_button(self.actions_by_name[name], 18)

    def _build_answer(self) -> QWidget:
        # One with a word and one without: the bar has to fit into a small window.
        accept, drop = QPushButton("Apply"), QPushButton()
        drop.setAccessibleName("Drop")
        drop.setFixedWidth(32)
        set_role(accept, "primary")
        for button, name, tip, signal in (
            (accept, "apply", "Paint what is shown hatched (Enter)", self.accepted),
            (drop, "close", "Do not paint it (Esc)", self.dropped),
        ):
            set_icon(button, name)
            button.setIconSize(QSize(16, 16))
            button.setToolTip(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(signal)
        return _group(accept, drop)

    def _follow(self) -> None:
        settings = self._context.settings
        for control, value in (
            (self._size_slider, _to_slider(settings.size)),
            (self._size_box, settings.size),
            (self._tolerance, settings.tolerance),
        ):
            blocked = control.blockSignals(True)
            control.setValue(value)
            control.blockSignals(blocked)
        for name, on in (
            ("square", settings.shape == "square"),
            ("screen_size", settings.unit == "screen"),
            ("contiguous", settings.contiguous),
            ("selects", settings.selects),
        ):
            self.actions_by_name[name].setChecked(on)

    def _follow_proposal(self) -> None:
        self._answer.setVisible(self._context.proposal is not None)


def _describe(widget: QWidget, name: str, tip: str) -> None:
    widget.setAccessibleName(name)
    widget.setToolTip(tip)


def _number(name: str, tip: str) -> QSpinBox:
    box = QSpinBox()
    box.setMinimumHeight(24)
    _describe(box, name, tip)
    return box


def _group(*widgets: QWidget) -> QWidget:
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, SPACING // 2, 0)
    row.setSpacing(SPACING // 2)
    for widget in widgets:
        row.addWidget(widget)
    return group


def _to_slider(size: int) -> int:
    """Place a size on the slider: cubic, since a pixel matters more among small brushes."""
    return round(100 * math.cbrt((size - SMALLEST_SIZE) / (LARGEST_SIZE - SMALLEST_SIZE)))


def _from_slider(value: int) -> int:
    share = value / 100
    return SMALLEST_SIZE + round(share * share * share * (LARGEST_SIZE - SMALLEST_SIZE))
