"""The round brush covers exactly the pixels whose centres it covers (R10, R11)."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segstudio.painting.boxes import Box
from segstudio.painting.brush import brush_centre, covered, covered_in_bands

COORDINATES = st.floats(-15, 45)
POINTS = st.tuples(COORDINATES, COORDINATES)


def by_force(start, end, diameter, width, height):
    (ax, ay), (bx, by) = brush_centre(start, diameter), brush_centre(end, diameter)
    y, x = np.mgrid[0:height, 0:width] + 0.5
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    t = np.clip(((x - ax) * dx + (y - ay) * dy) / length, 0, 1) if length else 0.0
    return np.hypot(x - (ax + t * dx), y - (ay + t * dy)) - diameter / 2


@given(start=POINTS, end=POINTS, diameter=st.integers(1, 25))
def test_a_stroke_covers_what_brute_force_covers(start, end, diameter):
    found = covered(start, end, diameter=diameter, width=30, height=24).within(Box(0, 0, 30, 24))
    distance = by_force(start, end, diameter, 30, 24)
    clear = np.abs(distance) > 1e-6  # on the very edge either answer is right
    np.testing.assert_array_equal(found[clear], (distance < 0)[clear])


def test_a_brush_of_one_pixel_paints_the_pixel_under_the_cursor():
    region = covered((3.9, 2.1), (3.9, 2.1), diameter=1, width=10, height=10)
    assert region.box == Box(3, 2, 4, 3)
    assert region.inside.all()


def test_a_brush_outside_the_picture_covers_nothing():
    assert covered((-50, -50), (-40, -50), diameter=9, width=10, height=10).empty


@given(start=POINTS, end=POINTS, side=st.integers(1, 25))
def test_a_square_brush_covers_what_its_square_passes_over(start, end, side):
    found = covered(start, end, diameter=side, width=30, height=24, shape="square").within(Box(0, 0, 30, 24))
    (ax, ay), (bx, by) = brush_centre(start, side), brush_centre(end, side)
    y, x = np.mgrid[0:24, 0:30] + 0.5
    # Distance by the larger coordinate, at its smallest along the way; it is convex there, so that halving finds it.
    low, high = np.zeros_like(x), np.ones_like(x)

    def reach(t):
        return np.maximum(np.abs(x - ax - t * (bx - ax)), np.abs(y - ay - t * (by - ay))) - side / 2

    for _ in range(80):
        one, two = low + (high - low) / 3, high - (high - low) / 3
        left = reach(one) <= reach(two)
        low, high = np.where(left, low, one), np.where(left, two, high)
    distance = np.minimum(reach((low + high) / 2), np.minimum(reach(0.0), reach(1.0)))
    clear = np.abs(distance) > 1e-5
    np.testing.assert_array_equal(found[clear], (distance < 0)[clear])


@given(start=POINTS, end=POINTS, diameter=st.integers(1, 25), shape=st.sampled_from(["round", "square"]))
def test_bands_cover_together_what_the_whole_does(start, end, diameter, shape):
    whole = covered(start, end, diameter=diameter, width=30, height=24, shape=shape)
    bands = covered_in_bands(start, end, diameter=diameter, width=30, height=24, shape=shape)
    found = np.zeros((24, 30), int)
    for band in bands:
        found += band.within(Box(0, 0, 30, 24))
    np.testing.assert_array_equal(found, whole.within(Box(0, 0, 30, 24)))


def test_the_bands_of_a_long_thin_way_hold_little_else():
    """R8, R10: a drag across a large picture, 1 pixel wide."""
    bands = covered_in_bands((3, 5), (8000, 6000), diameter=1, width=8192, height=8192)
    whole = covered((3, 5), (8000, 6000), diameter=1, width=8192, height=8192)
    assert sum(band.count for band in bands) == whole.count
    assert sum(band.box.area for band in bands) < whole.box.area / 20


def test_a_fast_stroke_is_connected():
    """R10: jumps of 400 pixels."""
    import cv2

    mask = np.zeros((1000, 1000), np.uint8)
    points = [(20.0, 30.0), (420.0, 60.0), (300.0, 460.0), (700.0, 700.0), (710.0, 301.0)]
    for start, end in itertools.pairwise(points):
        for band in covered_in_bands(start, end, diameter=1, width=1000, height=1000):
            mask[band.box.slices] |= band.inside
    assert cv2.connectedComponents(mask, connectivity=8)[0] == 2
