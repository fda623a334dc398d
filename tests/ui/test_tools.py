"""Every tool, by mouse and keys: the pixels it paints, one undo step, and the locks it keeps to."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.painting import shapes
from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region
from segstudio.painting.view import ViewTransform
from segstudio.ui.jobs import Jobs
from segstudio.ui.painter import edge_tools, fill_tools
from segstudio.ui.painter.panel import PainterPanel
from segstudio.ui.painter.tools import TOOLS

WIDTH, HEIGHT, ZOOM = 60, 40, 8
CLASSES = ClassList(
    tuple(ClassInfo(i, name, (40 * i, 200, 90)) for i, name in enumerate(("ground", "road", "house", "tree")))
)


@pytest.fixture
def panel(qtbot):
    jobs = Jobs()
    made = PainterPanel(jobs)
    qtbot.addWidget(made)
    made.resize(1000, 600)
    made.set_classes(CLASSES)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[10:30, 20:50] = 200
    made.set_document(MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/a"), image)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.set_view(ViewTransform(ZOOM, 0, 0))
    made.canvas.setFocus()
    made.context.change(size=1)
    made.classes.choose_position(1)
    yield made
    jobs.stop_all()


def at(x, y):
    """Return where the middle of a pixel of the picture is on the canvas."""
    return QPoint(int((x + 0.5) * ZOOM), int((y + 0.5) * ZOOM))


def drag(panel, *pixels, modifiers=Qt.KeyboardModifier.NoModifier):
    points = [at(*pixel) for pixel in pixels]
    QTest.mousePress(panel.canvas, Qt.MouseButton.LeftButton, modifiers, points[0])
    for point in points[1:]:
        QTest.mouseMove(panel.canvas, point)
    QTest.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, modifiers, points[-1])


def click(panel, x, y, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, modifiers, at(x, y))


def key(panel, which, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(panel.canvas, which, modifiers)


def mask(panel):
    return panel.context.document.mask


def expect(panel, region, class_id=1):
    """Check that the mask holds one region of a class, made in one step of undo."""
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[region.box.slices][region.inside] = class_id
    np.testing.assert_array_equal(mask(panel), expected)
    key(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not mask(panel).any()
    key(panel, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(mask(panel), expected)


def box(left, top, right, bottom):
    """Return the region of all pixels from one corner to the other, both included."""
    return shapes.rectangle((left, top), (right, bottom), width=WIDTH, height=HEIGHT)


def test_the_brush_paints_what_it_is_drawn_over(panel):
    drag(panel, (5, 5), (20, 9))
    expect(panel, covered((5.5, 5.5), (20.5, 9.5), diameter=1, width=WIDTH, height=HEIGHT))


def test_a_square_brush_of_five_pixels(panel):
    panel.context.change(size=5, shape="square")
    click(panel, 10, 10)
    expect(panel, box(8, 8, 12, 12))


def test_a_brush_measured_on_the_screen_keeps_its_size_there(panel):
    panel.context.change(size=5 * ZOOM, unit="screen", shape="square")
    click(panel, 10, 10)
    assert np.count_nonzero(mask(panel)) == 25


def test_shift_and_click_go_straight_from_where_the_last_stroke_ended(panel):
    click(panel, 3, 3)
    click(panel, 30, 3, Qt.KeyboardModifier.ShiftModifier)
    np.testing.assert_array_equal(np.flatnonzero(mask(panel)[3]), np.arange(3, 31))


def test_ctrl_erases_and_the_eraser_erases(panel):
    drag(panel, (3, 3), (30, 3))
    click(panel, 10, 3, Qt.KeyboardModifier.ControlModifier)
    assert mask(panel)[3, 10] == 0
    key(panel, Qt.Key.Key_E)
    click(panel, 11, 3)
    assert mask(panel)[3, 11] == 0
    click(panel, 11, 3, Qt.KeyboardModifier.ControlModifier)
    assert mask(panel)[3, 11] == 1


def test_encircling_fills_what_was_drawn_around(panel):
    key(panel, Qt.Key.Key_C)
    drag(panel, (10, 10), (20, 10), (20, 20), (10, 20), (10, 11))
    expect(panel, box(10, 10, 20, 20))


@pytest.mark.parametrize(("letter", "shape"), [("R", shapes.rectangle), ("O", shapes.ellipse)])
def test_box_shapes_reach_from_corner_to_corner(panel, letter, shape):
    key(panel, getattr(Qt.Key, f"Key_{letter}"))
    drag(panel, (5, 6), (9, 9), (22, 17))
    expect(panel, shape((5.5, 6.5), (22.5, 17.5), width=WIDTH, height=HEIGHT))


def test_a_lasso_fills_what_it_encloses_and_ctrl_takes_it_away(panel):
    key(panel, Qt.Key.Key_L)
    corners = [(5, 5), (25, 5), (25, 25), (5, 25)]
    drag(panel, *corners)
    middles = [(x + 0.5, y + 0.5) for x, y in corners]
    expect(panel, shapes.polygon(middles, width=WIDTH, height=HEIGHT))
    drag(panel, *corners, modifiers=Qt.KeyboardModifier.ControlModifier)
    assert not mask(panel).any()


@pytest.mark.parametrize("ending", ["enter", "double click", "first point"])
def test_a_polygon_is_closed_in_three_ways(panel, ending):
    key(panel, Qt.Key.Key_P)
    corners = [(5, 5), (25, 7), (15, 25)]
    for corner in corners:
        click(panel, *corner)
    click(panel, 55, 35)
    key(panel, Qt.Key.Key_Backspace)
    match ending:
        case "enter":
            key(panel, Qt.Key.Key_Return)
        case "double click":
            QTest.mouseDClick(panel.canvas, Qt.MouseButton.LeftButton, pos=at(*corners[-1]))
        case _:
            click(panel, *corners[0])
    expect(panel, shapes.polygon([(x + 0.5, y + 0.5) for x, y in corners], width=WIDTH, height=HEIGHT))


def test_a_hidden_class_is_shown_again_when_it_is_painted(panel, qtbot):
    panel.classes._mark(panel.classes._marks.with_shown_or_hidden(1))
    assert panel.classes.hidden == {1}

    with qtbot.waitSignal(panel.message_raised, check_params_cb=lambda text: "road" in text):
        drag(panel, (5, 5), (9, 5))

    assert panel.classes.hidden == frozenset()
    assert mask(panel)[5, 7] == 1


def test_escape_drops_a_polygon_that_was_begun(panel):
    """R25."""
    key(panel, Qt.Key.Key_P)
    for corner in [(5, 5), (25, 7), (15, 25)]:
        click(panel, *corner)
    key(panel, Qt.Key.Key_Escape)
    key(panel, Qt.Key.Key_Return)
    assert not mask(panel).any()
    assert not panel.context.document.can_undo


def test_fill_relabels_the_connected_area_or_all_of_its_kind(panel):
    panel.context.apply(box(5, 5, 10, 10), 1)
    panel.context.apply(box(30, 5, 35, 10), 1)
    panel.classes.choose_position(2)
    key(panel, Qt.Key.Key_G)
    click(panel, 6, 6)
    assert (mask(panel)[5:11, 5:11] == 2).all()
    assert (mask(panel)[5:11, 30:36] == 1).all()
    key(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    panel.options.actions_by_name["contiguous"].setChecked(False)
    click(panel, 6, 6)
    assert (mask(panel) == 2).sum() == 72
    assert not (mask(panel) == 1).any()


def test_on_a_large_mask_a_fill_is_worked_out_in_the_background(panel, qtbot, monkeypatch):
    monkeypatch.setattr(fill_tools, "_AT_ONCE", 0)
    panel.choose_tool("fill")
    click(panel, 5, 5)
    panel.classes.choose_position(2)
    qtbot.waitUntil(lambda: mask(panel).all())
    assert (mask(panel) == 1).all(), "with the class of the click"

    panel.choose_tool("brush")
    begin_drag(panel, (3, 3), (9, 3))
    panel.context.work_out("Filling", lambda mask: mask, lambda _found: panel.context.message_raised.emit("done"))
    with qtbot.waitSignal(panel.message_raised, check_params_cb=lambda text: "painted on meanwhile" in text):
        QTest.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=at(9, 3))


def test_the_wand_takes_like_colours_and_a_drag_takes_more(panel):
    key(panel, Qt.Key.Key_W)
    click(panel, 30, 20)
    expect(panel, box(20, 10, 49, 29))
    panel.context.change(tolerance=150)
    QTest.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=at(30, 20))
    assert panel.context.proposal.region.count == 30 * 20
    QTest.mouseMove(panel.canvas, at(46, 20))
    assert panel.context.settings.tolerance == 150 + 16 * ZOOM // 2
    assert panel.context.proposal.region.count == WIDTH * HEIGHT
    key(panel, Qt.Key.Key_Escape)
    assert panel.context.proposal is None
    assert (mask(panel) == 1).sum() == 30 * 20


def test_shapes_select_instead_of_painting_and_painting_keeps_to_the_selection(panel):
    panel.options.actions_by_name["selects"].trigger()
    key(panel, Qt.Key.Key_R)
    drag(panel, (5, 5), (14, 14))
    drag(panel, (20, 5), (29, 14), modifiers=Qt.KeyboardModifier.ShiftModifier)
    drag(panel, (5, 5), (7, 14), modifiers=Qt.KeyboardModifier.ControlModifier)
    assert panel.context.selection.count == 100 + 100 - 30
    assert not mask(panel).any()
    panel.options.actions_by_name["selects"].trigger()
    drag(panel, (0, 0), (59, 39))
    assert (mask(panel) == 1).sum() == 170
    key(panel, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert panel.context.selection.count == WIDTH * HEIGHT - 170
    key(panel, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert panel.context.selection is None


@pytest.mark.parametrize("spec", [spec for spec in TOOLS if spec.name != "eraser"], ids=lambda spec: spec.name)
def test_every_tool_keeps_to_the_locks(panel, qtbot, spec):
    panel.context.apply(box(0, 0, 59, 19), 2)
    panel.locks.set_class_locks(only=None, protected=frozenset({2}))
    before = mask(panel).copy()
    panel.choose_tool(spec.name)
    match spec.name:
        case "polygon":
            for corner in [(5, 2), (50, 2), (30, 38)]:
                click(panel, *corner)
            key(panel, Qt.Key.Key_Return)
        case "grabcut":
            drag(panel, (12, 2), (56, 36))
            qtbot.waitUntil(lambda: panel.context.proposal is not None)
            assert panel.context.proposal.region.within(Box(0, 0, WIDTH, 19)).any()
            key(panel, Qt.Key.Key_Return)
        case "watershed":
            panel.context.change(size=3)
            drag(panel, (22, 12), (47, 27))
            panel.classes.choose_position(3)
            drag(panel, (5, 5), (5, 35), (55, 35))
            qtbot.waitUntil(lambda: panel.context.proposal.region.count == WIDTH * HEIGHT)
            key(panel, Qt.Key.Key_Return)
        case _:
            drag(panel, (20, 2), (22, 30), (40, 35), (41, 5), (25, 3), (30, 34))
    np.testing.assert_array_equal(mask(panel)[:20], before[:20])
    if spec.name in {"fill", "wand"}:
        click(panel, 30, 35)
    assert (mask(panel)[20:] == 1).any()
    key(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    if spec.name not in {"fill", "wand"}:
        np.testing.assert_array_equal(mask(panel), before)


def test_what_grabcut_proposes_is_mended_by_strokes_and_then_dropped_or_painted(panel, qtbot):
    key(panel, Qt.Key.Key_K)
    drag(panel, (14, 5), (56, 36))
    qtbot.waitUntil(lambda: panel.context.proposal is not None)
    whole = box(20, 10, 49, 29).within(Box(0, 0, WIDTH, HEIGHT))
    found = panel.context.proposal.region.within(Box(0, 0, WIDTH, HEIGHT))
    assert (found & whole).sum() / (found | whole).sum() > 0.95
    assert not mask(panel).any()
    panel.context.change(size=3)
    proposal = panel.context.proposal
    drag(panel, (16, 7), (24, 7))
    qtbot.waitUntil(lambda: panel.context.proposal not in (None, proposal))
    assert panel.context.proposal.region.within(box(16, 7, 24, 7).box).all()
    key(panel, Qt.Key.Key_Escape)
    assert panel.context.proposal is None
    assert not mask(panel).any()
    drag(panel, (14, 5), (56, 36))
    qtbot.waitUntil(lambda: panel.context.proposal is not None)
    region = panel.context.proposal.region
    QTest.mouseClick(panel.options.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    expect(panel, region)


def test_a_proposal_of_the_picture_before_never_comes_to_the_next(panel, qtbot):
    """R4, R26: an answer that is still being computed belongs to its own picture."""
    key(panel, Qt.Key.Key_K)
    drag(panel, (14, 5), (56, 36))
    panel.set_document(MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/b"), panel.context.image)
    panel.context.jobs.wait_all()
    qtbot.wait(0)
    assert panel.context.proposal is None


def test_the_smart_brush_stops_at_the_edge(panel):
    key(panel, Qt.Key.Key_M)
    panel.context.change(size=15, tolerance=40)
    drag(panel, (24, 14), (44, 25))
    painted = mask(panel) == 1
    assert painted.any()
    assert not (painted & ~box(20, 10, 49, 29).within(Box(0, 0, WIDTH, HEIGHT))).any()


def test_the_superpixel_brush_takes_whole_patches(panel):
    key(panel, Qt.Key.Key_U)
    panel.context.change(size=12)
    click(panel, 35, 20)
    painted = mask(panel) == 1
    assert painted[20, 35]
    assert not (painted & ~box(20, 10, 49, 29).within(Box(0, 0, WIDTH, HEIGHT))).any()


@pytest.mark.parametrize("ending", ["by itself", "another tool", "undo"])
def test_superpixels_that_lag_behind_a_quick_drag_come_to_the_same_in_the_end(panel, qtbot, monkeypatch, ending):
    panel.choose_tool("superpixels")
    panel.context.change(size=6)
    drag(panel, (3, 5), (55, 5), (55, 35))
    whole = mask(panel).copy()
    undo(panel)
    # As on a picture so large that not one piece fits into a movement.
    monkeypatch.setattr(edge_tools, "_BUDGET", 0.0)
    monkeypatch.setattr(edge_tools, "_PIECE", 4)
    drag(panel, (3, 5), (55, 5), (55, 35))
    assert panel.canvas.busy
    assert mask(panel).sum() < whole.sum()

    if ending == "undo":
        undo(panel)
        assert not mask(panel).any()
        assert not panel.canvas.busy
        return
    if ending == "another tool":
        panel.choose_tool("brush")
    else:
        monkeypatch.setattr(edge_tools, "_BUDGET", 0.01)
        qtbot.waitUntil(lambda: not panel.canvas.busy)

    np.testing.assert_array_equal(mask(panel), whole)
    undo(panel)
    assert not mask(panel).any(), "it is one step"


def test_the_status_says_what_is_locked(panel, qtbot):
    with qtbot.waitSignal(panel.status_changed) as said:
        panel.locks._unpainted.setChecked(True)
    assert said.args[0].locks == "only unpainted"
    panel.context.select(box(1, 1, 5, 5))
    panel.locks.set_class_locks(only=None, protected=frozenset({3}))
    with qtbot.waitSignal(panel.status_changed) as said:
        panel._say_status()
    assert said.args[0].locks == "tree protected, only unpainted, inside the selection"


def test_a_range_of_brightness_is_a_lock(panel):
    panel.locks._low.setValue(100)
    panel.locks._intensity.setChecked(True)
    panel.context.change(size=9)
    drag(panel, (5, 20), (55, 20))
    assert (mask(panel) == 1).any()
    columns = np.flatnonzero((mask(panel) == 1).any(axis=0))
    assert (columns.min(), columns.max()) == (20, 49)


def test_alt_and_click_take_the_class_under_the_cursor(panel):
    panel.context.apply(box(5, 5, 10, 10), 3)
    click(panel, 7, 7, Qt.KeyboardModifier.AltModifier)
    assert panel.context.class_id == 3
    assert (mask(panel) == 3).sum() == 36


def test_x_swaps_with_the_background_and_q_goes_back_to_the_last_tool(panel):
    key(panel, Qt.Key.Key_3)
    key(panel, Qt.Key.Key_X)
    assert panel.context.class_id == 0
    key(panel, Qt.Key.Key_X)
    assert panel.context.class_id == 2
    key(panel, Qt.Key.Key_L)
    key(panel, Qt.Key.Key_R)
    key(panel, Qt.Key.Key_Q)
    assert panel.tool == "lasso"
    key(panel, Qt.Key.Key_Q)
    assert panel.tool == "rectangle"


def test_everything_can_be_painted_with_the_keyboard_alone(panel):
    for _ in range(40):
        key(panel, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
        key(panel, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    for _ in range(5):
        key(panel, Qt.Key.Key_Right)
    key(panel, Qt.Key.Key_Down)
    QTest.keyPress(panel.canvas, Qt.Key.Key_Space)
    for _ in range(4):
        key(panel, Qt.Key.Key_Right)
    key(panel, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyRelease(panel.canvas, Qt.Key.Key_Space)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[1, 5:10] = 1
    expected[1:12, 9] = 1
    np.testing.assert_array_equal(mask(panel), expected)
    key(panel, Qt.Key.Key_Tab)
    assert panel.tool == TOOLS[1].name
    key(panel, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert panel.tool == "brush"
    key(panel, Qt.Key.Key_P)
    for step in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        key(panel, step, Qt.KeyboardModifier.ShiftModifier)
        key(panel, Qt.Key.Key_Space)
    key(panel, Qt.Key.Key_Return)
    assert np.count_nonzero(mask(panel)) > np.count_nonzero(expected)


def test_a_mask_is_copied_to_another_picture_as_one_step(panel):
    """R4: explicit, one shot, undoable."""
    panel.context.apply(box(5, 5, 10, 10), 3)
    key(panel, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = panel.context.image
    panel.set_document(MaskDocument(np.ones((HEIGHT, WIDTH), np.uint8), key="train/b"), image)
    assert (mask(panel) == 1).all()
    key(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert (mask(panel) == 3).sum() == 36
    assert (mask(panel) == 1).sum() == 0
    key(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert (mask(panel) == 1).all()


def test_a_copied_mask_of_another_size_is_refused_in_a_line(panel, qtbot):
    key(panel, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    panel.set_document(MaskDocument(np.ones((5, 7), np.uint8), key="train/b"), np.zeros((5, 7, 3), np.uint8))
    with qtbot.waitSignal(panel.message_raised) as said:
        key(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "60 × 40" in said.args[0]
    assert (mask(panel) == 1).all()


def test_clean_up_works_on_the_chosen_class_as_one_step(panel, qtbot):
    from segstudio.ui.painter.cleanup_button import CleanupButton

    ring = box(5, 5, 15, 15).without(box(8, 8, 12, 12))
    panel.context.apply(ring, 1)
    button = panel.findChild(CleanupButton)
    fill = next(action for action in button.menu().actions() if "holes" in action.text())
    with qtbot.waitSignal(panel.context.stroke_ended):
        fill.trigger()
    assert (mask(panel)[5:16, 5:16] == 1).all()
    key(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not mask(panel)[10, 10]


def test_a_stroke_is_put_back_when_the_canvas_loses_the_focus(panel):
    """R25."""
    QTest.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=at(5, 5))
    QTest.mouseMove(panel.canvas, at(25, 5))
    assert mask(panel).any()
    panel.canvas.clearFocus()
    assert not mask(panel).any()
    QTest.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=at(25, 5))
    assert not panel.context.document.can_undo


def test_a_pen_paints_one_stroke_whatever_mouse_events_follow(panel):
    """R24."""
    device = QPointingDevice(
        "pen",
        1,
        QPointingDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QPointingDevice.Capability.Position | QPointingDevice.Capability.Pressure,
        1,
        1,
    )

    def tablet(kind, pixel, pressure):
        spot = QPointF(at(*pixel))
        buttons = Qt.MouseButton.LeftButton if kind != QEvent.Type.TabletRelease else Qt.MouseButton.NoButton
        event = QTabletEvent(
            kind,
            device,
            spot,
            panel.canvas.mapToGlobal(spot),
            pressure,
            0,
            0,
            0,
            0,
            0,
            Qt.KeyboardModifier.NoModifier,
            Qt.MouseButton.LeftButton,
            buttons,
        )
        QApplication.sendEvent(panel.canvas, event)

    panel.context.change(size=9, shape="square")
    tablet(QEvent.Type.TabletPress, (10, 10), 1 / 9)
    QTest.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=at(10, 10))
    tablet(QEvent.Type.TabletMove, (20, 10), 1 / 9)
    QTest.mouseMove(panel.canvas, at(20, 10))
    tablet(QEvent.Type.TabletMove, (30, 10), 5 / 9)
    QTest.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=at(30, 10))
    tablet(QEvent.Type.TabletRelease, (30, 10), 0.0)
    heights = (mask(panel) == 1).sum(axis=0)
    assert heights[10] == 1
    assert heights[30] == 5
    key(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not mask(panel).any()
    assert not panel.context.document.can_undo


@pytest.mark.parametrize("zoom", [0.1, 0.37, 1.0, 3.3, 17.0, 64.0])
def test_a_brush_of_one_pixel_hits_the_pixel_under_the_cursor_at_any_zoom(panel, zoom):
    """R11."""
    point = QPoint(101, 67)
    panel.canvas.set_view(ViewTransform(zoom, 30.2 - 101 / zoom, 20.7 - 67 / zoom))
    x, y = panel.canvas.view.to_picture((101, 67))
    QTest.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=point)
    assert [tuple(pixel) for pixel in np.argwhere(mask(panel))] == [(int(y), int(x))]


def test_whole_mask_regions_of_the_helpers_are_what_they_say():
    assert Region.union([box(1, 1, 2, 2), box(4, 4, 4, 4)]).within(Box(0, 0, WIDTH, HEIGHT)).sum() == 5


def begin_drag(panel, *pixels):
    """Draw with the button down, and leave it down."""
    QTest.mousePress(panel.canvas, Qt.MouseButton.LeftButton, pos=at(*pixels[0]))
    for pixel in pixels[1:]:
        QTest.mouseMove(panel.canvas, at(*pixel))


def undo(panel):
    key(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def test_undo_in_the_middle_of_a_stroke_takes_back_that_stroke_alone(panel):
    drag(panel, (2, 2), (8, 2))
    before = mask(panel).copy()
    begin_drag(panel, (2, 20), (30, 20))
    assert not np.array_equal(mask(panel), before)

    undo(panel)

    np.testing.assert_array_equal(mask(panel), before)
    QTest.mouseRelease(panel.canvas, Qt.MouseButton.LeftButton, pos=at(30, 20))
    np.testing.assert_array_equal(mask(panel), before)


def test_undo_takes_back_the_last_point_of_a_polygon_even_where_nothing_was_painted_yet(panel):
    panel.choose_tool("polygon")
    for pixel in ((5, 5), (20, 5), (20, 20), (50, 35)):
        click(panel, *pixel)

    undo(panel)
    key(panel, Qt.Key.Key_Return)

    expect(panel, shapes.polygon([(5.5, 5.5), (20.5, 5.5), (20.5, 20.5)], width=WIDTH, height=HEIGHT))


def test_another_tool_ends_a_stroke_under_way_and_a_polygon_waits_for_its_tool(panel):
    begin_drag(panel, (2, 30), (30, 30))
    panel.choose_tool("polygon")
    assert mask(panel)[30, 20] == 1
    assert panel.context.document.can_undo
    for pixel in ((5, 5), (20, 5), (20, 20)):
        click(panel, *pixel)
    panel.choose_tool("brush")
    drag(panel, (40, 30), (45, 30))

    key(panel, Qt.Key.Key_Q)
    key(panel, Qt.Key.Key_Return)

    assert panel.tool == "polygon"
    assert mask(panel)[7, 17] == 1
    assert mask(panel)[30, 42] == 1


def test_what_waited_for_its_tool_never_comes_to_another_picture(panel):
    panel.choose_tool("polygon")
    for pixel in ((5, 5), (20, 5), (20, 20)):
        click(panel, *pixel)
    panel.choose_tool("brush")
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    panel.set_document(MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/b"), image)

    panel.choose_tool("polygon")
    key(panel, Qt.Key.Key_Return)

    assert not mask(panel).any()


def test_a_smaller_picture_under_a_resting_mouse_can_be_undone_on(panel):
    drag(panel, (2, 2), (8, 2))
    document, image = panel.context.document, panel.context.image
    large = np.zeros((HEIGHT * 2, WIDTH * 2, 3), np.uint8)
    panel.set_document(MaskDocument(np.zeros(large.shape[:2], np.uint8), key="train/b"), large)
    panel.canvas.set_view(ViewTransform(4, 0, 0))
    QTest.mouseMove(panel.canvas, QPoint(110 * 4, 70 * 4))

    panel.set_document(document, image)
    undo(panel)

    assert not mask(panel).any()


def test_keys_go_to_the_canvas_that_the_mouse_is_over_wherever_the_last_click_was(panel):
    panel.classes._list.setFocus()
    QTest.mouseMove(panel.canvas, at(10, 10))
    QTest.mouseMove(panel.canvas, at(11, 10))

    assert panel.canvas.hasFocus()
    panel.options._size_box.setFocus()
    QTest.mouseMove(panel.canvas, at(12, 10))
    assert panel.options._size_box.hasFocus(), "what is being typed is not cut short"
    QTest.keyClick(panel.options._size_box, Qt.Key.Key_Return)
    assert panel.canvas.hasFocus()


def test_what_grabcut_proposes_gets_the_class_that_is_chosen_when_it_is_accepted(panel, qtbot):
    panel.choose_tool("grabcut")
    drag(panel, (15, 5), (55, 35))
    qtbot.waitUntil(lambda: panel.context.proposal is not None, timeout=20_000)

    panel.classes.choose_position(3)
    key(panel, Qt.Key.Key_Return)

    assert set(np.unique(mask(panel))) == {0, 3}


def test_a_selection_is_all_nothing_or_the_one_before(panel):
    panel.choose_tool("rectangle")
    panel.context.change(selects=True)
    drag(panel, (10, 10), (20, 20))
    chosen = panel.context.selection

    click(panel, 40, 30)
    assert panel.context.selection is None, "a click beside it deselects"
    key(panel, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert panel.context.selection is chosen
    key(panel, Qt.Key.Key_Escape)
    assert panel.context.selection is None
    key(panel, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert panel.context.selection.count == WIDTH * HEIGHT


def test_painting_where_everything_is_locked_says_so(panel, qtbot):
    panel.classes._mark(panel.classes._marks.with_protection(0))

    with qtbot.waitSignal(panel.message_raised, check_params_cb=lambda text: "Locked" in text):
        drag(panel, (5, 5), (9, 5))

    assert not mask(panel).any()
