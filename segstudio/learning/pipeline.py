"""From files to batches: which samples, read once, cached, shuffled anew each epoch, augmented, ahead of time."""

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.errors import SegstudioError
from segstudio.learning.augmentation import Augmenter
from segstudio.learning.painted import painted
from segstudio.learning.targets import TargetCoding

CACHE_BYTES = 1_500_000_000
"""How much memory the resized pictures of a run may take; the rest is read anew each epoch."""

_AHEAD = 4

Pictures = npt.NDArray[np.uint8]
Targets = npt.NDArray[np.uint8]
Batch = tuple[Pictures, Targets]
"""(batch, height, width, 3) uint8 RGB, and (batch, height, width) uint8 class indices."""


class DataError(SegstudioError):
    """The dataset cannot be trained on as it is."""


@dataclass(frozen=True, slots=True)
class Division:
    """Which samples a run learns from and which it is measured on."""

    train: tuple[Sample, ...]
    val: tuple[Sample, ...]


def divide(dataset: Dataset, *, validation_fraction: float, seed: int) -> Division:
    """Take the `painted` samples of train and val; where val has none, hold out a part of train by seed.

    Raises:
        DataError: no picture in train has a mask, or none with a painted pixel.
    """
    train, val = painted(dataset, "train"), painted(dataset, "val")
    if not train:
        raise DataError(
            f"No picture in the train split of {dataset.name} has a painted mask. Paint at least one in Label."
        )
    if val or validation_fraction == 0 or len(train) < 2:
        return Division(train, val)
    held = max(1, round(len(train) * validation_fraction))
    order = np.random.default_rng(seed).permutation(len(train))
    chosen = set(order[:held].tolist())
    return Division(
        tuple(sample for i, sample in enumerate(train) if i not in chosen),
        tuple(sample for i, sample in enumerate(train) if i in chosen),
    )


def fingerprint(samples: Sequence[Sample]) -> str:
    """Return a SHA-256 over the names and bytes of the images and masks of samples, in order."""
    digest = hashlib.sha256()
    for sample in samples:
        for path in (sample.image, sample.mask):
            if path is not None:
                data = path.read_bytes()
                digest.update(f"{sample.key}\0{path.name}\0{len(data)}\0".encode())
                digest.update(data)
    return digest.hexdigest()


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

    def __len__(self) -> int:
        return len(self._samples)

    def read(self, position: int) -> tuple[Pictures, Targets]:
        """Return image (height, width, 3) and target (height, width) of a sample at the input size.

        Raises:
            SegstudioError: a file cannot be read, the sizes differ, or the mask holds an unknown id.
        """
        kept = self._cache.get(position)
        if kept is not None:
            return kept
        answer = self._read_files(self._samples[position])
        if len(self._cache) < self._room:
            self._cache[position] = answer
        return answer

    def read_all(self, *, progress: Callable[[int], None], should_stop: Callable[[], bool]) -> None:
        """Read every sample once, on several threads: problems show before the training, not in its middle."""
        with ThreadPoolExecutor(4) as pool:
            for done, _answer in enumerate(pool.map(self._read_unless(should_stop), range(len(self))), start=1):
                progress(done)

    def _read_unless(self, should_stop: Callable[[], bool]) -> Callable[[int], None]:
        def read(position: int) -> None:
            if not should_stop():
                self.read(position)

        return read

    def _read_files(self, sample: Sample) -> tuple[Pictures, Targets]:
        if sample.mask is None:
            raise DataError(f"{sample.image} has no mask.")
        image, mask = read_image(sample.image), read_mask(sample.mask)
        if image.shape[:2] != mask.shape:
            raise DataError(
                f"{sample.mask} is {mask.shape[1]} × {mask.shape[0]} pixels, its picture "
                f"{image.shape[1]} × {image.shape[0]}. Both must have one size."
            )
        return resize_image(image, self._size), resize_target(self._coding.encode(mask, sample.mask), self._size)


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


def resize_image(image: Pictures, size: tuple[int, int]) -> Pictures:
    """Resize (height, width, 3) to ``size`` = (height, width): by area when smaller, linear when larger."""
    if image.shape[:2] == size:
        return image
    smaller = size[0] * size[1] < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size[1], size[0]), interpolation=how), dtype=np.uint8)


def resize_target(target: Targets, size: tuple[int, int]) -> Targets:
    """Resize (height, width) to ``size`` = (height, width), taking the nearest pixel's index."""
    if target.shape == size:
        return target
    # INTER_NEAREST_EXACT: the older INTER_NEAREST is off by up to half a pixel.
    resized = cv2.resize(target, (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, dtype=np.uint8)


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
