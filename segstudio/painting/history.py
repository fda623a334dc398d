"""Undo and redo: what each step changed, compressed, within a budget of bytes."""

import zlib
from dataclasses import dataclass

import numpy as np

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box

BUDGET_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Patch:
    """A box of a mask before and after a step, both compressed; ``kind`` is the pixels' dtype as numpy writes it."""

    box: Box
    before: bytes
    after: bytes
    kind: str

    @classmethod
    def between(cls, box: Box, before: MaskArray, after: MaskArray) -> "Patch":
        """Remember the pixels of ``box``: (box.height, box.width) before and after."""
        # Level 1: class maps are long runs, and a step must be over before the next begins.
        kind = after.dtype.str
        return cls(
            box, zlib.compress(before.astype(kind, copy=False).tobytes(), 1), zlib.compress(after.tobytes(), 1), kind
        )

    @property
    def bytes(self) -> int:
        """What it costs."""
        return len(self.before) + len(self.after)

    def put(self, mask: MaskArray, *, back: bool) -> None:
        """Write the pixels from before (``back``) or after the step into ``mask``."""
        mask[self.box.slices] = self.pixels(back=back)

    def pixels(self, *, back: bool) -> MaskArray:
        """Return (box.height, box.width) from before (``back``) or after the step.

        Raises:
            ValueError, zlib.error: they are damaged.
        """
        data = zlib.decompress(self.before if back else self.after)
        return np.frombuffer(data, dtype=self.kind).reshape(self.box.height, self.box.width)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that undo takes back; ``revision`` names the mask's state after it."""

    patches: tuple[Patch, ...]
    revision: int

    @property
    def bytes(self) -> int:
        """What it costs."""
        return sum(patch.bytes for patch in self.patches)

    @property
    def box(self) -> Box:
        """The smallest box around all that it changed."""
        box = self.patches[0].box
        for patch in self.patches[1:]:
            box = box.united(patch.box)
        return box


class History:
    """The steps that can be undone and redone; the oldest are forgotten when the budget is spent.

    Args:
        budget: how many bytes the steps may take together.
    """

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._budget = budget
        self._steps: list[Step] = []
        self._done = 0
        self._bytes = 0
        self._base_revision = 0

    @property
    def revision(self) -> int:
        """The name of the present state; equal names mean equal pixels."""
        return self._steps[self._done - 1].revision if self._done else self._base_revision

    @property
    def bytes(self) -> int:
        """What all steps cost."""
        return self._bytes

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._done > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self._done < len(self._steps)

    def push(self, step: Step) -> None:
        """Add a step that was just done; what had been undone is forgotten."""
        for forgotten in self._steps[self._done :]:
            self._bytes -= forgotten.bytes
        del self._steps[self._done :]
        self._steps.append(step)
        self._done += 1
        self._bytes += step.bytes
        # The newest step always stays: nobody wants a stroke that cannot be taken back.
        while self._bytes > self._budget and self._done > 1:
            oldest = self._steps.pop(0)
            self._done -= 1
            self._bytes -= oldest.bytes
            self._base_revision = oldest.revision

    def undo(self) -> Step | None:
        """Return the step to take back, and count it as taken back; None if there is none."""
        if not self.can_undo:
            return None
        self._done -= 1
        return self._steps[self._done]

    def redo(self) -> Step | None:
        """Return the step to do again, and count it as done; None if there is none."""
        if not self.can_redo:
            return None
        self._done += 1
        return self._steps[self._done - 1]
