"""Rectangles of pixels."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open rectangle of pixels: ``left <= x < right`` and ``top <= y < bottom``."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Pixels."""
        return self.width * self.height

    @property
    def empty(self) -> bool:
        """Whether no pixel lies inside."""
        return self.right <= self.left or self.bottom <= self.top

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of the box in an array (height, width, …)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def united(self, other: "Box | None") -> "Box":
        """Return the smallest box around both."""
        if other is None or other.empty:
            return self
        if self.empty:
            return other
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def clipped(self, width: int, height: int) -> "Box":
        """Return the part inside a picture of this size; possibly empty."""
        return Box(max(self.left, 0), max(self.top, 0), min(self.right, width), min(self.bottom, height))

    def moved(self, right: int, down: int) -> "Box":
        """Return the box shifted by so many pixels."""
        return Box(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def grown(self, pixels: int) -> "Box":
        """Return the box with a margin of so many pixels."""
        return Box(self.left - pixels, self.top - pixels, self.right + pixels, self.bottom + pixels)


def joined(boxes: Sequence[Box], box: Box, *, cost: int) -> list[Box]:
    """Add a box to others, joined with those that it is cheaper to take together.

    Args:
        boxes: the others.
        box: the one to add.
        cost: what each box costs by itself, in pixels.

    Returns:
        Boxes that cover all that the given ones cover; two of them are one where their common box has at most ``cost``
        pixels more than both.
    """
    apart: list[Box] = []
    for other in boxes:
        both = box.united(other)
        if both.area <= box.area + other.area + cost:
            # The larger one may reach others that were passed over.
            return joined([*apart, *boxes[len(apart) + 1 :]], both, cost=cost)
        apart.append(other)
    return [*apart, box]
