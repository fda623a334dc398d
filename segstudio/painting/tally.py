"""How many pixels each class has in a mask that is being painted."""

import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import HIGHEST_ID
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.statistics import count_ids
from segstudio.painting.boxes import Box

_TILE = 512


class MaskTally:
    """Counts a mask once, and from then on only the tiles that were painted on.

    Args:
        mask: (height, width) of ids; a view that follows every change.
    """

    def __init__(self, mask: MaskArray) -> None:
        self._mask = mask
        self._tiles: dict[tuple[int, int], tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] = {}
        self._total = np.zeros(HIGHEST_ID + 1, dtype=np.int64)
        self._stale: set[tuple[int, int]] = set()
        self.spoil(Box(0, 0, mask.shape[1], mask.shape[0]))

    def spoil(self, box: Box | None) -> None:
        """Take notice that pixels in a box may have changed; None for none."""
        if box is None or box.empty:
            return
        self._stale |= {
            (row, column)
            for row in range(box.top // _TILE, (box.bottom - 1) // _TILE + 1)
            for column in range(box.left // _TILE, (box.right - 1) // _TILE + 1)
        }

    def counts(self) -> dict[int, int]:
        """Return how many pixels each id has that occurs."""
        for row, column in self._stale:
            if (row, column) in self._tiles:
                ids, pixels = self._tiles[row, column]
                self._total[ids] -= pixels
            tile = self._mask[row * _TILE : (row + 1) * _TILE, column * _TILE : (column + 1) * _TILE]
            ids, pixels = self._tiles[row, column] = count_ids(tile)
            self._total[ids] += pixels
        self._stale.clear()
        present = np.flatnonzero(self._total)
        return dict(zip(present.tolist(), self._total[present].tolist(), strict=True))
