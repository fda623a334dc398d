"""The canvas: a pixel is hit where it is seen, and only what changes is drawn."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.painting.boxes import Box
from segstudio.painting.display import Display, Tone
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.regions import Region
from segstudio.painting.view import ViewTransform
from segstudio.ui.canvas.picture_view import PictureView

CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", (250, 10, 20))))
RED = (250, 10, 20)
ONE_PIXEL = Path(__file__).with_name("one_pixel.py")


@pytest.mark.parametrize("ratio", ["1", "1.25", "1.5", "2"])
def test_a_brush_of_one_pixel_hits_the_pixel_that_is_seen_under_the_cursor(ratio):
    """R11, R23: at every zoom and scale factor, at corners and edges too; the screen shows it there as well."""
    done = subprocess.run(
        [sys.executable, str(ONE_PIXEL)],
        env={**os.environ, "QT_SCALE_FACTOR": ratio, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["ratio"] == float(ratio)
    assert answer["dabs"] > 100
    assert answer["wrong"] == []


@pytest.fixture
def view(qtbot):
    """Return a view of 1000 x 700 on a grey picture of 1400 x 1000, at zoom 1, with everything drawn."""
    made = PictureView()
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    made.set_colours(CLASSES)
    made.set_opacity(1.0)
    made.set_picture(np.full((1000, 1400, 3), 90, np.uint8))
    made.set_mask(np.zeros((1000, 1400), np.uint8))
    made.set_view(ViewTransform(1.0, 100, 100))
    seen(made)
    return made


def seen(view):
    """Return what is on the screen: (height, width, 3) RGB."""
    image = view.grab().toImage().convertToFormat(view._frame._image.format())
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[..., 2::-1].copy()


def stale(view):
    """Return how many device pixels will be drawn anew."""
    return sum(box.area for box in view._frame._stale)


SQUARE = Region.of(np.ones((10, 10), bool), left=150, top=150)
OTHER = Region.of(np.ones((10, 10), bool), left=900, top=700)


def test_a_small_preview_costs_only_its_box(view):
    view.set_preview(SQUARE, 1)
    assert 0 < stale(view) < 20 * 20
    assert (seen(view) == RED).all(axis=2).sum() > 20
    view.set_preview(OTHER, 1)
    assert 0 < stale(view) < 2 * 20 * 20
    seen(view)
    view.set_preview(None)
    assert 0 < stale(view) < 20 * 20
    assert (seen(view)[:150, :150] == 90).all()


def test_a_selection_that_moves_costs_only_the_two_boxes(view):
    view.set_selection(SQUARE)
    assert stale(view) == 1000 * 700
    dimmed = seen(view)
    assert dimmed[10, 10].tolist() == [36, 36, 36]
    assert dimmed[55, 55].tolist() == [90, 90, 90]
    view.set_selection(OTHER)
    assert 0 < stale(view) < 2 * 20 * 20
    assert seen(view)[605, 805].tolist() == [90, 90, 90]
    view.set_selection(None)
    assert stale(view) == 1000 * 700


def test_painting_costs_its_box_with_outlines_as_well(view):
    mask = np.zeros((1000, 1400), np.uint8)
    view.set_mask(mask)
    view.set_outlines(True)
    seen(view)
    mask[150:160, 150:160] = 1
    view.refresh(Box(150, 150, 160, 160))
    assert 0 < stale(view) < 20 * 20
    shown = (seen(view) == RED).all(axis=2)
    assert shown[50:52, 50:60].all()
    assert not shown[54, 54]


def test_two_small_changes_far_apart_are_not_one_large_one(view):
    """R8."""
    view.refresh(Box(110, 110, 115, 115))
    view.refresh(Box(1000, 790, 1005, 795))
    assert stale(view) == 50


def test_another_picture_leaves_nothing_of_the_one_before(view):
    view.set_preview(SQUARE, 1)
    view.set_selection(SQUARE)
    view.set_picture(np.full((1000, 1400, 3), 70, np.uint8))
    assert (seen(view)[:500, :700] == 70).all()


def test_holding_the_backtick_shows_the_picture_alone(view):
    view.set_mask(np.ones((1000, 1400), np.uint8))
    view.set_preview(SQUARE, 0)
    view.set_selection(SQUARE)
    with_marks = seen(view)
    QTest.keyPress(view, Qt.Key.Key_QuoteLeft)
    assert (seen(view)[:100, :100] == 90).all()
    QTest.keyRelease(view, Qt.Key.Key_QuoteLeft)
    np.testing.assert_array_equal(seen(view), with_marks)


def test_a_display_is_seen_and_taken_back_and_the_picture_stays_as_it_is(view):
    image = np.full((1000, 1400, 3), 90, np.uint8)
    image.flags.writeable = False
    view.set_picture(image)
    plain = seen(view)
    view.set_display(Display(tone=Tone(brightness=0.5), outlines=True))
    assert seen(view)[50, 50, 0] > 200
    view.set_display(Display())
    np.testing.assert_array_equal(seen(view), plain)


def test_a_stand_in_keeps_the_view_when_the_picture_itself_comes(view, qtbot):
    large = np.full((1200, 1800, 3), 90, np.uint8)
    with qtbot.waitSignal(view.picture_changed):
        view.set_picture(Pyramid.stand_in(large[::4, ::4], width=1800, height=1200))
    view.zoom_by(3.0)
    at = view.view
    view.set_picture(large)
    assert view.view == at
    assert not view.fits
