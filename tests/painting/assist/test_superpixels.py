"""Superpixels share a picture out, the same whatever was looked at first, and keep to its edges."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.measure import label

from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.painting.assist.superpixels import Superpixels
from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered

HEIGHT, WIDTH = 260, 430
WHOLE = Box(0, 0, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def halves():
    noise = np.random.default_rng(0).normal(0, 5, (HEIGHT, WIDTH, 3))
    picture = np.where(np.arange(WIDTH)[None, :, None] < 203, [80, 90, 100], [150, 120, 90]) + noise
    return picture.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def textured():
    coarse = np.random.default_rng(1).integers(0, 256, (HEIGHT // 10, WIDTH // 10, 3), dtype=np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def all_at_once(picture, side=16):
    return Superpixels(picture, side=side).labels(WHOLE)


@pytest.mark.parametrize("side", [8, 16, 50])
def test_every_pixel_is_in_exactly_one_superpixel(textured, side):
    superpixels = Superpixels(textured, side=side)
    labels = superpixels.labels(WHOLE)
    times = np.zeros((HEIGHT, WIDTH), dtype=int)
    while (times == 0).any():
        row, column = np.argwhere(times == 0)[0]
        region = superpixels.at((column + 0.5, row + 0.5))
        assert region.within(WHOLE)[row, column]
        assert len(np.unique(labels[region.box.slices][region.inside])) == 1
        times[region.box.slices] += region.inside
    assert (times == 1).all()


@settings(max_examples=6, deadline=None)
@given(points=st.lists(st.tuples(st.floats(0, WIDTH - 1), st.floats(0, HEIGHT - 1)), min_size=1, max_size=3))
def test_superpixels_are_the_same_whichever_was_asked_for_first(textured, points):
    fresh = Superpixels(textured, side=16)
    regions = [fresh.at(point).within(WHOLE) for point in points]
    np.testing.assert_array_equal(fresh.labels(WHOLE), all_at_once(textured))
    pieces = label(all_at_once(textured), background=-1, connectivity=1)
    for (x, y), region in zip(points, regions, strict=True):
        np.testing.assert_array_equal(region, pieces == pieces[int(y), int(x)])


@settings(max_examples=6, deadline=None)
@given(
    number=st.integers(0, 100),
    side=st.sampled_from([8, 12, 16]),
    tile=st.sampled_from([48, 96, 512]),
    left=st.integers(0, 100),
)
def test_superpixels_are_the_same_through_whichever_tiles_they_are_computed(real_data, number, side, tile, left):
    """At the borders of tiles as elsewhere: tiles that meet there differ from one that goes on over it by nothing."""
    picture = read_image(sorted((real_data / "camvid" / "val_images").iterdir())[number])[:256, left : left + 300]
    whole = Box(0, 0, picture.shape[1], picture.shape[0])

    def cells(tile):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("segstudio.painting.assist.superpixels._TILE", tile)
            superpixels = Superpixels(picture, side=side)
        # A number says in which cell of the grid its seed stands.
        return np.stack(np.divmod(superpixels.labels(whole), superpixels._columns)), superpixels._side

    (usual, period), (other, other_period) = cells(192), cells(tile)
    differ = (usual != other).any(axis=0)
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    at_borders = np.zeros_like(differ)
    for each in (period, other_period):
        at_borders |= ((rows + 1) % each < 2) | ((columns + 1) % each < 2)
    assert differ.mean() < 0.005
    assert differ[at_borders].mean() < 0.01


def test_a_superpixel_goes_on_over_the_seam_between_tiles(textured):
    labels = Superpixels(textured, side=16).labels(WHOLE)
    crossing = np.intersect1d(labels[:, 191], labels[:, 192])
    # Cut at the seam, none would; in a picture without seams, half or more of those on either side do.
    inner = np.intersect1d(labels[:, 100], labels[:, 101])
    assert len(crossing) > 0.6 * len(inner)


def test_superpixels_keep_to_the_edge(halves):
    labels = Superpixels(halves, side=16).labels(WHOLE)
    left = np.arange(WIDTH) < 203
    lost = sum(
        min(
            share := (columns := np.nonzero(labels == number)[1]).size, left[columns].sum(), share - left[columns].sum()
        )
        for number in np.unique(labels)
    )
    assert lost < 0.002 * labels.size


def test_a_grey_and_dim_picture_has_edges_too():
    picture = np.full((96, 96, 3), 4, dtype=np.uint8)
    picture[20:60, 30:75] = 16
    labels = Superpixels(picture, side=16).labels(Box(0, 0, 96, 96))
    truth = picture[..., 0] == 16
    lost = sum(min(truth[labels == number].sum(), (~truth)[labels == number].sum()) for number in np.unique(labels))
    # The median filter rounds the four corners.
    assert lost <= 4


def test_the_brush_takes_what_it_covers_mostly_and_what_its_centre_passes(textured):
    superpixels = Superpixels(textured, side=12)
    labels = label(superpixels.labels(WHOLE), background=-1, connectivity=1)
    brush = covered((150, 100), (210, 120), diameter=50, width=WIDTH, height=HEIGHT).within(WHOLE)
    way = covered((150, 100), (210, 120), diameter=1, width=WIDTH, height=HEIGHT).within(WHOLE)
    taken = superpixels.along((150, 100), (210, 120), diameter=50).within(WHOLE)
    for number in np.unique(labels):
        here = labels == number
        assert taken[here].all() == (brush[here].mean() > 0.5 or way[here].any())
        assert taken[here].all() == taken[here].any()


def test_a_small_brush_takes_the_superpixel_under_the_cursor(textured):
    superpixels = Superpixels(textured, side=16)
    dab, under = superpixels.along((77, 55), (77, 55), diameter=1), superpixels.at((77, 55))
    assert dab.box == under.box
    np.testing.assert_array_equal(dab.inside, under.inside)


def test_boundaries_lie_between_superpixels_and_do_not_depend_on_the_box(textured):
    superpixels = Superpixels(textured, side=16)
    labels, whole = superpixels.labels(WHOLE), superpixels.boundaries(WHOLE).within(WHOLE)
    expected = np.zeros((HEIGHT, WIDTH), dtype=bool)
    expected[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    expected[:-1] |= labels[1:] != labels[:-1]
    np.testing.assert_array_equal(whole, expected)
    part = Box(100, 90, 300, 230)
    np.testing.assert_array_equal(superpixels.boundaries(part).within(part), whole[part.slices])


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 300)])
def test_tiny_pictures_have_superpixels(size):
    superpixels = Superpixels(np.full((*size, 3), 9, dtype=np.uint8), side=16)
    assert superpixels.at((0.5, 0.5)).count >= 1
    assert superpixels.along((0, 0), (size[1], size[0]), diameter=700).count == size[0] * size[1]
    assert superpixels.labels(Box(0, 0, size[1], size[0])).shape == size


def test_points_outside_take_nothing(textured):
    superpixels = Superpixels(textured)
    assert superpixels.at((-0.5, 20)).empty
    assert superpixels.at((WIDTH, 20)).empty
    assert superpixels.along((-60, -60), (-50, -60), diameter=9).empty
    assert superpixels.boundaries(Box(WIDTH + 5, 0, WIDTH + 50, 40)).empty


def test_a_stop_gives_nothing(textured):
    superpixels = Superpixels(textured)
    assert superpixels.labels(WHOLE, should_stop=lambda: True) is None
    assert superpixels.boundaries(WHOLE, should_stop=lambda: True).empty


def test_a_large_picture_costs_what_is_looked_at():
    picture = np.broadcast_to(np.uint8(7), (8192, 8192, 3))
    superpixels = Superpixels(picture)
    assert superpixels.at((8000, 8000)).count > 0
    assert 1 <= len(superpixels._tiles) <= 4


def test_what_is_remembered_stays_within_its_budget(textured, monkeypatch):
    monkeypatch.setattr("segstudio.painting.assist.superpixels._BYTES", 2 * 192 * 192 * 4)
    superpixels = Superpixels(textured)
    before = superpixels.labels(WHOLE)
    assert len(superpixels._tiles) == 2
    np.testing.assert_array_equal(superpixels.labels(WHOLE), before)


def test_superpixels_follow_the_borders_of_real_classes(real_data):
    path = sorted((real_data / "camvid" / "val_images").iterdir())[10]
    picture, truth = read_image(path), read_mask(real_data / "camvid" / "val_segmentation" / f"{path.stem}.png")
    labels = Superpixels(picture, side=12).labels(Box(0, 0, picture.shape[1], picture.shape[0]))

    def reached(numbers):
        pixels = np.zeros((int(numbers.max()) + 1, 12))
        np.add.at(pixels, (numbers.ravel(), truth.ravel()), 1)
        return pixels.max(axis=1).sum() / truth.size

    rows, columns = np.mgrid[: truth.shape[0], : truth.shape[1]] // 12
    wrong, wrong_with_squares = 1 - reached(labels), 1 - reached(rows * 100 + columns)
    assert wrong < 0.92 * wrong_with_squares
