"""The figures of a run on a split, against a direct computation over the pixels."""

import json

import numpy as np
import pytest

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.learning.evaluation import EvaluationError, evaluate_run
from segstudio.learning.events import Progress
from segstudio.learning.prediction import Predictor
from segstudio.learning.targets import TargetError

COLOURS = ClassList(
    (
        ClassInfo(12, "blue", (0, 0, 255)),
        ClassInfo(1, "void", (0, 0, 0), ignored=True),
        ClassInfo(10, "red", (255, 0, 0)),
        ClassInfo(11, "green", (0, 255, 0)),
    )
)


@pytest.fixture
def colours(tmp_path, add_sample):
    """A dataset on which the channel run is often right, sometimes wrong, and never green in truth."""
    random = np.random.default_rng(0)
    for number in range(3):
        image = random.integers(0, 100, (33, 47, 3), dtype=np.uint8)
        left = int(random.integers(10, 40))
        image[:, :left, 0] = 220
        image[:, left:, 2] = 220
        image[:4, :4, 1] = 250
        mask = np.full((33, 47), 12, dtype=np.uint8)
        mask[:, : left - 5] = 10
        mask[-3:] = 1
        add_sample(tmp_path / "colours", "val", f"picture-{number}", image, mask)
    save_classes(tmp_path / "colours", COLOURS)
    return tmp_path / "colours"


def evaluate(run, folder, split="val", *, emit=lambda event: None, should_stop=lambda: False):
    return evaluate_run(run, open_dataset(folder), split, emit=emit, should_stop=should_stop)


def directly(run, folder, class_ids):
    """Compute the figures from predictions and masks, class by class, by their definitions."""
    predictor = Predictor(run)
    truths, answers, images = [], [], {}
    for sample in open_dataset(folder).labelled("val"):
        truth = read_mask(sample.mask).astype(int)
        answer = predictor.predict(read_image(sample.image)).astype(int)
        counted = truth != 1
        truths.append(truth[counted])
        answers.append(answer[counted])
        images[sample.key] = mean_of(ious_of(truths[-1], answers[-1], class_ids))
    truth, answer = np.concatenate(truths), np.concatenate(answers)
    ious = ious_of(truth, answer, class_ids)
    weights = {class_id: (truth == class_id).sum() / truth.size for class_id in class_ids}
    recalls = {i: (answer[truth == i] == i).mean() if (truth == i).any() else None for i in class_ids}
    dices = {i: None if iou is None else 2 * iou / (1 + iou) for i, iou in ious.items()}
    return {
        "class_iou": ious,
        "class_dice": dices,
        "class_recall": recalls,
        "mean_dice": mean_of(dices),
        "class_accuracy": mean_of(recalls),
        "mean_iou": mean_of(ious),
        "pixel_accuracy": (truth == answer).mean(),
        "frequency_weighted_iou": sum(weights[i] * iou for i, iou in ious.items() if iou is not None),
        "confusion": [[((truth == t) & (answer == p)).sum() for p in class_ids] for t in class_ids],
        "images": images,
    }


def ious_of(truth, answer, class_ids):
    ious = {}
    for class_id in class_ids:
        either = ((truth == class_id) | (answer == class_id)).sum()
        ious[class_id] = ((truth == class_id) & (answer == class_id)).sum() / either if either else None
    return ious


def mean_of(ious):
    present = [iou for iou in ious.values() if iou is not None]
    return sum(present) / len(present)


def test_all_figures_agree_with_a_direct_computation(channel_run, colours):
    """R35, R36: at the pictures' own size, ignored pixels left out."""
    found = evaluate(channel_run, colours).to_json()
    expected = directly(channel_run, colours, [10, 11, 12])
    assert found["samples"] == 3
    assert 0.3 < found["mean_iou"] < 1
    for name in ("mean_iou", "mean_dice", "pixel_accuracy", "class_accuracy", "frequency_weighted_iou"):
        assert found[name] == pytest.approx(expected[name])
    names = {10: "red", 11: "green", 12: "blue"}
    for name in ("class_iou", "class_dice", "class_recall"):
        assert found[name] == {names[i]: pytest.approx(figure) for i, figure in expected[name].items()}
    assert found["class_recall"]["green"] is None
    assert found["confusion"] == expected["confusion"]
    assert {entry["sample"]: entry["mean_iou"] for entry in found["images"]} == {
        key: pytest.approx(iou) for key, iou in expected["images"].items()
    }


def test_the_worst_picture_comes_first(channel_run, colours):
    scores = [entry["mean_iou"] for entry in evaluate(channel_run, colours).to_json()["images"]]
    assert scores == sorted(scores)


def test_a_class_that_occurs_nowhere_is_null_and_json_has_no_nan(channel_run, colours):
    """R35."""
    for path in (colours / "val_images").iterdir():
        image = read_image(path)
        image[..., 1] = 0
        write_picture(path, image)
    data = evaluate(channel_run, colours).to_json()
    assert data["class_iou"]["green"] is data["class_dice"]["green"] is data["class_recall"]["green"] is None
    assert data["mean_iou"] == pytest.approx((data["class_iou"]["red"] + data["class_iou"]["blue"]) / 2)
    json.dumps(data, allow_nan=False)


def test_a_trained_run_is_measured_on_its_own_dataset(trained):
    told = []
    data = evaluate(trained.folder, trained.dataset, emit=told.append).to_json()
    assert list(data["class_iou"]) == ["ground", "block"]
    assert sum(map(sum, data["confusion"])) == 3 * 37 * 56
    assert told[-1] == Progress(3, 3, "val-2")


def test_a_split_without_masks_is_refused(trained):
    with pytest.raises(EvaluationError, match="No picture in the test split of blocks has a mask"):
        evaluate(trained.folder, trained.dataset, "test")


def test_a_run_of_other_classes_is_refused_with_both(trained, colours):
    with pytest.raises(EvaluationError, match=r"learned the classes \[4, 300\], colours has \[10, 11, 12\]"):
        evaluate(trained.folder, colours)


def test_an_unknown_id_is_refused(channel_run, colours):
    """R33."""
    path = colours / "val_segmentation" / "picture-1.png"
    mask = read_mask(path)
    mask[3, 4] = 99
    write_mask(path, mask)
    with pytest.raises(TargetError, match=r"picture-1\.png: pixel x=4, y=3 has the id 99"):
        evaluate(channel_run, colours)


def test_an_image_and_a_mask_of_different_sizes_are_refused(channel_run, colours):
    write_mask(colours / "val_segmentation" / "picture-1.png", np.full((33, 46), 10, np.uint8))
    with pytest.raises(EvaluationError, match=r"picture-1\.png and its picture differ in size"):
        evaluate(channel_run, colours)


def test_evaluating_stops_between_two_pictures(channel_run, colours):
    done = []
    data = evaluate(channel_run, colours, emit=done.append, should_stop=lambda: any(e.done for e in done)).to_json()
    assert data["samples"] == 1
