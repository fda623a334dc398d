"""Joining boxes loses nothing, and stops where it would draw too much."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segstudio.painting.boxes import Box, joined

BOXES = st.builds(
    lambda left, top, width, height: Box(left, top, left + width, top + height),
    st.integers(0, 80),
    st.integers(0, 80),
    st.integers(1, 20),
    st.integers(1, 20),
)


@given(boxes=st.lists(BOXES, min_size=1, max_size=30), cost=st.integers(0, 2000))
def test_everything_stays_covered_and_no_two_are_better_taken_together(boxes, cost):
    together: list[Box] = []
    for box in boxes:
        together = joined(together, box, cost=cost)
    wanted, found = np.zeros((100, 100), bool), np.zeros((100, 100), bool)
    for box in boxes:
        wanted[box.slices] = True
    for box in together:
        found[box.slices] = True
    assert not (wanted & ~found).any()
    for number, one in enumerate(together):
        for other in together[number + 1 :]:
            assert one.united(other).area > one.area + other.area + cost


def test_what_lies_far_apart_stays_apart():
    one, other = Box(0, 0, 10, 10), Box(500, 500, 510, 510)
    assert joined([one], other, cost=1000) == [one, other]
    assert joined([one], Box(5, 0, 15, 10), cost=0) == [Box(0, 0, 15, 10)]
