"""What the canvas shows is the pixel under each device pixel, whichever box is drawn."""

import numpy as np
import pytest

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.overlay import colour_table
from segstudio.painting.boxes import Box
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.render import render
from segstudio.painting.scene import Scene
from segstudio.painting.view import ViewTransform, fitted

CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", (250, 10, 20))))


@pytest.fixture
def scene():
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (40, 60, 3), dtype=np.uint8)
    mask = (random.random((40, 60)) > 0.5).astype(np.uint8)
    return Scene(Pyramid(image), mask, colours=colour_table(CLASSES), opacity=1.0)


@pytest.mark.parametrize("zoom", [0.3, 1.0, 1.7, 6.0])
def test_a_box_drawn_alone_equals_its_part_of_the_whole(scene, zoom):
    view = ViewTransform(zoom, 3.3, 2.7)
    whole = render(scene, view, Box(0, 0, 120, 90))
    part = Box(31, 17, 77, 60)
    np.testing.assert_allclose(whole[part.slices].astype(int), render(scene, view, part).astype(int), atol=1)


def test_each_device_pixel_shows_the_mask_under_its_centre(scene):
    view = ViewTransform(5.0, 4.0, 6.0)
    drawn = render(scene, view, Box(0, 0, 100, 80))
    for y, x in ((0, 0), (13, 57), (79, 99), (41, 22)):
        column, row = int(4 + (x + 0.5) / 5), int(6 + (y + 0.5) / 5)
        expected = (20, 10, 250) if scene.mask[row, column] else tuple(scene.picture.level(0)[row, column][::-1])
        assert tuple(int(value) for value in drawn[y, x][:3]) == tuple(int(value) for value in expected)


def test_beside_the_picture_is_the_surround(scene):
    drawn = render(scene, ViewTransform(1.0, -10, -10), Box(0, 0, 5, 5))
    assert (drawn[..., :3] == 128).all()


def test_zooming_keeps_the_pixel_under_the_cursor():
    view = fitted(width=600, height=400, viewport_width=300, viewport_height=300)
    at = (120.0, 77.0)
    before = view.to_picture(at)
    np.testing.assert_allclose(view.zoomed(3.1, at).to_picture(at), before)
