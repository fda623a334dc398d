"""A mask that is being painted: one integer array, and the only way to change it.

A stroke is begun, painted and ended (or aborted, which puts every pixel back, R25); it is one step of undo. What a
stroke is about to change is kept in tiles as it goes, so that neither its beginning nor its end costs more than the
part of the mask that it touched.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

import numpy as np

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.history import BUDGET_BYTES, History, Patch, Step
from segstudio.painting.locks import Gate
from segstudio.painting.regions import Region
from segstudio.painting.snapshot import Snapshot

_TILE = 256

StepListener = Callable[[Step, bool], object]
"""Called with a step that has just been done, or undone where the second argument is True."""


class MaskDocument:
    """A mask in memory with its undo history.

    Args:
        mask: (height, width) uint8 or uint16; the document takes it over.
        key: the `Sample.key` that it belongs to.
        budget: bytes that undo may take.
    """

    def __init__(self, mask: MaskArray, *, key: str, budget: int = BUDGET_BYTES) -> None:
        self.key = key
        self._mask: MaskArray = np.ascontiguousarray(mask)
        if not self._mask.flags.writeable:
            self._mask = self._mask.copy()
        self._view = self._mask.view()
        self._view.flags.writeable = False
        self._history = History(budget)
        self._revisions = itertools.count(1)
        self._saved_revision = self._history.revision
        self._tiles: dict[tuple[int, int], MaskArray] | None = None
        self._snapshots: WeakSet[Snapshot] = WeakSet()
        self.gate = Gate()
        """What may be changed; whoever knows the picture and the person's locks sets it."""
        self.stepped: StepListener | None = None
        """Told of every step: each stroke that changed anything, each undo, each redo."""

    @property
    def mask(self) -> MaskArray:
        """The mask, to look at: a read-only view that follows every change."""
        return self._view

    @property
    def width(self) -> int:
        """Columns."""
        return int(self._mask.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self._mask.shape[0])

    @property
    def revision(self) -> int:
        """The name of the state between strokes; equal names mean equal pixels."""
        return self._history.revision

    @property
    def unsaved(self) -> bool:
        """Whether the mask is not as it was last written: undo after saving counts (R3)."""
        return self._history.revision != self._saved_revision

    @property
    def in_stroke(self) -> bool:
        """Whether a stroke is under way."""
        return self._tiles is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._history.can_undo and not self.in_stroke

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._history.can_redo and not self.in_stroke

    @property
    def history_bytes(self) -> int:
        """What undo costs in memory."""
        return self._history.bytes

    def begin_stroke(self) -> None:
        """Begin a stroke; one that is still under way ends first."""
        if self.in_stroke:
            self.end_stroke()
        self._tiles = {}

    def paint(self, region: Region, class_id: int) -> Box | None:
        """Paint some pixels with one class, as far as the locks allow, as part of the stroke under way.

        Args:
            region: which pixels.
            class_id: what is painted.

        Returns:
            The smallest box around all that has changed; None if nothing has.

        Raises:
            RuntimeError: no stroke was begun.
        """
        return self._write(region, self._mask.dtype.type(class_id))

    def put(self, region: Region, ids: MaskArray) -> Box | None:
        """Write ids of their own into some pixels; else as `paint`.

        Args:
            region: which pixels.
            ids: (region.box.height, region.box.width); what lies outside ``region.inside`` does not matter.
        """
        return self._write(region, ids.astype(self._mask.dtype, copy=False))

    def apply(self, region: Region, ids: MaskArray | int) -> Box | None:
        """Do a whole step at once: begin, paint one id or put many, end. Return the box that has changed."""
        self.begin_stroke()
        box = self.paint(region, ids) if isinstance(ids, int) else self.put(region, ids)
        return box if self.end_stroke() else None

    def end_stroke(self) -> bool:
        """End the stroke; return whether it changed anything. One that did not leaves no step (R7)."""
        tiles, self._tiles = self._tiles or {}, None
        patches = tuple(self._patches(tiles))
        if patches:
            step = Step(patches, next(self._revisions))
            self._history.push(step)
            self._tell(step, back=False)
        return bool(patches)

    def abort_stroke(self) -> Box | None:
        """Put back every pixel of the stroke under way; return the box that may have changed."""
        tiles, self._tiles = self._tiles or {}, None
        changed: Box | None = None
        for position, before in tiles.items():
            box = self._tile_box(position)
            self._keep_for_snapshots(box)
            self._mask[box.slices] = before
            changed = box.united(changed)
        return changed

    def undo(self) -> Box | None:
        """Take back the last step; return the box that changed, or None if there is no step."""
        return self._put(self._history.undo(), back=True) if self.can_undo else None

    def redo(self) -> Box | None:
        """Do again what was undone last; return the box that changed, or None if there is nothing."""
        return self._put(self._history.redo(), back=False) if self.can_redo else None

    def snapshot(self) -> Snapshot:
        """Return the mask as it is now, to be copied while painting goes on; a stroke under way is not in it."""
        tiles = self._tiles or {}
        undone = [(self._tile_box(position), before) for position, before in tiles.items()]
        snapshot = Snapshot(self._mask, undone, self._history.revision)
        self._snapshots.add(snapshot)
        return snapshot

    def mark_saved(self, revision: int) -> None:
        """Take notice that the state of this revision is on the disk."""
        self._saved_revision = revision

    def widen(self) -> None:
        """Make room for ids above 255. Whoever holds `mask` must ask for it again; pixels and history stay."""
        if self._mask.dtype == np.uint16:
            return
        self._mask = self._mask.astype(np.uint16)
        self._view = self._mask.view()
        self._view.flags.writeable = False
        if self._tiles is not None:
            self._tiles = {position: before.astype(np.uint16) for position, before in self._tiles.items()}

    def _write(self, region: Region, ids: MaskArray | np.unsignedinteger[Any]) -> Box | None:
        if self._tiles is None:
            raise RuntimeError("painting needs begin_stroke first")
        if region.box.empty:
            return None
        part = self._mask[region.box.slices]
        changing = region.inside & (part != ids)
        allowed = self.gate.allowed(self._mask, region.box)
        if allowed is not None:
            changing &= allowed
        # Where most of a dab lies over the one before, only a small part of it is new, and need be drawn.
        changed = Region.of(changing, left=region.box.left, top=region.box.top)
        if changed.box.empty:
            return None
        self._keep(changed.box)
        self._keep_for_snapshots(changed.box)
        np.copyto(part, ids, where=changing)
        return changed.box

    def _put(self, step: Step | None, *, back: bool) -> Box | None:
        if step is None:
            return None
        for patch in step.patches:
            self._keep_for_snapshots(patch.box)
            patch.put(self._mask, back=back)
        self._tell(step, back=back)
        return step.box

    def _tell(self, step: Step, *, back: bool) -> None:
        if self.stepped is not None:
            self.stepped(step, back)

    def _keep(self, box: Box) -> None:
        """Copy the tiles under ``box`` that this stroke has not touched before."""
        if self._tiles is None:
            return
        for row in range(box.top // _TILE, (box.bottom - 1) // _TILE + 1):
            for column in range(box.left // _TILE, (box.right - 1) // _TILE + 1):
                if (row, column) not in self._tiles:
                    self._tiles[row, column] = self._mask[self._tile_box((row, column)).slices].copy()

    def _keep_for_snapshots(self, box: Box) -> None:
        """Let snapshots copy what of ``box`` they have not copied before it changes."""
        for snapshot in self._snapshots:
            if not snapshot.complete:
                snapshot.keep(box)

    def _tile_box(self, position: tuple[int, int]) -> Box:
        row, column = position
        return Box(column * _TILE, row * _TILE, (column + 1) * _TILE, (row + 1) * _TILE).clipped(
            self.width, self.height
        )

    def _patches(self, tiles: dict[tuple[int, int], MaskArray]) -> Iterator[Patch]:
        for position, before in tiles.items():
            tile = self._tile_box(position)
            changed = before != self._mask[tile.slices]
            rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
            if not rows.size:
                continue
            top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
            box = Box(tile.left + left, tile.top + top, tile.left + right, tile.top + bottom)
            yield Patch.between(box, before[top:bottom, left:right], self._mask[box.slices])
