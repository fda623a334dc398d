"""The brush and the eraser: one tool, since erasing is painting the class that a new mask begins with."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from typing_extensions import override

from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point, brush_centre, covered_in_bands
from segstudio.painting.document import MaskDocument
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.tool import CanvasPointer, CanvasTool

SMALLEST_DIAMETER = 1
LARGEST_DIAMETER = 1000


class BrushTool(CanvasTool):
    """Paints a round brush into a document.

    Args:
        painted: called with the box that a movement changed.
        finished: called when a stroke has ended, with whether it changed anything.
        resized: called with the new diameter when the wheel has changed it.
    """

    def __init__(
        self,
        painted: Callable[[Box | None], object],
        finished: Callable[[bool], object],
        resized: Callable[[int], object],
    ) -> None:
        self.document: MaskDocument | None = None
        self.diameter = 20
        self.class_id = 1
        self.background_id = 0
        self.erases = False
        self._painted = painted
        self._finished = finished
        self._resized = resized
        self._last: Point | None = None
        self._stroke_id = 0

    @override
    def press(self, pointer: CanvasPointer) -> None:
        """Begin a stroke with a dab."""
        if self.document is None:
            return
        self._stroke_id = self._id_for(pointer)
        self.document.begin_stroke()
        self._last = pointer.position
        self._paint_to(pointer.position)

    @override
    def move(self, pointer: CanvasPointer) -> None:
        """Go on with the stroke."""
        if self._last is not None:
            self._paint_to(pointer.position)

    @override
    def release(self, pointer: CanvasPointer) -> None:
        """End the stroke."""
        if self.document is not None and self._last is not None:
            self._paint_to(pointer.position)
            self._last = None
            self._finished(self.document.end_stroke())

    @override
    def cancel(self) -> None:
        """Put back what the stroke has changed (R25)."""
        if self.document is not None and self._last is not None:
            self._last = None
            self._painted(self.document.abort_stroke())
            self._finished(False)

    @override
    def wheel(self, steps: float) -> None:
        """Grow or shrink the brush."""
        self._resized(stepped_diameter(self.diameter, steps))

    @override
    def cursor_radius(self, view: ViewTransform) -> float:
        """Return half the ring's diameter in device pixels."""
        return max(self.diameter * view.zoom / 2, 4) + view.zoom

    @override
    def paint_cursor(self, painter: QPainter, view: ViewTransform, pointer: CanvasPointer) -> None:
        """Draw the ring around just the pixels that a dab would cover, dark within light: seen on any picture."""
        x, y = view.to_screen(brush_centre(pointer.position, self.diameter))
        radius = self.diameter * view.zoom / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 170), 3.0), (QColor(255, 255, 255), 1.2)):
            painter.setPen(QPen(colour, width))
            if self.diameter == 1:
                # One pixel is a square, and a circle within it would say less.
                painter.drawRect(round(x - radius), round(y - radius), round(2 * radius), round(2 * radius))
            else:
                painter.drawEllipse(QPointF(x, y), radius, radius)

    def _paint_to(self, position: Point) -> None:
        if self.document is None or self._last is None:
            return
        size = self.document.width, self.document.height
        bands = covered_in_bands(self._last, position, diameter=self.diameter, width=size[0], height=size[1])
        self._last = position
        for region in bands:
            self._painted(self.document.paint(region, self._stroke_id))

    def _id_for(self, pointer: CanvasPointer) -> int:
        control = bool(pointer.modifiers & Qt.KeyboardModifier.ControlModifier)
        erasing = self.erases or pointer.eraser
        # Ctrl turns the brush into the eraser for one stroke, and the eraser into the brush.
        return self.background_id if erasing != control else self.class_id


def stepped_diameter(diameter: int, steps: float) -> int:
    """Return the diameter some steps larger or smaller: by a sixth, and by at least a pixel, a step."""
    for _ in range(math.ceil(abs(steps))):
        change = max(1, round(diameter / 6))
        diameter += change if steps > 0 else -change
    return min(max(diameter, SMALLEST_DIAMETER), LARGEST_DIAMETER)
