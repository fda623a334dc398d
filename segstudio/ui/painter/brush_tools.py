"""The tools that are moved over the picture with a ring: brush, eraser, encircle-and-fill."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from segstudio.painting.brush import Point, brush_centre, covered_in_bands
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region
from segstudio.painting.shapes import encircle
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.tool import CanvasPointer, CanvasTool
from segstudio.ui.overriding import override
from segstudio.ui.painter.context import ToolContext

RING_PENS = ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255), 1.2))
"""Dark within light: seen on any picture."""


class RingTool(CanvasTool):
    """Draws the ring, changes the size, and turns presses and moves into straight ways of the brush."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._last: Point | None = None

    @property
    @override
    def busy(self) -> bool:
        return self._last is not None

    @override
    def wheel(self, steps: float) -> None:
        self._context.change(size=stepped_size(self._context.settings.size, steps))

    @override
    def cursor_radius(self, view: ViewTransform) -> float:
        # A corner of a square reaches further than its side.
        return max(self._context.diameter(CanvasPointer((0, 0))) * view.zoom * 0.75, 4) + view.zoom

    @override
    def paint_cursor(self, painter: QPainter, view: ViewTransform, pointer: CanvasPointer) -> None:
        diameter = self._context.diameter(pointer)
        x, y = view.to_screen(brush_centre(pointer.position, diameter))
        radius = diameter * view.zoom / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in RING_PENS:
            painter.setPen(QPen(colour, width))
            # One pixel is a square, and a circle within it would say less.
            if diameter == 1 or self._context.settings.shape == "square":
                painter.drawRect(QRectF(x - radius, y - radius, 2 * radius, 2 * radius))
            else:
                painter.drawEllipse(QPointF(x, y), radius, radius)

    def _way_to(self, pointer: CanvasPointer, document: MaskDocument) -> list[Region]:
        """Return what the brush covers from where it was last to the pointer, in tight pieces."""
        regions = covered_in_bands(
            self._last or pointer.position,
            pointer.position,
            diameter=self._context.diameter(pointer),
            width=document.width,
            height=document.height,
            shape=self._context.settings.shape,
        )
        self._last = pointer.position
        return regions


class BrushTool(RingTool):
    """Paints the chosen class, or the class that a new mask begins with. Shift+click goes straight from the last end.

    Args:
        context: of the painter.
        erases: whether it is the eraser.
    """

    def __init__(self, context: ToolContext, *, erases: bool = False) -> None:
        super().__init__(context)
        self._erases = erases
        self._stroke_id = 0
        self._end: tuple[MaskDocument, Point] | None = None

    @override
    def press(self, pointer: CanvasPointer) -> None:
        document = self._context.document
        if document is None:
            return
        self._stroke_id = self._context.id_for(pointer, erases=self._erases)
        document.begin_stroke()
        straight = pointer.shift and self._end is not None and self._end[0] is document
        self._last = self._end[1] if straight and self._end is not None else pointer.position
        self._paint(self._way_to(pointer, document))

    @override
    def move(self, pointer: CanvasPointer) -> None:
        if self._context.document is not None and self._last is not None:
            self._paint(self._way_to(pointer, self._context.document))

    @override
    def release(self, pointer: CanvasPointer) -> None:
        document = self._context.document
        if document is not None and self._last is not None:
            # Without a pen's pressure: it is 0 as the pen leaves, and would end every stroke in a dot.
            self._end = (document, self._last)
            self._last = None
            self._context.stroke_ended.emit(document.end_stroke())

    @override
    def cancel(self) -> None:
        document = self._context.document
        if document is not None and self._last is not None:
            self._last = None
            self._context.changed.emit(document.abort_stroke())
            self._context.stroke_dropped.emit()

    def _paint(self, regions: list[Region]) -> None:
        for region in regions:
            self._context.paint(region, self._stroke_id)


class EncircleTool(BrushTool):
    """Paints a line with the brush; on release, what the line encloses is filled too (as in napari)."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._parts: list[Region] = []
        self._began: Point = (0, 0)

    @override
    def press(self, pointer: CanvasPointer) -> None:
        self._parts = []
        self._began = pointer.position
        super().press(pointer)

    @override
    def release(self, pointer: CanvasPointer) -> None:
        document = self._context.document
        if document is not None and self._last is not None:
            stroke = Region.union(self._parts)
            # A line that was all but closed is closed: nobody hits its beginning to the pixel.
            closed = math.dist(self._began, self._last) <= max(3 * self._context.diameter(pointer), 12)
            ends = (self._last, self._began) if closed else None
            whole = encircle(stroke, ends=ends, width=document.width, height=document.height)
            self._context.paint(whole, self._stroke_id)
        super().release(pointer)

    @override
    def _paint(self, regions: list[Region]) -> None:
        self._parts.extend(regions)
        super()._paint(regions)


def stepped_size(size: int, steps: float) -> int:
    """Return the size some steps larger or smaller: by a sixth, and by at least a pixel, a step."""
    for _ in range(math.ceil(abs(steps))):
        change = max(1, round(size / 6))
        size += change if steps > 0 else -change
    return max(size, 1)
