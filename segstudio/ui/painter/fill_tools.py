"""The tools that find an area by a click: fill on the mask, magic wand on the picture."""

from segstudio.painting.fill import Wand, flood
from segstudio.ui.canvas.tool import CanvasPointer, CanvasTool
from segstudio.ui.overriding import override
from segstudio.ui.painter.context import Proposed, ToolContext

_TOLERANCE_A_PIXEL = 0.5
"""How much the wand's tolerance changes for a device pixel of the drag."""


class FillTool(CanvasTool):
    """Gives an area of one id another class, or selects it: the connected area, or all of that id."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context

    @override
    def press(self, pointer: CanvasPointer) -> None:
        document = self._context.document
        if document is not None:
            region = flood(document.mask, pointer.position, contiguous=self._context.settings.contiguous)
            self._context.deliver(region, pointer)


class WandTool(CanvasTool):
    """Takes the pixels whose colour is like the one pressed on; a drag to the right takes more, to the left fewer."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._wand: Wand | None = None
        self._pressed_at = 0.0
        self._tolerance = 0

    @property
    @override
    def busy(self) -> bool:
        return self._wand is not None

    @override
    def press(self, pointer: CanvasPointer) -> None:
        if self._context.image is not None and self._context.document is not None:
            self._wand = Wand(self._context.image, pointer.position)
            self._pressed_at = pointer.position[0]
            self._tolerance = self._context.settings.tolerance
            self._show(pointer)

    @override
    def move(self, pointer: CanvasPointer) -> None:
        if self._wand is not None:
            dragged = (pointer.position[0] - self._pressed_at) * self._context.zoom
            self._context.change(tolerance=round(self._tolerance + dragged * _TOLERANCE_A_PIXEL))
            self._show(pointer)

    @override
    def release(self, pointer: CanvasPointer) -> None:
        proposal = self._context.proposal
        self.cancel()
        if proposal is not None:
            self._context.deliver(proposal.region, pointer)

    @override
    def cancel(self) -> None:
        if self._wand is not None:
            self._wand = None
            self._context.propose(None)

    def _show(self, pointer: CanvasPointer) -> None:
        if self._wand is not None:
            settings = self._context.settings
            region = self._wand.region(settings.tolerance, contiguous=settings.contiguous)
            self._context.propose(Proposed(region, self._context.id_for(pointer)))
