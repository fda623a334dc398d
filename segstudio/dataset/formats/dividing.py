"""Which sample of a source goes into which split."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segstudio.dataset.dataset import SPLITS, Split
from segstudio.dataset.formats.source import FormatError, SourceSample


@dataclass(frozen=True, slots=True)
class SplitRule:
    """How samples are shared out.

    Attributes:
        keep: the splits of the source are kept where it has them; the fractions are for the samples without.
        val: the share of the samples that goes into val, 0 to 1.
        test: the share that goes into test.
        seed: another seed, another choice.
        group: a regular expression that finds what samples belong together in their names, such as ``^\\d+`` or
            ``(.*)_frame``: its first group, or all that it matches. Samples of one group go into one split. None:
            each sample by itself, but for the groups that the source knows of.

    Raises:
        FormatError: the shares are not between 0 and 1 together, or ``group`` is no regular expression.
    """

    keep: bool = True
    val: float = 0.2
    test: float = 0.0
    seed: int = 0
    group: str | None = None

    def __post_init__(self) -> None:
        if self.val < 0 or self.test < 0 or self.val + self.test > 1:
            raise FormatError(f"The shares of val and test must lie between 0 and 1: got {self.val} and {self.test}.")
        try:
            re.compile(self.group or "")
        except re.error as error:
            raise FormatError(f"“{self.group}” is not a regular expression: {error}.") from error


def divide(
    samples: Sequence[SourceSample], rule: SplitRule, present: Mapping[int, Collection[int]] | None = None
) -> list[Split]:
    """Say for each sample which split it goes into.

    Classes are spread evenly: group by group, the rarest class first, each goes to the split that lacks most of that
    class (iterative stratification: Sechidis, Tsoumakas, Vlahavas, 2011).

    Args:
        samples: the samples of the source.
        rule: how to share them out.
        present: by position in ``samples``, the classes that occur in the sample; samples that are missing are
            spread by number alone.
    """
    splits: list[Split] = ["train" if sample.split is None else sample.split for sample in samples]
    free = [position for position, sample in enumerate(samples) if not rule.keep or sample.split is None]
    if rule.keep and len(free) < len(samples):
        # The source has splits: what it leaves out of them (a folder of extras) is for training.
        return splits
    groups = _groups([samples[position] for position in free], rule.group)
    members = [[free[each] for each in group] for group in groups]
    shares: dict[Split, float] = {"train": 1 - rule.val - rule.test, "val": rule.val, "test": rule.test}
    for group, split in zip(members, _assign(members, shares, rule.seed, present or {}), strict=True):
        for position in group:
            splits[position] = split
    return splits


def _groups(samples: Sequence[SourceSample], pattern: str | None) -> list[list[int]]:
    named = _grouping(pattern)
    groups: dict[object, list[int]] = defaultdict(list)
    for position, sample in enumerate(samples):
        name = named(sample)
        groups[position if name is None else name].append(position)
    return list(groups.values())


def _grouping(pattern: str | None) -> Callable[[SourceSample], str | None]:
    if pattern is None:
        return lambda sample: sample.group
    compiled = re.compile(pattern)

    def of_name(sample: SourceSample) -> str | None:
        match = compiled.search(sample.name)
        if match is None:
            return None
        return match.group(1) if compiled.groups else match.group(0)

    return of_name


class _Sharing:
    """What each split still lacks, of samples and of each class, while groups are given out."""

    def __init__(self, shares: Mapping[Split, float], held: Sequence[Counter[int]], sizes: Sequence[int]) -> None:
        self._splits = [split for split in SPLITS if shares[split] > 0]
        self._held, self._sizes = held, sizes
        everywhere = sum(held, start=Counter[int]())
        self.classes = sorted(everywhere, key=lambda class_id: (everywhere[class_id], class_id))
        self._samples = {split: shares[split] * sum(sizes) for split in self._splits}
        self._classes = {
            split: {class_id: shares[split] * count for class_id, count in everywhere.items()} for split in self._splits
        }

    def give(self, group: int, class_id: int | None) -> Split:
        """Give a group to the split that lacks most of a class or, without one, of samples."""

        def lack(split: Split) -> tuple[float, float]:
            samples = self._samples[split]
            return (samples if class_id is None else self._classes[split][class_id]), samples

        chosen = max(self._splits, key=lack)
        self._samples[chosen] -= self._sizes[group]
        for held_id, count in self._held[group].items():
            self._classes[chosen][held_id] -= count
        return chosen


def _assign(
    groups: Sequence[Sequence[int]], shares: Mapping[Split, float], seed: int, present: Mapping[int, Collection[int]]
) -> list[Split]:
    sizes = [len(group) for group in groups]
    held = [Counter(class_id for position in group for class_id in present.get(position, ())) for group in groups]
    sharing = _Sharing(shares, held, sizes)
    # The largest groups first: what is small evens out what they leave uneven. Among equals, chance.
    shuffled = [int(group) for group in np.random.default_rng(seed).permutation(len(groups))]
    waiting = sorted(shuffled, key=lambda group: -sizes[group])
    assigned: dict[int, Split] = {}
    for class_id in (*sharing.classes, None):
        for group in [each for each in waiting if class_id is None or class_id in held[each]]:
            assigned[group] = sharing.give(group, class_id)
        waiting = [group for group in waiting if group not in assigned]
    return [assigned[group] for group in range(len(groups))]
