"""Figures against their definition, pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.learning.agreement import AGREES, DIFFERS, IGNORED, compare, difference
from segstudio.learning.metrics import (
    class_ious,
    confusion_matrix,
    frequency_weighted_iou,
    mean_iou,
    pixel_accuracy,
)
from segstudio.learning.tally import Tally
from segstudio.learning.targets import IGNORED_TARGET

N_CLASSES = 4
TRUTHS = hnp.arrays(np.uint8, (5, 6), elements=st.sampled_from([0, 1, 2, 3, IGNORED_TARGET]))
PREDICTIONS = hnp.arrays(np.uint8, (5, 6), elements=st.integers(0, N_CLASSES - 1))


def directly(truth, prediction):
    """Return class IoUs (None if absent), mean IoU and accuracy, by the definition over single pixels."""
    pairs = [(int(t), int(p)) for t, p in zip(truth.flat, prediction.flat, strict=True) if t != IGNORED_TARGET]
    ious = []
    for index in range(N_CLASSES):
        both = sum(t == index and p == index for t, p in pairs)
        either = sum(t == index or p == index for t, p in pairs)
        ious.append(both / either if either else None)
    present = [iou for iou in ious if iou is not None]
    mean = sum(present) / len(present) if present else 0.0
    return ious, mean, sum(t == p for t, p in pairs) / len(pairs) if pairs else 0.0


@given(truth=TRUTHS, prediction=PREDICTIONS)
def test_figures_agree_with_their_definition(truth, prediction):
    confusion = confusion_matrix(truth, prediction, N_CLASSES)
    ious, mean, accuracy = directly(truth, prediction)
    found = [None if np.isnan(iou) else iou for iou in class_ious(confusion)]
    assert found == pytest.approx(ious)
    assert mean_iou(confusion) == pytest.approx(mean)
    assert pixel_accuracy(confusion) == pytest.approx(accuracy)


@given(truth=TRUTHS, prediction=PREDICTIONS, other=PREDICTIONS)
def test_predictions_at_ignored_pixels_change_no_metric(truth, prediction, other):
    changed = np.where(truth == IGNORED_TARGET, other, prediction)
    np.testing.assert_array_equal(
        confusion_matrix(truth, prediction, N_CLASSES), confusion_matrix(truth, changed, N_CLASSES)
    )


def test_a_class_in_neither_truth_nor_prediction_is_left_out_of_the_mean():
    """R35: it is not an IoU of 0."""
    confusion = confusion_matrix(np.array([0, 0, 1]), np.array([0, 0, 1]), 3)
    np.testing.assert_array_equal(class_ious(confusion), [1, 1, np.nan])
    assert mean_iou(confusion) == 1


def test_a_class_that_is_only_predicted_counts_as_missed():
    """R35: it occurs, so its IoU of 0 belongs to the mean."""
    assert mean_iou(confusion_matrix(np.array([0, 0]), np.array([0, 2]), 3)) == pytest.approx(0.25)


def test_frequency_weighted_iou_weighs_by_the_truth():
    confusion = np.array([[6, 2], [0, 2]])
    assert frequency_weighted_iou(confusion) == pytest.approx((6 / 8) * 0.8 + (2 / 4) * 0.2)
    assert frequency_weighted_iou(np.zeros((2, 2), dtype=np.int64)) == 0


@given(truth=TRUTHS, prediction=PREDICTIONS)
def test_a_tally_of_many_batches_is_that_of_one(truth, prediction):
    whole, rows = Tally(N_CLASSES), Tally(N_CLASSES)
    losses = np.arange(1.0, 6.0)
    counted = (truth != IGNORED_TARGET).sum(axis=1)
    whole.add(truth, prediction, float((losses * counted).sum() / max(counted.sum(), 1)))
    for row, loss in enumerate(losses):
        rows.add(truth[row], prediction[row], float(loss))
    assert rows.figures().loss == pytest.approx(whole.figures().loss)
    assert rows.figures().mean_iou == whole.figures().mean_iou
    assert rows.figures().pixel_accuracy == whole.figures().pixel_accuracy


CLASSES = ClassList(
    (
        ClassInfo(5, "a", (0, 0, 0)),
        ClassInfo(9, "void", (0, 0, 0), ignored=True),
        ClassInfo(300, "b", (0, 0, 0)),
        ClassInfo(2, "c", (0, 0, 0)),
    )
)


def test_a_mask_and_a_prediction_are_compared_by_id_without_ignored_pixels():
    mask = np.array([[5, 5, 9], [300, 300, 9]], dtype=np.uint16)
    prediction = np.array([[5, 300, 5], [300, 300, 300]], dtype=np.uint16)
    agreement = compare(mask, prediction, CLASSES)
    assert agreement.class_iou == {5: pytest.approx(1 / 2), 300: pytest.approx(2 / 3), 2: None}
    assert agreement.mean_iou == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert agreement.pixel_accuracy == pytest.approx(3 / 4)
    np.testing.assert_array_equal(
        difference(mask, prediction, CLASSES), [[AGREES, DIFFERS, IGNORED], [AGREES, AGREES, IGNORED]]
    )
