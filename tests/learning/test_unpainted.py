"""Unpainted pixels: they count in no loss and no metric, and a mask without any painted pixel is no mask."""

import keras
import numpy as np
import pytest
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import write_mask
from segstudio.learning.agreement import compare
from segstudio.learning.config import TrainingConfig
from segstudio.learning.division import DataError, divide
from segstudio.learning.evaluation import EvaluationError, evaluate_run
from segstudio.learning.losses import cross_entropy
from segstudio.learning.metrics import confusion_matrix
from segstudio.learning.runs import read_events
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import TargetCoding
from segstudio.learning.training import train

CLASSES = ClassList(
    tuple(ClassInfo(i, name, (i, 9, 9)) for i, name in enumerate(("ground", "thing", "other")))
).starting_unpainted()


@pytest.fixture
def half():
    """Return a mask whose right half nobody has painted, and made-up logits for it."""
    random = np.random.default_rng(0)
    mask = random.integers(0, 3, (20, 30)).astype(np.uint8)
    mask[:, 15:] = CLASSES.unpainted
    return mask, random.normal(0, 2, (20, 30, 3)).astype(np.float32)


def test_the_loss_of_a_half_painted_mask_is_that_of_its_painted_half(half, tmp_path):
    mask, logits = half
    coding = TargetCoding(CLASSES)
    whole = cross_entropy(coding.encode(mask, tmp_path)[None], logits[None])
    painted = cross_entropy(coding.encode(mask[:, :15], tmp_path)[None], logits[None, :, :15])
    assert float(whole) == pytest.approx(float(painted), rel=1e-6)
    reference = keras.losses.sparse_categorical_crossentropy(mask[:, :15], logits[:, :15], from_logits=True)
    assert float(whole) == pytest.approx(float(np.mean(reference)), rel=1e-6)


def test_the_metrics_of_a_half_painted_mask_are_those_of_its_painted_half(half, tmp_path):
    mask, logits = half
    coding = TargetCoding(CLASSES)
    answer = logits.argmax(axis=-1)
    np.testing.assert_array_equal(
        confusion_matrix(coding.encode(mask, tmp_path), answer, 3),
        confusion_matrix(coding.encode(mask[:, :15], tmp_path), answer[:, :15], 3),
    )
    prediction = coding.decode(answer)
    assert compare(mask, prediction, CLASSES) == compare(mask[:, :15], prediction[:, :15], CLASSES)


def dataset(folder, classes=CLASSES, **painted):
    """Make a dataset; ``train=[True, False]`` makes one painted and one wholly unpainted mask."""
    for split, answers in painted.items():
        for number, is_painted in enumerate(answers):
            pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), dtype=np.uint8)
            (folder / f"{split}_images").mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / f"{split}_images" / f"{number}.png")
            mask = np.full((32, 32), 255, np.uint8)
            if is_painted:
                mask[:, :16] = (pixels[:, :16, 0] > 128).astype(np.uint8)
            write_mask(folder / f"{split}_segmentation" / f"{number}.png", mask)
    save_classes(folder, classes)
    return open_dataset(folder)


def keys(samples):
    return [sample.key for sample in samples]


def test_a_wholly_unpainted_mask_is_neither_trained_on_nor_measured_with(tmp_path):
    opened = dataset(tmp_path, train=[True, False, True], val=[False, True])
    division = divide(opened, validation_fraction=0.2, seed=0)
    assert keys(division.train) == ["train/0", "train/2"]
    assert keys(division.val) == ["val/1"]


def test_a_val_split_without_a_painted_pixel_is_none_and_a_part_of_train_is_held_out(tmp_path):
    opened = dataset(tmp_path, train=[True, True, False], val=[False])
    division = divide(opened, validation_fraction=0.5, seed=0)
    assert len(division.train) == len(division.val) == 1
    assert set(keys((*division.train, *division.val))) == {"train/0", "train/1"}


def test_a_dataset_without_a_painted_pixel_says_what_to_do(tmp_path):
    with pytest.raises(DataError, match="Paint at least one"):
        divide(dataset(tmp_path, train=[False, False]), validation_fraction=0.2, seed=0)


def test_a_mask_that_cannot_be_read_is_not_quietly_left_out(tmp_path):
    opened = dataset(tmp_path, train=[True, False])
    (tmp_path / "train_segmentation" / "1.png").write_bytes(b"broken")
    assert keys(divide(opened, validation_fraction=0, seed=0).train) == ["train/0", "train/1"]


def test_where_masks_start_as_a_class_none_is_read_to_divide_them(tmp_path, monkeypatch):
    monkeypatch.setattr("segstudio.learning.painted.read_mask", lambda path: pytest.fail(f"{path} was read"))
    opened = dataset(tmp_path, CLASSES.starting_as(0), train=[True, False])
    assert len(divide(opened, validation_fraction=0, seed=0).train) == 2


def test_a_run_on_partly_painted_masks_learns_is_measured_and_never_predicts_unpainted(tmp_path):
    opened = dataset(tmp_path, train=[True, True, False], val=[True, False])
    config = TrainingConfig(
        dataset=tmp_path, input_size=(32, 32), epochs=2, batch_size=1, augmentation=AugmentationSettings(preset="none")
    )
    result = train(config, emit=lambda event: None, should_stop=lambda: False)
    started = next(event for event in read_events(result.folder) if hasattr(event, "train_samples"))
    assert (started.train_samples, started.val_samples) == (2, 1)
    measured = evaluate_run(result.folder, opened, "val", emit=lambda event: None, should_stop=lambda: False)
    assert measured.confusion.sum() == 32 * 16
    assert [key for key, _iou in measured.images] == ["val/0"]
    assert measured.class_names == ("ground", "thing", "other")
    write_mask(tmp_path / "val_segmentation" / "0.png", np.full((32, 32), 255, np.uint8))
    with pytest.raises(EvaluationError, match="Paint some first"):
        evaluate_run(result.folder, opened, "val", emit=lambda event: None, should_stop=lambda: False)
