"""The browser sorted by how far predictions agree with masks: worked out in the background, kept up to date."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segstudio.dataset.classes import load_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.learning import agreement
from segstudio.learning.agreement import PredictionScorer, compare
from segstudio.ui.browser.model import SCORE_ROLE
from segstudio.ui.browser.review_bar import SampleOrder
from tests.ui.conftest import open_folder

PATIENCE = 10_000


@pytest.fixture
def predicted(sample_folder):
    """Predict all masks that there are, each the worse the later it comes."""
    predict(sample_folder, "first", lambda number: number * 8)
    return sample_folder


def predict(folder, run, wrong_rows):
    for number, sample in enumerate(open_dataset(folder)):
        if sample.mask is not None:
            mask = read_mask(sample.mask).copy()
            mask[: wrong_rows(number)] = 3
            write_mask(folder / "predictions" / run / sample.split / f"{sample.name}.png", mask)


def agreements(folder, run="first"):
    classes = load_classes(folder)
    return {
        sample.key: compare(
            read_mask(sample.mask), read_mask(folder / "predictions" / run / f"{sample.key}.png"), classes
        ).mean_iou
        for sample in open_dataset(folder)
        if sample.mask is not None
    }


def shown(program):
    return [sample.key for sample in program.workspace.browser.shown_samples]


def sort(program, order=SampleOrder.SCORE):
    box = program.workspace.browser._review_bar.order
    box.setCurrentIndex(box.findData(order))


def test_those_with_which_the_prediction_agrees_least_come_first(program, predicted, qtbot):
    open_folder(program, predicted, qtbot)
    sort(program)
    scores = agreements(predicted)
    qtbot.waitUntil(lambda: "first agrees with least" in program.window.status.message, timeout=PATIENCE)
    assert shown(program) == [*sorted(scores, key=scores.__getitem__), "train/scene-001"], "no mask: at the end"
    model = program.workspace.browser._model
    assert model.index(0).data(SCORE_ROLE) == pytest.approx(min(scores.values()))
    assert "IoU of mask and prediction" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    sort(program, SampleOrder.SPLIT)
    assert shown(program)[0] == "train/scene-001"


def test_a_mask_that_is_saved_has_another_score_and_moves_nothing_under_the_hand(program, predicted, qtbot):
    open_folder(program, predicted, qtbot)
    sort(program)
    scoring = program.workspace.scoring
    qtbot.waitUntil(lambda: len(scoring.scores) == 6, timeout=PATIENCE)
    qtbot.waitUntil(lambda: scoring._job is None, timeout=PATIENCE)
    order = shown(program)
    key = order[0]
    program.workspace.browser.select(key)
    editing = program.workspace.editing
    qtbot.waitUntil(lambda: editing.current is not None and editing.current.sample.key == key, timeout=PATIENCE)
    before = scoring.scores[key]
    sample = open_dataset(predicted).find(key)
    write_mask(sample.mask, read_mask(predicted / "predictions" / "first" / f"{key}.png"))
    scoring.update(sample)
    qtbot.waitUntil(lambda: scoring.scores[key] != before, timeout=PATIENCE)
    assert scoring.scores[key] == 1.0
    assert shown(program) == order


def test_the_run_that_predicted_last_counts_until_one_is_chosen_in_review(program, predicted, qtbot):
    predict(predicted, "second", lambda number: 40 - number * 5)
    open_folder(program, predicted, qtbot)
    sort(program)
    scores = agreements(predicted, "second")
    qtbot.waitUntil(lambda: "second agrees with least" in program.window.status.message, timeout=PATIENCE)
    assert shown(program)[:6] == sorted(scores, key=scores.__getitem__)


def test_without_predictions_it_says_where_they_come_from(opened, qtbot):
    own = shown(opened)
    sort(opened)
    qtbot.waitUntil(lambda: "No run has predicted" in opened.window.status.message, timeout=PATIENCE)
    assert shown(opened) == own


def test_what_is_moved_takes_its_score_along(program, predicted, qtbot):
    open_folder(program, predicted, qtbot)
    sort(program)
    scoring = program.workspace.scoring
    qtbot.waitUntil(lambda: len(scoring.scores) == 6 and scoring._job is None, timeout=PATIENCE)
    score = scoring.scores["train/scene-002"]
    program.workspace._move(["train/scene-002"], "test")
    qtbot.waitUntil(lambda: "test/scene-002" in scoring.scores and scoring._job is None, timeout=PATIENCE)
    assert scoring.scores["test/scene-002"] == score
    assert "train/scene-002" not in scoring.scores
    assert len(scoring.scores) == 6


def test_files_that_have_not_changed_are_not_read_again(predicted, monkeypatch):
    scorer, classes = PredictionScorer(), load_classes(predicted)
    sample = open_dataset(predicted).find("val/scene-001")
    prediction = predicted / "predictions" / "first" / "val" / "scene-001.png"
    first = scorer.score(sample.mask, prediction, classes)
    read = []
    monkeypatch.setattr(agreement, "read_mask", lambda path: read.append(path) or read_mask(path))
    assert scorer.score(sample.mask, prediction, classes) == first
    assert read == []
    write_mask(prediction, read_mask(sample.mask))
    assert scorer.score(sample.mask, prediction, classes) == 1.0


def test_what_cannot_be_compared_has_no_score(predicted):
    scorer, classes = PredictionScorer(), load_classes(predicted)
    sample = open_dataset(predicted).find("val/scene-001")
    prediction = predicted / "predictions" / "first" / "val" / "scene-001.png"
    write_mask(prediction, np.zeros((5, 5), np.uint8))
    assert scorer.score(sample.mask, prediction, classes) is None
    prediction.write_bytes(b"no picture")
    assert scorer.score(sample.mask, prediction, classes) is None
    assert scorer.score(sample.mask, prediction.with_name("none.png"), classes) is None
