"""Moving a cursor over the picture with the arrow keys. Arithmetic only."""

from PySide6.QtCore import Qt

from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point
from segstudio.painting.view import ViewTransform

_DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_FASTER = 10
_MARGIN = 0.08


def arrow_step(key: int, modifiers: Qt.KeyboardModifier, zoom: float) -> Point | None:
    """Return how far, in picture pixels, a key moves the cursor; None if it is no arrow key.

    One pixel; ten with Shift; where the picture is drawn smaller, what is one (or ten) on the screen.
    """
    direction = _DIRECTIONS.get(Qt.Key(key))
    if direction is None:
        return None
    length = max(1, round(1 / zoom)) * (_FASTER if modifiers & Qt.KeyboardModifier.ShiftModifier else 1)
    return direction[0] * length, direction[1] * length


def kept_in_view(view: ViewTransform, point: Point, size: Box) -> ViewTransform:
    """Move the picture as far as it takes to show ``point`` away from the edges of a viewport of this size."""
    x, y = view.to_screen(point)
    margin_x, margin_y = size.width * _MARGIN, size.height * _MARGIN
    dx = max(margin_x - x, 0.0) or min(size.width - margin_x - x, 0.0)
    dy = max(margin_y - y, 0.0) or min(size.height - margin_y - y, 0.0)
    return view.panned(dx, dy) if dx or dy else view
