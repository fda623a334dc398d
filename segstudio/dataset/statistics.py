"""What the masks of a dataset hold: which ids, and how many pixels of each."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import DEFAULT_CLASSES, HIGHEST_ID, ClassList, classes_for_ids
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.errors import SegstudioError

_MOST_MASKS = 200
"""Enough to meet every class that matters; reading all masks of a large dataset would keep people waiting."""

_COUNTED_AT_ONCE = 1 << 22
"""Pixels: what is made while counting stays small, and OpenCV's float32 counts stay whole (up to 2^24)."""


def infer_classes(dataset: Dataset) -> ClassList:
    """Make up classes for the ids in the masks of a dataset that has no list of classes.

    At most 200 masks are read, spread evenly; those that cannot be read are passed over.
    """
    keys = list(dataset.samples.keys(labelled=True))
    samples = [dataset.find(key) for key in keys[:: max(1, -(-len(keys) // _MOST_MASKS))]]
    ids: set[int] = set()
    for path in (sample.mask for sample in samples if sample is not None and sample.mask is not None):
        try:
            ids |= present_ids(read_mask(path)).keys()
        except SegstudioError:
            continue  # `verify` tells about it
    return classes_for_ids(ids) if ids else DEFAULT_CLASSES


def with_found_classes(dataset: Dataset) -> Dataset:
    """Return the dataset with `infer_classes` where no file names its classes and there are masks."""
    if dataset.classes_known or not dataset.samples.total(labelled=True):
        return dataset
    return dataset.with_classes(infer_classes(dataset))


def present_ids(mask: MaskArray) -> dict[int, int]:
    """Return how many pixels each id has that occurs in a mask, (height, width) uint8 or uint16."""
    ids, pixels = count_ids(mask)
    return dict(zip(ids.tolist(), pixels.tolist(), strict=True))


def count_ids(mask: MaskArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the ids that occur in a mask, (height, width) uint8 or uint16, rising, and how many pixels each has."""
    rows = max(1, _COUNTED_AT_ONCE // mask.shape[1])
    total = np.zeros(256 if mask.dtype == np.uint8 else HIGHEST_ID + 1, dtype=np.int64)
    for top in range(0, mask.shape[0], rows):
        part = mask[top : top + rows]
        if part.dtype == np.uint8:
            # Four times as quick as bincount on bytes, which makes eight bytes of each first.
            total += np.asarray(cv2.calcHist([part], [0], None, [256], [0, 256])).ravel().astype(np.int64)
        else:
            counts = np.bincount(part.ravel())
            total[: len(counts)] += counts
    ids = np.flatnonzero(total)
    return ids, total[ids]


@dataclass(frozen=True, slots=True)
class DatasetCounts:
    """How the pixels of the masks of a dataset are shared out, as far as they have been counted.

    Attributes:
        pixels: pixels by id, over all masks counted.
        masks: by id, how many masks hold it.
        counted: how many masks were counted.
        unreadable: how many could not be.
        total: how many masks there are.
    """

    pixels: Mapping[int, int]
    masks: Mapping[int, int]
    counted: int
    unreadable: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether every mask was looked at."""
        return self.counted + self.unreadable >= self.total

    def share(self, class_id: int) -> float | None:
        """Return the share of all pixels, ignored ones included, that have this id, 0 to 1; None before any count."""
        every = sum(self.pixels.values())
        return self.pixels.get(class_id, 0) / every if every else None


class MaskCounter:
    """Counts the pixels of masks, and reads a file again only when its time or size has changed.

    May be used from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[tuple[int, int], Mapping[int, int]]] = {}

    def count(self, path: Path) -> Mapping[int, int]:
        """Return how many pixels each id has in a mask.

        Raises:
            MaskError: it cannot be read.
        """
        stamp = _stamp(path)
        with self._lock:
            known = self._known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        counts = present_ids(read_mask(path))
        if stamp is not None:
            with self._lock:
                self._known[path] = (stamp, counts)
        return counts


class RunningCounts:
    """The sums over the masks of a dataset, kept up to date mask by mask.

    Args:
        keys: the samples that have a mask; whether one is among them is asked for each.
    """

    def __init__(self, keys: Collection[str] = ()) -> None:
        self._by_key: dict[str, Mapping[int, int] | None] = {}
        self._keys = keys
        self._total = len(keys)
        self._pixels: Counter[int] = Counter()
        self._masks: Counter[int] = Counter()
        self._unreadable: set[str] = set()

    def put(self, key: str, counts: Mapping[int, int] | None) -> None:
        """Take notice of what the mask of a sample holds now; None if it cannot be read."""
        if key not in self._by_key and key not in self._keys:
            self._total += 1
        before = self._by_key.get(key) or {}
        self._by_key[key] = counts
        self._pixels.subtract(before)
        self._masks.subtract(before.keys())
        self._pixels.update(counts or {})
        self._masks.update((counts or {}).keys())
        (self._unreadable.add if counts is None else self._unreadable.discard)(key)

    def shares(self, wanted: Callable[[Mapping[int, int]], float]) -> dict[str, float]:
        """Return a share of each mask that was counted and can be read, by key of the sample."""
        return {key: wanted(counts) for key, counts in self._by_key.items() if counts is not None}

    def totals(self) -> DatasetCounts:
        """Return the sums as they are now."""
        unreadable = len(self._unreadable)
        return DatasetCounts(
            dict(+self._pixels), dict(+self._masks), len(self._by_key) - unreadable, unreadable, self._total
        )


def painted_share(counts: Mapping[int, int], unpainted: int) -> float:
    """Return which share of a mask's pixels is painted, 0 to 1, given what it holds and the id of unpainted pixels."""
    every = sum(counts.values())
    return 1 - counts.get(unpainted, 0) / every if every else 0.0


def class_share(counts: Mapping[int, int], class_id: int) -> float:
    """Return which share of a mask's pixels has an id, 0 to 1, given what it holds."""
    every = sum(counts.values())
    return counts.get(class_id, 0) / every if every else 0.0


def count_masks(
    samples: Iterable[Sample],
    counter: MaskCounter,
    *,
    on_counted: Callable[[str, Mapping[int, int] | None], None],
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Count the masks of samples, one after another: in the background there is no hurry.

    Args:
        samples: those of a dataset, or some of them.
        counter: what it knows already is not read again.
        on_counted: told the key of each sample that has a mask, and the pixels by id; None if it cannot be read.
        should_stop: asked before each mask.
    """
    for sample in samples:
        if sample.mask is None:
            continue
        if should_stop():
            return
        try:
            counts: Mapping[int, int] | None = counter.count(sample.mask)
        except SegstudioError:
            counts = None  # `verify` tells about it
        on_counted(sample.key, counts)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
