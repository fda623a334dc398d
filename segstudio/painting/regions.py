"""Some pixels of a picture: what a tool paints, a selection, a proposal."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segstudio.painting.boxes import Box


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Pixels of a picture, kept as a box and which of its pixels belong.

    Attributes:
        box: inside the picture; empty where no pixel belongs.
        inside: (box.height, box.width) bool.
    """

    box: Box
    inside: npt.NDArray[np.bool_]

    @classmethod
    def nowhere(cls) -> "Region":
        """Return the region without pixels."""
        return cls(Box(0, 0, 0, 0), np.zeros((0, 0), dtype=np.bool_))

    @classmethod
    def of(cls, pixels: npt.NDArray[np.bool_], *, left: int = 0, top: int = 0) -> "Region":
        """Return the region of the True pixels of (height, width) bool whose first pixel is at (left, top)."""
        rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
        if not rows.size:
            return cls.nowhere()
        box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        return cls(box.moved(left, top), np.ascontiguousarray(pixels[box.slices]))

    @property
    def empty(self) -> bool:
        """Whether no pixel belongs."""
        return self.box.empty or not self.inside.any()

    @property
    def count(self) -> int:
        """How many pixels belong."""
        return int(np.count_nonzero(self.inside))

    def within(self, box: Box) -> npt.NDArray[np.bool_]:
        """Return (box.height, box.width) bool: which pixels of another box belong."""
        pixels = np.zeros((max(box.height, 0), max(box.width, 0)), dtype=np.bool_)
        common = Box(
            max(box.left, self.box.left),
            max(box.top, self.box.top),
            min(box.right, self.box.right),
            min(box.bottom, self.box.bottom),
        )
        if not common.empty:
            own, there = common.moved(-self.box.left, -self.box.top), common.moved(-box.left, -box.top)
            pixels[there.slices] = self.inside[own.slices]
        return pixels

    def united(self, other: "Region") -> "Region":
        """Return the pixels of either."""
        return Region.union((self, other))

    @classmethod
    def union(cls, regions: Iterable["Region"]) -> "Region":
        """Return the pixels of any of some regions."""
        some = [region for region in regions if not region.box.empty]
        if not some:
            return cls.nowhere()
        box = some[0].box
        for region in some[1:]:
            box = box.united(region.box)
        pixels = np.zeros((box.height, box.width), dtype=np.bool_)
        for region in some:
            pixels[region.box.moved(-box.left, -box.top).slices] |= region.inside
        return cls(box, pixels)

    def without(self, other: "Region") -> "Region":
        """Return the pixels that do not belong to ``other``."""
        return Region.of(self.inside & ~other.within(self.box), left=self.box.left, top=self.box.top)
