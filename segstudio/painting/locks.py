"""Which pixels may be changed. Every tool obeys, because the document asks before it writes anything."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region


@dataclass(frozen=True, slots=True)
class Locks:
    """What a person has locked; all of it at once must allow a pixel.

    Attributes:
        only: ids that may be painted over; None for any.
        protected: ids that may not.
        unpainted_only: whether only pixels may be painted that nobody has painted yet.
        intensity: lowest and highest brightness (0 to 255) of the picture where painting is allowed; None for any.
        selection_only: whether only pixels inside the selection may be painted; without a selection, all may.
    """

    only: frozenset[int] | None = None
    protected: frozenset[int] = frozenset()
    unpainted_only: bool = False
    intensity: tuple[int, int] | None = None
    selection_only: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """Locks over one picture, ready to be asked.

    Attributes:
        locks: what is locked.
        unpainted_id: the id of pixels that nobody has painted.
        brightness: (height, width) uint8 of the picture; None where there is none.
        selection: the selected pixels; None for no selection.
    """

    locks: Locks = Locks()
    unpainted_id: int = 0
    brightness: npt.NDArray[np.uint8] | None = None
    selection: Region | None = None

    def allowed(self, mask: MaskArray, box: Box) -> npt.NDArray[np.bool_] | None:
        """Say which pixels of a box may be changed.

        Args:
            mask: (height, width) of ids, the whole of it, as it is now.
            box: inside the mask.

        Returns:
            (box.height, box.width) bool, or None where all may.
        """
        answers = []
        ids = self._table()
        if ids is not None:
            answers.append(ids[mask[box.slices]])
        if self.locks.intensity is not None and self.brightness is not None:
            low, high = self.locks.intensity
            part = self.brightness[box.slices]
            answers.append((part >= low) & (part <= high))
        if self.locks.selection_only and self.selection is not None:
            answers.append(self.selection.within(box))
        return np.logical_and.reduce(answers) if answers else None

    def _table(self) -> npt.NDArray[np.bool_] | None:
        locks = self.locks
        if locks.only is None and not locks.protected and not locks.unpainted_only:
            return None
        table = np.full(65536, locks.only is None, dtype=np.bool_)
        if locks.only is not None:
            table[list(locks.only)] = True
        if locks.unpainted_only:
            unpainted = table[self.unpainted_id]
            table[:] = False
            table[self.unpainted_id] = unpainted
        table[list(locks.protected)] = False
        return table
