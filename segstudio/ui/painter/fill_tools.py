"""The tools that find an area by a click: fill on the mask, magic wand on the picture."""

from collections.abc import Callable
from dataclasses import dataclass

from segstudio.painting.fill import Wand, flood
from segstudio.painting.regions import Region
from segstudio.ui.canvas.tool import CanvasPointer, CanvasTool
from segstudio.ui.jobs import Job
from segstudio.ui.overriding import override
from segstudio.ui.painter.context import Proposed, ToolContext

_TOLERANCE_A_PIXEL = 0.5
"""How much the wand's tolerance changes for a device pixel of the drag."""

_AT_ONCE = 2_000_000
"""Pixels of a picture up to which a step of these tools takes about a frame."""


class FillTool(CanvasTool):
    """Gives an area of one id another class, or selects it: the connected area, or all of that id."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context

    @override
    def press(self, pointer: CanvasPointer) -> None:
        document, contiguous = self._context.document, self._context.settings.contiguous
        if document is None:
            return
        if document.mask.size <= _AT_ONCE:
            self._context.deliver(flood(document.mask, pointer.position, contiguous=contiguous), pointer)
        else:
            class_id = self._context.id_for(pointer)  # of the click, whatever is chosen by the time it is worked out
            self._context.work_out(
                "Filling",
                lambda mask: flood(mask, pointer.position, contiguous=contiguous),
                lambda region: self._context.deliver(region, pointer, class_id=class_id),
            )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the wand is asked for."""

    tolerance: int
    contiguous: bool


class _HeldWand:
    """A wand from press to release, with what it found last. One thread at a time asks it."""

    def __init__(self, wand: Wand) -> None:
        self._wand = wand
        self._found: tuple[_Wanted, Region] | None = None

    def region(self, wanted: _Wanted) -> Region:
        """Return what is wanted, at once where it was asked for last."""
        if self._found is None or self._found[0] != wanted:
            self._found = wanted, self._wand.region(wanted.tolerance, contiguous=wanted.contiguous)
        return self._found[1]


class WandTool(CanvasTool):
    """Takes the pixels whose colour is like the one pressed on; a drag to the right takes more, to the left fewer.

    On a large picture what is shown follows the drag in the background, and leaves out what is already out of date;
    what the release delivers is computed to the end, whatever was shown.
    """

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._held: _HeldWand | None = None
        self._job: Job | None = None
        self._pressed_at = 0.0
        self._tolerance = 0

    @property
    @override
    def busy(self) -> bool:
        return self._held is not None

    @override
    def press(self, pointer: CanvasPointer) -> None:
        if self._context.image is not None and self._context.document is not None:
            self._held, self._job = _HeldWand(Wand(self._context.image, pointer.position)), None
            self._pressed_at = pointer.position[0]
            self._tolerance = self._context.settings.tolerance
            self._show(self._held, self._context.id_for(pointer))

    @override
    def move(self, pointer: CanvasPointer) -> None:
        if self._held is not None:
            dragged = (pointer.position[0] - self._pressed_at) * self._context.zoom
            self._context.change(tolerance=round(self._tolerance + dragged * _TOLERANCE_A_PIXEL))
            self._show(self._held, self._context.id_for(pointer))

    @override
    def release(self, pointer: CanvasPointer) -> None:
        held, job = self._held, self._job
        if held is None:
            return
        if job is not None:
            job.wait()
        region = held.region(self._wanted())
        self.cancel()
        if not region.empty:
            self._context.deliver(region, pointer)

    @override
    def cancel(self) -> None:
        if self._held is not None:
            self._held = self._job = None
            self._context.propose(None)

    def _wanted(self) -> _Wanted:
        return _Wanted(self._context.settings.tolerance, self._context.settings.contiguous)

    def _show(self, held: _HeldWand, class_id: int) -> None:
        image = self._context.image
        if image is None or image.shape[0] * image.shape[1] <= _AT_ONCE:
            self._context.propose(Proposed(held.region(self._wanted()), class_id))
        elif self._job is None:
            self._compute(held, class_id)

    def _compute(self, held: _HeldWand, class_id: int) -> None:
        """Show in a moment what is wanted now, and then what is wanted by then."""
        wanted = self._wanted()

        def run(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> Region:  # noqa: ARG001 - short
            return held.region(wanted)

        def show(region: Region) -> None:
            if held is self._held:
                self._job = None
                self._context.propose(Proposed(region, class_id))
                if self._wanted() != wanted:
                    self._compute(held, class_id)

        def fail(reason: str) -> None:
            if held is self._held:
                self.cancel()
                self._context.message_raised.emit(reason)

        self._job = self._context.jobs.start("Following the wand", run, succeeded=show, failed=fail)
