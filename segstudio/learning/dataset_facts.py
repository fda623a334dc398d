"""What settings for a dataset depend on: how many masks, how large the pictures, how even the classes."""

from collections.abc import Mapping
from dataclasses import dataclass

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.statistics import MaskCounter
from segstudio.dataset.steps import EmitStep, ShouldStop
from segstudio.dataset.survey import DatasetStatistics, Size, SplitStatistics, survey
from segstudio.errors import SegstudioError

_SCRIBBLED_SHARE = 0.5
_MOST_MASKS = 1_000
"""Shares and sizes are known well enough from so many."""


class FactsError(SegstudioError):
    """There is nothing to go by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFacts:
    """A class that counts, in the masks that are learned from.

    Attributes:
        name: what people call it.
        share: of the pixels of all classes that count, 0 to 1.
        pixels: how many it has in a mask that holds it, on average; 0 where no mask does.
    """

    name: str
    share: float
    pixels: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFacts:
    """What is known of a dataset.

    Attributes:
        masks: of train, which are learned from.
        size: (height, width) in pixels of the middle picture by area.
        classes: those that count, ignored ones left out.
        painted: which share of the masks' pixels is painted, 0 to 1.
    """

    masks: int
    size: tuple[int, int]
    classes: tuple[ClassFacts, ...]
    painted: float = 1.0

    @property
    def present(self) -> tuple[ClassFacts, ...]:
        """The classes that occur in a mask."""
        return tuple(entry for entry in self.classes if entry.share > 0)

    @property
    def rarest(self) -> ClassFacts | None:
        """The class that occurs in the fewest pixels; None where nothing is painted."""
        return min(self.present, key=lambda entry: entry.share, default=None)

    @property
    def unevenness(self) -> float:
        """How many times the pixels of the rarest class the most frequent one has, 1 or more."""
        shares = [entry.share for entry in self.present]
        return max(shares) / min(shares) if shares else 1.0

    @property
    def scribbled(self) -> bool:
        """Whether the masks are painted in part only."""
        return self.painted < _SCRIBBLED_SHARE


def look_at(
    dataset: Dataset, *, counter: MaskCounter | None = None, emit: EmitStep, should_stop: ShouldStop
) -> DatasetFacts | None:
    """Find out what settings depend on: of many masks some are counted, spread evenly.

    Args:
        dataset: the dataset.
        counter: what it knows already is not read again.
        emit: gets `StepProgress`.
        should_stop: asked after each sample.

    Returns:
        The facts; None if it was stopped.

    Raises:
        FactsError: no picture in train has a mask that can be read.
    """
    train = dataset.labelled("train")
    some = train[:: max(1, -(-len(train) // _MOST_MASKS))]
    statistics = survey(dataset, counter=counter, samples=some, emit=emit, should_stop=should_stop)
    return None if statistics is None else facts_of(statistics, masks=len(train))


def facts_of(statistics: DatasetStatistics, *, masks: int) -> DatasetFacts:
    """Return the facts that follow from what was counted in train, where so many masks are.

    Raises:
        FactsError: no mask of train could be read.
    """
    train = statistics.find("train")
    if train is None or not train.masks:
        raise FactsError(
            f"No picture in the train split of {statistics.name} has a mask that can be read. Paint at least one."
        )
    coverage = train.coverage
    return DatasetFacts(
        masks=masks,
        size=_middle_size(train.sizes),
        classes=_classes(train),
        painted=1.0 if coverage is None else coverage,
    )


def _middle_size(sizes: Mapping[Size, int]) -> tuple[int, int]:
    """Return (height, width) of the picture in the middle, by area; sizes are (width, height)."""
    half = sum(sizes.values()) / 2
    passed = 0
    for (width, height), number in sorted(sizes.items(), key=lambda item: item[0][0] * item[0][1]):
        passed += number
        if passed >= half:
            return height, width
    raise FactsError("No picture of train can be read. Look at what is wrong with the dataset first.")


def _classes(train: SplitStatistics) -> tuple[ClassFacts, ...]:
    pixels = train.pixels * train.counted
    every = max(int(pixels.sum()), 1)
    return tuple(
        ClassFacts(name=entry.name, share=int(number) / every, pixels=int(number) / max(int(masks), 1))
        for entry, number, masks in zip(train.classes, pixels, train.holding, strict=True)
        if not entry.ignored
    )
