"""Assists on pictures whose answer is known, and on real ones whose truth is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.painting.assist.edge_brush import EdgeBrush
from segstudio.painting.assist.superpixels import Superpixels
from segstudio.painting.assist.watershed import watershed
from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered
from segstudio.painting.regions import Region

HEIGHT, WIDTH = 90, 140


@pytest.fixture(scope="module")
def halves():
    """Return a noisy picture whose left half is dark and whose right half is light, from column 70 on."""
    noise = np.random.default_rng(0).normal(0, 6, (HEIGHT, WIDTH, 3))
    picture = np.full((HEIGHT, WIDTH, 3), 70.0)
    picture[:, 70:] = 170
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def line(start, end, diameter=3):
    return covered(start, end, diameter=diameter, width=WIDTH, height=HEIGHT)


def test_the_edge_brush_does_not_cross_an_edge(halves):
    brush = EdgeBrush(halves, tolerance=45)
    painted = Region.union([brush.along((x, 45), (x + 4, 45), diameter=41) for x in range(40, 64, 4)])
    whole = painted.within(Box(0, 0, WIDTH, HEIGHT))
    assert not whole[:, 72:].any()
    plain = Region.union([line((x, 45), (x + 4, 45), 41) for x in range(40, 64, 4)]).within(Box(0, 0, WIDTH, HEIGHT))
    assert plain[:, 72:].any()
    assert whole[:, :68].sum() > 0.97 * plain[:, :68].sum()


def test_the_edge_brush_paints_nothing_where_its_middle_is_across_the_edge(halves):
    brush = EdgeBrush(halves, tolerance=45)
    brush.along((50, 45), (50, 45), diameter=5)
    assert brush.along((110, 45), (110, 45), diameter=5).empty


@given(x=st.floats(-9, WIDTH + 9), y=st.floats(-9, HEIGHT + 9), diameter=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_the_edge_brush_paints_no_pixel_that_a_plain_brush_would_not(halves, x, y, diameter):
    painted = EdgeBrush(halves, tolerance=30).along((x, y), (x + 3, y), diameter=diameter)
    plain = line((x, y), (x + 3, y), diameter).within(Box(0, 0, WIDTH, HEIGHT))
    assert not (painted.within(Box(0, 0, WIDTH, HEIGHT)) & ~plain).any()


def test_the_watershed_finds_the_edge_between_two_scribbles(halves):
    answer = watershed(halves, {7: line((20, 10), (30, 80)), 300: line((110, 20), (100, 70))})
    assert answer.region.count == HEIGHT * WIDTH
    assert set(np.unique(answer.ids)) == {7, 300}
    truth = np.where(np.arange(WIDTH) < 70, 7, 300)
    assert (answer.ids == truth).mean() > 0.99


def test_the_watershed_keeps_the_scribbles_as_they_were_drawn(halves):
    scribbles = {1: line((60, 10), (90, 80)), 2: line((100, 20), (20, 70))}
    answer = watershed(halves, scribbles)
    later = scribbles[2].within(answer.region.box)
    assert (answer.ids[later] == 2).all()
    assert (answer.ids[scribbles[1].within(answer.region.box) & ~later] == 1).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 40)])
def test_the_watershed_of_a_tiny_picture(size):
    picture = np.zeros((*size, 3), np.uint8)
    answer = watershed(picture, {4: Region.of(np.ones((1, 1), bool))})
    assert answer.region.count == size[0] * size[1]
    assert (answer.ids == 4).all()


def test_nothing_is_shared_out_without_scribbles_or_after_a_stop(halves):
    assert watershed(halves, {}).region.empty
    assert watershed(halves, {1: Region.nowhere()}).region.empty
    assert watershed(halves, {1: line((5, 5), (9, 9))}, should_stop=lambda: True).region.empty


def test_superpixels_share_the_picture_out_and_keep_to_edges(halves):
    superpixels = Superpixels(halves, side=12)
    whole = Box(0, 0, WIDTH, HEIGHT)
    labels = superpixels.labels(whole)
    for number in np.unique(labels)[::7]:
        row, column = np.argwhere(labels == number)[0]
        region = superpixels.at((column + 0.5, row + 0.5))
        np.testing.assert_array_equal(region.within(whole), labels == number)
    left = np.arange(WIDTH) < 70
    mixed = sum(0.1 < left[np.nonzero(labels == number)[1]].mean() < 0.9 for number in np.unique(labels))
    assert mixed == 0


def test_superpixels_are_the_same_whichever_were_asked_for_first():
    picture = np.random.default_rng(1).integers(0, 256, (300, 560, 3), dtype=np.uint8)
    one, other = Superpixels(picture, side=20), Superpixels(picture, side=20)
    other.at((550, 290))
    other.at((10, 290))
    whole = Box(0, 0, 560, 300)
    np.testing.assert_array_equal(one.labels(whole), other.labels(whole))
    np.testing.assert_array_equal(one.labels(whole)[40:200, 200:400], other.labels(Box(200, 40, 400, 200)))


def test_a_superpixel_brush_takes_what_it_covers_and_not_what_it_grazes(halves):
    superpixels = Superpixels(halves, side=10)
    whole = Box(0, 0, WIDTH, HEIGHT)
    taken = superpixels.along((35, 45), (45, 45), diameter=30).within(whole)
    brush = line((35, 45), (45, 45), 30).within(whole)
    labels = superpixels.labels(whole)
    middle = line((35, 45), (45, 45), 1).within(whole)
    for number in np.unique(labels):
        here = labels == number
        assert taken[here].all() == (brush[here].mean() > 0.5 or middle[here].any())
        assert taken[here].all() == taken[here].any()
    assert superpixels.along((-50, -50), (-40, -50), diameter=9).empty


def test_a_few_scribbles_share_out_a_street_scene(real_data):
    """Thin lines through the truth of each class, on a real picture: most of the picture comes out right."""
    folder = real_data / "camvid"
    picture = sorted((folder / "val_images").iterdir())[10]
    image, truth = read_image(picture), read_mask(folder / "val_segmentation" / f"{picture.stem}.png")
    scribbles = {}
    for class_id in np.unique(truth[truth != 11]):
        pixels = np.zeros(truth.shape, bool)
        pixels[8::24] = (truth == class_id)[8::24]
        if pixels.any():
            scribbles[int(class_id)] = Region.of(pixels)
    answer = watershed(image, scribbles)
    known = truth != 11
    assert (answer.ids == truth)[known].mean() > 0.93
