"""Cleaning up changes what its definition says, leaves the mask alone, and tells exactly what changes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.dataset.masks import read_mask
from segstudio.painting.cleanup import fill_holes, grow, remove_islands, shrink, smooth
from segstudio.painting.document import MaskDocument
from segstudio.painting.neighbourhood import FARTHEST, WIDEST, disc, summed
from segstudio.painting.regions import Region

SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))
IDS = {np.uint8: [0, 1, 2, 3], np.uint16: [0, 1, 257, 513]}  # the larger are 1 in their lower eight bits


@st.composite
def masks(draw):
    """Draw a small mask, either noise or some boxes on top of each other, which have holes and islands."""
    shape = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    ids = st.sampled_from(IDS[dtype])
    if draw(st.booleans()):
        mask = draw(arrays.arrays(dtype, shape, elements=ids))
    else:
        mask = np.full(shape, draw(ids), dtype)
        for _ in range(draw(st.integers(1, 6))):
            top, left = draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))
            mask[top : top + draw(st.integers(1, 9)), left : left + draw(st.integers(1, 9))] = draw(ids)
    mask.flags.writeable = False
    return mask


@st.composite
def masks_and_selections(draw):
    mask = draw(masks())
    return mask, draw(st.none() | arrays.arrays(np.bool_, mask.shape, fill=st.just(True)))


def applied(mask, change):
    """Return the mask after a change, made by a document, and see that the change names only what it changes."""
    region, ids = change
    document = MaskDocument(mask.copy(), key="train/a")
    if not region.empty:
        document.apply(region, ids)
    changed = Region.of(document.mask != mask)
    assert changed.box == region.box
    np.testing.assert_array_equal(changed.inside, region.inside)
    assert document.mask.dtype == mask.dtype
    return document.mask


def chosen(selected):
    return None if selected is None else Region.of(selected)


def pieces(pixels, connectivity):
    """Return the connected pieces of (height, width) bool as sets of (row, column)."""
    left = {(int(row), int(column)) for row, column in zip(*np.nonzero(pixels), strict=True)}
    found = []
    while left:
        waiting, piece = [left.pop()], set()
        while waiting:
            row, column = waiting.pop()
            piece.add((row, column))
            for y, x in SIDES + (CORNERS if connectivity == 8 else ()):
                if (row + y, column + x) in left:
                    left.remove((row + y, column + x))
                    waiting.append((row + y, column + x))
        found.append(piece)
    return found


@settings(deadline=None)
@given(given_=masks_and_selections(), class_id=st.sampled_from([0, 1, 257]), most=st.none() | st.integers(0, 20))
def test_holes_are_what_the_class_encloses_and_become_the_class(given_, class_id, most):
    mask, selected = given_
    expected = mask.copy()
    height, width = mask.shape
    for piece in pieces(mask != class_id, 4):
        at_edge = any(row in (0, height - 1) or column in (0, width - 1) for row, column in piece)
        chosen_whole = selected is None or all(selected[at] for at in piece)
        if not at_edge and chosen_whole and (most is None or len(piece) <= most):
            for at in piece:
                expected[at] = class_id
    change = fill_holes(mask, class_id, max_pixels=most, within=chosen(selected))
    np.testing.assert_array_equal(applied(mask, change), expected)


@settings(deadline=None)
@given(
    given_=masks_and_selections(),
    class_id=st.sampled_from([0, 1, 257]),
    below=st.integers(0, 20),
    becomes=st.none() | st.integers(0, 3),
)
def test_small_islands_become_what_most_of_their_border_touches(given_, class_id, below, becomes):
    mask, selected = given_
    expected = mask.copy()
    for piece in pieces(mask == class_id, 8):
        touched = [
            int(mask[row + y, column + x])
            for row, column in piece
            for y, x in SIDES
            if 0 <= row + y < mask.shape[0] and 0 <= column + x < mask.shape[1] and (row + y, column + x) not in piece
        ]
        chosen_whole = selected is None or all(selected[at] for at in piece)
        if len(piece) < below and chosen_whole and (touched or becomes is not None):
            winner = min(set(touched), key=lambda i: (-touched.count(i), i)) if becomes is None else becomes
            for at in piece:
                expected[at] = winner
    change = remove_islands(mask, class_id, below=below, becomes=becomes, within=chosen(selected))
    np.testing.assert_array_equal(applied(mask, change), expected)


def offsets(radius):
    """Return the (down, right) steps that lead at most so far, the shortest first."""
    span = range(-radius, radius + 1)
    found = [(y * y + x * x, y, x) for y in span for x in span if y * y + x * x <= radius * radius]
    return sorted(found)


def shifted(array, down, right, outside):
    """Return the array whose pixel at (row, column) is the one at (row + down, column + right)."""
    reach = max(abs(down), abs(right))
    padded = np.pad(array, reach, constant_values=outside)
    height, width = array.shape
    return padded[reach + down : reach + down + height, reach + right : reach + right + width]


def grown(mask, class_id, pixels):
    near = np.logical_or.reduce([shifted(mask == class_id, y, x, False) for _, y, x in offsets(pixels)])
    return np.where(near, class_id, mask)


def shrunk(mask, class_id, pixels):
    result, best = mask.astype(int), np.full(mask.shape, 10**9)
    for squared, y, x in offsets(pixels):
        there = shifted(mask.astype(int), y, x, -1)
        other = (mask == class_id) & (there != class_id) & (there >= 0)
        better = other & ((squared < best) | (squared == best) & (there < result))
        result[better], best[better] = there[better], squared
    return result


def smoothed(mask, class_id, radius):
    ids = [int(i) for i in np.unique(mask)]
    counts = np.array([sum(shifted(mask == i, y, x, False).astype(int) for _, y, x in offsets(radius)) for i in ids])
    total = counts.sum(axis=0)
    if class_id not in ids:
        return mask
    own = counts[ids.index(class_id)]
    others = counts.copy()
    others[ids.index(class_id)] = 0
    winner = np.array(ids)[others.argmax(axis=0)]  # argmax takes the first of even ones, and ids ascend
    result = np.where((mask != class_id) & (2 * own > total), class_id, mask)
    return np.where((mask == class_id) & (2 * own < total), winner, result)


DEFINITIONS = [(grow, "pixels", grown), (shrink, "pixels", shrunk), (smooth, "radius", smoothed)]


@pytest.mark.parametrize(("function", "name", "definition"), DEFINITIONS)
@settings(deadline=None)
@given(given_=masks_and_selections(), class_id=st.sampled_from([0, 1, 257]), reach=st.integers(0, 6))
def test_margins_and_smoothing_do_what_their_definition_says(function, name, definition, given_, class_id, reach):
    mask, selected = given_
    expected = definition(mask, class_id, reach)
    if selected is not None:
        expected = np.where(selected, expected, mask)
    change = function(mask, class_id, **{name: reach}, within=chosen(selected))
    np.testing.assert_array_equal(applied(mask, change), expected)


def discs(dtype=np.uint8, shape=(777, 905)):
    """Return a mask larger than several tiles, with odd sides, full of discs, specks and holes at all places."""
    random = np.random.default_rng(5)
    ids = IDS[dtype]
    mask = np.zeros(shape, dtype)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    for _ in range(120):
        row, column, radius = random.integers(0, shape[0]), random.integers(0, shape[1]), random.integers(2, 90)
        mask[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = random.choice(ids)
    specks = random.random(shape) < 0.01
    mask[specks] = random.choice(ids, specks.sum())
    mask.flags.writeable = False
    return mask


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("function", "name", "definition"), DEFINITIONS)
@pytest.mark.parametrize("reach", [1, 9])
def test_tiles_leave_no_seams(function, name, definition, dtype, reach):
    mask = discs(dtype)
    for within in (None, Region.of(np.ones((300, 301), bool), left=200, top=111)):
        expected = definition(mask, 1, reach)
        if within is not None:
            part = mask.copy()
            part[within.box.slices] = expected[within.box.slices]
            expected = part
        np.testing.assert_array_equal(applied(mask, function(mask, 1, **{name: reach}, within=within)), expected)


def test_a_margin_wider_than_a_tile_is_exact_too():
    mask = np.zeros((700, 900), np.uint8)
    mask[350, 17] = mask[0, 899] = 1
    y, x = np.mgrid[0:700, 0:900]
    near = np.minimum((y - 350) ** 2 + (x - 17) ** 2, y**2 + (x - 899) ** 2) <= 333**2
    np.testing.assert_array_equal(applied(mask, grow(mask, 1, pixels=333)) == 1, near)
    np.testing.assert_array_equal(applied(mask, shrink(mask, 0, pixels=333)) == 1, near)


def test_the_farthest_margin_is_exact_and_none_is_wider():
    mask = np.zeros((1100, 1300), np.uint8)
    mask[40, 30] = 1
    mask[1090, 1290] = 2
    y, x = np.mgrid[0:1100, 0:1300]
    one, two = (y - 40) ** 2 + (x - 30) ** 2, (y - 1090) ** 2 + (x - 1290) ** 2
    expected = np.where(np.minimum(one, two) > FARTHEST**2, 0, np.where(one <= two, 1, 2))
    np.testing.assert_array_equal(applied(mask, shrink(mask, 0, pixels=FARTHEST)), expected)
    with pytest.raises(ValueError, match="at most 1000"):
        grow(mask, 1, pixels=FARTHEST + 1)


def test_the_votes_in_the_widest_disc_are_counted_exactly():
    pixels = np.random.default_rng(7).integers(0, 2, (700, 731), dtype=np.uint8).astype(bool)
    exact = np.zeros(pixels.shape, int)
    columns = np.pad(np.cumsum(np.pad(pixels.astype(int), ((0, 0), (WIDEST, WIDEST))), axis=1), ((0, 0), (1, 0)))
    for down in range(-WIDEST, WIDEST + 1):
        reach = math.isqrt(WIDEST**2 - down**2)
        runs = columns[:, WIDEST + reach + 1 :][:, :731] - columns[:, WIDEST - reach :][:, :731]
        exact[max(0, -down) : 700 - max(0, down)] += runs[max(0, down) : 700 - max(0, -down)]
    np.testing.assert_allclose(summed(pixels, disc(WIDEST)), exact, rtol=0, atol=0.01)
    with pytest.raises(ValueError, match="at most 100"):
        smooth(np.eye(3, dtype=np.uint8), 1, radius=WIDEST + 1)


@settings(max_examples=25, deadline=None)
@given(mask=masks(), class_id=st.sampled_from([0, 1, 257]), size=st.integers(1, 20))
def test_a_second_time_there_is_nothing_left_to_fill_or_remove(mask, class_id, size):
    filled = applied(mask, fill_holes(mask, class_id, max_pixels=size))
    assert fill_holes(filled, class_id, max_pixels=size)[0].empty
    removed = applied(mask, remove_islands(mask, class_id, below=size))
    again = remove_islands(removed, class_id, below=size)[0]
    assert again.empty, "what became another id cannot be an island of the class"


EVERY = [
    lambda mask, class_id: fill_holes(mask, class_id),
    lambda mask, class_id: remove_islands(mask, class_id, below=50),
    lambda mask, class_id: grow(mask, class_id, pixels=4),
    lambda mask, class_id: shrink(mask, class_id, pixels=4),
    lambda mask, class_id: smooth(mask, class_id, radius=4),
]


@pytest.mark.parametrize("function", EVERY)
def test_the_same_mask_gives_the_same_change(function):
    mask = discs()
    (one, one_ids), (two, two_ids) = function(mask, 1), function(mask, 1)
    assert one.box == two.box
    np.testing.assert_array_equal(one.inside, two.inside)
    np.testing.assert_array_equal(one_ids, two_ids)


@pytest.mark.parametrize("function", EVERY)
def test_a_class_that_is_not_there_or_everywhere_changes_nothing(function):
    mask = np.full((9, 7), 3, np.uint8)
    for class_id in (1, 3, 300):
        assert function(mask, class_id)[0].empty


def test_an_empty_selection_changes_nothing():
    mask = discs()
    nowhere = Region.nowhere()
    for call in (
        lambda: fill_holes(mask, 1, within=nowhere),
        lambda: remove_islands(mask, 1, below=50, within=nowhere),
        lambda: grow(mask, 1, pixels=4, within=nowhere),
        lambda: shrink(mask, 1, pixels=4, within=nowhere),
        lambda: smooth(mask, 1, radius=4, within=nowhere),
    ):
        assert call()[0].empty


def test_a_ring_of_single_pixels_that_touch_by_corners_encloses_its_hole():
    ring = np.array([[0, 0, 1, 0, 0], [0, 1, 0, 1, 0], [1, 0, 2, 0, 1], [0, 1, 0, 1, 0], [0, 0, 1, 0, 0]], np.uint8)
    filled = applied(ring, fill_holes(ring, 1))
    assert filled.sum() == 13, "the island of another class inside is filled as well"


def test_a_speck_on_the_road_becomes_road_and_not_background():
    mask = np.zeros((20, 20), np.uint8)
    mask[5:15] = 2
    mask[8:10, 0:3] = 1
    assert not (applied(mask, remove_islands(mask, 1, below=10)) == 1).any()
    assert (applied(mask, remove_islands(mask, 1, below=10))[8:10, 0:3] == 2).all()
    assert (applied(mask, remove_islands(mask, 1, below=10, becomes=0))[8:10, 0:3] == 0).all()


@pytest.mark.parametrize("name", ["camvid/test_segmentation", "nuclei", "em_membrane"])
def test_real_masks_end_up_without_specks(real_data, name):
    paths = [path for path in (real_data / name).rglob("*.png") if "image" not in path.parent.name]
    mask = read_mask(sorted(paths)[0])
    for class_id in np.unique(mask)[:6]:
        cleaned = applied(mask, remove_islands(mask, int(class_id), below=30))
        assert all(len(piece) >= 30 for piece in pieces(cleaned == class_id, 8))
        rounded = applied(mask, smooth(mask, int(class_id), radius=3))
        assert (rounded != mask).mean() < 0.2
