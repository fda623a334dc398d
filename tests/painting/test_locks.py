"""Locks hold for everything that is written, and for nothing that is allowed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.painting.boxes import Box
from segstudio.painting.document import MaskDocument
from segstudio.painting.locks import Gate, Locks
from segstudio.painting.regions import Region

SHAPE = (12, 15)
MASKS = arrays.arrays(np.uint8, SHAPE, elements=st.integers(0, 4))
PIXELS = arrays.arrays(np.bool_, SHAPE)
IDS = st.frozensets(st.integers(0, 4))
LOCKS = st.builds(
    Locks,
    only=st.none() | IDS,
    protected=IDS,
    unpainted_only=st.booleans(),
    intensity=st.none() | st.tuples(st.integers(0, 128), st.integers(128, 255)),
)


@given(mask=MASKS, region=PIXELS, selected=st.none() | PIXELS, locks=LOCKS, unpainted=st.sampled_from([0, 4]))
def test_a_pixel_changes_if_and_only_if_every_lock_allows_it(mask, region, selected, locks, unpainted):
    brightness = np.random.default_rng(0).integers(0, 256, SHAPE, dtype=np.uint8)
    document = MaskDocument(mask.copy(), key="train/a")
    selection = None if selected is None else Region.of(selected)
    document.gate = Gate(locks, unpainted, brightness, selection)
    document.begin_stroke()
    document.paint(Region.of(region), 9)
    document.end_stroke()
    for (row, column), before in np.ndenumerate(mask):
        allowed = (
            bool(region[row, column])
            and (locks.only is None or int(before) in locks.only)
            and int(before) not in locks.protected
            and (not locks.unpainted_only or before == unpainted)
            and (locks.intensity is None or locks.intensity[0] <= brightness[row, column] <= locks.intensity[1])
            and (selected is None or bool(selected[row, column]))
        )
        assert document.mask[row, column] == (9 if allowed else before)


@given(one=PIXELS, other=PIXELS)
def test_regions_join_and_part_like_sets(one, other):
    whole = Box(0, 0, SHAPE[1], SHAPE[0])
    a, b = Region.of(one), Region.of(other)
    np.testing.assert_array_equal(a.united(b).within(whole), one | other)
    np.testing.assert_array_equal(a.without(b).within(whole), one & ~other)
    assert a.count == one.sum()


def test_put_writes_each_pixel_its_own_id_within_the_locks():
    document = MaskDocument(np.zeros((3, 3), np.uint8), key="train/a")
    document.gate = Gate(Locks(), selection=Region.of(np.eye(3, dtype=bool)))
    ids = np.arange(1, 10, dtype=np.uint8).reshape(3, 3)
    assert document.apply(Region.of(np.ones((3, 3), bool)), ids) is not None
    np.testing.assert_array_equal(document.mask, np.diag([1, 5, 9]))
    document.undo()
    assert not document.mask.any()


@pytest.mark.parametrize("locks", [Locks(only=frozenset()), Locks(intensity=(200, 255))])
def test_a_step_that_the_locks_forbid_leaves_no_undo(locks):
    """R7: nothing changed, nothing to take back."""
    document = MaskDocument(np.zeros((3, 3), np.uint8), key="train/a")
    document.gate = Gate(locks, brightness=np.zeros((3, 3), np.uint8))
    assert document.apply(Region.of(np.ones((3, 3), bool)), 1) is None
    assert not document.can_undo
