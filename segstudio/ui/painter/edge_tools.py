"""Brushes that look at the picture: one stops at edges, one takes whole superpixels."""

import threading

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.edge_brush import EdgeBrush
from segstudio.painting.assist.superpixels import Superpixels, load
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region
from segstudio.ui.canvas.tool import CanvasPointer
from segstudio.ui.overriding import override
from segstudio.ui.painter.brush_tools import BrushTool
from segstudio.ui.painter.context import ToolContext, ToolSettings

_USUAL_TOLERANCE = ToolSettings().tolerance
"""With it the brush takes what it holds for alike by itself; with twice as much, what is twice as far apart."""


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
    """Paints the superpixels that the brush covers; they are as large as about a third of it, up to a size."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._superpixels: tuple[ImageArray, int, Superpixels] | None = None

    @override
    def take_up(self) -> None:
        super().take_up()
        threading.Thread(target=load, name="loading superpixels").start()

    @override
    def _way_to(self, pointer: CanvasPointer, document: MaskDocument) -> list[Region]:
        start, self._last = self._last or pointer.position, pointer.position
        image = self._context.image
        if image is None:
            return []
        diameter = self._context.diameter(pointer)
        return [self._of(image, diameter).along(start, pointer.position, diameter=diameter)]

    def _of(self, image: ImageArray, diameter: int) -> Superpixels:
        # In steps, so that a pen's pressure does not ask for others at every movement.
        # Larger ones would follow the edges less, and take longer than a movement may.
        side = min(max(8, 1 << round(diameter / 3).bit_length()), 32)
        known = self._superpixels
        if known is None or known[0] is not image or known[1] != side:
            known = self._superpixels = (image, side, Superpixels(image, side=side))
        return known[2]
