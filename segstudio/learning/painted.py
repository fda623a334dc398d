"""Which samples there is something to learn from."""

from concurrent.futures import ThreadPoolExecutor

from segstudio.dataset.dataset import Dataset, Sample, Split
from segstudio.dataset.masks import read_mask
from segstudio.dataset.statistics import present_ids
from segstudio.errors import SegstudioError

_READERS = 4


def painted(dataset: Dataset, split: Split) -> tuple[Sample, ...]:
    """Return the samples of a split that have a mask in which some pixel counts.

    Where new masks start as unpainted, one in which no pixel counts is as good as none: a batch of such masks would
    teach nothing, and a val split of them would measure nothing. Every mask is read to know that; where masks start as
    a class, none is.
    """
    samples = dataset.labelled(split)
    if dataset.classes.unpainted is None:
        return samples
    ignored = dataset.classes.ignored_ids
    with ThreadPoolExecutor(_READERS) as pool:
        answers = pool.map(lambda sample: _any_counts(sample, ignored), samples)
        return tuple(sample for sample, counts in zip(samples, answers, strict=True) if counts)


def _any_counts(sample: Sample, ignored: frozenset[int]) -> bool:
    if sample.mask is None:
        return False
    try:
        return bool(present_ids(read_mask(sample.mask)).keys() - ignored)
    except SegstudioError:
        return True  # told, with the reason, when it is read to be trained on
