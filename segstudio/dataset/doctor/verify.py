"""Finds what is wrong with a dataset before a training does."""

from collections import Counter
from collections.abc import Callable, Iterable

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.doctor.folders import masks_without_folder, names_that_clash, second_masks, with_better_places
from segstudio.dataset.doctor.kinds import KINDS
from segstudio.dataset.doctor.samples import ExaminedSample, examine
from segstudio.dataset.doctor.whole import (
    disagreeing_palettes,
    duplicate_pictures,
    missing_classes,
    unlabelled_pictures,
)
from segstudio.dataset.problems import Problem, Severity


def verify(
    dataset: Dataset,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_found: Callable[[Problem], None] = lambda _problem: None,
) -> list[Problem]:
    """Read every image and mask and say all that is wrong (R34).

    Args:
        dataset: the dataset.
        should_stop: asked before each sample; the answer then covers those seen so far.
        on_progress: told how many of how many samples are done.
        on_found: told each problem as soon as it is found.

    Returns:
        The problems that opening found, then those of the samples in order, then those of the dataset as a whole, each
        with what to do about it. Only those that are `Severity.ERROR` break training.
    """
    problems: list[Problem] = []

    def note(found: Iterable[Problem]) -> None:
        for problem in found:
            problems.append(problem)
            on_found(problem)

    note(with_better_places(dataset))
    examined: list[ExaminedSample] = []
    # One after another: with two threads, pictures of ordinary size took longer on a busy machine, and whoever paints
    # meanwhile needs the second processor.
    for sample in dataset.samples:
        if should_stop():
            return problems
        each = examine(sample, dataset.classes)
        examined.append(each)
        note(each.problems)
        on_progress(len(examined), len(dataset))
    if should_stop():
        return problems
    note(names_that_clash(dataset))
    note(second_masks(dataset))
    note(masks_without_folder(dataset))
    note(disagreeing_palettes(examined, dataset))
    note(missing_classes(examined, dataset))
    note(duplicate_pictures(examined, should_stop=should_stop))
    note(unlabelled_pictures(dataset))
    if not dataset.labelled("train"):
        message = "No picture in train has a mask, so there is nothing to learn from. Paint at least one."
        note([Problem("no_masks", Severity.WARNING, dataset.root, message)])
    return problems


def verify_samples(dataset: Dataset, keys: Iterable[str], *, should_stop: Callable[[], bool]) -> list[Problem]:
    """Say what is wrong with some samples by themselves; what concerns the whole dataset only `verify` finds."""
    problems: list[Problem] = []
    for key in keys:
        sample = dataset.find(key)
        if should_stop():
            break
        if sample is not None:
            problems.extend(examine(sample, dataset.classes).problems)
    return problems


def breaks_training(problems: Iterable[Problem]) -> bool:
    """Say whether one of the problems would break training, or make it learn something wrong."""
    return any(problem.severity is Severity.ERROR for problem in problems)


def counts_by_kind(problems: Iterable[Problem]) -> dict[str, int]:
    """Return how many problems there are of each kind that occurs, in the order of `KINDS`."""
    counts = Counter(problem.kind for problem in problems)
    order = {kind: place for place, kind in enumerate(KINDS)}
    return {kind: counts[kind] for kind in sorted(counts, key=lambda kind: order.get(kind, len(order)))}
