"""The loss over the learning rate, and the rate that is to be used."""

import math
from collections.abc import Mapping, Sequence

import pyqtgraph
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role, warning_colour
from segstudio.ui.training.form.fields import NumberField

_LOWEST, _HIGHEST = 1e-7, 10.0


class RateDialog(QDialog):
    """Not modal: the window behind stays usable. The line in the plot can be moved, and the rate be written.

    Signals:
        rate_chosen(float): use this learning rate.
    """

    rate_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a learning rate")
        self.resize(560, 420)
        self._message = QLabel()
        self._message.setWordWrap(True)
        set_role(self._message, "quiet")
        self.plot = pyqtgraph.PlotWidget()
        self.plot.setLogMode(x=True)
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setLabel("bottom", "Learning rate")
        self.plot.setLabel("left", "Loss")
        self.plot.getAxis("left").enableAutoSIPrefix(False)
        self._losses = self.plot.plot([], [])
        self._smoothed = self.plot.plot([], [])
        self.line = pyqtgraph.InfiniteLine(angle=90, movable=True)
        self.plot.addItem(self.line)
        self.rate = NumberField("Learning rate to use", "Write a rate, or move the line in the plot")
        self.rate.setMaximumWidth(120)
        self.use_button = QPushButton("Use it")
        self.use_button.setToolTip("Put this rate into the form")
        set_role(self.use_button, "primary")
        self._close_button = QPushButton("Close")
        self._close_button.setAutoDefault(False)
        self._build()
        self.line.sigPositionChanged.connect(self._on_line_moved)
        self.rate.textChanged.connect(lambda _text: self._on_rate_written())
        self.use_button.clicked.connect(self._on_used)
        self._close_button.clicked.connect(self.reject)
        self._take_colours()
        self._on_rate_written()

    @property
    def said(self) -> str:
        """What is said about the search."""
        return self._message.text()

    def show_search(self, found: Mapping[str, object]) -> None:
        """Show what a search found: ``rates``, ``losses``, ``smoothed``, ``suggestion`` and ``sentence``."""
        rates = _numbers(found.get("rates"))
        self._losses.setData(*_drawable(rates, _numbers(found.get("losses"))))
        self._smoothed.setData(*_drawable(rates, _numbers(found.get("smoothed"))))
        suggestion = found.get("suggestion")
        if isinstance(suggestion, float | int) and _LOWEST <= suggestion <= _HIGHEST:
            self.rate.set_number(float(f"{suggestion:.2g}"))
            words = "Move the line to choose another rate."
        else:
            self.rate.clear()
            words = "Choose a rate where the loss falls, well before it rises."
        self._message.setText(f"{found.get('sentence', '')} {words}".strip())
        self.plot.autoRange()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colours()
        super().changeEvent(event)

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACING)
        buttons.addWidget(QLabel("Learning rate"))
        buttons.addWidget(self.rate)
        buttons.addStretch(1)
        buttons.addWidget(self._close_button)
        buttons.addWidget(self.use_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        column.setSpacing(SPACING)
        column.addWidget(self._message)
        column.addWidget(self.plot, 1)
        column.addLayout(buttons)

    def _take_colours(self) -> None:
        palette = self.palette()
        accent, quiet = palette.color(QPalette.ColorRole.Highlight), palette.color(QPalette.ColorRole.PlaceholderText)
        self.plot.setBackground(palette.color(QPalette.ColorRole.Base))
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setPen(quiet)
            self.plot.getAxis(side).setTextPen(quiet)
        self._losses.setPen(pyqtgraph.mkPen(quiet, width=1))
        self._smoothed.setPen(pyqtgraph.mkPen(accent, width=2))
        self.line.setPen(pyqtgraph.mkPen(warning_colour(self), width=2, style=Qt.PenStyle.DashLine))
        self.line.setHoverPen(pyqtgraph.mkPen(warning_colour(self), width=4))

    def _on_line_moved(self) -> None:
        rate = min(max(10 ** self.line.value(), _LOWEST), _HIGHEST)
        with QSignalBlocker(self.rate):
            self.rate.set_number(float(f"{rate:.2g}"))
        self.use_button.setEnabled(True)

    def _on_rate_written(self) -> None:
        rate = self.rate.number
        usable = _LOWEST <= rate <= _HIGHEST
        self.use_button.setEnabled(usable)
        self.line.setVisible(usable)
        if usable:
            # pyqtgraph's own signal, and the way back would round what is being written.
            self.line.blockSignals(True)
            self.line.setValue(math.log10(rate))
            self.line.blockSignals(False)

    def _on_used(self) -> None:
        self.rate_chosen.emit(self.rate.number)
        self.accept()


def _numbers(values: object) -> list[float]:
    """Return a list of numbers, NaN where a loss left them."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    return [float(value) if isinstance(value, float | int) else math.nan for value in values]


def _drawable(rates: Sequence[float], losses: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return the pairs that a logarithmic plot can show."""
    pairs = [(rate, loss) for rate, loss in zip(rates, losses, strict=False) if rate > 0 and math.isfinite(loss)]
    return [rate for rate, _loss in pairs], [loss for _rate, loss in pairs]
