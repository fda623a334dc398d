"""The curves of a run, drawn by pyqtgraph; redrawn on a timer, however quick the events come."""

import pyqtgraph
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from segstudio.learning.curves import Curves, Figure
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role, warning_colour

_REDRAW_MILLISECONDS = 250
_BY_EPOCH: tuple[tuple[Figure, str], ...] = (
    ("loss", "Loss by epoch"),
    ("pixel_accuracy", "Pixel accuracy by epoch"),
    ("mean_iou", "Mean IoU by epoch"),
)


class CurvePlots(QWidget):
    """Four plots: loss by step; loss, pixel accuracy and mean IoU by epoch, for train and val."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves = Curves()
        self._stale = False
        self._by_step = _plot()
        self._by_epoch = {figure: _plot() for figure, _title in _BY_EPOCH}
        for figure in ("pixel_accuracy", "mean_iou"):
            self._by_epoch[figure].setYRange(0, 1, padding=0.02)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACING)
        grid.addLayout(_titled("Loss by step", self._by_step), 0, 0)
        for position, (figure, title) in enumerate(_BY_EPOCH, start=1):
            grid.addLayout(_titled(title, self._by_epoch[figure]), position // 2, position % 2)
        self._legend = QLabel()
        grid.addWidget(self._legend, 2, 0, 1, 2)
        self._timer = QTimer(self)
        self._timer.setInterval(_REDRAW_MILLISECONDS)
        self._timer.timeout.connect(self._redraw_if_stale)
        self._timer.start()
        self._take_colours()

    @property
    def curves(self) -> Curves:
        """What is drawn."""
        return self._curves

    def show_curves(self, curves: Curves) -> None:
        """Draw other curves; what is added to them later is drawn after `note_change`."""
        self._curves = curves
        self._stale = True

    def note_change(self) -> None:
        """Draw again soon."""
        self._stale = True

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colours()
        super().changeEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._redraw_if_stale()

    def _redraw_if_stale(self) -> None:
        # Four plots take 60 ms: not while nobody sees them, and never within a click.
        if not self._stale or not self.isVisible():
            return
        self._stale = False
        self._lines[self._by_step][0].setData(*self._curves.by_step())
        for figure, _title in _BY_EPOCH:
            train, val = self._lines[self._by_epoch[figure]]
            train.setData(*self._curves.by_epoch(figure, val=False))
            val.setData(*self._curves.by_epoch(figure, val=True))

    def _take_colours(self) -> None:
        palette = self.palette()
        train, val = palette.color(QPalette.ColorRole.Highlight), warning_colour(self)
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        self._lines = {}
        for plot in (self._by_step, *self._by_epoch.values()):
            plot.clear()
            plot.setBackground(palette.color(QPalette.ColorRole.Base))
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(quiet)
                plot.getAxis(side).setTextPen(quiet)
            marks = {} if plot is self._by_step else {"symbol": "o", "symbolSize": 5, "symbolPen": None}
            self._lines[plot] = [
                plot.plot([], [], pen=pyqtgraph.mkPen(colour, width=2), **(marks and {**marks, "symbolBrush": colour}))
                for colour in (train, val)
            ]
        self._legend.setText(
            f'<span style="color:{train.name()}">●</span> train &nbsp; '
            f'<span style="color:{val.name()}">●</span> validation'
        )
        self._stale = True


def _plot() -> pyqtgraph.PlotWidget:
    plot = pyqtgraph.PlotWidget()
    plot.showGrid(x=True, y=True, alpha=0.15)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.getPlotItem().setClipToView(True)
    plot.setMinimumSize(160, 110)
    return plot


def _titled(title: str, plot: QWidget) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(SPACING // 2)
    label = QLabel(title)
    set_role(label, "quiet")
    column.addWidget(label)
    column.addWidget(plot, 1)
    return column
