"""The tools that draw an outline: rectangle, ellipse, lasso, polygon. What they enclose is painted or selected."""

import math
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from segstudio.painting import shapes
from segstudio.painting.brush import Point
from segstudio.painting.regions import Region
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.tool import CanvasPointer, CanvasTool
from segstudio.ui.overriding import override
from segstudio.ui.painter.brush_tools import RING_PENS
from segstudio.ui.painter.context import ToolContext

_CLOSING_DISTANCE = 9.0
"""Device pixels within which a click on the first point closes a polygon."""


class BoxShape(Protocol):
    """Makes a region of the two corners of a drag."""

    def __call__(self, corner: Point, opposite: Point, *, width: int, height: int) -> Region:
        """Return the pixels between two corners."""


class BoxTool(CanvasTool):
    """Rectangle and ellipse: dragged from corner to corner; with Shift the sides are equal."""

    def __init__(self, context: ToolContext, shape: BoxShape, *, is_round: bool) -> None:
        self._context = context
        self._shape = shape
        self._is_round = is_round
        self._corner: Point | None = None
        self._opposite: Point = (0, 0)

    @property
    @override
    def busy(self) -> bool:
        return self._corner is not None

    @override
    def press(self, pointer: CanvasPointer) -> None:
        self._corner = self._opposite = pointer.position

    @override
    def move(self, pointer: CanvasPointer) -> None:
        if self._corner is not None:
            equal = pointer.shift and not self._context.settings.selects
            self._opposite = _squared(self._corner, pointer.position) if equal else pointer.position
            self._context.outline_changed.emit()

    @override
    def release(self, pointer: CanvasPointer) -> None:
        document, corner = self._context.document, self._corner
        self.cancel()
        if document is None or corner is None:
            return
        if self._context.settings.selects and _same_pixel(corner, self._opposite):
            self._context.select(None)  # as a click beside the selection does everywhere
        else:
            region = self._shape(corner, self._opposite, width=document.width, height=document.height)
            self._context.deliver(region, pointer)

    @override
    def cancel(self) -> None:
        self._corner = None
        self._context.outline_changed.emit()

    @override
    def paint_outline(self, painter: QPainter, view: ViewTransform) -> None:
        if self._corner is None:
            return
        (ax, ay), (bx, by) = self._corner, self._opposite
        # The pixels under both corners belong: the outline goes around them.
        left, top = view.to_screen((math.floor(min(ax, bx)), math.floor(min(ay, by))))
        right, bottom = view.to_screen((math.floor(max(ax, bx)) + 1, math.floor(max(ay, by)) + 1))
        path = QPainterPath()
        box = QRectF(left, top, right - left, bottom - top)
        if self._is_round:
            path.addEllipse(box)
        else:
            path.addRect(box)
        draw_outline(painter, path)


class LassoTool(CanvasTool):
    """Encloses what is drawn around with the button down."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._points: list[Point] = []

    @property
    @override
    def busy(self) -> bool:
        return bool(self._points)

    @override
    def press(self, pointer: CanvasPointer) -> None:
        self._points = [pointer.position]

    @override
    def move(self, pointer: CanvasPointer) -> None:
        if self._points:
            self._points.append(pointer.position)
            self._context.outline_changed.emit()

    @override
    def release(self, pointer: CanvasPointer) -> None:
        points = self._points
        self.cancel()
        _deliver_polygon(self._context, points, pointer)

    @override
    def cancel(self) -> None:
        self._points = []
        self._context.outline_changed.emit()

    @override
    def paint_outline(self, painter: QPainter, view: ViewTransform) -> None:
        draw_outline(painter, _path(self._points, view, closed=True))


class PolygonTool(CanvasTool):
    """A point a click; Enter, a double click or a click on the first point closes it, Backspace takes one back."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._points: list[Point] = []
        self._hovered: CanvasPointer | None = None

    @property
    @override
    def busy(self) -> bool:
        return bool(self._points)

    @override
    def press(self, pointer: CanvasPointer) -> None:
        self._hovered = pointer
        if len(self._points) > 2 and self._is_near_first(pointer.position):
            self.confirm()
        else:
            self._points.append(pointer.position)
            self._context.outline_changed.emit()

    @override
    def move(self, pointer: CanvasPointer) -> None:
        self.hover(pointer)

    @override
    def hover(self, pointer: CanvasPointer) -> None:
        self._hovered = pointer
        if self._points:
            self._context.outline_changed.emit()

    @override
    def double_click(self, pointer: CanvasPointer) -> None:
        self._hovered = pointer
        self.confirm()

    @override
    def confirm(self) -> None:
        points, pointer = self._points, self._hovered
        self.cancel()
        if pointer is not None:
            _deliver_polygon(self._context, points, pointer)

    @override
    def put_down(self) -> None:
        """Keep the points: the polygon goes on when the tool is taken again."""

    @override
    def step_back(self) -> bool:
        if not self._points:
            return False
        self._points.pop()
        self._context.outline_changed.emit()
        return True

    @override
    def cancel(self) -> None:
        self._points = []
        self._context.outline_changed.emit()

    @override
    def paint_outline(self, painter: QPainter, view: ViewTransform) -> None:
        if not self._points:
            return
        tail = [self._hovered.position] if self._hovered is not None else []
        draw_outline(painter, _path([*self._points, *tail], view, closed=False))
        painter.setPen(QPen(RING_PENS[0][0], 1))
        painter.setBrush(RING_PENS[1][0])
        for x, y in map(view.to_screen, self._points):
            painter.drawRect(QRectF(x - 3, y - 3, 6, 6))

    def _is_near_first(self, position: Point) -> bool:
        return math.dist(position, self._points[0]) * self._context.zoom <= _CLOSING_DISTANCE


def _same_pixel(one: Point, other: Point) -> bool:
    return math.floor(one[0]) == math.floor(other[0]) and math.floor(one[1]) == math.floor(other[1])


def draw_outline(painter: QPainter, path: QPainterPath) -> None:
    """Draw a line, given in device pixels, that is seen on any picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in RING_PENS:
        painter.setPen(QPen(colour, width))
        painter.drawPath(path)


def _path(points: list[Point], view: ViewTransform, *, closed: bool) -> QPainterPath:
    path = QPainterPath()
    for number, point in enumerate(points):
        place = QPointF(*view.to_screen(point))
        if number == 0:
            path.moveTo(place)
        else:
            path.lineTo(place)
    if closed and points:
        path.closeSubpath()
    return path


def _squared(corner: Point, opposite: Point) -> Point:
    across, down = opposite[0] - corner[0], opposite[1] - corner[1]
    side = max(abs(across), abs(down))
    return corner[0] + math.copysign(side, across), corner[1] + math.copysign(side, down)


def _deliver_polygon(context: ToolContext, points: list[Point], pointer: CanvasPointer) -> None:
    document = context.document
    if document is not None and len(points) > 2:
        region = shapes.polygon(points, width=document.width, height=document.height)
        context.deliver(region, pointer)
