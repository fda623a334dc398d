"""What the painter's tools share: the document and the picture, what the hand holds, and the ways to the outside."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import numpy as np
from PySide6.QtCore import QObject, Signal

from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.brush import BrushShape
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region
from segstudio.ui.canvas.tool import CanvasPointer
from segstudio.ui.jobs import Jobs

SMALLEST_SIZE = 1
LARGEST_SIZE = 1000

_Found = TypeVar("_Found")

SizeUnit = Literal["picture", "screen"]


@dataclass(frozen=True, slots=True)
class ToolSettings:
    """What the hand holds, whichever tool it is.

    Attributes:
        size: of a brush, in pixels of ``unit``.
        unit: of the picture, or of the screen: then the brush looks the same at every zoom.
        shape: of a brush.
        tolerance: of the magic wand, 0 to 255.
        contiguous: whether fill and wand stay in the connected area, or take all of its kind.
        selects: whether shapes, fill and wand select instead of painting.
    """

    size: int = 20
    unit: SizeUnit = "picture"
    shape: BrushShape = "round"
    tolerance: int = 24
    contiguous: bool = True
    selects: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Proposed:
    """What a tool proposes to paint: some pixels, and one id for them or one for each; None for the chosen class."""

    region: Region
    ids: MaskArray | int | None


class ToolContext(QObject):
    """The one thing that tools know of the world around them.

    Args:
        jobs: runs what takes longer than a movement.
        zoom: tells the device pixels a picture pixel.

    Signals:
        changed(Box | None): these pixels of the mask may have changed.
        stroke_ended(bool): a step is over; whether it changed anything.
        stroke_dropped(): a step was broken off; all is as before it.
        settings_changed(): of the tools.
        proposal_changed(): another proposal, or none any more.
        selection_changed(): another selection, or none any more.
        outline_changed(): what a tool draws over the picture has changed.
        message_raised(str): something for the status line.
    """

    changed = Signal(object)
    stroke_ended = Signal(bool)
    stroke_dropped = Signal()
    settings_changed = Signal()
    proposal_changed = Signal()
    selection_changed = Signal()
    outline_changed = Signal()
    message_raised = Signal(str)

    def __init__(self, jobs: Jobs, zoom: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self._zoom = zoom
        self.document: MaskDocument | None = None
        self.image: ImageArray | None = None
        self.class_id = 1
        self.background_id = 0
        self._settings = ToolSettings()
        self._proposal: Proposed | None = None
        self._selection: Region | None = None
        self._selection_before: Region | None = None

    @property
    def zoom(self) -> float:
        """Device pixels a picture pixel."""
        return self._zoom()

    @property
    def settings(self) -> ToolSettings:
        """What the hand holds."""
        return self._settings

    def change(self, **values: object) -> None:
        """Change some of the `settings`."""
        changed = replace(self._settings, **values)  # type: ignore[arg-type] # checked by whoever names them
        size = min(max(changed.size, SMALLEST_SIZE), LARGEST_SIZE)
        changed = replace(changed, size=size, tolerance=min(max(changed.tolerance, 0), 255))
        if changed != self._settings:
            self._settings = changed
            self.settings_changed.emit()

    def open(self, document: MaskDocument | None, image: ImageArray | None) -> None:
        """Work on another mask and its picture; proposal and selection belong to the one before."""
        self.document, self.image = document, image
        self.propose(None)
        self.select(None)
        self._selection_before = None

    def diameter(self, pointer: CanvasPointer) -> int:
        """Return the brush's diameter in picture pixels for this pressure of the pen."""
        size = self._settings.size / (self._zoom() if self._settings.unit == "screen" else 1.0)
        return min(max(round(size * pointer.pressure), SMALLEST_SIZE), LARGEST_SIZE)

    def id_for(self, pointer: CanvasPointer, *, erases: bool = False) -> int:
        """Return what is painted: Ctrl turns painting into erasing for one stroke, and erasing into painting."""
        return self.background_id if (erases or pointer.eraser) != pointer.control else self.class_id

    def paint(self, region: Region, class_id: int) -> None:
        """Paint some pixels within the stroke under way."""
        if self.document is not None:
            self.changed.emit(self.document.paint(region, class_id))

    def apply(self, region: Region, ids: MaskArray | int) -> None:
        """Paint some pixels as one step of undo."""
        if self.document is not None:
            box = self.document.apply(region, ids)
            self.changed.emit(box)
            self.stroke_ended.emit(box is not None)

    def work_out(self, title: str, work: Callable[[MaskArray], _Found], then: Callable[[_Found], object]) -> None:
        """Work something out of the mask in the background; what comes of it is void if that was painted on meanwhile.

        Args:
            title: what is being done, for people.
            work: gets a copy of the mask, (height, width), in another thread.
            then: gets its answer, in this one.
        """
        document = self.document
        if document is None:
            return
        snapshot = document.snapshot()

        def run(*, emit: object, should_stop: object) -> _Found:  # noqa: ARG001 - too short to stop
            return work(snapshot.mask())

        def finish(found: _Found) -> None:
            if document is self.document and document.revision == snapshot.revision and not document.in_stroke:
                then(found)
            else:
                self.message_raised.emit(f"{title}: the mask was painted on meanwhile, so nothing was changed.")

        self.jobs.start(title, run, succeeded=finish, failed=self.message_raised.emit)

    def deliver(self, region: Region, pointer: CanvasPointer, *, class_id: int | None = None) -> None:
        """Paint some pixels as one step, with the class that ``pointer`` paints or another, or select them."""
        if not self._settings.selects:
            self.apply(region, self.id_for(pointer) if class_id is None else class_id)
        elif pointer.control:
            self.select(None if self._selection is None else self._selection.without(region))
        elif pointer.shift and self._selection is not None:
            self.select(self._selection.united(region))
        else:
            self.select(region)

    @property
    def proposal(self) -> Proposed | None:
        """What is proposed and waits for Enter or Escape."""
        return self._proposal

    def propose(self, proposal: Proposed | None) -> None:
        """Show what would be painted; None for nothing any more."""
        if proposal is not self._proposal:
            self._proposal = None if proposal is None or proposal.region.empty else proposal
            self.proposal_changed.emit()

    def accept_proposal(self) -> None:
        """Paint what is proposed, as one step."""
        proposal, self._proposal = self._proposal, None
        if proposal is not None:
            self.proposal_changed.emit()
            self.apply(proposal.region, self.ids_of(proposal))

    def ids_of(self, proposal: Proposed) -> MaskArray | int:
        """Return what would be painted if a proposal were accepted now."""
        return self.class_id if proposal.ids is None else proposal.ids

    @property
    def selection(self) -> Region | None:
        """The selected pixels, or None."""
        return self._selection

    def select(self, region: Region | None) -> None:
        """Select these pixels; None or no pixel selects nothing."""
        if self._selection is not None:
            self._selection_before = self._selection
        self._selection = None if region is None or region.empty else region
        self.selection_changed.emit()

    def select_again(self) -> None:
        """Bring back the selection from before the last."""
        if self._selection_before is not None:
            self.select(self._selection_before)

    def select_all(self) -> None:
        """Select every pixel."""
        if self.document is not None:
            self.select(self._everything(self.document))

    def select_all_but(self) -> None:
        """Turn the selection inside out; without one, select everything."""
        if self.document is not None:
            everything = self._everything(self.document)
            self.select(everything if self._selection is None else everything.without(self._selection))

    @staticmethod
    def _everything(document: MaskDocument) -> Region:
        whole = Box(0, 0, document.width, document.height)
        return Region(whole, np.ones((whole.height, whole.width), dtype=np.bool_))
