"""The overview: where it is of use, and no further."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.painting.boxes import Box
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.canvas import Canvas
from segstudio.ui.canvas.picture_view import PictureView
from segstudio.ui.canvas.tool import CanvasTool

CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", (250, 10, 20))))


@pytest.fixture(params=[PictureView, Canvas])
def view(qtbot, request):
    made = request.param()
    qtbot.addWidget(made)
    made.resize(600, 500)
    made.show()
    made.set_colours(CLASSES)
    image = np.full((1000, 2000, 3), 60, np.uint8)
    image[:, 1000:] = 200
    made.set_picture(image)
    return made


def test_it_hides_while_the_whole_picture_is_seen(view):
    assert view.navigator.isHidden()
    view.zoom_by(4.0)
    assert view.navigator.isVisible()
    assert view.rect().contains(view.navigator.geometry())
    assert view.navigator.geometry().bottom() > 450
    assert view.navigator.geometry().right() > 550
    view.fit()
    assert view.navigator.isHidden()


def test_it_shows_the_whole_picture_and_the_part_that_is_seen(view):
    view.set_view(ViewTransform(1.0, 1200, 300))
    image = view.navigator.grab().toImage()
    shades = [image.pixelColor(x, 20).red() for x in (20, 150)]
    assert shades[0] < shades[1]
    inside = image.pixelColor(round(image.width() * 0.7), round(image.height() * 0.5)).red()
    assert inside == 200, "what is seen is not dimmed"
    assert shades[1] < 200


@pytest.mark.parametrize(("share_x", "share_y"), [(0.25, 0.5), (0.9, 0.1), (0.5, 0.99)])
def test_a_click_brings_the_point_into_the_middle(view, qtbot, share_x, share_y):
    view.set_view(ViewTransform(2.0, 700, 300))
    overview = view.navigator
    point = QPoint(round(overview.width() * share_x), round(overview.height() * share_y))
    with qtbot.waitSignal(view.view_changed):
        QTest.mouseClick(overview, Qt.MouseButton.LeftButton, pos=point)
    middle = view.view.to_picture((300, 250))
    assert middle == pytest.approx((share_x * 2000, share_y * 1000), abs=2000 / overview.width())
    assert view.view.zoom == 2.0


def test_a_drag_goes_on_moving(view):
    view.set_view(ViewTransform(2.0, 700, 300))
    overview, seen = view.navigator, []
    view.view_changed.connect(lambda now: seen.append(now.left))
    QTest.mousePress(overview, Qt.MouseButton.LeftButton, pos=QPoint(30, 30))
    for x in (50, 80, 110):
        QTest.mouseMove(overview, QPoint(x, 30))
    QTest.mouseRelease(overview, Qt.MouseButton.LeftButton, pos=QPoint(110, 30))
    assert len(seen) == 4
    assert seen == sorted(seen)


def test_it_can_be_switched_off_and_on(view):
    view.zoom_by(4.0)
    view.navigator.set_wanted(False)
    assert view.navigator.isHidden()
    view.zoom_by(1.1)
    assert view.navigator.isHidden()
    view.navigator.set_wanted(True)
    assert view.navigator.isVisible()


def test_it_leaves_a_small_canvas_alone(view):
    view.zoom_by(4.0)
    view.resize(300, 200)
    assert view.navigator.isHidden()


def test_it_goes_with_its_picture(view):
    view.zoom_by(4.0)
    view.set_picture(None)
    assert view.navigator.isHidden()


def test_what_is_painted_is_seen_in_it_before_long(view, qtbot):
    mask = np.zeros((1000, 2000), np.uint8)
    view.set_mask(mask)
    view.set_opacity(1.0)
    view.set_view(ViewTransform(1.0, 200, 200))
    view.navigator.grab()
    mask[200:700, 200:800] = 1
    view.refresh(Box(200, 200, 800, 700))

    def red():
        image = view.navigator.grab().toImage()
        colour = image.pixelColor(round(image.width() * 0.25), round(image.height() * 0.45))
        return colour.red() > 200 and colour.green() < 30

    qtbot.waitUntil(red)


def test_a_press_on_it_is_no_stroke(qtbot):
    class Counter(CanvasTool):
        presses = 0

        def press(self, pointer):
            self.presses += 1

    canvas, tool = Canvas(), Counter()
    qtbot.addWidget(canvas)
    canvas.resize(600, 500)
    canvas.show()
    canvas.set_picture(np.zeros((1000, 2000, 3), np.uint8))
    canvas.set_tool(tool)
    canvas.zoom_by(4.0)
    QTest.mouseClick(canvas.navigator, Qt.MouseButton.LeftButton)
    assert tool.presses == 0
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert tool.presses == 1
