"""What the canvas shows is the pixel under each device pixel, whichever box is drawn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.depth import deepened
from segstudio.dataset.overlay import colour_table
from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered
from segstudio.painting.display import Tone
from segstudio.painting.marks import reach
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.regions import Region
from segstudio.painting.render import render
from segstudio.painting.scene import Preview, Scene
from segstudio.painting.view import ViewTransform, fitted

CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", (250, 10, 20))))
WIDTH, HEIGHT = 60, 40
RED = (20, 10, 250)
WHOLE = Box(0, 0, 120, 90)
PART = Box(31, 17, 77, 60)
BLOB = covered((20, 12), (38, 24), diameter=11, width=WIDTH, height=HEIGHT)
FEATURES = {
    "nothing": {},
    "outlines": {"outlines": True},
    "thick outlines": {"outlines": True, "line": 2},
    "preview": {"preview": Preview(BLOB, 1)},
    "previewed background": {"preview": Preview(BLOB, 0)},
    "previewed ids": {
        "preview": Preview(BLOB, np.arange(BLOB.inside.size).reshape(BLOB.inside.shape).astype("u1") % 2)
    },
    "selection": {"selection": BLOB},
    "empty selection": {"selection": Region.nowhere()},
    "grid": {"grid": True},
    "tone": {"tone": Tone(0.1, 0.3, 1.4, channel="green")},
    "swipe": {"swipe": 50, "second_mask": np.ones((HEIGHT, WIDTH), np.uint8)},
    "everything": {"outlines": True, "preview": Preview(BLOB, 1), "selection": BLOB, "grid": True, "swipe": 50},
}


@pytest.fixture
def scene():
    random = np.random.default_rng(0)
    image = random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    mask = (random.random((HEIGHT, WIDTH)) > 0.5).astype(np.uint8)
    return Scene(Pyramid(image), mask, colours=colour_table(CLASSES), opacity=1.0)


@pytest.mark.parametrize("feature", FEATURES)
@pytest.mark.parametrize("zoom", [0.3, 1.0, 1.7, 13.0])
def test_a_box_drawn_alone_equals_its_part_of_the_whole(scene, zoom, feature):
    scene = replace(scene, **FEATURES[feature])
    view = ViewTransform(zoom, 13.3, 7.7) if zoom > 10 else ViewTransform(zoom, 3.3, 2.7)
    whole = render(scene, view, WHOLE)
    np.testing.assert_allclose(whole[PART.slices].astype(int), render(scene, view, PART).astype(int), atol=1)


@given(left=st.integers(-20, 100), top=st.integers(-20, 80), side=st.integers(1, 40), zoom=st.floats(0.1, 20))
@settings(deadline=None)
def test_any_box_can_be_drawn_of_any_view(left, top, side, zoom):
    random = np.random.default_rng(0)
    scene = Scene(
        Pyramid(random.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)),
        (random.random((HEIGHT, WIDTH)) > 0.5).astype(np.uint8),
        colours=colour_table(CLASSES),
        **FEATURES["everything"],
    )
    drawn = render(scene, ViewTransform(zoom, -3.0, -2.0), Box(left, top, left + side, top + side))
    assert drawn.shape == (side, side, 4)
    assert (drawn[..., 3] == 255).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_each_device_pixel_shows_the_mask_under_its_centre(scene, kind):
    scene.mask = scene.mask.astype(kind)
    view = ViewTransform(5.0, 4.0, 6.0)
    drawn = render(scene, view, Box(0, 0, 100, 80))
    for y, x in ((0, 0), (13, 57), (79, 99), (41, 22)):
        column, row = int(4 + (x + 0.5) / 5), int(6 + (y + 0.5) / 5)
        expected = RED if scene.mask[row, column] else tuple(scene.picture.level(0)[row, column][::-1])
        assert tuple(int(value) for value in drawn[y, x][:3]) == tuple(int(value) for value in expected)


def test_a_mask_of_many_ids_is_drawn_in_the_colours_of_their_high_ids(scene):
    scene.mask = np.full((HEIGHT, WIDTH), 40_000, np.uint16)
    scene.colours = scene.colours.copy()
    scene.colours[40_000] = (1, 2, 3, 255)
    assert (render(scene, ViewTransform(), Box(0, 0, 9, 9)) == (3, 2, 1, 255)).all()


def test_beside_the_picture_is_the_surround(scene):
    drawn = render(scene, ViewTransform(1.0, -10, -10), Box(0, 0, 5, 5))
    assert (drawn[..., :3] == 128).all()


def test_zooming_keeps_the_pixel_under_the_cursor():
    view = fitted(width=600, height=400, viewport_width=300, viewport_height=300)
    at = (120.0, 77.0)
    before = view.to_picture(at)
    np.testing.assert_allclose(view.zoomed(3.1, at).to_picture(at), before)


@pytest.mark.parametrize("zoom", [0.4, 1.0, 6.0])
def test_a_neutral_display_changes_nothing(scene, zoom):
    plain = render(scene, ViewTransform(zoom), WHOLE)
    neutral = replace(scene, tone=Tone(), grid=True, outlines=False, preview=None, selection=None)
    np.testing.assert_array_equal(render(neutral, ViewTransform(zoom), WHOLE), plain)


@pytest.mark.parametrize("zoom", [0.6, 2.0, 5.0])
def test_a_preview_changes_only_its_surroundings(scene, zoom):
    scene.opacity, view = 0.5, ViewTransform(zoom, 8.2, 3.9)
    before = render(scene, view, WHOLE)
    scene.preview = Preview(BLOB, 1)
    changed = (render(scene, view, WHOLE) != before).any(axis=2)
    assert changed.any()
    near = view.screen_box(BLOB.box).grown(reach(1)).clipped(WHOLE.right, WHOLE.bottom)
    changed[near.slices] = False
    assert not changed.any()


def test_a_preview_is_striped_in_its_class_colour_within_a_white_line_and_a_black_one(scene):
    scene.mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    scene.preview = Preview(Region.of(np.ones((10, 12), bool), left=20, top=10), 1)
    drawn = render(scene, ViewTransform(5.0, 18.0, 8.0), Box(0, 0, 90, 90))[..., :3]
    inside = drawn[12:58, 12:68]  # the region lies at 10 to 70, 10 to 60
    striped = (inside == RED).all(axis=2)
    assert 0.3 < striped.mean() < 0.5
    plain = render(replace(scene, preview=None), ViewTransform(5.0, 18.0, 8.0), Box(0, 0, 90, 90))[..., :3]
    np.testing.assert_array_equal(inside[~striped], plain[12:58, 12:68][~striped])
    assert (drawn[10, 10:70] == 255).all()
    assert (drawn[9, 10:70] == 0).all()


def test_a_previewed_background_is_seen_too(scene):
    scene.mask = np.ones((HEIGHT, WIDTH), np.uint8)
    scene.preview = Preview(BLOB, 0)
    drawn = render(scene, ViewTransform(3.0), WHOLE)[..., :3]
    assert (drawn == 255).all(axis=2).sum() > 500


def test_outside_a_selection_it_is_darker_and_inside_as_before_but_for_its_border(scene):
    view = ViewTransform(4.0, 10.0, 5.0)
    before = render(scene, view, WHOLE).astype(int)
    scene.selection = Region.of(np.ones((8, 10), bool), left=14, top=8)
    after = render(scene, view, WHOLE).astype(int)
    inside = np.zeros((WHOLE.height, WHOLE.width), bool)
    inside[12:44, 16:56] = True
    assert (after[~inside][:, :3] <= before[~inside][:, :3] * 0.4 + 1).all()
    np.testing.assert_array_equal(after[13:43, 17:55], before[13:43, 17:55])
    border = after[12, 16:56, :3]
    assert {tuple(pixel) for pixel in border} == {(0, 0, 0), (255, 255, 255)}


@pytest.mark.parametrize("zoom", [0.5, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("line", [1, 2])
def test_outlines_are_as_wide_at_any_zoom(zoom, line):
    mask = np.zeros((200, 200), np.uint8)
    mask[:, 100:] = 1
    image = np.full((200, 200, 3), 99, np.uint8)
    scene = Scene(Pyramid(image), mask, colours=colour_table(CLASSES), outlines=True, line=line)
    row = render(scene, ViewTransform(zoom, 100 - 20 / zoom, 10), Box(0, 0, 40, 9))[4, :, :3]
    width = line + 1
    assert (row[20 : 20 + width] == RED).all()
    assert (row[20 + width : 20 + width + line] == 0).all()
    np.testing.assert_array_equal(row[:20], 99)  # background has no line
    np.testing.assert_array_equal(row[20 + width + line :], 99)


def test_outlines_leave_the_edge_of_the_picture_alone(scene):
    scene.mask = np.ones((HEIGHT, WIDTH), np.uint8)
    plain = render(replace(scene, mask=None), ViewTransform(), WHOLE)
    np.testing.assert_array_equal(render(replace(scene, outlines=True), ViewTransform(), WHOLE), plain)


@pytest.mark.parametrize(("zoom", "seen"), [(9.5, False), (10.0, True), (16.0, True)])
def test_a_grid_stands_between_pixels_that_are_large(scene, zoom, seen):
    scene.mask, view = None, ViewTransform(zoom, 5.0, 5.0)
    plain, gridded = render(scene, view, WHOLE), render(replace(scene, grid=True), view, WHOLE)
    changed = (plain != gridded).any(axis=2)
    if not seen:
        assert not changed.any()
        return
    starts = [round(number * zoom) for number in range(5)]
    assert changed[:, starts].all()
    assert changed[starts].all()
    assert not changed[3 : int(zoom), 3 : int(zoom)].any()


def test_while_peeking_nothing_but_the_picture_is_drawn(scene):
    plain = render(replace(scene, mask=None), ViewTransform(12.0), WHOLE)
    np.testing.assert_array_equal(
        render(replace(scene, **FEATURES["everything"], bare=True), ViewTransform(12.0), WHOLE), plain
    )


def test_right_of_the_divider_is_the_second_mask(scene):
    scene = replace(scene, mask=np.zeros((HEIGHT, WIDTH), np.uint8), **FEATURES["swipe"])
    drawn = render(scene, ViewTransform(3.0), WHOLE)[..., :3]
    assert (drawn[:, 50:] == RED).all()
    assert not (drawn[:, :50] == RED).all(axis=2).any()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("zoom", [0.4, 1.0, 3.0])
def test_sixteen_bits_are_drawn_through_their_window(channels, zoom):
    """R14: at first as the picture is learned from, then as the person wants."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = (1000 + 300 * rows + 40 * columns).astype(np.uint16)
    deep = deepened(pixels if channels == 1 else np.dstack([pixels] * 3))
    view, box = ViewTransform(zoom), Box(0, 0, 16, 12)
    drawn = render(Scene(Pyramid(deep.rgb, deep)), view, box)
    np.testing.assert_allclose(drawn.astype(int), render(Scene(Pyramid(deep.rgb)), view, box).astype(int), atol=2)
    tight = render(Scene(Pyramid(deep.rgb, deep), tone=Tone(window=(0.0, 900.0))), view, box)
    assert (tight == 255).all()


@pytest.mark.parametrize("zoom", [0.25, 1.0, 7.0])
def test_a_coarse_picture_stands_in_for_a_large_one(scene, zoom):
    smooth = np.dstack([np.mgrid[0:HEIGHT, 0:WIDTH][1] * 4] * 3).astype(np.uint8)
    coarse = Pyramid.stand_in(smooth[::4, ::4], width=WIDTH, height=HEIGHT)
    assert (coarse.width, coarse.height, coarse.complete, coarse.image) == (WIDTH, HEIGHT, False, None)
    view, box = ViewTransform(zoom, -2.0, -2.0), Box(0, 0, 60, 40)
    found, whole = (render(Scene(picture), view, box).astype(int) for picture in (coarse, Pyramid(smooth)))
    assert np.abs(found - whole).max() <= 16


def test_a_pyramid_is_built_down_to_what_fits_on_any_screen():
    pyramid = Pyramid(np.zeros((40, 3000, 3), np.uint8)).build()
    assert [level.shape[:2] for level in pyramid._levels] == [(40, 3000), (20, 1500), (10, 750), (5, 375)]
