"""Ids are what people choose; indices are what models count."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding, TargetError

MASK = Path("masks") / "a.png"


def class_list(ids, ignored=()):
    return ClassList(tuple(ClassInfo(i, f"class {i}", (0, 0, 0), ignored=i in ignored) for i in ids))


def test_ids_that_are_not_counted_from_zero_become_indices_in_the_order_of_the_list():
    coding = TargetCoding(class_list([7, 300, 2]))
    target = coding.encode(np.array([[2, 7], [300, 2]], dtype=np.uint16), MASK)
    assert target.dtype == np.uint8
    np.testing.assert_array_equal(target, [[2, 0], [1, 2]])


def test_an_ignored_id_in_the_middle_leaves_no_gap_in_the_indices():
    coding = TargetCoding(class_list([0, 1, 2], ignored=[1]))
    assert coding.n_classes == 2
    np.testing.assert_array_equal(coding.encode(np.array([[0, 1, 2]], dtype=np.uint8), MASK), [[0, IGNORED_TARGET, 1]])
    np.testing.assert_array_equal(coding.decode(np.array([[0, 1]])), [[0, 2]])


def test_id_255_can_be_an_ordinary_class():
    coding = TargetCoding(class_list([0, 255]))
    target = coding.encode(np.array([[255, 0]], dtype=np.uint8), MASK)
    np.testing.assert_array_equal(target, [[1, 0]])
    np.testing.assert_array_equal(coding.decode(target), [[255, 0]])


@given(
    ids=st.lists(st.integers(0, 65535), min_size=2, max_size=20, unique=True),
    data=st.data(),
)
def test_every_counted_id_comes_back_and_every_ignored_id_counts_nowhere(ids, data):
    ignored = data.draw(st.sets(st.sampled_from(ids), max_size=len(ids) - 1))
    positions = data.draw(hnp.arrays(np.intp, (3, 5), elements=st.integers(0, len(ids) - 1)))
    mask = np.array(ids, dtype=np.uint16)[positions]
    coding = TargetCoding(class_list(ids, ignored))
    target = coding.encode(mask, MASK)
    counted = ~np.isin(mask, list(ignored))
    np.testing.assert_array_equal(target == IGNORED_TARGET, ~counted)
    np.testing.assert_array_equal(coding.decode(np.where(counted, target, 0))[counted], mask[counted])


def test_a_prediction_has_16_bits_only_where_an_id_needs_them():
    assert TargetCoding(class_list([0, 255])).decode(np.array([[1]])).dtype == np.uint8
    assert TargetCoding(class_list([0, 256])).decode(np.array([[1]])).dtype == np.uint16


def test_an_unknown_id_is_refused_with_file_pixel_and_value():
    """R33."""
    mask = np.zeros((4, 6), dtype=np.uint8)
    mask[2, 5] = 9
    with pytest.raises(TargetError, match=r"a\.png.*x=5, y=2.*id 9"):
        TargetCoding(class_list([0, 1])).encode(mask, MASK)


def test_more_than_255_classes_are_refused():
    TargetCoding(class_list(range(255)))
    with pytest.raises(TargetError, match="At most 255"):
        TargetCoding(class_list(range(256)))
