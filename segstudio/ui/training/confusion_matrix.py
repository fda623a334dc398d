"""The confusion matrix of a run as a picture: rows are the truth, columns what was predicted."""

import math
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from segstudio.learning.confusion_file import RunConfusion
from segstudio.ui.overriding import override

_LONGEST_NAME = 130.0
_LARGEST_CELL = 96.0
_SMALLEST_CELL = 9.0
_SWATCH = 8.0
_GAP = 6.0


class ConfusionMatrix(QWidget):
    """Draws a matrix as large as there is room.

    Signals:
        field_entered(int, int): the mouse is over this row and column; -1, -1 when it has left.
    """

    field_entered = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._confusion: RunConfusion | None = None
        self._absolute = False
        self._under = (-1, -1)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Confusion matrix")

    def show_confusion(self, confusion: RunConfusion | None) -> None:
        """Draw another matrix."""
        self._confusion = confusion
        self._under = (-1, -1)
        self._lay_out_anew()

    def set_absolute(self, absolute: bool) -> None:  # noqa: FBT001 - a plain setter
        """Show pixels, or shares of the truth."""
        self._absolute = absolute
        self._lay_out_anew()

    def field_at(self, place: QPointF) -> tuple[int, int]:
        """Return the row and column under a point; -1, -1 outside."""
        if self._confusion is None:
            return -1, -1
        area, count = self._area, len(self._confusion.names)
        if not area.contains(place) or not area.width():
            return -1, -1
        cell = area.width() / count
        column, row = int((place.x() - area.left()) // cell), int((place.y() - area.top()) // cell)
        return min(row, count - 1), min(column, count - 1)

    def centre_of(self, row: int, column: int) -> QPointF:
        """Return the middle of a field."""
        assert self._confusion is not None
        cell = self._area.width() / len(self._confusion.names)
        return self._area.topLeft() + QPointF((column + 0.5) * cell, (row + 0.5) * cell)

    @override
    def minimumSizeHint(self) -> QSize:
        count = 0 if self._confusion is None else len(self._confusion.names)
        margin, side = self._margin + 30, count * _SMALLEST_CELL
        return QSize(round(margin + side), round(margin + side))

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._enter(self.field_at(event.position()))

    @override
    def leaveEvent(self, event: object) -> None:
        self._enter((-1, -1))

    @override
    def resizeEvent(self, event: object) -> None:
        self._forget_area()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._confusion is None:
            return
        painter = QPainter(self)
        cell = self._area.width() / len(self._confusion.names)
        self._draw_fields(painter, cell)
        self._draw_names(painter, cell)
        row, column = self._under
        if row >= 0:
            painter.setPen(self.palette().color(QPalette.ColorRole.Text))
            painter.drawRect(self._field(row, column, cell))

    def _enter(self, field: tuple[int, int]) -> None:
        if field != self._under:
            self._under = field
            self.update()
            self.field_entered.emit(*field)

    def _lay_out_anew(self) -> None:
        self._forget_area()
        self.updateGeometry()
        self.update()

    def _forget_area(self) -> None:
        self.__dict__.pop("_area", None)

    @property
    def _margin(self) -> float:
        """How much room the longest name needs."""
        if self._confusion is None:
            return 0.0
        metrics = QFontMetricsF(self.font())
        longest = max(metrics.horizontalAdvance(name) for name in self._confusion.names)
        return min(longest, _LONGEST_NAME) + _SWATCH + 3 * _GAP

    @cached_property
    def _area(self) -> QRectF:
        """The square of the fields."""
        count = 1 if self._confusion is None else len(self._confusion.names)
        # A line of text above and at the left says what rows and columns are.
        margin = self._margin + QFontMetricsF(self.font()).height() + _GAP
        room = min(self.width() - margin - 1, self.height() - margin - 1)
        side = max(min(room, _LARGEST_CELL * count), 0.0)
        return QRectF(margin, margin, side, side)

    def _field(self, row: int, column: int, cell: float) -> QRectF:
        return QRectF(self._area.left() + column * cell, self._area.top() + row * cell, cell, cell)

    def _draw_fields(self, painter: QPainter, cell: float) -> None:
        assert self._confusion is not None
        palette = self.palette()
        paper, ink = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Highlight)
        dark, light = palette.color(QPalette.ColorRole.HighlightedText), palette.color(QPalette.ColorRole.Text)
        strengths = _strengths(self._confusion, absolute=self._absolute)
        small = painter.font()
        small.setPointSizeF(min(max(cell / 4.6, 6.0), small.pointSizeF()))
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        grid = palette.color(QPalette.ColorRole.AlternateBase)
        for (row, column), strength in np.ndenumerate(strengths):
            field = self._field(row, column, cell)
            painter.fillRect(field, _mixed(paper, ink, float(strength)))
            painter.setPen(grid)
            painter.drawRect(field)
            text = self._text(row, column)
            if text and metrics.horizontalAdvance(text) <= cell - 2 and metrics.height() <= cell:
                painter.setPen(dark if strength > 0.6 else light)
                painter.drawText(field, Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(self.font())

    def _text(self, row: int, column: int) -> str:
        assert self._confusion is not None
        pixels = int(self._confusion.matrix[row, column])
        if not pixels:
            return ""
        if self._absolute:
            return _rounded(pixels)
        share = float(self._confusion.shares[row, column])
        return "<1" if share < 0.005 else f"{share * 100:.0f}"

    def _draw_names(self, painter: QPainter, cell: float) -> None:
        assert self._confusion is not None
        metrics = QFontMetricsF(self.font())
        # Names that would run into each other: only so many that each has its line.
        every = max(1, math.ceil(metrics.height() * 0.95 / max(cell, 1e-6)))
        for along_columns in (False, True):
            pointed_at = self._under[along_columns]
            for place in range(len(self._confusion.names)):
                marked = place == pointed_at
                written = place % every == 0 and (pointed_at < 0 or abs(place - pointed_at) >= every)
                painter.save()
                painter.translate(self._area.topLeft())
                if along_columns:
                    painter.rotate(-90)  # names read upwards, away from the fields
                painter.translate(0, place * cell)
                self._draw_name(painter, place, cell, upwards=along_columns, marked=marked, written=marked or written)
                painter.restore()
        self._draw_titles(painter, metrics)

    def _draw_name(
        self, painter: QPainter, place: int, cell: float, *, upwards: bool, marked: bool, written: bool
    ) -> None:
        """Draw swatch and name of a class beside its row, whose corner is the origin; to the right of it if upwards."""
        assert self._confusion is not None
        side = Qt.AlignmentFlag.AlignLeft if upwards else Qt.AlignmentFlag.AlignRight
        start = 2 * _GAP + _SWATCH
        swatch = QRectF(_GAP if upwards else -_GAP - _SWATCH, (cell - _SWATCH) / 2, _SWATCH, _SWATCH)
        field = QRectF(start if upwards else -start - _LONGEST_NAME, 0, _LONGEST_NAME, cell)
        if cell >= _SWATCH:
            painter.fillRect(swatch, QColor(*self._confusion.colours[place]))
            painter.setPen(self._colour(QPalette.ColorRole.PlaceholderText))
            painter.drawRect(swatch)
        if written:
            painter.setPen(self._colour(QPalette.ColorRole.Highlight if marked else QPalette.ColorRole.Text))
            name = self._confusion.names[place]
            shown = QFontMetricsF(self.font()).elidedText(name, Qt.TextElideMode.ElideRight, _LONGEST_NAME)
            flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
            painter.drawText(field, int(flags), shown)

    def _draw_titles(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        painter.setPen(self._colour(QPalette.ColorRole.PlaceholderText))
        area = self._area
        painter.drawText(QPointF(area.left(), metrics.ascent()), "predicted as →")
        painter.save()
        painter.translate(metrics.ascent(), area.bottom())
        painter.rotate(-90)
        painter.drawText(QPointF(max(area.height() - metrics.horizontalAdvance("← truth"), 0), 0), "← truth")
        painter.restore()

    def _colour(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)


def _strengths(confusion: RunConfusion, *, absolute: bool) -> npt.NDArray[np.float64]:
    """Return how strongly each field is coloured, 0 to 1; pixels by their root, else one class drowns all others."""
    if not absolute:
        return confusion.shares
    return np.asarray(np.sqrt(confusion.matrix / max(int(confusion.matrix.max()), 1)), dtype=np.float64)


def _mixed(paper: QColor, ink: QColor, strength: float) -> QColor:
    parts = (
        round(a + (b - a) * strength)
        for a, b in zip(paper.toTuple()[:3], ink.toTuple()[:3], strict=True)  # type: ignore[index]
    )
    return QColor(*parts)


def _rounded(pixels: int) -> str:
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if pixels >= size:
            return f"{pixels / size:.3g} {letter}"
    return str(pixels)
