"""Which picture pixel lies under each device pixel of a box."""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region
from segstudio.painting.view import ViewTransform

Positions = npt.NDArray[np.int64]
"""The picture column (or row) under the centre of each device column (or row), rising."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Footprint:
    """A box of device pixels, all of them on the picture, and what lies under them.

    Attributes:
        box: of device pixels, not empty.
        rows: (box.height,) picture rows.
        columns: (box.width,) picture columns.
    """

    box: Box
    rows: Positions
    columns: Positions

    @property
    def part(self) -> Box:
        """The smallest box of picture pixels around all that lies under it."""
        return Box(int(self.columns[0]), int(self.rows[0]), int(self.columns[-1]) + 1, int(self.rows[-1]) + 1)

    def sampled(self, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """Return what (height, width) values of the picture are at each device pixel: (box.height, box.width)."""
        part = self.part
        # Whole rows first: that copies runs of memory, and leaves little for the second, slower step. By index, since
        # `take` along rows copies all of an array first that is not in one piece.
        rows = values[self.rows, part.left : part.right]
        return np.asarray(rows.take(self.columns - part.left, axis=1))

    def sampled_region(self, region: Region) -> npt.NDArray[np.bool_]:
        """Return which device pixels lie in a region: (box.height, box.width) bool."""
        return self.sampled_within(region.box, region.inside)

    def sampled_within(self, box: Box, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """Return what (box.height, box.width) values of a part of the picture are at each device pixel; else 0."""
        answer = np.zeros((self.box.height, self.box.width), dtype=values.dtype)
        first_row, last_row = np.searchsorted(self.rows, (box.top, box.bottom))
        first_column, last_column = np.searchsorted(self.columns, (box.left, box.right))
        if first_row < last_row and first_column < last_column:
            part = Footprint(
                self.box,
                self.rows[first_row:last_row] - box.top,
                self.columns[first_column:last_column] - box.left,
            )
            answer[first_row:last_row, first_column:last_column] = part.sampled(values)
        return answer

    def cut(self, box: Box) -> "Footprint | None":
        """Return the part inside a box of device pixels; None if there is none."""
        left, right = max(box.left, self.box.left), min(box.right, self.box.right)
        top, bottom = max(box.top, self.box.top), min(box.bottom, self.box.bottom)
        if left >= right or top >= bottom:
            return None
        return replace(
            self,
            box=Box(left, top, right, bottom),
            rows=self.rows[top - self.box.top : bottom - self.box.top],
            columns=self.columns[left - self.box.left : right - self.box.left],
        )


def footprint(view: ViewTransform, box: Box, *, width: int, height: int) -> Footprint | None:
    """Return what lies under a box of device pixels, cut to a picture of this size; None if it lies beside it."""
    columns = _positions(box.left, box.right, view.left, view.zoom)
    rows = _positions(box.top, box.bottom, view.top, view.zoom)
    first_column, last_column = (int(place) for place in np.searchsorted(columns, (0, width)))
    first_row, last_row = (int(place) for place in np.searchsorted(rows, (0, height)))
    if first_column >= last_column or first_row >= last_row:
        return None
    inside = Box(box.left + first_column, box.top + first_row, box.left + last_column, box.top + last_row)
    return Footprint(inside, rows[first_row:last_row], columns[first_column:last_column])


def _positions(first: int, last: int, origin: float, zoom: float) -> Positions:
    centres = np.arange(first, last, dtype=np.float64) + 0.5
    return np.asarray(np.floor(origin + centres / zoom), dtype=np.int64)
