"""Tools that propose: computed in the background, shown hatched, then painted by Enter or dropped by Escape."""

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath

from segstudio.painting.assist.grabcut import grabcut
from segstudio.painting.assist.grabcut_hints import Hints
from segstudio.painting.assist.proposal import Proposal, ShouldStop
from segstudio.painting.assist.watershed import watershed
from segstudio.painting.brush import Point
from segstudio.painting.regions import Region
from segstudio.painting.shapes import rectangle
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.tool import CanvasPointer
from segstudio.ui.jobs import Job
from segstudio.ui.overriding import override
from segstudio.ui.painter.brush_tools import RingTool
from segstudio.ui.painter.context import Proposed, ToolContext
from segstudio.ui.painter.shape_tools import draw_outline


class AssistTool(RingTool):
    """A brush whose strokes are hints. What a new stroke makes out of date is stopped."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._job: Job | None = None
        self._parts: list[Region] = []
        self._shelved: Proposed | None = None  # while another tool is in the hand

    @property
    @override
    def busy(self) -> bool:
        return super().busy or self._job is not None or self._context.proposal is not None

    @override
    def confirm(self) -> None:
        if self._job is not None:
            self._context.message_raised.emit("Not ready yet: what is proposed is still being computed.")
            return
        self._context.accept_proposal()
        self._forget()

    @override
    def cancel(self) -> None:
        self._stop()
        self._last = None
        self._parts = []
        self._shelved = None
        self._forget()
        self._context.propose(None)

    @override
    def put_down(self) -> None:
        self._stop()
        self._shelved = self._context.proposal
        self._context.propose(None)

    @override
    def take_up(self) -> None:
        self._context.propose(self._shelved)
        self._shelved = None

    def _forget(self) -> None:
        """Forget the hints."""

    def _compute(self, title: str, propose: Callable[[ShouldStop], Proposed]) -> None:
        """Run in the background what works out a proposal, and show it."""
        self._stop()
        document = self._context.document

        def run(*, emit: object, should_stop: ShouldStop) -> Proposed:  # noqa: ARG001 - one answer, at the end
            return propose(should_stop)

        def show(proposal: Proposed) -> None:
            if job is self._job and document is self._context.document:
                self._job = None
                self._context.propose(proposal)

        def fail(reason: str) -> None:
            if job is self._job:
                self._job = None
                self._context.message_raised.emit(reason)

        self._job = job = self._context.jobs.start(title, run, succeeded=show, failed=fail)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.request_stop()
            self._job = None

    def _add_part(self, pointer: CanvasPointer) -> None:
        document = self._context.document
        if document is not None:
            self._parts.extend(self._way_to(pointer, document))

    def _take_stroke(self) -> Region:
        stroke, self._parts, self._last = Region.union(self._parts), [], None
        return stroke


class GrabCutTool(AssistTool):
    """Drag a box around an object: it is cut out. Strokes add to it, strokes with Ctrl take away."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._hints: Hints | None = None
        self._corner: Point | None = None
        self._opposite: Point = (0, 0)

    @override
    def press(self, pointer: CanvasPointer) -> None:
        if self._context.document is None:
            return
        if self._hints is None:
            self._corner = self._opposite = pointer.position
        else:
            self._add_part(pointer)

    @override
    def move(self, pointer: CanvasPointer) -> None:
        if self._corner is not None:
            self._opposite = pointer.position
            self._context.outline_changed.emit()
        elif self._last is not None:
            self._add_part(pointer)

    @override
    def release(self, pointer: CanvasPointer) -> None:
        document = self._context.document
        if document is None:
            return
        if self._corner is not None:
            box = rectangle(self._corner, pointer.position, width=document.width, height=document.height).box
            self._corner = None
            self._context.outline_changed.emit()
            if box.width > 2 and box.height > 2:
                self._cut(Hints(box=box))
            else:
                self._context.message_raised.emit("Drag a box around the whole object, at least 3 pixels each way.")
        elif self._hints is not None and self._parts:
            stroke, hints = self._take_stroke(), self._hints
            for_object, against = (hints.foreground, hints.background)
            if pointer.control or pointer.eraser:
                for_object, against = for_object.without(stroke), against.united(stroke)
            else:
                for_object, against = for_object.united(stroke), against.without(stroke)
            shown = self._context.proposal
            self._cut(Hints(hints.box, for_object, against, None if shown is None else shown.region))

    @override
    def paint_outline(self, painter: QPainter, view: ViewTransform) -> None:
        if self._corner is not None:
            (left, top), (right, bottom) = view.to_screen(self._corner), view.to_screen(self._opposite)
            path = QPainterPath()
            path.addRect(QRectF(left, top, right - left, bottom - top).normalized())
            draw_outline(painter, path)

    @override
    def _forget(self) -> None:
        self._hints = None
        self._corner = None
        self._context.outline_changed.emit()

    def _cut(self, hints: Hints) -> None:
        image = self._context.image
        self._hints = hints
        if image is not None:
            self._compute(
                "Cutting out",
                lambda should_stop: Proposed(grabcut(image, hints, should_stop=should_stop), None),
            )


class WatershedTool(AssistTool):
    """Scribble into each area with its class: everything between the scribbles is shared out along the edges."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__(context)
        self._scribbles: dict[int, Region] = {}
        self._scribble_id = 0

    @override
    def press(self, pointer: CanvasPointer) -> None:
        if self._context.document is not None:
            self._scribble_id = self._context.id_for(pointer)
            self._add_part(pointer)

    @override
    def move(self, pointer: CanvasPointer) -> None:
        if self._last is not None:
            self._add_part(pointer)

    @override
    def release(self, pointer: CanvasPointer) -> None:
        if not self._parts:
            return
        stroke = self._take_stroke()
        scribbles = {class_id: region.without(stroke) for class_id, region in self._scribbles.items()}
        scribbles[self._scribble_id] = scribbles.get(self._scribble_id, Region.nowhere()).united(stroke)
        self._scribbles = {class_id: region for class_id, region in scribbles.items() if not region.empty}
        self._share_out(self._scribbles)

    @override
    def _forget(self) -> None:
        self._scribbles = {}

    def _share_out(self, scribbles: dict[int, Region]) -> None:
        image = self._context.image
        drawn = Proposal.of(scribbles)
        if self._context.proposal is None or len(scribbles) < 2:
            # The scribbles themselves, until there is more to show.
            self._context.propose(Proposed(drawn.region, drawn.ids))
        if image is None or len(scribbles) < 2:
            self._context.message_raised.emit("Scribble into the next area with another class.")
            return

        def propose(should_stop: ShouldStop) -> Proposed:
            shared = watershed(image, scribbles, should_stop=should_stop)
            return Proposed(shared.region, shared.ids)

        self._compute("Sharing out", propose)
