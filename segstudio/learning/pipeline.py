"""From files to batches: read once, cached, shuffled anew each epoch, augmented, ahead of time."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from segstudio.dataset.dataset import Sample
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.learning.augmentation import Augmenter
from segstudio.learning.division import DataError, sample_digest
from segstudio.learning.resizing import resize_image, resize_target
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding

CACHE_BYTES = 1_500_000_000
"""How much memory the resized pictures of a run may take; the rest is read anew each epoch."""

_READERS = 4
_AHEAD = 4

Pictures = npt.NDArray[np.uint8]
Targets = npt.NDArray[np.uint8]
Batch = tuple[Pictures, Targets]
"""(batch, height, width, 3) uint8 RGB, and (batch, height, width) uint8 class indices."""


class SampleReader:
    """Reads samples at the input size and keeps them in memory, within a budget.

    Args:
        samples: labelled samples.
        coding: ids to indices.
        size: (height, width) of the input.
        cache_bytes: how much may be kept.
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        coding: TargetCoding,
        size: tuple[int, int],
        *,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._samples = samples
        self._coding = coding
        self._size = size
        self._cache: dict[int, tuple[Pictures, Targets]] = {}
        self._room = cache_bytes // (size[0] * size[1] * 4)
        self._counts = np.zeros((len(samples), coding.n_classes), dtype=np.int64)

    def __len__(self) -> int:
        return len(self._samples)

    @property
    def samples(self) -> Sequence[Sample]:
        """What it reads, by position."""
        return self._samples

    @property
    def seen(self) -> tuple[int, ...]:
        """The class indices that occur in what was read so far, at the masks' own size."""
        return tuple(np.flatnonzero(self._counts.any(axis=0)).tolist())

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """(samples, classes): pixels of each class in each mask that was read so far, at the masks' own size."""
        return self._counts

    def read(self, position: int) -> tuple[Pictures, Targets]:
        """Return image (height, width, 3) and target (height, width) of a sample at the input size.

        Raises:
            SegstudioError: a file cannot be read, the sizes differ, or the mask holds an unknown id.
        """
        kept = self._cache.get(position)
        if kept is not None:
            return kept
        answer = self._read_files(position)
        if len(self._cache) < self._room:
            self._cache[position] = answer
        return answer

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
            self.read(position)
            return sample_digest(self._samples[position])

        digests: list[bytes] = []
        with ThreadPoolExecutor(_READERS) as pool:
            for done, digest in enumerate(pool.map(read, range(len(self))), start=1):
                if digest is not None:
                    digests.append(digest)
                progress(done)
        return digests

    def _read_files(self, position: int) -> tuple[Pictures, Targets]:
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
        pixels = np.bincount(target.ravel(), minlength=IGNORED_TARGET + 1)
        self._counts[position] = pixels[: self._coding.n_classes]
        return resize_image(image, self._size), resize_target(target, self._size)


class Batches:
    """Goes through the samples of a `SampleReader`, epoch after epoch (R38).

    Args:
        reader: where samples come from.
        batch_size: pictures a batch; the last of an epoch may have fewer.
        augmenter: changes each sample, or None.
        seed: decides the order; None keeps the samples' own.
    """

    def __init__(
        self, reader: SampleReader, batch_size: int, *, augmenter: Augmenter | None = None, seed: int | None = None
    ) -> None:
        self._reader = reader
        self._batch_size = batch_size
        self._augmenter = augmenter
        self._order = None if seed is None else np.random.default_rng(seed)

    def __len__(self) -> int:
        return -(-len(self._reader) // self._batch_size)

    def epoch(self) -> Iterator[Batch]:
        """Yield the batches of one epoch, prepared ahead in a thread that ends with the iterator."""
        positions = np.arange(len(self._reader))
        if self._order is not None:
            self._order.shuffle(positions)
        chunks = [positions[i : i + self._batch_size] for i in range(0, len(positions), self._batch_size)]
        return _ahead(self._make(chunk) for chunk in chunks)

    def _make(self, positions: npt.NDArray[np.integer]) -> Batch:
        pairs = [self._reader.read(int(position)) for position in positions]
        if self._augmenter is not None:
            pairs = [self._augmenter(image, target) for image, target in pairs]
        return np.stack([image for image, _ in pairs]), np.stack([target for _, target in pairs])


def _ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Iterate in a thread, a few batches ahead; an error there is raised here."""
    ready: queue.Queue[Batch | BaseException | None] = queue.Queue(_AHEAD)
    leaving = threading.Event()

    def put(item: Batch | BaseException | None) -> bool:
        while not leaving.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            else:
                return True
        return False

    def fill() -> None:
        try:
            for batch in batches:
                if not put(batch):
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that waits for it
            put(error)

    thread = threading.Thread(target=fill, name="batches ahead", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        leaving.set()
        thread.join()
