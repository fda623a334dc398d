"""Which part of a picture is on the screen, and how large."""

import math
from dataclasses import dataclass, replace

from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point

SMALLEST_ZOOM = 0.01
LARGEST_ZOOM = 64.0


@dataclass(frozen=True, slots=True)
class ViewTransform:
    """The way between picture and screen.

    Attributes:
        zoom: device pixels a picture pixel.
        left: picture x at the left edge of the viewport.
        top: picture y at its top edge.
    """

    zoom: float = 1.0
    left: float = 0.0
    top: float = 0.0

    def to_picture(self, point: Point) -> Point:
        """Turn device pixels into picture pixels."""
        return self.left + point[0] / self.zoom, self.top + point[1] / self.zoom

    def to_screen(self, point: Point) -> Point:
        """Turn picture pixels into device pixels."""
        return (point[0] - self.left) * self.zoom, (point[1] - self.top) * self.zoom

    def screen_box(self, box: Box) -> Box:
        """Return the device pixels that show any of a box of picture pixels."""
        left, top = self.to_screen((box.left, box.top))
        right, bottom = self.to_screen((box.right, box.bottom))
        return Box(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))

    def zoomed(self, factor: float, at: Point, *, smallest: float = SMALLEST_ZOOM) -> "ViewTransform":
        """Zoom by a factor, to ``smallest`` at least, so that the picture stays under the device pixel ``at``."""
        zoom = min(max(self.zoom * factor, smallest), LARGEST_ZOOM)
        x, y = self.to_picture(at)
        return ViewTransform(zoom, x - at[0] / zoom, y - at[1] / zoom)

    def panned(self, dx: float, dy: float) -> "ViewTransform":
        """Move the picture by so many device pixels."""
        return replace(self, left=self.left - dx / self.zoom, top=self.top - dy / self.zoom)


def fitted(*, width: int, height: int, viewport_width: int, viewport_height: int) -> ViewTransform:
    """Return the view that shows a whole picture in the middle, with a small margin, as large as it can be seen."""
    zoom = 0.97 * min(viewport_width / max(width, 1), viewport_height / max(height, 1))
    zoom = min(max(zoom, SMALLEST_ZOOM), LARGEST_ZOOM)
    return ViewTransform(zoom, width / 2 - viewport_width / zoom / 2, height / 2 - viewport_height / zoom / 2)
