"""Dabs with a brush of one pixel all over a canvas, and says where mask or screen were not as they should be.

A program of its own, because Qt takes its scale factor when it starts.
"""

import json
import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.painting.brush import covered
from segstudio.painting.document import MaskDocument
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.canvas import Canvas
from segstudio.ui.canvas.tool import CanvasTool

WIDTH, HEIGHT = 201, 147
COLOUR = (250, 10, 20)
CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", COLOUR)))
ZOOMS = (0.1, 0.25, 0.73, 1.0, 1.5, 2.0, 3.7, 10.0, 64.0)
LEFT = Qt.MouseButton.LeftButton


class OnePixel(CanvasTool):
    """Paints the pixel under the cursor."""

    def __init__(self, canvas, document):
        self.canvas, self.document = canvas, document

    def press(self, pointer):
        region = covered(pointer.position, pointer.position, diameter=1, width=WIDTH, height=HEIGHT)
        self.canvas.refresh(self.document.apply(region, 1))


def dab(canvas, x, y):
    """Click into the middle of a device pixel."""
    ratio = canvas.devicePixelRatioF()
    point = QPointF((x + 0.5) / ratio, (y + 0.5) / ratio)
    for kind, held in ((QEvent.Type.MouseButtonPress, LEFT), (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton)):
        everywhere = QPointF(canvas.mapToGlobal(point))
        QApplication.sendEvent(canvas, QMouseEvent(kind, point, everywhere, LEFT, held, Qt.KeyboardModifier.NoModifier))


def main():
    """Try every zoom, at random places, and at the corners and edges of the picture."""
    QApplication([])
    random = np.random.default_rng(0)
    canvas = Canvas()
    canvas.resize(301, 203)
    canvas.show()
    canvas.set_colours(CLASSES)
    canvas.set_opacity(1.0)
    canvas.navigator.set_wanted(False)
    canvas.set_picture(np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
    wrong, dabs = [], 0
    for zoom in ZOOMS:
        for corner in ((0.5, 0.5), (WIDTH - 0.5, 0.5), (0.5, HEIGHT - 0.5), (WIDTH - 0.5, HEIGHT - 0.5), (97.3, 51.8)):
            # The corner lies somewhere in the viewport, at no whole number of anything.
            view = ViewTransform(zoom, corner[0] - 133.4 / zoom, corner[1] - 88.7 / zoom)
            canvas.set_view(view)
            document = MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/a")
            canvas.set_mask(document.mask)
            canvas.set_tool(OnePixel(canvas, document))
            expected = np.zeros((HEIGHT, WIDTH), np.uint8)
            places = [(133, 88), *random.integers(100, 170, (5, 2)).tolist()]
            hit = []
            for x, y in places:
                column, row = (math.floor(value) for value in view.to_picture((x + 0.5, y + 0.5)))
                dab(canvas, x, y)
                if 0 <= column < WIDTH and 0 <= row < HEIGHT:
                    expected[row, column] = 1
                    hit.append((x, y))
                    dabs += 1
            if not np.array_equal(document.mask, expected):
                wrong.append(("mask", zoom, corner))
            screen = canvas.grab().toImage()
            wrong += [("screen", zoom, corner, x, y) for x, y in hit if screen.pixelColor(x, y).getRgb()[:3] != COLOUR]
    print(json.dumps({"ratio": canvas.devicePixelRatioF(), "dabs": dabs, "wrong": wrong}))


if __name__ == "__main__":
    main()
