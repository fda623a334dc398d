"""From files to pictures and targets of the input's size, kept in memory within a budget."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import numpy as np
import numpy.typing as npt

from segstudio.dataset.dataset import Sample
from segstudio.dataset.images import image_size, read_image
from segstudio.dataset.masks import read_mask
from segstudio.dataset.statistics import count_ids
from segstudio.learning.config import Fit
from segstudio.learning.division import DataError, sample_digest
from segstudio.learning.resizing import resize_image, resize_target
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding
from segstudio.learning.windows import cut_window, grid_window, n_windows, random_window

CACHE_BYTES = 1_500_000_000
"""How much memory the pictures of a run may take; the rest is read anew each epoch."""

READERS = 4
"""Threads that read files."""

_LOCKS = 64

Pictures = npt.NDArray[np.uint8]
Targets = npt.NDArray[np.uint8]
Pair = tuple[Pictures, Targets]
"""(…, height, width, 3) uint8 RGB, and (…, height, width) uint8 class indices and `IGNORED_TARGET`."""


class SampleReader:
    """Reads samples and keeps them in memory, within a budget. Several threads may read at once.

    Args:
        samples: labelled samples.
        coding: ids to indices.
        size: (height, width) of the input.
        fit: ``resize`` makes each picture one of the input's size. ``crop`` keeps its resolution and cuts windows out
            of it, as many as cover it.
        cache_bytes: how much may be kept.

    Attributes:
        counts: (samples, classes) int64: pixels of each class in each mask at its own size, 0 before it was read.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        coding: TargetCoding,
        size: tuple[int, int],
        *,
        fit: Fit = "resize",
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.counts = np.zeros((len(samples), coding.n_classes), dtype=np.int64)
        self._samples = samples
        self._coding = coding
        self._size = size
        self._fit = fit
        self._room = cache_bytes
        self._cache: dict[int, Pair] = {}
        self._last: tuple[int, Pair] | None = None
        self._changing = threading.Lock()
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def samples(self) -> Sequence[Sample]:
        """What it reads, by position."""
        return self._samples

    @property
    def fit(self) -> Fit:
        """How pictures are brought to the input's size."""
        return self._fit

    @property
    def size(self) -> tuple[int, int]:
        """The input's (height, width)."""
        return self._size

    @property
    def seen(self) -> tuple[int, ...]:
        """The class indices that occur in what was read so far, at the masks' own size."""
        return tuple(np.flatnonzero(self.counts.any(axis=0)).tolist())

    @property
    def n_windows(self) -> int:
        """How many pictures of the input's size an epoch has: one a sample, or as many as cover all of them.

        Raises:
            SegstudioError: the size of a picture cannot be read.
        """
        return len(self) if self._fit == "resize" else int(self._first_windows[-1])

    def read(self, position: int) -> Pair:
        """Return image (height, width, 3) and target (height, width) of a sample at the input size.

        With ``crop`` it is the window in the middle of those that cover it.

        Raises:
            SegstudioError: a file cannot be read, the sizes differ, or the mask holds an unknown id.
        """
        image, target = self._whole(position)
        if self._fit == "resize":
            return image, target
        size = target.shape[0], target.shape[1]
        middle = grid_window(size, self._size, n_windows(size, self._size) // 2)
        return cut_window(image, target, middle, self._size)

    def window(self, number: int, random: np.random.Generator | None = None) -> Pair:
        """Return one of the `n_windows` pictures of an epoch, as `read` does.

        Args:
            number: from 0.
            random: with ``crop``, decides which part of the picture it is; None for the grid, over which every pixel of
                a picture counts once.
        """
        if self._fit == "resize":
            return self._whole(number)
        position = int(np.searchsorted(self._first_windows, number, side="right")) - 1
        image, target = self._whole(position)
        size = target.shape[0], target.shape[1]
        if random is None:
            window = grid_window(size, self._size, number - int(self._first_windows[position]))
        else:
            window = random_window(size, self._size, random)
        return cut_window(image, target, window, self._size)

    def read_all(self, *, progress: Callable[[int], None], should_stop: Callable[[], bool]) -> list[bytes]:
        """Read every sample once, on several threads: problems show before the training, not in its middle.

        Args:
            progress: told how many are done.
            should_stop: asked before each sample; the rest is then left out.

        Returns:
            `sample_digest` of each sample that was read.

        Raises:
            SegstudioError: as `read`, of the first sample that has a problem.
        """

        def read(position: int) -> bytes | None:
            if should_stop():
                return None
            self._whole(position)
            return sample_digest(self._samples[position])

        digests: list[bytes] = []
        with ThreadPoolExecutor(READERS) as pool:
            for done, digest in enumerate(pool.map(read, range(len(self))), start=1):
                if digest is not None:
                    digests.append(digest)
                progress(done)
        return digests

    @cached_property
    def _first_windows(self) -> npt.NDArray[np.int64]:
        """(samples + 1): the number of the first window of each, and how many there are, by the files' headers."""
        with ThreadPoolExecutor(READERS) as pool:
            sizes = pool.map(lambda sample: image_size(sample.image), self._samples)
            counts = [n_windows((height, width), self._size) for width, height in sizes]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

    def _whole(self, position: int) -> Pair:
        """Return a sample as it is kept: at the input's size, or with ``crop`` at its own."""
        kept = self._cache.get(position)
        if kept is not None:
            return kept
        # Windows of one picture are asked for side by side: it is decoded once, not once for each.
        with self._locks[position % _LOCKS]:
            kept = self._cache.get(position)
            last = self._last
            if kept is not None:
                return kept
            if last is not None and last[0] == position:
                return last[1]
            pair = self._read_files(position)
            self._keep(position, pair)
            return pair

    def _keep(self, position: int, pair: Pair) -> None:
        taken = pair[0].nbytes + pair[1].nbytes
        with self._changing:
            if taken <= self._room:
                self._cache[position] = pair
                self._room -= taken
            elif self._fit == "crop":
                self._last = position, pair

    def _read_files(self, position: int) -> Pair:
        sample = self._samples[position]
        if sample.mask is None:
            raise DataError(f"{sample.image} has no mask.")
        image, mask = read_image(sample.image), read_mask(sample.mask)
        if image.shape[:2] != mask.shape:
            raise DataError(
                f"{sample.mask} is {mask.shape[1]} × {mask.shape[0]} pixels, its picture "
                f"{image.shape[1]} × {image.shape[0]}. Both must have one size."
            )
        target = self._coding.encode(mask, sample.mask)
        indices, pixels = count_ids(target)
        counted = indices != IGNORED_TARGET
        self.counts[position, indices[counted]] = pixels[counted]
        if self._fit == "crop":
            return image, target
        return resize_image(image, self._size), resize_target(target, self._size)
