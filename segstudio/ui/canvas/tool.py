"""What a canvas needs of a tool. Tools are objects; the canvas knows none of them by name."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from segstudio.painting.brush import Point
from segstudio.painting.view import ViewTransform


@dataclass(frozen=True, slots=True)
class CanvasPointer:
    """Where the mouse, the pen or the keyboard's cursor is.

    Attributes:
        position: (x, y) in picture pixels.
        modifiers: the keys that are held.
        eraser: whether it is the eraser end of a pen.
        pressure: of a pen, 0 to 1; 1 for everything else.
    """

    position: Point
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    eraser: bool = False
    pressure: float = 1.0

    @property
    def control(self) -> bool:
        """Whether Ctrl is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.ControlModifier)

    @property
    def shift(self) -> bool:
        """Whether Shift is held."""
        return bool(self.modifiers & Qt.KeyboardModifier.ShiftModifier)


class CanvasTool:
    """Something that a person holds over the canvas. This one does nothing at all."""

    def press(self, pointer: CanvasPointer) -> None:
        """The button goes down."""

    def move(self, pointer: CanvasPointer) -> None:
        """The pointer moves with the button down."""

    def release(self, pointer: CanvasPointer) -> None:
        """The button comes up."""

    def hover(self, pointer: CanvasPointer) -> None:
        """The pointer moves with no button down."""

    def double_click(self, pointer: CanvasPointer) -> None:
        """The button goes down for the second time; two quick dabs are two dabs."""
        self.press(pointer)

    def cancel(self) -> None:
        """What was begun shall not have happened: everything is as before it."""

    def settle(self) -> None:
        """Complete at once what goes on after the button came up."""

    def put_down(self) -> None:
        """Another tool is taken, with no button down: drop what was begun, or hide it until `take_up`."""
        self.cancel()

    def take_up(self) -> None:
        """The person takes this tool into the hand (again)."""

    def confirm(self) -> None:
        """Enter: what was begun is complete."""

    def step_back(self) -> bool:
        """Backspace: take back the last point of what was begun; return whether there was one."""
        return False

    @property
    def busy(self) -> bool:
        """Whether something was begun that Escape would drop: a stroke under way, or what waits for Enter."""
        return False

    def wheel(self, steps: float) -> None:
        """The wheel turns with Shift held: the tool's size, or what it has instead of one."""

    def paint_cursor(self, painter: QPainter, view: ViewTransform, pointer: CanvasPointer) -> None:
        """Draw what is under the pointer, in device pixels."""

    def cursor_radius(self, view: ViewTransform) -> float:  # noqa: ARG002 - tools with a size use it
        """Return how far, in device pixels, `paint_cursor` draws around the pointer."""
        return 0.0

    def paint_outline(self, painter: QPainter, view: ViewTransform) -> None:
        """Draw what was begun (a polygon's points and the like), in device pixels, over the whole canvas."""
