"""The canvas's own picture, in device pixels: only what has become stale is drawn again."""

import numpy as np
from PySide6.QtGui import QImage

from segstudio.painting.boxes import Box, joined
from segstudio.painting.render import render
from segstudio.painting.scene import Scene
from segstudio.painting.view import ViewTransform

# What a call of `render` costs before it draws anything, in pixels that could be drawn meanwhile.
_COST_OF_A_BOX = 30_000


class Frame:
    """A buffer as large as the viewport, and which parts of it no longer show the scene.

    Attributes:
        scene: what is drawn. Whoever changes it says `spoil`.
        view: from where.
    """

    def __init__(self) -> None:
        self.scene = Scene()
        self.view = ViewTransform()
        self._pixels = np.zeros((1, 1, 4), dtype=np.uint8)
        self._image = QImage()
        self._stale: list[Box] = []
        self.resize(1, 1)

    @property
    def box(self) -> Box:
        """All device pixels."""
        return Box(0, 0, int(self._pixels.shape[1]), int(self._pixels.shape[0]))

    def resize(self, width: int, height: int) -> None:
        """Take another size, in device pixels; everything is stale then."""
        self._pixels = np.zeros((max(height, 1), max(width, 1), 4), dtype=np.uint8)
        box = self.box
        self._image = QImage(
            self._pixels.data, box.width, box.height, self._pixels.strides[0], QImage.Format.Format_RGB32
        )
        self._stale = [box]

    def spoil(self, box: Box | None = None) -> Box:
        """Take notice that a box of device pixels (all, if None) has changed; return the part that is on the screen."""
        whole = self.box
        part = whole if box is None else box.clipped(whole.right, whole.bottom)
        if not part.empty:
            # A fast stroke is a long thin thing: the box around all of it would be most of the screen.
            self._stale = joined(self._stale, part, cost=_COST_OF_A_BOX)
        return part

    def image(self) -> QImage:
        """Return the buffer, up to date: however many changes there were, they are drawn here, once a frame."""
        stale, self._stale = self._stale, []
        for box in stale:
            self._pixels[box.slices] = render(self.scene, self.view, box)
        return self._image
