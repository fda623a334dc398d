"""Which values of a picture with more than 8 bits are black and white on the screen."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QGridLayout, QLabel, QPushButton, QWidget

from segstudio.dataset.depth import DeepImage, Window
from segstudio.ui.theme import SPACING

_DEEPEST = 65535


class WindowRow(QWidget):
    """Two numbers, in the values of the file, and whether they are kept for the next pictures.

    Signals:
        window_changed(Window | None): a person wants these values; None for those of the picture itself.
    """

    window_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lowest, self._step = 0.0, 1.0
        self._black = _number("Black from", "Values up to this are black on the screen")
        self._white = _number("White from", "Values from this on are white on the screen")
        self._keep = QCheckBox("Keep for the next pictures")
        self._keep.setToolTip("Else each picture is shown from its own darkest to its own brightest values")
        whole = QPushButton("All values")
        whole.setToolTip("From the lowest to the highest value that the picture can hold")
        whole.clicked.connect(lambda: self.window_changed.emit((0.0, float(_DEEPEST))))
        own = QPushButton("Automatic")
        own.setToolTip("From the picture’s darkest to its brightest values, as training sees it")
        own.clicked.connect(lambda: self.window_changed.emit(None))
        for number in (self._black, self._white):
            number.valueChanged.connect(lambda _value: self._on_changed())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACING)
        grid.addWidget(QLabel("Window"), 0, 0)
        grid.addWidget(self._black, 0, 1)
        grid.addWidget(QLabel("to"), 0, 2)
        grid.addWidget(self._white, 0, 3)
        grid.addWidget(own, 1, 1)
        grid.addWidget(whole, 1, 3)
        grid.addWidget(self._keep, 2, 1, 1, 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)

    @property
    def kept(self) -> bool:
        """Whether the window shall hold for the next pictures too."""
        return self._keep.isChecked()

    def set_kept(self, kept: bool) -> None:  # noqa: FBT001 - a Qt slot
        """Keep the window for the next pictures, or not."""
        self._keep.setChecked(kept)

    def show_window(self, window: Window, picture: DeepImage) -> None:
        """Show the window through which a picture is seen; says nothing to anybody."""
        self._lowest, self._step = picture.lowest, picture.step
        highest = self._lowest + _DEEPEST * self._step
        decimals = 0 if self._step == 1.0 else 4
        for number, value in zip((self._black, self._white), window, strict=True):
            blocked = number.blockSignals(True)
            number.setDecimals(decimals)
            number.setRange(self._lowest, highest)
            number.setSingleStep(self._step * 256 if decimals else 100)
            number.setValue(self._lowest + value * self._step)
            number.blockSignals(blocked)

    def _on_changed(self) -> None:
        black, white = sorted((number.value() - self._lowest) / self._step for number in (self._black, self._white))
        self.window_changed.emit((black, white))


def _number(name: str, tip: str) -> QDoubleSpinBox:
    number = QDoubleSpinBox()
    number.setRange(0, _DEEPEST)
    # While a number is typed, every digit would be another window.
    number.setKeyboardTracking(False)
    number.setGroupSeparatorShown(True)
    number.setMinimumWidth(96)
    number.setAccessibleName(name)
    number.setToolTip(tip)
    return number
