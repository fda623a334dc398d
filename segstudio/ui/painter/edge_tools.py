"""Brushes that look at the picture: one stops at edges, one takes whole superpixels."""

import itertools
import math
import threading
import time
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QTimer

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.edge_brush import EdgeBrush
from segstudio.painting.assist.superpixels import Superpixels, load
from segstudio.painting.brush import Point
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region
from segstudio.ui.canvas.tool import CanvasPointer
from segstudio.ui.overriding import override
from segstudio.ui.painter.brush_tools import BrushTool
from segstudio.ui.painter.context import ToolContext, ToolSettings

_USUAL_TOLERANCE = ToolSettings().tolerance
"""With it the brush takes what it holds for alike by itself; with twice as much, what is twice as far apart."""

_BUDGET = 0.012
"""Seconds that superpixels may take within one event; a frame of the screen has 16 ms."""

_PIECE = 64
"""Pixels of the way that are painted at once, at least."""


class EdgeBrushTool(BrushTool):
    """Paints only what is like the colour that the stroke began on; the tolerance says how like."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._brush: EdgeBrush | None = None

    @override
    def press(self, pointer: CanvasPointer) -> None:
        if self._context.image is not None:
            tolerance = self._context.settings.tolerance / _USUAL_TOLERANCE
            self._brush = EdgeBrush(self._context.image, tolerance=tolerance)
        super().press(pointer)

    @override
    def _way_to(self, pointer: CanvasPointer, document: MaskDocument) -> list[Region]:
        start, self._last = self._last or pointer.position, pointer.position
        if self._brush is None:
            return []
        return [self._brush.along(start, pointer.position, diameter=self._context.diameter(pointer))]


class SuperpixelTool(BrushTool):
    """Paints the superpixels that the brush covers; they are as large as about a third of it, up to a size.

    On ground not seen before they take a while. What cannot be painted within a movement is painted in pieces between
    the events that follow, so that the window never stands still; the stroke ends when all of its way is painted.
    """

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._superpixels: tuple[ImageArray, int, Superpixels] | None = None
        self._waiting: deque[_Piece] = deque()
        self._let_go: CanvasPointer | None = None
        self._timer = QTimer(context)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._catch_up)

    @override
    def press(self, pointer: CanvasPointer) -> None:
        self.settle()
        super().press(pointer)

    @override
    def release(self, pointer: CanvasPointer) -> None:
        if self._waiting:
            self._let_go = pointer
        else:
            super().release(pointer)

    @override
    def settle(self) -> None:
        while self._waiting:
            self._paint_piece(self._waiting.popleft())
        self._end_if_let_go()

    @override
    def cancel(self) -> None:
        self._waiting.clear()
        self._let_go = None
        self._timer.stop()
        super().cancel()

    @override
    def take_up(self) -> None:
        super().take_up()
        threading.Thread(target=load, name="loading superpixels").start()

    @override
    def _way_to(self, pointer: CanvasPointer, document: MaskDocument) -> list[Region]:
        start, self._last = self._last or pointer.position, pointer.position
        diameter = self._context.diameter(pointer)
        count = max(1, math.ceil(math.dist(start, pointer.position) / max(diameter, _PIECE)))
        stops = [_between(start, pointer.position, number / count) for number in range(count + 1)]
        self._waiting.extend(_Piece(*ends, diameter) for ends in itertools.pairwise(stops))
        self._catch_up()
        return []

    def _catch_up(self) -> None:
        began = time.perf_counter()
        while self._waiting and time.perf_counter() - began < _BUDGET:
            self._paint_piece(self._waiting.popleft())
        if self._waiting:
            self._timer.start()
        else:
            self._end_if_let_go()

    def _end_if_let_go(self) -> None:
        self._timer.stop()
        pointer, self._let_go = self._let_go, None
        if pointer is not None:
            super().release(pointer)

    def _paint_piece(self, piece: "_Piece") -> None:
        image = self._context.image
        if image is not None:
            way = self._of(image, piece.diameter).along(piece.start, piece.end, diameter=piece.diameter)
            self._paint([way])

    def _of(self, image: ImageArray, diameter: int) -> Superpixels:
        # In steps, so that a pen's pressure does not ask for others at every movement.
        # Larger ones would follow the edges less, and take longer than a movement may.
        side = min(max(8, 1 << round(diameter / 3).bit_length()), 32)
        known = self._superpixels
        if known is None or known[0] is not image or known[1] != side:
            known = self._superpixels = (image, side, Superpixels(image, side=side))
        return known[2]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the brush's way: from where to where, in picture pixels, and how wide."""

    start: Point
    end: Point
    diameter: int


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
