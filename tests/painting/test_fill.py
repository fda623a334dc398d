"""Fill and wand reach what hangs together, no matter in which windows it was looked for (R11, R14)."""

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.dataset.images import read_image
from segstudio.painting.boxes import Box
from segstudio.painting.fill import Wand, flood, wand

SHAPES = st.tuples(st.integers(1, 13), st.integers(1, 13))
DTYPES = st.sampled_from([np.uint8, np.uint16])
SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (-1, 1), (1, -1), (1, 1))


def read_only(array):
    array.flags.writeable = False
    return array


def reached_step_by_step(allowed, at, connectivity):
    """Return (height, width) bool: what steps over allowed pixels lead to."""
    reached = np.zeros_like(allowed)
    waiting = [(int(at[1]), int(at[0]))]
    while waiting:
        row, column = waiting.pop()
        if not (0 <= row < allowed.shape[0] and 0 <= column < allowed.shape[1]):
            continue
        if allowed[row, column] and not reached[row, column]:
            reached[row, column] = True
            waiting += [(row + y, column + x) for y, x in SIDES + (CORNERS if connectivity == 8 else ())]
    return reached


def whole(array):
    return Box(0, 0, array.shape[1], array.shape[0])


def points_in(shape, draw):
    return draw(st.integers(0, shape[1] - 1)) + draw(st.floats(0, 0.99)), draw(st.integers(0, shape[0] - 1)) + 0.5


@settings(deadline=None)
@given(shape=SHAPES, dtype=DTYPES, connectivity=st.sampled_from([4, 8]), contiguous=st.booleans(), data=st.data())
def test_a_fill_takes_the_class_under_the_cursor(shape, dtype, connectivity, contiguous, data):
    ids = st.sampled_from([0, 1, 2] if dtype == np.uint8 else [1, 257, 513])  # alike in their lower eight bits
    mask = read_only(data.draw(arrays.arrays(dtype, shape, elements=ids)))
    at = points_in(shape, data.draw)
    found = flood(mask, at, contiguous=contiguous, connectivity=connectivity).within(whole(mask))
    same = mask == mask[int(at[1]), int(at[0])]
    np.testing.assert_array_equal(found, reached_step_by_step(same, at, connectivity) if contiguous else same)


@settings(deadline=None)
@given(
    shape=SHAPES,
    connectivity=st.sampled_from([4, 8]),
    contiguous=st.booleans(),
    tolerances=st.lists(st.integers(0, 255), min_size=1, max_size=4),
    data=st.data(),
)
def test_a_wand_takes_what_differs_in_no_channel_by_more_than_the_tolerance(
    shape, connectivity, contiguous, tolerances, data
):
    image = read_only(data.draw(arrays.arrays(np.uint8, (*shape, 3))))
    at = points_in(shape, data.draw)
    held = Wand(image, at)
    alike = np.abs(image.astype(int) - image[int(at[1]), int(at[0])].astype(int)).max(axis=2)
    for tolerance in tolerances:
        found = held.region(tolerance, contiguous=contiguous, connectivity=connectivity).within(whole(image))
        allowed = alike <= tolerance
        np.testing.assert_array_equal(found, reached_step_by_step(allowed, at, connectivity) if contiguous else allowed)


@pytest.mark.parametrize("at", [(-0.1, 3), (3, -0.1), (8, 3), (3, 6), (1e9, -1e9)])
def test_beside_the_picture_there_is_nothing_to_fill(at):
    assert flood(np.zeros((6, 8), np.uint8), at).empty
    assert wand(np.zeros((6, 8, 3), np.uint8), at, tolerance=255).empty
    assert wand(np.zeros((6, 8, 3), np.uint8), at, tolerance=255, contiguous=False, smooth=2).empty


@pytest.fixture(scope="module")
def blobs():
    """Return a picture larger than several windows: noise that was blurred until it hangs together in long shapes."""
    noise = np.random.default_rng(3).integers(0, 256, (1301, 1777, 3), dtype=np.uint8)
    return read_only(cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 6), None, 0, 255, cv2.NORM_MINMAX))


@pytest.mark.parametrize("at", [(0, 0), (1776, 1300), (888, 650), (300, 1299), (1775.5, 4.2)])
def test_growing_windows_find_the_same_as_the_whole_picture(blobs, at):
    mask = (blobs[..., 0] // 52).astype(np.uint8)
    held = Wand(blobs, at)
    pixel = int(at[1]), int(at[0])
    distance = np.abs(blobs.astype(int) - blobs[pixel].astype(int)).max(axis=2)
    cases = [(flood(mask, at), mask == mask[pixel])]
    cases += [(held.region(tolerance), distance <= tolerance) for tolerance in (10, 60, 90, 40, 120)]
    for region, allowed in cases:
        _count, labels = cv2.connectedComponents(allowed.astype(np.uint8), connectivity=4)
        np.testing.assert_array_equal(region.within(whole(mask)), labels == labels[pixel])


def test_a_corridor_that_winds_through_all_windows_is_followed_to_its_end():
    mask = np.zeros((1500, 1500), np.uint8)
    turns = [(700 + (-1) ** (n // 2) * 9 * n, 700 + (-1) ** ((n + 1) // 2) * 9 * n) for n in range(80)]
    cv2.polylines(mask, [np.array(turns, np.int32)], isClosed=False, color=1)
    found = flood(mask, turns[0], connectivity=8)
    np.testing.assert_array_equal(found.within(whole(mask)), mask == 1)


@pytest.mark.parametrize("smooth", [0.5, 1.0, 2.7])
@pytest.mark.parametrize("at", [(0, 0), (888, 650), (1776, 3)])
def test_a_smoothed_picture_is_the_same_in_every_window(blobs, at, smooth):
    side = 2 * int(np.ceil(3 * smooth)) + 1
    smoothed = cv2.GaussianBlur(blobs, (side, side), smooth).astype(int)
    distance = np.abs(smoothed - smoothed[at[1], at[0]]).max(axis=2)
    held = Wand(blobs, at, smooth=smooth)
    for tolerance in (20, 70, 110):
        _count, labels = cv2.connectedComponents((distance <= tolerance).astype(np.uint8), connectivity=4)
        np.testing.assert_array_equal(held.region(tolerance).within(whole(blobs)), labels == labels[at[1], at[0]])
    np.testing.assert_array_equal(held.region(50, contiguous=False).within(whole(blobs)), distance <= 50)


def test_smoothing_keeps_noise_from_stopping_the_wand():
    random = np.random.default_rng(0)
    image = np.full((80, 100, 3), 90, np.uint8)
    image[:, 50:] = 160
    noisy = np.clip(image + random.normal(0, 12, image.shape), 0, 255).astype(np.uint8)
    left = np.zeros((80, 100), bool)
    left[:, :50] = True
    raw, smoothed = (wand(noisy, (20, 40), tolerance=20, smooth=s).within(whole(left)) for s in (0, 2))
    assert (smoothed ^ left).mean() < 0.03
    assert (raw ^ left).mean() > 3 * (smoothed ^ left).mean()


@pytest.mark.parametrize("name", ["camvid/test_images", "nuclei", "em_membrane"])
def test_on_a_real_picture_a_larger_tolerance_only_adds(real_data, name):
    image = read_image(sorted(path for path in (real_data / name).rglob("*") if path.suffix in {".png", ".jpg"})[0])
    held = Wand(image, (image.shape[1] // 2, image.shape[0] // 2), smooth=1)
    before = held.region(0).within(whole(image))
    for tolerance in range(8, 256, 31):
        now = held.region(tolerance).within(whole(image))
        assert not (before & ~now).any()
        before = now
    assert held.region(255).count == before.size


def test_how_long_a_step_of_the_wand_takes(capsys):
    noise = np.random.default_rng(3).integers(0, 256, (1500, 2000, 3), dtype=np.uint8)
    image = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 6), None, 0, 255, cv2.NORM_MINMAX)
    began = time.perf_counter()
    held = Wand(image, (1000, 750))
    times, sizes = [], []
    for tolerance in range(0, 200, 5):
        sizes.append(held.region(tolerance).count)
        times.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
    with capsys.disabled():
        print(f"\n  wand on 2000 x 1500, up to {sizes[-1]:,} pixels: median step {np.median(times):.1f} ms,", end=" ")
        print(f"slowest {max(times):.1f} ms")
    assert sizes == sorted(sizes)
