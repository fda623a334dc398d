"""What the status line tells about painting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PainterStatus:
    """The state of the painter in a few words.

    Attributes:
        tool: the tool's name.
        class_name: what it paints.
        size: of the brush in pixels; None for tools without one.
        locks: what is locked; empty if nothing is.
        position: the pixel under the cursor, or None.
        id: the id of that pixel, with its class's name; empty if there is none.
    """

    tool: str
    class_name: str
    size: int | None
    locks: str
    position: tuple[int, int] | None
    id: str
