"""More than 8 bits are kept for the eye; 8 bits are what the eye begins with, and what is learned from (R14)."""

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.dataset.depth import deepened, window_table
from segstudio.dataset.images import read_deep, read_image

RANDOM = np.random.default_rng(0)
DEEP = RANDOM.normal(9000, 2500, (60, 80)).clip(0, 65535).astype(np.uint16)


@pytest.fixture
def write(tmp_path):
    """Return a function that writes pixels, RGB, and returns the file."""

    def written(pixels, suffix=".png"):
        path = tmp_path / f"データ{suffix}"
        if suffix == ".tif":
            tifffile.imwrite(path, pixels)
        else:
            done, data = cv2.imencode(suffix, pixels[..., ::-1] if pixels.ndim == 3 else pixels)
            assert done
            path.write_bytes(data.tobytes())
        return path

    return written


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_every_value_of_a_deep_grey_picture_is_kept(write, suffix):
    image, deep = read_deep(write(DEEP, suffix))
    np.testing.assert_array_equal(deep.pixels, DEEP)
    assert image.shape == (60, 80, 3)
    assert (deep.lowest, deep.step) == (0.0, 1.0)


def test_a_deep_colour_picture_keeps_its_channels_in_order(write):
    """R32: red stays red."""
    pixels = np.dstack([DEEP, DEEP // 2, DEEP // 3])
    image, deep = read_deep(write(pixels))
    np.testing.assert_array_equal(deep.pixels, pixels)
    assert image[..., 0].mean() > image[..., 1].mean() > image[..., 2].mean()


@pytest.mark.parametrize("pixels", [DEEP, np.dstack([DEEP] * 3), (DEEP / 1000).astype(np.float32)])
def test_what_is_learned_from_is_the_deep_picture_through_its_own_window(write, pixels):
    path = write(pixels, ".tif")
    image, deep = read_deep(path)
    seen = window_table(deep.window).take(deep.pixels)
    np.testing.assert_array_equal(image, np.dstack([seen] * 3) if seen.ndim == 2 else seen)
    np.testing.assert_array_equal(read_image(path), image)


def test_an_ordinary_picture_has_no_deep_one(write):
    image, deep = read_deep(write((DEEP >> 8).astype(np.uint8)))
    assert deep is None
    assert image.dtype == np.uint8


def test_the_window_leaves_out_a_thousandth_at_either_end():
    deep = deepened(np.arange(10_000, dtype=np.uint16).reshape(100, 100))
    np.testing.assert_allclose(deep.window, (10, 9989), atol=1)
    table = window_table(deep.window)
    assert table[:10].max() == 0
    assert table[9990:].min() == 255


@given(pixels=arrays.arrays(np.int16, (4, 5)))
def test_whole_numbers_that_fit_lose_nothing(pixels):
    deep = deepened(pixels)
    np.testing.assert_array_equal(deep.lowest + deep.step * deep.pixels, pixels)


@given(scale=st.floats(1e-3, 1e6), offset=st.floats(-1e4, 1e4), outlier=st.floats(1, 1e6))
def test_fractions_are_kept_to_a_fraction_of_what_is_seen(scale, offset, outlier):
    values = RANDOM.random((40, 40)) * scale + offset
    values[0, 0] += outlier * scale
    deep = deepened(values.astype(np.float32))
    low, high = (deep.lowest + deep.step * end for end in deep.window)
    inside = values < offset + scale
    found = deep.lowest + deep.step * deep.pixels
    # 8-bit steps of the window, of which even an outlier a million times off leaves many.
    assert np.abs(found - values.astype(np.float32))[inside].max() <= max((high - low) / 255, 1e-5 * abs(offset))


def test_nothing_but_one_value_is_no_error():
    assert not deepened(np.full((3, 3), 700, np.uint16)).rgb.any()
    assert not deepened(np.full((3, 3), np.nan, np.float32)).rgb.any()
