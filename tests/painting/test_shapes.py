"""Shapes cover the pixels whose centres they cover, at every edge and beyond it (R11)."""

import itertools
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered
from segstudio.painting.regions import Region
from segstudio.painting.shapes import ellipse, encircle, polygon, rectangle

WIDTH, HEIGHT = 31, 23
WHOLE = Box(0, 0, WIDTH, HEIGHT)
SIZE = {"width": WIDTH, "height": HEIGHT}
FLOATS = st.tuples(st.floats(-20, 50), st.floats(-20, 45))
QUARTERS = st.tuples(st.integers(-60, 180), st.integers(-60, 150)).map(lambda at: (at[0] / 4, at[1] / 4))
POINTS = FLOATS | QUARTERS


def distance_to_line(x, y, start, end):
    (ax, ay), (bx, by) = start, end
    length = (bx - ax) ** 2 + (by - ay) ** 2
    share = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1) if length else 0.0
    return np.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay))


def inside_by_rays(points):
    """Return which centres are inside (a ray to the left meets an odd number of sides), and which are on no side."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    inside, clear = np.zeros(x.shape, bool), np.ones(x.shape, bool)
    for start, end in zip(points, points[1:] + points[:1], strict=True):
        clear &= distance_to_line(x, y, start, end) > 1e-9
        (ax, ay), (bx, by) = start, end
        met = (ay <= y) != (by <= y)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            inside ^= met & (ax + (y - ay) * (bx - ax) / (by - ay) <= x)
    return inside, clear


@settings(deadline=None)
@given(points=st.lists(POINTS, max_size=9))
def test_a_polygon_covers_the_pixels_whose_centres_are_inside(points):
    found = polygon(points, **SIZE).within(WHOLE)
    if len(points) < 3:
        assert not found.any()
        return
    inside, clear = inside_by_rays(points)
    np.testing.assert_array_equal(found[clear], inside[clear])


@settings(deadline=None)
@given(points=st.lists(POINTS, min_size=4, max_size=9), data=st.data())
def test_two_parts_of_a_polygon_share_no_pixel_and_leave_none_out(points, data):
    first = data.draw(st.integers(0, len(points) - 2))
    last = data.draw(st.integers(first + 1, len(points) - 1))
    one, other = points[first : last + 1], points[last:] + points[: first + 1]
    both = polygon(one, **SIZE).within(WHOLE) ^ polygon(other, **SIZE).within(WHOLE)
    np.testing.assert_array_equal(both, polygon(points, **SIZE).within(WHOLE))


@settings(deadline=None)
@given(points=st.lists(POINTS, min_size=3, max_size=9), turn=st.integers(0, 8))
def test_a_polygon_does_not_depend_on_where_it_begins_or_which_way_it_goes(points, turn):
    turned = points[turn % len(points) :] + points[: turn % len(points)]
    for same in (turned, points[::-1], np.array(points)):
        np.testing.assert_array_equal(polygon(same, **SIZE).within(WHOLE), polygon(points, **SIZE).within(WHOLE))


@settings(deadline=None)
@given(left=st.integers(-5, 35), top=st.integers(-5, 30), width=st.integers(1, 40), height=st.integers(1, 40))
def test_a_polygon_along_pixel_edges_is_those_pixels_without_a_border(left, top, width, height):
    right, bottom = left + width, top + height
    found = polygon([(left, top), (right, top), (right, bottom), (left, bottom)], **SIZE)
    expected = Box(left, top, right, bottom).clipped(WIDTH, HEIGHT)
    assert found.empty if expected.empty else (found.box == expected and found.inside.all())


def test_what_a_polygon_encloses_twice_is_outside():
    square = [(2, 2), (20, 2), (20, 20), (2, 20)]
    hole = [(6, 6), (12, 6), (12, 12), (6, 12)]
    found = polygon([*square, square[0], hole[0], *hole[1:], hole[0]], **SIZE).within(WHOLE)
    assert found[4, 4]
    assert not found[8, 8]
    assert found.sum() == 18 * 18 - 6 * 6


def test_a_polygon_around_the_picture_is_the_picture():
    found = polygon([(-1e6, -1e6), (1e6, -1e6), (1e6, 1e6), (-1e6, 1e6)], **SIZE)
    assert found.box == WHOLE
    assert found.inside.all()


@pytest.mark.parametrize("points", [[], [(3, 3)], [(3, 3), (9, 9)], [(3.2, 3.2), (3.4, 3.2), (3.4, 3.4)]])
def test_a_polygon_without_a_centre_inside_is_nowhere(points):
    assert polygon(points, **SIZE).empty


@settings(deadline=None)
@given(corner=POINTS, opposite=POINTS)
def test_a_rectangle_is_the_pixels_from_one_cursor_to_the_other(corner, opposite):
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    (left, right), (top, bottom) = (sorted(map(math.floor, pair)) for pair in zip(corner, opposite, strict=True))
    expected = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    np.testing.assert_array_equal(rectangle(corner, opposite, **SIZE).within(WHOLE), expected)


@settings(deadline=None)
@given(corner=POINTS, opposite=POINTS)
def test_an_ellipse_is_the_centres_within_it_in_whole_numbers(corner, opposite):
    (left, right), (top, bottom) = (sorted(map(math.floor, pair)) for pair in zip(corner, opposite, strict=True))
    width, height = right + 1 - left, bottom + 1 - top
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    across, down = 2 * x + 1 - left - right - 1, 2 * y + 1 - top - bottom - 1
    expected = across**2 * height**2 + down**2 * width**2 <= width**2 * height**2
    np.testing.assert_array_equal(ellipse(corner, opposite, **SIZE).within(WHOLE), expected)


@pytest.mark.parametrize("shape", [rectangle, ellipse])
def test_a_click_in_any_corner_of_the_picture_is_one_pixel(shape):
    for x in (0, WIDTH - 1):
        for y in (0, HEIGHT - 1):
            found = shape((x + 0.01, y + 0.99), (x + 0.99, y + 0.01), **SIZE)
            assert found.box == Box(x, y, x + 1, y + 1)
            assert found.count == 1
    assert shape((WIDTH, 0), (WIDTH + 5, 5), **SIZE).empty


def stroke_along(points, diameter, shape="round"):
    way = Region.nowhere()
    for start, end in itertools.pairwise(points):
        way = way.united(covered(start, end, diameter=diameter, shape=shape, **SIZE))
    return way


def reachable_from_outside(pixels):
    """Return what steps up, down, left or right lead to from beyond the edge, one step at a time."""
    free = np.pad(~pixels, 1, constant_values=True)
    reached = np.zeros_like(free)
    reached[0, 0] = True
    while True:
        spread = reached.copy()
        spread[1:] |= reached[:-1]
        spread[:-1] |= reached[1:]
        spread[:, 1:] |= reached[:, :-1]
        spread[:, :-1] |= reached[:, 1:]
        spread &= free
        if (spread == reached).all():
            return reached[1:-1, 1:-1]
        reached = spread


@settings(deadline=None)
@given(points=st.lists(POINTS, min_size=2, max_size=8), diameter=st.integers(1, 4))
def test_encircling_gives_the_stroke_and_all_that_cannot_be_reached_from_outside(points, diameter):
    stroke = stroke_along(points, diameter)
    expected = ~reachable_from_outside(stroke.within(WHOLE))
    np.testing.assert_array_equal(encircle(stroke, **SIZE).within(WHOLE), expected)


@settings(deadline=None)
@given(points=st.lists(POINTS, min_size=2, max_size=8), diameter=st.integers(1, 4))
def test_closing_a_stroke_never_takes_away_and_leaves_no_hole(points, diameter):
    stroke = stroke_along(points, diameter)
    closed = encircle(stroke, ends=(points[0], points[-1]), **SIZE).within(WHOLE)
    alone = encircle(stroke, **SIZE).within(WHOLE)
    assert not (alone & ~closed).any()
    np.testing.assert_array_equal(closed, ~reachable_from_outside(closed))


OPEN = [(5.5, 4.5), (5.5, 15.5), (20.5, 15.5), (20.5, 4.5)]


@pytest.mark.parametrize("shape", ["round", "square"])
@pytest.mark.parametrize("diameter", [1, 2, 3])
def test_an_open_stroke_is_closed_by_a_line_only_if_asked(diameter, shape):
    stroke = stroke_along(OPEN, diameter, shape)
    assert encircle(stroke, **SIZE).count == stroke.count
    closed = encircle(stroke, ends=(OPEN[0], OPEN[-1]), **SIZE).within(WHOLE)
    assert closed[4:16, 6:20].all(), "the area and the line that closes it"
    assert closed.sum() == (stroke.within(WHOLE) | np.pad(np.ones((12, 16), bool), ((4, 7), (5, 10)))).sum()


def test_the_small_hole_of_a_trembling_hand_does_not_count_as_closing():
    stroke = stroke_along([OPEN[0], (5.5, 18.5), (8.5, 18.5), (8.5, 15.5), *OPEN[1:]], 1)
    assert encircle(stroke, **SIZE).within(WHOLE)[17, 7], "the small hole"
    assert encircle(stroke, ends=(OPEN[0], OPEN[-1]), **SIZE).within(WHOLE)[10, 12], "the large area as well"


def test_the_ends_of_a_closed_loop_are_not_joined():
    loop = [(3.5, 20.5), (3.5, 5.5), (15.5, 5.5), (15.5, 15.5), (1.5, 15.5)]
    stroke = stroke_along(loop, 1)
    np.testing.assert_array_equal(
        encircle(stroke, ends=(loop[0], loop[-1]), **SIZE).within(WHOLE), encircle(stroke, **SIZE).within(WHOLE)
    )


def test_a_stroke_that_leaves_the_picture_is_closed_along_its_edge():
    way = [(5.5, -8), (5.5, 10.5), (20.5, 10.5), (20.5, -8)]
    closed = encircle(stroke_along(way, 1), ends=(way[0], way[-1]), **SIZE).within(WHOLE)
    assert closed[0:11, 5:21].all()
    assert closed.sum() == 11 * 16


def test_how_long_a_large_lasso_takes(capsys):
    angle = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    reach = 3500 + 300 * np.sin(17 * angle)
    lasso = np.stack([4096 + reach * np.cos(angle), 4096 + reach * np.sin(angle)], axis=1)
    began = time.perf_counter()
    region = polygon(lasso, width=8192, height=8192)
    with capsys.disabled():
        print(f"\n  polygon of 5,000 points, {region.count:,} pixels: {1000 * (time.perf_counter() - began):.1f} ms")
    area = 0.5 * abs(np.sum(lasso[:, 0] * np.roll(lasso[:, 1], -1) - np.roll(lasso[:, 0], -1) * lasso[:, 1]))
    assert abs(region.count - area) < 1e-4 * area
