"""Finds what is wrong with a dataset before a training does."""

from collections.abc import Callable, Iterator

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import ColourMaskError, MaskArray, read_mask
from segstudio.dataset.problems import Problem, Severity
from segstudio.dataset.statistics import present_ids
from segstudio.errors import SegstudioError


def verify(
    dataset: Dataset,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Problem]:
    """Read every image and mask and say what is wrong.

    Args:
        dataset: the dataset.
        should_stop: asked before each sample; the answer then covers those seen so far.
        on_progress: told how many of how many samples are done.

    Returns:
        The problems that opening found, then those of the samples in order, each with what to do about it.
    """
    problems = list(dataset.problems)
    for done, sample in enumerate(dataset.samples, start=1):
        if should_stop():
            return problems
        problems.extend(_of_sample(sample, dataset))
        on_progress(done, len(dataset))
    if not dataset.labelled("train"):
        message = "No picture in train has a mask, so there is nothing to learn from. Paint at least one."
        problems.append(Problem("no_masks", Severity.WARNING, dataset.root, message))
    return problems


def _of_sample(sample: Sample, dataset: Dataset) -> Iterator[Problem]:
    try:
        # The pixels, not the header alone: a file cut short has a good header.
        height, width = read_image(sample.image).shape[:2]
    except SegstudioError as error:
        yield Problem("unreadable_image", Severity.ERROR, sample.image, str(error), sample.key)
        return
    if sample.mask is None:
        return
    try:
        mask = read_mask(sample.mask)
    except ColourMaskError as error:
        yield Problem("colour_mask", Severity.ERROR, sample.mask, str(error), sample.key)
        return
    except SegstudioError as error:
        yield Problem("unreadable_mask", Severity.ERROR, sample.mask, str(error), sample.key)
        return
    if mask.shape != (height, width):
        message = (
            f"{sample.mask.name} is {mask.shape[1]} × {mask.shape[0]} pixels, its picture {width} × {height}. "
            "Export the mask again at the picture’s size."
        )
        yield Problem("size_mismatch", Severity.ERROR, sample.mask, message, sample.key)
    yield from _unknown_ids(sample, mask, dataset)


def _unknown_ids(sample: Sample, mask: MaskArray, dataset: Dataset) -> Iterator[Problem]:
    known = set(dataset.classes.ids)
    unknown = {value: count for value, count in present_ids(mask).items() if value not in known}
    if unknown and sample.mask is not None:
        listed = ", ".join(f"{value} ({count} px)" for value, count in list(unknown.items())[:5])
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        message = f"{sample.mask.name} holds ids that no class has: {listed}{more}. Add the classes, or mend the mask."
        yield Problem("unknown_id", Severity.ERROR, sample.mask, message, sample.key)
