"""How the picture is looked at: tone, channel, outlines, grid, overview. No pixel changes for any of it."""

from dataclasses import replace
from typing import get_args

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.painting.display import Channel, Display, Tone
from segstudio.painting.pyramid import Pyramid
from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.canvas.picture_view import PictureView
from segstudio.ui.overriding import override
from segstudio.ui.painter.window_row import WindowRow
from segstudio.ui.theme import SPACING, set_role

_ACTION = ActionSpec(
    "display", "&Display …", "display", ("Shift+D",), "Brightness, contrast, channel, outlines, pixel grid, overview"
)
_STEPS = 100
_CHANNEL_NAMES = {"all": "All channels", "red": "Red", "green": "Green", "blue": "Blue"}


class DisplayPanel(QFrame):
    """Drops down from its button; what is chosen holds for every picture until it is reset.

    The window of a picture with more than 8 bits is its own, unless it is kept for the next ones.

    Signals:
        display_changed(Display): a person wants to look at it so.
    """

    display_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName("Display")
        # The click that closes it is not for the picture under it.
        self.setAttribute(Qt.WidgetAttribute.WA_NoMouseReplay)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._display = Display()
        self._picture: Pyramid | None = None
        self._brightness = _slider("Brightness", "Lighten or darken the picture on the screen")
        self._contrast = _slider("Contrast", "Spread or flatten light and dark on the screen")
        self._gamma = _slider("Gamma", "Lift the shadows or deepen them on the screen")
        self._figures = {slider: QLabel() for slider in (self._brightness, self._contrast, self._gamma)}
        self.window_row = WindowRow()
        self.window_row.window_changed.connect(lambda window: self._change_tone(window=window))
        self._channel = QComboBox()
        self._channel.setAccessibleName("Channel")
        self._channel.setToolTip("Show one channel in grey")
        for channel in get_args(Channel):
            self._channel.addItem(_CHANNEL_NAMES[channel], channel)
        self._outlines = _box("Outlines only", "Draw the borders of the classes instead of their areas")
        self._grid = _box("Pixel grid", "Draw lines between pixels where they are large")
        self._navigator = _box("Overview", "Show where in the picture you are, at the lower right")
        self._reset = QPushButton("Reset")
        self._reset.setToolTip("Look at the picture as it is")
        self._build()
        self._follow()
        self._connect()

    @property
    def display(self) -> Display:
        """What is chosen."""
        return self._display

    def set_display(self, display: Display) -> None:
        """Choose all of it at once."""
        if display != self._display:
            self._display = display
            self._follow()
            self.display_changed.emit(display)

    def set_picture(self, picture: Pyramid | None) -> None:
        """Offer what makes sense for this picture; a window that is not kept is forgotten."""
        if picture is not None and picture.complete and picture is not self._picture:
            if not self.window_row.kept:
                self._change_tone(window=None)
            self._picture = picture
        self._follow()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._brightness.setFocus(Qt.FocusReason.PopupFocusReason)

    def _build(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACING)
        grid.setVerticalSpacing(SPACING)
        for row, (slider, figure) in enumerate(self._figures.items()):
            figure.setMinimumWidth(self.fontMetrics().horizontalAdvance("−100 %"))
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(QLabel(slider.accessibleName()), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(figure, row, 2)
        grid.addWidget(QLabel("Channel"), 3, 0)
        grid.addWidget(self._channel, 3, 1, 1, 2)
        heading = QLabel("Display")
        set_role(heading, "heading")
        note = QLabel("For the eye only: files and training do not change.")
        set_role(note, "quiet")
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self._reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACING * 2, SPACING, SPACING * 2, SPACING * 2)
        column.setSpacing(SPACING)
        column.addWidget(heading)
        column.addLayout(grid)
        column.addWidget(self.window_row)
        for box in (self._outlines, self._grid, self._navigator):
            column.addWidget(box)
        column.addWidget(note)
        column.addLayout(last)

    def _connect(self) -> None:
        self._brightness.valueChanged.connect(lambda value: self._change_tone(brightness=value / _STEPS))
        self._contrast.valueChanged.connect(lambda value: self._change_tone(contrast=value / _STEPS))
        self._gamma.valueChanged.connect(lambda value: self._change_tone(gamma=_to_gamma(value)))
        self._channel.currentIndexChanged.connect(lambda _row: self._change_tone(channel=self._channel.currentData()))
        self._outlines.toggled.connect(lambda on: self.set_display(replace(self._display, outlines=on)))
        self._grid.toggled.connect(lambda on: self.set_display(replace(self._display, grid=on)))
        self._navigator.toggled.connect(lambda on: self.set_display(replace(self._display, navigator=on)))
        self._reset.clicked.connect(self._on_reset)

    def _change_tone(self, **changes: object) -> None:
        self.set_display(replace(self._display, tone=replace(self._display.tone, **changes)))  # type: ignore[arg-type]

    def _on_reset(self) -> None:
        self.window_row.set_kept(False)
        self.set_display(Display())

    def _follow(self) -> None:
        """Let the controls show what is chosen; they say nothing to anybody."""
        display, picture = self._display, self._picture
        tone = display.tone
        shown = (
            (self._brightness, round(tone.brightness * _STEPS)),
            (self._contrast, round(tone.contrast * _STEPS)),
            (self._gamma, _from_gamma(tone.gamma)),
        )
        for slider, value in shown:
            blocked = slider.blockSignals(True)
            slider.setValue(value)
            slider.blockSignals(blocked)
            self._figures[slider].setText(f"{tone.gamma:.2f}" if slider is self._gamma else _percent(value))
        for box, on in (
            (self._outlines, display.outlines),
            (self._grid, display.grid),
            (self._navigator, display.navigator),
        ):
            blocked = box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(blocked)
        blocked = self._channel.blockSignals(True)
        self._channel.setCurrentIndex(self._channel.findData(tone.channel))
        self._channel.blockSignals(blocked)
        self._channel.setEnabled(picture is None or picture.channels == 3)
        deep = None if picture is None else picture.deep
        self.window_row.setVisible(deep is not None)
        if deep is not None:
            self.window_row.show_window(tone.window or deep.window, deep)
        self.adjustSize()


class DisplayButton(QToolButton):
    """Drops the display panel of a canvas down; it is lit while the picture is not shown as it is."""

    def __init__(self, canvas: PictureView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = DisplayPanel(self)
        self._action = make_action(self, _ACTION, self._drop_down)
        self._action.setCheckable(True)
        self.setDefaultAction(self._action)
        self.setIconSize(QSize(20, 20))
        self.setAccessibleName("Display")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.panel.display_changed.connect(canvas.set_display)
        self.panel.display_changed.connect(lambda _display: self._show_state())
        canvas.picture_changed.connect(self.panel.set_picture)
        canvas.set_display(self.panel.display)
        self.panel.set_picture(canvas.picture)

    def _drop_down(self) -> None:
        self._show_state()
        self.panel.adjustSize()
        right = self.mapToGlobal(QPoint(self.width(), self.height()))
        self.panel.move(max(right.x() - self.panel.width(), 0), right.y() + 2)
        self.panel.show()

    def _show_state(self) -> None:
        display = self.panel.display
        self._action.setChecked(display.outlines or display.tone != Tone())


def _slider(name: str, tip: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(-_STEPS, _STEPS)
    slider.setPageStep(10)
    slider.setMinimumWidth(180)
    slider.setAccessibleName(name)
    slider.setToolTip(tip)
    return slider


def _box(text: str, tip: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setToolTip(tip)
    return box


def _to_gamma(value: int) -> float:
    """Turn the slider's -100 to 100 into a fifth to five, so that both halves do as much."""
    return float(round(5 ** (value / _STEPS), 2))


def _from_gamma(gamma: float) -> int:
    return next(value for value in range(-_STEPS, _STEPS + 1) if _to_gamma(value) >= gamma or value == _STEPS)


def _percent(value: int) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value)} %"
