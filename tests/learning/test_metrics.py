"""Figures against their definition, pixel by pixel."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.learning.agreement import AGREES, DIFFERS, IGNORED, compare, difference
from segstudio.learning.metrics import (
    class_accuracy,
    class_dices,
    class_ious,
    class_recalls,
    confusion_matrix,
    frequency_weighted_iou,
    mean_dice,
    mean_iou,
    pixel_accuracy,
)
from segstudio.learning.tally import Tally
from segstudio.learning.targets import IGNORED_TARGET

N_CLASSES = 4
TRUTHS = hnp.arrays(np.uint8, (5, 6), elements=st.sampled_from([0, 1, 2, 3, IGNORED_TARGET]))
PREDICTIONS = hnp.arrays(np.uint8, (5, 6), elements=st.integers(0, N_CLASSES - 1))


def pairs_of(truth, prediction):
    return [(int(t), int(p)) for t, p in zip(truth.flat, prediction.flat, strict=True) if t != IGNORED_TARGET]


def mean_of(figures):
    present = [figure for figure in figures if figure is not None]
    return sum(present) / len(present) if present else 0.0


def directly(truth, prediction):
    """Return all figures by their definition over single pixels; by class, None where there is none."""
    pairs = pairs_of(truth, prediction)
    ious, dices, recalls, frequencies = [], [], [], []
    for index in range(N_CLASSES):
        both = sum(t == index and p == index for t, p in pairs)
        either = sum(t == index or p == index for t, p in pairs)
        of_truth, of_prediction = sum(t == index for t, _ in pairs), sum(p == index for _, p in pairs)
        ious.append(both / either if either else None)
        dices.append(2 * both / (of_truth + of_prediction) if either else None)
        recalls.append(both / of_truth if of_truth else None)
        frequencies.append(of_truth / len(pairs) if pairs else 0)
    return {
        "pixel_accuracy": sum(t == p for t, p in pairs) / len(pairs) if pairs else 0.0,
        "mean_iou": mean_of(ious),
        "mean_dice": mean_of(dices),
        "class_accuracy": mean_of(recalls),
        "frequency_weighted_iou": sum(f * (iou or 0) for f, iou in zip(frequencies, ious, strict=True)),
        "class_iou": tuple(ious),
    }


@given(truth=TRUTHS, prediction=PREDICTIONS)
def test_a_tally_has_every_figure_and_they_agree_with_their_definition(truth, prediction):
    """R35."""
    tally = Tally(N_CLASSES)
    tally.add(truth, prediction, 0.25)
    found, expected = asdict(tally.figures()), directly(truth, prediction)
    assert found.pop("loss") == (0.25 if (truth != IGNORED_TARGET).any() else 0)
    assert found.keys() == expected.keys()
    for name, figure in expected.items():
        assert found[name] == pytest.approx(figure), name
    json.dumps(found, allow_nan=False)


@given(truth=TRUTHS, prediction=PREDICTIONS)
def test_figures_are_to_each_other_what_algebra_says(truth, prediction):
    confusion = confusion_matrix(truth, prediction, N_CLASSES)
    ious, dices, recalls = class_ious(confusion), class_dices(confusion), class_recalls(confusion)
    np.testing.assert_allclose(dices, 2 * ious / (1 + ious))
    assert mean_iou(confusion) <= mean_dice(confusion) + 1e-12
    # Recall is only missed pixels, IoU false ones as well.
    assert not (recalls < ious - 1e-12).any()
    frequencies = confusion.sum(axis=1) / max(confusion.sum(), 1)
    assert np.nansum(frequencies * recalls) == pytest.approx(pixel_accuracy(confusion))
    assert frequency_weighted_iou(confusion) <= pixel_accuracy(confusion) + 1e-12
    # Truth and prediction can change places, but for what looks at the truth alone.
    np.testing.assert_array_equal(class_ious(confusion.T), ious)


@given(truth=TRUTHS)
def test_a_perfect_prediction_has_figures_of_one(truth):
    tally = Tally(N_CLASSES)
    tally.add(truth, np.where(truth == IGNORED_TARGET, 0, truth), 0.0)
    figures = asdict(tally.figures())
    one = 1.0 if (truth != IGNORED_TARGET).any() else 0.0
    for name in ("pixel_accuracy", "mean_iou", "mean_dice", "class_accuracy", "frequency_weighted_iou"):
        assert figures[name] == pytest.approx(one), name


@pytest.mark.parametrize("n_classes", [2, 40, 255])
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64])
def test_a_confusion_matrix_counts_every_pair(n_classes, kind):
    random = np.random.default_rng(n_classes)
    truth = random.integers(0, n_classes + 1, (3, 50, 60)).astype(np.uint8)
    truth[truth == n_classes] = IGNORED_TARGET
    prediction = random.integers(0, n_classes, truth.shape).astype(kind)
    expected = np.zeros((n_classes, n_classes), dtype=np.int64)
    for t, p in pairs_of(truth, prediction):
        expected[t, p] += 1
    found = confusion_matrix(truth, prediction, n_classes)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, expected)


def test_class_accuracy_leaves_out_what_the_truth_does_not_have():
    assert class_accuracy(np.array([[3, 1, 0], [0, 0, 0], [1, 0, 1]])) == pytest.approx((3 / 4 + 1 / 2) / 2)


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
    assert replace(rows.figures(), loss=0.0) == replace(whole.figures(), loss=0.0)
    np.testing.assert_array_equal(rows.confusion, whole.confusion)
    np.testing.assert_array_equal(rows.confusion, confusion_matrix(truth, prediction, N_CLASSES))


def test_the_confusion_of_a_tally_stays_what_it_was_when_the_tally_goes_on():
    tally = Tally(2)
    tally.add(np.array([0, 1], np.uint8), np.array([0, 0]), 1.0)
    kept = tally.confusion
    tally.add(np.array([1], np.uint8), np.array([1]), 1.0)
    np.testing.assert_array_equal(kept, [[1, 0], [1, 0]])
    np.testing.assert_array_equal(tally.confusion, [[1, 0], [1, 1]])


@given(truth=TRUTHS, prediction=PREDICTIONS, losses=st.lists(st.floats(0, 1e6), min_size=5, max_size=5))
def test_a_tally_that_is_saved_and_restored_goes_on_to_the_last_bit(truth, prediction, losses):
    """R40."""
    whole, cut = Tally(N_CLASSES), Tally(N_CLASSES)
    for row, loss in enumerate(losses):
        whole.add(truth[row], prediction[row], loss)
        cut.add(truth[row], prediction[row], loss)
        cut = Tally.from_json(json.loads(json.dumps(cut.to_json())))
    assert cut.figures() == whole.figures()


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
