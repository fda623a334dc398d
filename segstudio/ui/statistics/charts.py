"""Three charts of a split: bars by class, classes together, sizes of pictures."""

import math
from typing import Literal

import numpy as np
import pyqtgraph
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from segstudio.dataset.survey import SplitStatistics
from segstudio.ui.overriding import override

Measure = Literal["pixels", "pictures"]

_BAR_PIXELS = 24
_MOST_FIGURES = 20
"""Up to so many classes, figures stand in the fields of the matrix."""
_LONGEST_NAME = 22


class Chart(QWidget):
    """A plot that takes its colours from the palette, and takes them anew when the theme changes."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = pyqtgraph.PlotWidget()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setAccessibleName(name)
        self._statistics: SplitStatistics | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._framed(self.plot))

    def show_statistics(self, statistics: SplitStatistics) -> None:
        """Draw another split."""
        self._statistics = statistics
        self._redraw()

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._redraw()
        super().changeEvent(event)

    def _framed(self, plot: QWidget) -> QWidget:
        return plot

    def _redraw(self) -> None:
        palette = self.palette()
        self.plot.clear()
        self.plot.setBackground(palette.color(QPalette.ColorRole.Base))
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setPen(self._quiet)
            self.plot.getAxis(side).setTextPen(palette.color(QPalette.ColorRole.Text))
        if self._statistics is not None:
            self._draw(self._statistics)

    def _draw(self, statistics: SplitStatistics) -> None:
        raise NotImplementedError

    @property
    def _quiet(self) -> QColor:
        return self.palette().color(QPalette.ColorRole.PlaceholderText)


class ClassBars(Chart):
    """A bar for each class in its colour: pixels, or pictures that hold it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Pixels or pictures by class", parent)
        self._measure: Measure = "pixels"
        self._logarithmic = False
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.invertY(True)
        self.plot.showGrid(x=True, y=False, alpha=0.15)
        self.plot.getAxis("left").setStyle(tickLength=0)  # else they are drawn over the bars

    def set_measure(self, measure: Measure, *, logarithmic: bool) -> None:
        """Show pixels or pictures; ``logarithmic`` lets rare classes be seen beside frequent ones."""
        self._measure, self._logarithmic = measure, logarithmic
        self._redraw()

    @override
    def _framed(self, plot: QWidget) -> QWidget:
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(plot)
        return area

    @override
    def _draw(self, statistics: SplitStatistics) -> None:
        figures = statistics.pixels if self._measure == "pixels" else statistics.holding
        count = len(figures)
        lengths = np.log10(np.maximum(figures, 1)) if self._logarithmic else figures.astype(float)
        brushes = [pyqtgraph.mkBrush(*entry.colour) for entry in statistics.classes]
        # With an edge: a black class on black paper would be no bar at all.
        bars = pyqtgraph.BarGraphItem(
            x0=0, y=np.arange(count), width=lengths, height=0.7, brushes=brushes, pen=self._quiet
        )
        self.plot.addItem(bars)
        self.plot.setMinimumHeight(_BAR_PIXELS * count + 60)
        left, bottom = self.plot.getAxis("left"), self.plot.getAxis("bottom")
        left.setTicks([[(i, _short(entry.name)) for i, entry in enumerate(statistics.classes)]])
        longest = max(float(lengths.max(initial=0)), 1e-9)
        bottom.setTicks([_powers(longest) if self._logarithmic else _steps(longest)])
        bottom.setLabel("pixels" if self._measure == "pixels" else "pictures that hold it")
        self.plot.setRange(xRange=(0, longest * 1.15), yRange=(-0.6, count - 0.4), padding=0)
        share = max(int(figures.sum()), 1) if self._measure == "pixels" else max(len(statistics.masks), 1)
        for i, figure in enumerate(figures.tolist()):
            label = pyqtgraph.TextItem(f"{figure / share:.1%}", color=self._quiet, anchor=(0, 0.5))
            label.setPos(float(lengths[i]), i)
            self.plot.addItem(label)


class TogetherMatrix(Chart):
    """Of the masks that hold the class of a row, which share holds that of a column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Classes that occur together", parent)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.invertY(True)
        self.plot.getAxis("left").setStyle(tickLength=0)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)

    def words_at(self, row: int, column: int) -> str:
        """Say in words what a field stands for; empty outside."""
        if self._statistics is None:
            return ""
        classes = self._statistics.classes
        if not (0 <= row < len(classes) and 0 <= column < len(classes)):
            return ""
        both, one = int(self._statistics.together[row, column]), int(self._statistics.holding[row])
        return f"{both:,} of the {one:,} masks with “{classes[row].name}” hold “{classes[column].name}” too"

    @override
    def _draw(self, statistics: SplitStatistics) -> None:
        shares = shares_together(statistics)
        count = len(shares)
        picture = pyqtgraph.ImageItem(shares.T, levels=(0, 1))
        palette = self.palette()
        ends = (palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Highlight))
        picture.setColorMap(pyqtgraph.ColorMap([0.0, 1.0], list(ends)))
        picture.setRect(-0.5, -0.5, count, count)
        self.plot.addItem(picture)
        names = [(i, f"{_short(entry.name)}   {entry.id}") for i, entry in enumerate(statistics.classes)]
        self.plot.getAxis("left").setTicks([names])
        self.plot.getAxis("bottom").setTicks([[(i, str(entry.id)) for i, entry in enumerate(statistics.classes)]])
        self.plot.getAxis("bottom").setLabel("the id of the other class")
        self.plot.setRange(xRange=(-0.5, count - 0.5), yRange=(-0.5, count - 0.5), padding=0)
        if count > _MOST_FIGURES:
            return
        text, on_accent = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.HighlightedText)
        for row, column in np.ndindex(count, count):
            share = float(shares[row, column])
            colour = on_accent if share > 0.75 else text
            figure = pyqtgraph.TextItem(f"{share:.0%}" if statistics.holding[row] else "–", color=colour)
            figure.setAnchor((0.5, 0.5))
            figure.setPos(column, row)
            self.plot.addItem(figure)

    def _on_mouse_moved(self, position: QPointF) -> None:
        point = self.plot.getPlotItem().vb.mapSceneToView(position)
        self.plot.setToolTip(self.words_at(round(point.y()), round(point.x())))


class SizeScatter(Chart):
    """A dot for each size that pictures have, the larger the more pictures have it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Sizes of the pictures", parent)
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self.plot.setLabel("bottom", "width, pixels")
        self.plot.setLabel("left", "height, pixels")
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)

    @override
    def _draw(self, statistics: SplitStatistics) -> None:
        if not statistics.sizes:
            return
        widths, heights = (np.array(side) for side in zip(*statistics.sizes, strict=True))
        counts = np.array(list(statistics.sizes.values()))
        accent = QColor(self.palette().color(QPalette.ColorRole.Highlight))
        accent.setAlpha(150)
        dots = pyqtgraph.ScatterPlotItem(
            x=widths,
            y=heights,
            size=8 + 22 * np.sqrt(counts / counts.max()),
            brush=accent,
            pen=self._quiet,
            data=counts,
            hoverable=True,
            tip=lambda x, y, data: f"{data:,} pictures of {x:.0f} × {y:.0f} pixels",
        )
        self.plot.addItem(dots)
        self.plot.setRange(xRange=(0, widths.max() * 1.1), yRange=(0, heights.max() * 1.1), padding=0)


def shares_together(statistics: SplitStatistics) -> np.ndarray:
    """Return (classes, classes) float64: of the masks with the row's class, the share that holds the column's too."""
    holding = np.maximum(statistics.holding, 1)
    return np.asarray(statistics.together / holding[:, None], dtype=np.float64)


def _powers(longest: float) -> list[tuple[float, str]]:
    """Return the ticks of a logarithmic axis that ends at 10 to the power of ``longest``."""
    return [(float(power), _rounded(10**power)) for power in range(math.ceil(longest) + 1)]


def _steps(longest: float) -> list[tuple[float, str]]:
    """Return some five ticks from 0 to ``longest``, at 1, 2 or 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(max(longest / 5, 1)))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power * 5 >= longest)
    return [(float(n * step), _rounded(n * step)) for n in range(int(longest / step) + 2)]


def _rounded(number: int) -> str:
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= size:
            return f"{number / size:g} {letter}"
    return str(number)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
