"""Nothing moves by half a pixel on the way to the input size and back."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.learning.resizing import most_probable, resize_image, resize_target

SIDES = st.integers(1, 40)


def test_a_target_at_its_own_size_is_left_alone():
    target = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert resize_target(target, (2, 3)) is target


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_enlarging_a_target_makes_a_block_of_every_pixel(factor):
    target = np.random.default_rng(0).integers(0, 256, (7, 11), dtype=np.uint8)
    expected = np.kron(target, np.ones((factor, factor), dtype=np.uint8))
    np.testing.assert_array_equal(resize_target(target, (7 * factor, 11 * factor)), expected)


@pytest.mark.parametrize("factor", [3, 5])
def test_shrinking_a_target_takes_the_pixel_in_the_middle_of_every_block(factor):
    target = np.random.default_rng(0).integers(0, 256, (7 * factor, 11 * factor), dtype=np.uint8)
    expected = target[factor // 2 :: factor, factor // 2 :: factor]
    np.testing.assert_array_equal(resize_target(target, (7, 11)), expected)


@given(old=st.tuples(SIDES, SIDES), new=st.tuples(SIDES, SIDES), seed=st.integers(0, 9))
def test_a_resized_target_holds_only_indices_that_were_there(old, new, seed):
    target = np.random.default_rng(seed).choice(np.array([0, 3, 255], dtype=np.uint8), old)
    resized = resize_target(target, new)
    assert resized.shape == new
    assert set(np.unique(resized)) <= set(np.unique(target))


@pytest.mark.parametrize("size", [(20, 30), (31, 17), (64, 64)])
def test_a_picture_is_resized_about_its_centre(size):
    """R36: mirrored first or mirrored after, it is the same picture."""
    image = np.random.default_rng(0).integers(0, 256, (33, 47, 3), dtype=np.uint8)
    resized = resize_image(image, size).astype(int)
    mirrored = resize_image(np.ascontiguousarray(image[::-1, ::-1]), size)[::-1, ::-1]
    assert np.abs(resized - mirrored).max() <= 1


@given(old=st.tuples(SIDES, SIDES), new=st.tuples(SIDES, SIDES), classes=st.integers(2, 7), seed=st.integers(0, 9))
def test_the_most_probable_class_is_found_as_if_all_were_resized_at_once(old, new, classes, seed):
    probabilities = np.random.default_rng(seed).random((*old, classes), dtype=np.float32)
    found = most_probable(probabilities, new)
    channels = [cv2.resize(probabilities[..., i], (new[1], new[0])) for i in range(classes)]
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, np.stack(channels, axis=-1).argmax(axis=-1))
