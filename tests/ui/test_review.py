"""Looking at predictions: the views stay together and show what they say."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.ui.predictions.comparison import Comparison, ComparisonView

CLASSES = ClassList(
    (ClassInfo(0, "ground", (0, 0, 0)), ClassInfo(1, "thing", (255, 0, 0)), ClassInfo(7, "void", (9, 9, 9), True))
)


@pytest.fixture
def view(qtbot):
    made = ComparisonView()
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.set_classes(CLASSES)
    mask = np.zeros((60, 90), np.uint8)
    mask[:20] = 1
    mask[50:] = 7
    prediction = np.zeros((60, 90), np.uint8)
    prediction[:30] = 1
    made.set_sample(np.full((60, 90, 3), 128, np.uint8), mask, prediction)
    return made


@pytest.mark.parametrize("comparison", Comparison)
def test_the_whole_picture_is_shown_in_every_comparison(view, qtbot, comparison):
    view.set_comparison(comparison)
    qtbot.wait(0)
    for canvas in view._canvases:
        if canvas.isVisible():
            left, top = canvas.view.to_screen((0, 0))
            right, bottom = canvas.view.to_screen((90, 60))
            size = canvas._device_size()
            assert left == pytest.approx(size.right - right, abs=1)
            assert top == pytest.approx(size.bottom - bottom, abs=1)
            assert left >= 0


def test_the_canvases_zoom_together(view, qtbot):
    view.set_comparison(Comparison.SIDE_BY_SIDE)
    qtbot.wait(0)
    first = view._canvases[0]
    at = QPointF(first.rect().center())
    turned = QWheelEvent(
        at,
        first.mapToGlobal(at),
        QPoint(),
        QPoint(0, 360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(first, turned)
    assert first.view == view._canvases[1].view == view._canvases[2].view
    assert not view._canvases[2].fits
    QTest.mouseDClick(first, Qt.MouseButton.LeftButton)
    assert all(canvas.fits for canvas in view._canvases)


def test_the_difference_shows_what_differs_and_leaves_ignored_pixels_out(view, qtbot):
    view.set_comparison(Comparison.DIFFERENCE)
    view.set_opacity(1.0)
    picture = view.canvas.grab().toImage()

    def colour(x, y):
        on_screen = view.canvas.view.to_screen((x + 0.5, y + 0.5))
        ratio = picture.devicePixelRatio()
        return picture.pixelColor(int(on_screen[0] * ratio), int(on_screen[1] * ratio)).getRgb()[:3]

    assert colour(40, 25) == (224, 36, 60)
    assert colour(40, 10) == (128, 128, 128)
    assert colour(40, 40) == (128, 128, 128)
