"""What classes weigh, from pixels by sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segstudio.dataset.class_weights import inverse_frequency, median_frequency
from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.learning.class_balance import MOST_TIMES, class_weights
from segstudio.learning.settings.checks import ConfigError
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.targets import TargetCoding

CODING = TargetCoding(
    ClassList(
        (
            ClassInfo(7, "road", (1, 1, 1)),
            ClassInfo(3, "void", (0, 0, 0), ignored=True),
            ClassInfo(300, "sign", (2, 2, 2)),
            ClassInfo(5, "car", (3, 3, 3)),
        )
    )
)
ORDER = [entry.id for entry in CODING.classes.counted]
COUNTS = hnp.arrays(np.int64, st.tuples(st.integers(1, 4), st.just(3)), elements=st.integers(0, 1_000_000))
BY_FREQUENCY = st.sampled_from(["median_frequency", "inverse_frequency"])
HAND = st.lists(st.tuples(st.sampled_from(ORDER), st.floats(0.01, 1000)), unique_by=lambda pair: pair[0])


def weigh(counts, weighting, **more):
    return class_weights(LossSettings(class_weighting=weighting, **more), CODING, counts)


def or_ones(weights):
    return np.ones(3) if weights is None else weights


@given(counts=COUNTS, weighting=BY_FREQUENCY | st.just("by_hand"), hand=HAND)
def test_a_pixel_of_train_weighs_one_on_average(counts, weighting, hand):
    pixels = counts.sum(axis=0)
    weights = or_ones(weigh(counts, weighting, weights=tuple(hand)))
    assert np.isfinite(weights).all()
    if pixels.any():
        assert np.average(weights, weights=pixels) == pytest.approx(1, rel=1e-4)


@given(counts=COUNTS, weighting=BY_FREQUENCY)
def test_a_class_that_does_not_occur_weighs_one_and_none_weighs_too_much(counts, weighting):
    weights = or_ones(weigh(counts, weighting))
    occurs = counts.sum(axis=0) > 0
    assert (weights[~occurs] == 1).all()
    if occurs.any():
        assert weights[occurs].max() <= weights[occurs].min() * MOST_TIMES * 1.001


@pytest.mark.parametrize(
    ("weighting", "formula"), [("median_frequency", median_frequency), ("inverse_frequency", inverse_frequency)]
)
def test_weights_are_to_each_other_as_in_the_statistics_of_the_dataset(weighting, formula):
    counts = np.array([[900, 100, 0], [700, 0, 300]])
    weights, statistics = weigh(counts, weighting), formula(counts)
    assert weights / weights[0] == pytest.approx(statistics / statistics[0])
    assert weights.dtype == np.float32


def test_by_inverse_frequency_all_classes_weigh_the_same_together():
    counts = np.array([[900, 60, 40]])
    assert weigh(counts, "inverse_frequency") * counts[0] == pytest.approx(np.full(3, 1000 / 3))


def test_a_class_that_hardly_occurs_is_capped():
    weights = weigh(np.array([[1_000_000, 3, 500_000]]), "inverse_frequency")
    assert weights[1] / weights[0] == pytest.approx(MOST_TIMES)
    assert weights[2] / weights[0] == pytest.approx(2)


def test_weights_by_hand_go_by_id_and_are_not_capped():
    counts = np.array([[100, 100, 200]])
    weights = weigh(counts, "by_hand", weights=((300, 900.0), (7, 0.5)))
    by_index = dict(zip(ORDER, weights, strict=True))
    assert by_index[300] / by_index[7] == pytest.approx(1800)
    assert by_index[5] / by_index[7] == pytest.approx(2)


def test_a_class_weighted_zero_by_hand_stays_out():
    hand = ((ORDER[0], 0.0), (ORDER[1], 1.0))
    assert weigh(np.array([[10, 10, 20]]), "by_hand", weights=hand) == pytest.approx([0, 4 / 3, 4 / 3])


def test_where_every_class_that_occurs_weighs_zero_the_message_says_so():
    with pytest.raises(ConfigError, match="Every class that occurs in train weighs 0"):
        weigh(np.array([[10, 0, 20]]), "by_hand", weights=tuple(zip(ORDER, (0.0, 1.0, 0.0), strict=True)))


@pytest.mark.parametrize(
    ("counts", "weighting"),
    [
        ([[9, 1, 1]], "none"),
        ([[0, 0, 0]], "inverse_frequency"),
        ([[5, 5, 5]], "inverse_frequency"),
        ([[9, 1, 1]], "by_hand"),
    ],
)
def test_where_all_weigh_alike_there_are_no_weights(counts, weighting):
    assert weigh(np.array(counts), weighting) is None
