"""One plot with a curve or two for each run, and the values under the mouse. Drawn by pyqtgraph."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import pyqtgraph
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from segstudio.learning.curves import Points, value_near
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role

_FAINT = 70
_MOST_MARKED = 60
"""Up to so many points each is marked: a single epoch would else be invisible."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn of a run.

    Attributes:
        name: the run's.
        colour: the run's.
        train: on train, dotted where there is val beside it.
        val: on val, solid.
        raw: what ``train`` was smoothed from; drawn faintly behind it.
    """

    name: str
    colour: QColor
    train: Points
    val: Points
    raw: Points | None = None


class CurvePlot(QWidget):
    """A titled plot.

    Signals:
        hovered(float): the mouse is over this x; NaN when it has left.
    """

    hovered = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[Line] = []
        self._items: list[tuple[pyqtgraph.PlotDataItem, ...]] = []
        self._drawn: tuple[tuple[str, int], ...] = ()
        self._x = float("nan")
        self._unit = "Epoch"
        self._title = QLabel()
        set_role(self._title, "quiet")
        self.plot = pyqtgraph.PlotWidget()
        self.plot.showGrid(x=True, y=True, alpha=0.15)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        item = self.plot.getPlotItem()
        item.setClipToView(True)
        item.setDownsampling(auto=True, mode="peak")
        for side in ("left", "bottom"):
            self.plot.getAxis(side).enableAutoSIPrefix(False)
        self.plot.setMinimumSize(160, 90)
        self.plot.setToolTip("Drag to move, wheel to zoom, double-click to see all")
        self._cross = pyqtgraph.InfiniteLine(angle=90, movable=False)
        self._words = pyqtgraph.TextItem(anchor=(0, 0))
        self._words.setZValue(10)
        for each in (self._cross, self._words):
            each.setVisible(False)
            self.plot.addItem(each, ignoreBounds=True)
        item.vb.sigRangeChanged.connect(lambda *_words: self.show_cross(self._x))
        self.plot.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.plot.scene().sigMouseClicked.connect(self._on_mouse_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING // 2)
        layout.addWidget(self._title)
        layout.addWidget(self.plot, 1)
        self._take_colours()

    @property
    def lines(self) -> Sequence[Line]:
        """What is drawn, a line for each run."""
        return self._lines

    @property
    def words(self) -> str:
        """What is said of the values under the mouse, as HTML; empty where the mouse is not over a curve."""
        return str(self._words.toHtml()) if self._words.isVisible() else ""

    def set_title(self, title: str, unit: str) -> None:
        """Say what is drawn, and of what one x is."""
        self._title.setText(title)
        self._unit = unit

    def draw(self, lines: Sequence[Line]) -> None:
        """Draw these lines; those of runs that were drawn already only get their new points."""
        before = self._lines
        self._lines = list(lines)
        kinds = tuple((line.colour.name(), _kind(line)) for line in lines)
        if kinds != self._drawn:
            self._rebuild()
            self._drawn = kinds
            before = []
        for place, (line, items) in enumerate(zip(self._lines, self._items, strict=True)):
            if place < len(before) and before[place] is line:
                continue  # nothing is new of this run
            for points, item in zip((line.raw, line.train, line.val), items, strict=True):
                if item is not None and points is not None:
                    item.setData(*points)
        self.show_cross(self._x)

    def show_cross(self, x: float) -> None:
        """Show the values at an x; NaN for none."""
        self._x = x
        shown = bool(np.isfinite(x)) and bool(self._lines)
        text = self._text_at(x) if shown else ""
        self._cross.setVisible(bool(text))
        self._words.setVisible(bool(text))
        if not text:
            return
        self._cross.setPos(x)
        (left, right), (_bottom, top) = self.plot.getPlotItem().vb.viewRange()
        # On the side where there is room.
        self._words.setAnchor((0, 0) if x < (left + right) / 2 else (1, 0))
        self._words.setHtml(text)
        self._words.setPos(x, top)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._take_colours()
        super().changeEvent(event)

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(float("nan"))
        super().leaveEvent(event)

    def _on_mouse_moved(self, position: QPointF) -> None:
        box = self.plot.getPlotItem().vb
        inside = box.sceneBoundingRect().contains(position)
        self.hovered.emit(float(box.mapSceneToView(position).x()) if inside else float("nan"))

    def _on_mouse_clicked(self, event: object) -> None:
        if event.double():  # type: ignore[attr-defined] # pyqtgraph's own event
            self.plot.getPlotItem().enableAutoRange()

    def _text_at(self, x: float) -> str:
        rows, place = [], None
        for line in self._lines:
            found = [value_near(points, x) for points in (line.val, line.train)]
            figures = [f"{name} {_figure(near[1])}" for name, near in zip(("val", "train"), found, strict=True) if near]
            nearest = next((near[0] for near in found if near), None)
            if nearest is not None:
                place = nearest if place is None else place
                dot = f'<span style="color:{line.colour.name()}">●</span>'
                rows.append(f"{dot} {escape(line.name)}: {', '.join(figures)}")
        if place is None:
            return ""
        where = f"{place:.4g}" if place < 1e4 else f"{place:,.0f}"
        return "<br>".join([f"{self._unit} {where}", *rows])

    def _rebuild(self) -> None:
        for items in self._items:
            for item in items:
                if item is not None:
                    self.plot.removeItem(item)
        self._items = []
        for line in self._lines:
            faint = QColor(line.colour)
            faint.setAlpha(_FAINT)
            raw = None if line.raw is None else self._add(faint, Qt.PenStyle.SolidLine, width=1)
            dotted = bool(len(line.val[0])) and line.raw is None
            style = Qt.PenStyle.DotLine if dotted else Qt.PenStyle.SolidLine
            train = self._add(line.colour, style, width=1 if dotted or line.raw is not None else 2)
            val = self._add(line.colour, Qt.PenStyle.SolidLine, width=2) if len(line.val[0]) else None
            for item, points in ((train, line.train), (val, line.val)):
                if item is not None and line.raw is None and len(points[0]) <= _MOST_MARKED:
                    item.setSymbol("o")
                    item.setSymbolSize(5 if item is val else 4)
                    item.setSymbolPen(None)
                    item.setSymbolBrush(line.colour)
            self._items.append((raw, train, val))

    def _add(self, colour: QColor, style: Qt.PenStyle, *, width: int) -> pyqtgraph.PlotDataItem:
        return self.plot.plot([], [], pen=pyqtgraph.mkPen(colour, width=width, style=style))

    def _take_colours(self) -> None:
        palette = self.palette()
        quiet = palette.color(QPalette.ColorRole.PlaceholderText)
        self.plot.setBackground(palette.color(QPalette.ColorRole.Base))
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setPen(quiet)
            self.plot.getAxis(side).setTextPen(quiet)
        self._cross.setPen(pyqtgraph.mkPen(quiet, width=1))
        self._words.setColor(palette.color(QPalette.ColorRole.Text))
        veil = QColor(palette.color(QPalette.ColorRole.Window))
        veil.setAlpha(225)
        self._words.fill = pyqtgraph.mkBrush(veil)
        self._words.border = pyqtgraph.mkPen(palette.color(QPalette.ColorRole.Mid))


def _kind(line: Line) -> int:
    """Say what curves are built for: val or none, something behind or nothing, points marked or not."""
    few = max(len(line.val[0]), len(line.train[0])) <= _MOST_MARKED
    return 4 * (line.raw is not None) + 2 * bool(len(line.val[0])) + few


def _figure(value: float) -> str:
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.2e}"
