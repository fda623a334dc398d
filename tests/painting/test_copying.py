"""Another sample's mask comes over exactly, or not at all (R4, R14)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.errors import SegstudioError
from segstudio.painting.copying import copied
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region

SHAPE = (11, 14)


@settings(deadline=None)
@given(
    source=arrays.arrays(np.uint16, SHAPE, elements=st.integers(0, 700)),
    part=st.none() | arrays.arrays(np.bool_, SHAPE),
)
def test_the_part_that_was_asked_for_is_as_in_the_other_mask_and_undo_brings_back_the_rest(source, part):
    before = np.full(SHAPE, 9, np.uint16)
    document = MaskDocument(before.copy(), key="train/b")
    region = None if part is None else Region.of(part)
    document.apply(*copied(source, region, SHAPE, dtype=document.mask.dtype))
    np.testing.assert_array_equal(document.mask, source if part is None else np.where(part, source, before))
    document.undo()
    np.testing.assert_array_equal(document.mask, before)


def test_later_changes_of_the_other_mask_do_not_come_over():
    source = np.ones(SHAPE, np.uint8)
    _region, ids = copied(source, None, SHAPE)
    source[:] = 2
    assert (ids == 1).all()


@pytest.mark.parametrize("shape", [(14, 11), (11, 15), (1, 1)])
def test_another_size_is_refused_with_both_sizes(shape):
    with pytest.raises(SegstudioError, match=rf"14 × 11 pixels, this picture {shape[1]} × {shape[0]}"):
        copied(np.zeros(SHAPE, np.uint8), None, shape)


def test_an_id_that_the_mask_cannot_hold_is_refused_rather_than_cut():
    source = np.zeros(SHAPE, np.uint16)
    source[3, 3] = 300
    with pytest.raises(SegstudioError, match="id 300"):
        copied(source, None, SHAPE, dtype=np.uint8)
    elsewhere = Region.of(np.ones((2, 2), bool))
    assert copied(source, elsewhere, SHAPE, dtype=np.uint8)[1].max() == 0
