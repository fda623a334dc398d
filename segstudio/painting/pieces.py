"""Connected pieces of pixels: how large they are, and what lies around them."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region

Connectivity = Literal[4, 8]
"""Whether pixels hang together by their sides only (4), or by their corners too (8)."""


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The connected pieces of some pixels of a box, and which of them are wanted.

    Attributes:
        box: inside the picture.
        labels: (box.height, box.width) int32: the number of the piece of each pixel; 0 where there is none.
        wanted: (n + 1,) bool: which pieces are wanted, all at first; never number 0.
        sizes: (n + 1,) int32: pixels of each piece.
    """

    box: Box
    labels: npt.NDArray[np.int32]
    wanted: npt.NDArray[np.bool_]
    sizes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, pixels: npt.NDArray[np.bool_], box: Box, connectivity: Connectivity) -> "Pieces":
        """Find the pieces of (box.height, box.width) bool."""
        count, labels, stats, _ = cv2.connectedComponentsWithStats(pixels.view(np.uint8), connectivity=connectivity)
        wanted = np.arange(count) > 0
        return cls(box, np.asarray(labels, np.int32), wanted, np.asarray(stats[:, cv2.CC_STAT_AREA], np.int32))

    def drop(self, labels: npt.NDArray[np.int32]) -> None:
        """Want none of the pieces with these numbers any more."""
        self.wanted[labels] = False

    @property
    def region(self) -> Region:
        """The pixels of the wanted pieces."""
        return Region.of(self.wanted[self.labels], left=self.box.left, top=self.box.top)

    def neighbours(self, mask: MaskArray) -> npt.NDArray[np.int64]:
        """Return (n + 1,): for each wanted piece the id that most of its sides touch outside of it; else -1.

        Where two ids are even, it is the lower one. A piece without neighbours, which fills the mask, has -1 too.

        Args:
            mask: (height, width) of ids, in which each piece is all of one id and no side of it touches that id.
        """
        rows, columns = np.nonzero(self.wanted[self.labels])
        pieces = self.labels[rows, columns]
        rows, columns = rows + self.box.top, columns + self.box.left
        own = mask[rows, columns]
        by, touched = [], []
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            row, column = rows + down, columns + right
            there = (row >= 0) & (row < mask.shape[0]) & (column >= 0) & (column < mask.shape[1])
            ids = mask[row[there], column[there]]
            outside = ids != own[there]
            by.append(pieces[there][outside])
            touched.append(ids[outside])
        pieces, ids = np.concatenate(by), np.concatenate(touched)
        found, most = np.full(self.wanted.size, -1, dtype=np.int64), np.zeros(self.wanted.size, dtype=np.int64)
        for candidate in np.flatnonzero(np.bincount(ids)):
            count = np.bincount(pieces[ids == candidate], minlength=most.size)
            found[count > most] = candidate
            np.maximum(most, count, out=most)
        return found
