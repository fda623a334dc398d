"""Windows over pictures: every pixel counts once in a grid, and none is made up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segstudio.learning.targets import IGNORED_TARGET
from segstudio.learning.windows import cut_window, grid_window, n_windows, random_window

SIZES = st.tuples(st.integers(1, 70), st.integers(1, 70))
WINDOWS = st.tuples(st.integers(4, 40), st.integers(4, 40))


def numbered(size):
    """A picture in which each pixel says where it is, and a target that is a function of that."""
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.uint8)
    return np.stack([rows, columns, rows ^ columns], axis=2), (rows * 3 + columns) % 200


@given(size=SIZES, window=WINDOWS)
def test_over_the_grid_every_pixel_counts_exactly_once(size, window):
    image, target = numbered(size)
    seen = np.zeros(size, dtype=int)
    for number in range(n_windows(size, window)):
        pixels, part = cut_window(image, target, grid_window(size, window, number), window)
        assert pixels.shape == (*window, 3)
        assert part.shape == window
        counted = part != IGNORED_TARGET
        rows, columns = pixels[counted, 0], pixels[counted, 1]
        np.testing.assert_array_equal(part[counted], target[rows, columns])
        np.add.at(seen, (rows, columns), 1)
    assert (seen == 1).all()


@given(size=SIZES, window=WINDOWS, seed=st.integers(0, 9))
def test_a_window_at_random_is_a_piece_of_the_picture_and_beyond_it_ignored(size, window, seed):
    image, target = numbered(size)
    place = random_window(size, window, np.random.default_rng(seed))
    pixels, part = cut_window(image, target, place, window)
    height, width = min(size[0], window[0]), min(size[1], window[1])
    inside = np.s_[place.top : place.top + height, place.left : place.left + width]
    np.testing.assert_array_equal(pixels[:height, :width], image[inside])
    np.testing.assert_array_equal(part[:height, :width], target[inside])
    assert (part[height:] == IGNORED_TARGET).all()
    assert (part[:, width:] == IGNORED_TARGET).all()


def test_windows_at_random_reach_every_corner():
    random = np.random.default_rng(0)
    places = {(w.top, w.left) for w in (random_window((9, 10), (8, 8), random) for _ in range(200))}
    assert places == {(top, left) for top in range(2) for left in range(3)}


def test_a_window_is_a_copy():
    image, target = numbered((20, 20))
    pixels, part = cut_window(image, target, grid_window((20, 20), (8, 8), 4), (8, 8))
    pixels[:], part[:] = 0, 0
    again, _ = numbered((20, 20))
    np.testing.assert_array_equal(image, again)
