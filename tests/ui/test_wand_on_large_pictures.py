"""R8: on a large picture the wand's preview follows a drag in the background; what it paints is exact all the same."""

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.painting.boxes import Box
from segstudio.painting.document import MaskDocument
from segstudio.painting.fill import wand
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.tool import CanvasPointer
from segstudio.ui.jobs import Jobs
from segstudio.ui.painter.fill_tools import WandTool
from segstudio.ui.painter.panel import PainterPanel

WIDTH, HEIGHT = 2100, 1500
WHOLE = Box(0, 0, WIDTH, HEIGHT)
MIDDLE = (1000.5, 700.5)


@pytest.fixture(scope="module")
def blobs():
    noise = np.random.default_rng(3).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return np.asarray(cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 6), None, 0, 255, cv2.NORM_MINMAX), np.uint8)


@pytest.fixture
def panel(qtbot, blobs):
    jobs = Jobs()
    made = PainterPanel(jobs)
    qtbot.addWidget(made)
    made.resize(1000, 600)
    made.set_classes(ClassList((ClassInfo(0, "ground", (0, 0, 0)), ClassInfo(1, "road", (200, 90, 40)))))
    made.set_document(MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/a"), blobs)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.set_view(ViewTransform(1.0, 900, 600))
    made.classes.choose_position(1)
    made.choose_tool("wand")
    yield made
    jobs.stop_all()


def pixels(region):
    return region.within(WHOLE)


def expected(panel, blobs, at=MIDDLE):
    settings = panel.context.settings
    return pixels(wand(blobs, at, tolerance=settings.tolerance, contiguous=settings.contiguous))


def pulled(tool, *, until):
    """Press in the middle and drag to the right, a pixel a movement, without an event being handled meanwhile."""
    tool.press(CanvasPointer(MIDDLE))
    for right in range(1, until + 1):
        tool.move(CanvasPointer((MIDDLE[0] + right, MIDDLE[1])))


def test_neither_press_nor_drag_waits_for_the_pixels_and_only_the_newest_are_computed(panel, qtbot, blobs):
    tool, shown = WandTool(panel.context), []
    panel.context.proposal_changed.connect(lambda: shown.append(panel.context.proposal))
    pulled(tool, until=200)
    assert panel.context.settings.tolerance == 124
    assert panel.context.proposal is None
    wanted = expected(panel, blobs)
    qtbot.waitUntil(lambda: len(shown) == 2)
    np.testing.assert_array_equal(pixels(shown[1].region), wanted)
    panel.context.jobs.wait_all()
    QTest.qWait(0)
    assert len(shown) == 2, "one for the press, one for the end of the drag"
    tool.cancel()


@pytest.mark.parametrize("contiguous", [True, False])
@pytest.mark.parametrize("until", [0, 1, 57, 200])
def test_a_release_before_anything_was_shown_paints_what_a_full_computation_finds(
    panel, qtbot, blobs, until, contiguous
):
    panel.context.change(contiguous=contiguous)
    tool = WandTool(panel.context)
    pulled(tool, until=until)
    assert panel.context.proposal is None
    tool.release(CanvasPointer((MIDDLE[0] + until, MIDDLE[1])))
    wanted = expected(panel, blobs)
    np.testing.assert_array_equal(panel.context.document.mask == 1, wanted)
    panel.context.jobs.wait_all()
    QTest.qWait(0)
    assert panel.context.proposal is None
    panel.context.document.undo()
    assert not panel.context.document.mask.any()
    assert not panel.context.document.can_undo


def test_a_drag_by_mouse_paints_what_a_full_computation_finds(panel, qtbot, blobs):
    canvas = panel.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    for x in range(105, 300, 5):
        QTest.mouseMove(canvas, QPoint(x, 100))
    qtbot.waitUntil(lambda: panel.context.proposal is not None)
    for x in range(300, 180, -5):
        QTest.mouseMove(canvas, QPoint(x, 100))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(185, 100))
    at = canvas.view.to_picture((100.5, 100.5))
    np.testing.assert_array_equal(panel.context.document.mask == 1, expected(panel, blobs, at))
    assert panel.context.document.mask.any()


def test_what_was_dropped_by_escape_or_by_another_picture_never_comes_back(panel, qtbot, blobs):
    """R4, R25."""
    tool = WandTool(panel.context)
    pulled(tool, until=30)
    tool.cancel()
    panel.context.jobs.wait_all()
    QTest.qWait(0)
    assert panel.context.proposal is None
    QTest.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    panel.set_document(MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/b"), blobs)
    panel.context.jobs.wait_all()
    QTest.qWait(0)
    QTest.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    assert panel.context.proposal is None
    assert not panel.context.document.mask.any()


def test_a_second_press_while_the_first_is_still_computed_is_a_wand_of_its_own(panel, qtbot, blobs):
    tool = WandTool(panel.context)
    pulled(tool, until=40)
    tool.cancel()
    tool.press(CanvasPointer((300.5, 300.5)))
    qtbot.waitUntil(lambda: panel.context.proposal is not None)
    np.testing.assert_array_equal(pixels(panel.context.proposal.region), expected(panel, blobs, (300.5, 300.5)))
    tool.cancel()
