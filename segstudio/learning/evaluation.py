"""How good a run is on a split, measured at the pictures' own size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import Dataset, Split
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.errors import SegstudioError
from segstudio.learning.events import Emit, Progress, ShouldStop
from segstudio.learning.metrics import (
    ByClass,
    Confusion,
    class_accuracy,
    class_dices,
    class_ious,
    class_recalls,
    confusion_matrix,
    frequency_weighted_iou,
    mean_dice,
    mean_iou,
    or_none,
    pixel_accuracy,
)
from segstudio.learning.prediction import Predictor
from segstudio.learning.targets import TargetCoding


class EvaluationError(SegstudioError):
    """A run cannot be measured on this split."""


@dataclass(frozen=True)
class Evaluation:
    """Figures of a run on a split, over the pixels that are not ignored.

    Attributes:
        run: the run's name.
        dataset: the dataset's folder.
        split: which split.
        class_names: of the classes that count, in the order of ``confusion``.
        confusion: (classes, classes), truth by prediction, in pixels.
        images: mean IoU of each sample by key, worst first; samples in whose mask no pixel counts are left out.
    """

    run: str
    dataset: Path
    split: Split
    class_names: tuple[str, ...]
    confusion: Confusion
    images: tuple[tuple[str, float], ...]

    def to_json(self) -> dict[str, object]:
        """Return all figures as plain data.

        IoU and Dice of a class in neither truth nor prediction are null (R35), and so is the recall (the share of its
        pixels that are right, whose mean is ``class_accuracy``) of one that the truth does not have.
        """
        return {
            "run": self.run,
            "dataset": str(self.dataset),
            "split": self.split,
            "samples": len(self.images),
            "pixel_accuracy": pixel_accuracy(self.confusion),
            "mean_iou": mean_iou(self.confusion),
            "mean_dice": mean_dice(self.confusion),
            "class_accuracy": class_accuracy(self.confusion),
            "frequency_weighted_iou": frequency_weighted_iou(self.confusion),
            "class_iou": self._by_name(class_ious(self.confusion)),
            "class_dice": self._by_name(class_dices(self.confusion)),
            "class_recall": self._by_name(class_recalls(self.confusion)),
            "confusion": self.confusion.tolist(),
            "images": [{"sample": key, "mean_iou": value} for key, value in self.images],
        }

    def _by_name(self, figures: ByClass) -> dict[str, float | None]:
        return dict(zip(self.class_names, or_none(figures), strict=True))


def evaluate_run(
    run_folder: Path, dataset: Dataset, split: Split, *, emit: Emit, should_stop: ShouldStop
) -> Evaluation:
    """Predict the labelled samples of a split and compare with their masks.

    Args:
        run_folder: the run.
        dataset: the dataset to measure on; its classes must be those that the run learned.
        split: train, val or test.
        emit: gets `Progress` before the first picture and after each.
        should_stop: asked after each picture; the figures then cover those seen so far.

    Raises:
        EvaluationError: no pixel in the split counts, or other classes.
        SegstudioError: a file cannot be read.
    """
    samples = dataset.labelled(split)
    if not samples:
        raise EvaluationError(f"No picture in the {split} split of {dataset.name} has a mask to compare with.")
    emit(Progress(0, len(samples), "loading the model"))
    predictor = Predictor(run_folder)
    coding = _common_coding(predictor, dataset)
    total = np.zeros((coding.n_classes, coding.n_classes), dtype=np.int64)
    images: list[tuple[str, float]] = []
    for done, sample in enumerate(samples, start=1):
        if should_stop() or sample.mask is None:
            break
        truth = coding.encode(read_mask(sample.mask), sample.mask)
        image = read_image(sample.image)
        if image.shape[:2] != truth.shape:
            raise EvaluationError(f"{sample.mask} and its picture differ in size. Run `segstudio verify`.")
        confusion = confusion_matrix(truth, predictor.indices(image), coding.n_classes)
        total += confusion
        if confusion.any():
            images.append((sample.key, mean_iou(confusion)))
        emit(Progress(done, len(samples), sample.name))
    if not images and not should_stop():
        raise EvaluationError(f"No pixel in the masks of the {split} split of {dataset.name} counts. Paint some first.")
    names = tuple(entry.name for entry in coding.classes.counted)
    ranked = tuple(sorted(images, key=lambda pair: pair[1]))
    return Evaluation(predictor.run.name, dataset.root, split, names, total, ranked)


def _common_coding(predictor: Predictor, dataset: Dataset) -> TargetCoding:
    """Return the run's order of classes with the names, and the ignored classes, of the dataset."""
    learned = [entry.id for entry in predictor.run.classes.counted]
    present = {entry.id: entry for entry in dataset.classes.counted}
    if set(learned) != set(present):
        raise EvaluationError(
            f"The run {predictor.run.name} learned the classes {learned}, {dataset.name} has {sorted(present)}. "
            "Choose a run of this dataset."
        )
    ignored = (entry for entry in dataset.classes if entry.ignored)
    return TargetCoding(ClassList((*(present[class_id] for class_id in learned), *ignored)))
