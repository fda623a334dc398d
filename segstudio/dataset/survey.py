"""All that can be counted in a dataset: pixels and pictures by class and split, classes together, sizes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import SPLITS, Dataset, Sample
from segstudio.dataset.images import image_size
from segstudio.dataset.statistics import MaskCounter
from segstudio.dataset.steps import EmitStep, ShouldStop, Steps, Stopped
from segstudio.errors import SegstudioError

Size = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True)
class SplitStatistics:
    """What the masks and pictures of one split, or of all, hold.

    Attributes:
        split: train, val, test, or all.
        pictures: how many there are, with a mask or without.
        masks: what each mask that could be read holds: pixels by id.
        unreadable: the keys of the samples of which picture or mask could not be read.
        sizes: how many pictures have each size, the most frequent first.
        classes: the classes of the dataset, and after them one for every id that has none.
        unpainted: the id of unpainted pixels, or None.
    """

    split: str
    pictures: int
    masks: tuple[Mapping[int, int], ...]
    unreadable: tuple[str, ...]
    sizes: Mapping[Size, int]
    classes: tuple[ClassInfo, ...]
    unpainted: int | None

    @cached_property
    def by_mask(self) -> npt.NDArray[np.int64]:
        """(masks, classes) int64: pixels of each class in each mask, in the order of ``classes``."""
        position = {entry.id: i for i, entry in enumerate(self.classes)}
        table = np.zeros((len(self.masks), len(self.classes)), dtype=np.int64)
        for row, counts in enumerate(self.masks):
            for class_id, pixels in counts.items():
                table[row, position[class_id]] = pixels
        return table

    @cached_property
    def pixels(self) -> npt.NDArray[np.int64]:
        """(classes,) int64: pixels of each class."""
        return np.asarray(self.by_mask.sum(axis=0), dtype=np.int64)

    @cached_property
    def holding(self) -> npt.NDArray[np.int64]:
        """(classes,) int64: how many masks hold each class."""
        return np.asarray((self.by_mask > 0).sum(axis=0), dtype=np.int64)

    @cached_property
    def together(self) -> npt.NDArray[np.int64]:
        """(classes, classes) int64, symmetric: how many masks hold both; the diagonal is `holding`."""
        # In float32, for which there is a quick product; whole up to 2^24 masks.
        held = (self.by_mask > 0).astype(np.float32)
        return np.asarray(np.rint(held.T @ held), dtype=np.int64)

    @property
    def coverage(self) -> float | None:
        """Which share of the pixels of the masks is painted, 0 to 1; None where there is no mask."""
        every = int(self.pixels.sum())
        if every == 0:
            return None
        bare = sum(int(n) for entry, n in zip(self.classes, self.pixels, strict=True) if entry.id == self.unpainted)
        return 1 - bare / every

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """(classes,) bool: whether a class counts in losses and metrics."""
        return np.array([not entry.ignored for entry in self.classes], dtype=bool)


@dataclass(frozen=True, slots=True)
class DatasetStatistics:
    """The statistics of a dataset.

    Attributes:
        name: the dataset's.
        splits: those that have pictures, and last ``all`` of them.
    """

    name: str
    splits: tuple[SplitStatistics, ...]

    @property
    def all(self) -> SplitStatistics:
        """All splits as one."""
        return self.splits[-1]

    def find(self, split: str) -> SplitStatistics | None:
        """Return the statistics of a split, or of ``all``; None where it has no picture."""
        return next((each for each in self.splits if each.split == split), None)


@dataclass(frozen=True, slots=True)
class _Read:
    size: Size | None
    counts: Mapping[int, int] | None
    failed: bool


def survey(
    dataset: Dataset,
    *,
    counter: MaskCounter | None = None,
    samples: Sequence[Sample] | None = None,
    emit: EmitStep,
    should_stop: ShouldStop,
) -> DatasetStatistics | None:
    """Count everything in a dataset; of pictures only the header is read.

    Args:
        dataset: the dataset.
        counter: what it knows already is not read again.
        samples: those of it to be counted; all by default.
        emit: gets `StepProgress`.
        should_stop: asked after each sample.

    Returns:
        The statistics; None if it was stopped. What cannot be read is listed, not an error.
    """
    counter = counter or MaskCounter()
    samples = dataset.samples if samples is None else samples
    try:
        reads = Steps(emit, should_stop).run("counting", lambda sample: _read(sample, counter), samples)
    except Stopped:
        return None
    classes = _with_strays(dataset.classes, reads)
    pairs = list(zip(samples, reads, strict=True))
    by_split = [(split, [pair for pair in pairs if pair[0].split == split]) for split in SPLITS]
    parts = [*((split, part) for split, part in by_split if part), ("all", pairs)]
    unpainted = dataset.classes.unpainted
    return DatasetStatistics(dataset.name, tuple(_of(split, part, classes, unpainted) for split, part in parts))


def _read(sample: Sample, counter: MaskCounter) -> _Read:
    size = counts = None
    failed = False
    try:
        size = image_size(sample.image)
    except (SegstudioError, OSError):
        failed = True
    if sample.mask is not None:
        try:
            counts = counter.count(sample.mask)
        except SegstudioError:
            failed = True
    return _Read(size, counts, failed)


def _with_strays(classes: ClassList, reads: Sequence[_Read]) -> tuple[ClassInfo, ...]:
    found = {class_id for read in reads for class_id in read.counts or ()}
    strays = (ClassInfo(class_id, f"{class_id} (no class)", (255, 0, 255), ignored=True) for class_id in sorted(found))
    return (*classes, *(entry for entry in strays if classes.find(entry.id) is None))


def _of(
    split: str, pairs: Sequence[tuple[Sample, _Read]], classes: tuple[ClassInfo, ...], unpainted: int | None
) -> SplitStatistics:
    sizes = Counter(read.size for _sample, read in pairs if read.size is not None)
    return SplitStatistics(
        split,
        len(pairs),
        tuple(read.counts for _sample, read in pairs if read.counts is not None),
        tuple(sample.key for sample, read in pairs if read.failed),
        dict(sizes.most_common()),
        classes,
        unpainted,
    )
