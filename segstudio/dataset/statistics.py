"""What the masks of a dataset hold."""

import numpy as np

from segstudio.dataset.classes import DEFAULT_CLASSES, ClassList, classes_for_ids
from segstudio.dataset.dataset import Dataset
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.errors import SegstudioError

_MOST_MASKS = 200
"""Enough to meet every class that matters; reading all masks of a large dataset would keep people waiting."""


def infer_classes(dataset: Dataset) -> ClassList:
    """Make up classes for the ids in the masks of a dataset that has no list of classes.

    At most 200 masks are read, spread evenly; those that cannot be read are passed over.
    """
    labelled = [sample.mask for sample in dataset.samples if sample.mask is not None]
    ids: set[int] = set()
    for path in labelled[:: max(1, -(-len(labelled) // _MOST_MASKS))]:
        try:
            ids |= present_ids(read_mask(path)).keys()
        except SegstudioError:
            continue  # `verify` tells about it
    return classes_for_ids(ids) if ids else DEFAULT_CLASSES


def with_found_classes(dataset: Dataset) -> Dataset:
    """Return the dataset with `infer_classes` where no file names its classes and there are masks."""
    if dataset.classes_known or not any(sample.mask for sample in dataset.samples):
        return dataset
    return dataset.with_classes(infer_classes(dataset))


def present_ids(mask: MaskArray) -> dict[int, int]:
    """Return how many pixels each id has that occurs in a mask."""
    # Counting by value is an order of magnitude quicker than sorting a whole mask.
    counts = np.bincount(mask.ravel())
    return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}
