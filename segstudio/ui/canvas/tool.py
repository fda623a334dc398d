"""What a canvas needs of a tool. Tools are objects; the canvas knows none of them by name."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from segstudio.painting.brush import Point
from segstudio.painting.view import ViewTransform


@dataclass(frozen=True, slots=True)
class CanvasPointer:
    """Where the mouse or the pen is.

    Attributes:
        position: (x, y) in picture pixels.
        modifiers: the keys that are held.
        eraser: whether it is the eraser end of a pen.
    """

    position: Point
    modifiers: Qt.KeyboardModifier
    eraser: bool = False


class CanvasTool(Protocol):
    """Something that a person holds over the canvas."""

    def press(self, pointer: CanvasPointer) -> None:
        """The button goes down."""

    def move(self, pointer: CanvasPointer) -> None:
        """The pointer moves with the button down."""

    def release(self, pointer: CanvasPointer) -> None:
        """The button comes up."""

    def cancel(self) -> None:
        """What was begun shall not have happened."""

    def wheel(self, steps: float) -> None:
        """The wheel turns with Shift held: the tool's size."""

    def paint_cursor(self, painter: QPainter, view: ViewTransform, pointer: CanvasPointer) -> None:
        """Draw what is under the pointer, in device pixels."""

    def cursor_radius(self, view: ViewTransform) -> float:
        """Return how far, in device pixels, `paint_cursor` draws around the pointer."""
