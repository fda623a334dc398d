"""The round brush covers exactly the pixels whose centres it covers (R10, R11)."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segstudio.painting.brush import brush_centre, covered

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
    box, inside = covered(start, end, diameter=diameter, width=30, height=24)
    found = np.zeros((24, 30), bool)
    if not box.empty:
        found[box.slices] = inside
    distance = by_force(start, end, diameter, 30, 24)
    clear = np.abs(distance) > 1e-6  # on the very edge either answer is right
    np.testing.assert_array_equal(found[clear], (distance < 0)[clear])


def test_a_brush_of_one_pixel_paints_the_pixel_under_the_cursor():
    box, inside = covered((3.9, 2.1), (3.9, 2.1), diameter=1, width=10, height=10)
    assert (box.left, box.top, box.right, box.bottom) == (3, 2, 4, 3)
    assert inside.all()


def test_a_brush_outside_the_picture_covers_nothing():
    box, inside = covered((-50, -50), (-40, -50), diameter=9, width=10, height=10)
    assert box.empty
    assert inside.size == 0
