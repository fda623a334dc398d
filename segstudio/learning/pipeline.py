"""From samples to batches: shuffled anew each epoch, augmented, ahead of time.

What an epoch yields depends on the seed and its number only: a run that goes on sees what it would have seen (R40).
"""

import os
import queue
import threading
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from segstudio.learning.augmenting import AugmentingProcesses, Plain, Seeds
from segstudio.learning.sample_reader import CACHE_BYTES, READERS, Pair, Pictures, SampleReader, Targets
from segstudio.learning.settings.augmentation import AugmentationSettings

__all__ = ["CACHE_BYTES", "Batch", "Batches", "Pictures", "SampleReader", "Targets", "worker_count"]

_AHEAD = 4
_CUT, _CHANGE = 1, 2
"""What is decided by chance about a picture: which part of it, and how it is changed."""

Batch = Pair
"""(batch, height, width, 3) uint8 RGB, and (batch, height, width) uint8 class indices."""


class Batches:
    """Goes through the samples of a `SampleReader`, epoch after epoch (R38). One epoch at a time.

    Args:
        reader: where samples come from.
        batch_size: pictures a batch; the last of an epoch may have fewer.
        augmentation: what is done to each picture, or None.
        seed: decides order, crops and changes; None keeps the samples' own order and cuts by the grid.
        workers: processes that augment; 0 for a thread of this one, None for `worker_count`. They start with the first
            epoch and end with `close`.
    """

    def __init__(
        self,
        reader: SampleReader,
        batch_size: int,
        *,
        augmentation: AugmentationSettings | None = None,
        seed: int | None = None,
        workers: int | None = 0,
    ) -> None:
        self._reader = reader
        self._batch_size = batch_size
        self._settings = augmentation if augmentation is not None and augmentation.strengths else None
        self._seed = seed
        if workers is None:
            workers = worker_count(self._settings, os.cpu_count() or 1) if self._settings is not None else 0
        self._workers = workers
        self._processes: AugmentingProcesses | None = None
        self._augment: Callable[..., Pair] | None = None
        self._current: Callable[[], Any] = lambda: None

    def __len__(self) -> int:
        return -(-self._reader.n_windows // self._batch_size)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes that augment, as the operating system counts; none before the first epoch."""
        return self._processes.process_ids if self._processes is not None else ()

    def epoch(self, number: int, *, first: int = 0) -> Generator[Batch, None, None]:
        """Yield the batches of an epoch, prepared ahead in a thread that ends with the iterator.

        Args:
            number: from 0; the same number gives the same batches.
            first: how many batches to leave out, at no cost: where a run goes on in the middle of an epoch.

        Raises:
            SegstudioError: a file cannot be read any more, or a process that augments is gone.
        """
        self._leave()
        batches = _ahead(self._augmented(self._plain(number, first)))
        self._current = weakref.ref(batches)
        return batches

    def close(self) -> None:
        """End the epoch under way and the processes."""
        self._leave()
        if self._processes is not None:
            self._processes.close()
            self._processes = None

    def _leave(self) -> None:
        epoch = self._current()
        if epoch is not None:
            epoch.close()

    def _plain(self, epoch: int, first_batch: int) -> Iterator[Plain]:
        """Yield batches as the reader has them, read ahead on several threads, and the seeds of their changes."""
        order = np.arange(self._reader.n_windows)
        if self._seed is not None:
            np.random.default_rng((self._seed, epoch)).shuffle(order)
        ahead = self._batch_size * _AHEAD
        reading: deque[Future[Pair]] = deque()
        pool = ThreadPoolExecutor(READERS, thread_name_prefix="reading samples")
        try:
            for begin in range(first_batch * self._batch_size, len(order), self._batch_size):
                places = range(begin, min(begin + self._batch_size, len(order)))
                first = begin + len(reading)
                for place in range(first, min(begin + ahead, len(order))):
                    reading.append(pool.submit(self._read, int(order[place]), epoch, place))
                pairs = [reading.popleft().result() for _ in places]
                seeds = [(self._seed or 0, epoch, place, _CHANGE) for place in places]
                yield np.stack([image for image, _ in pairs]), np.stack([target for _, target in pairs]), seeds
        finally:
            pool.shutdown(cancel_futures=True)

    def _read(self, window: int, epoch: int, place: int) -> Pair:
        if self._seed is None:
            return self._reader.window(window)
        return self._reader.window(window, np.random.default_rng((self._seed, epoch, place, _CUT)))

    def _augmented(self, batches: Iterator[Plain]) -> Generator[Batch, None, None]:
        if self._settings is None:
            return ((pictures, targets) for pictures, targets, _seeds in batches)
        if self._workers == 0:
            return (self._augmented_here(self._settings, *batch) for batch in batches)
        return self._augmented_elsewhere(self._settings, batches)

    def _augmented_here(
        self, settings: AugmentationSettings, pictures: Pictures, targets: Targets, seeds: Seeds
    ) -> Batch:
        if self._augment is None:
            # Only here: where processes augment, this one has no use for imgaug.
            from segstudio.learning.augmentation import make_augmenter

            self._augment = make_augmenter(settings)
        assert self._augment is not None
        for row, seed in enumerate(seeds):
            pictures[row], targets[row] = self._augment(pictures[row], targets[row], seed=seed)
        return pictures, targets

    def _augmented_elsewhere(
        self, settings: AugmentationSettings, batches: Iterator[Plain]
    ) -> Generator[Batch, None, None]:
        if self._processes is None:
            batch = self._batch_size, *self._reader.size
            self._processes = AugmentingProcesses(settings, self._workers, batch=batch)
        yield from self._processes.augmented(batches)


def worker_count(settings: AugmentationSettings, cores: int) -> int:
    """Return how many processes augmenting calls for: none for light work, else all cores but the one that trains.

    A thread of the training process manages what takes a millisecond or two a picture, while TensorFlow computes; more
    would hold the interpreter's lock when the training needs it.
    """
    heavy = settings.strengths.keys() - _LIGHT
    return min(max(cores - 1, 1), _MOST_WORKERS) if heavy else 0


_LIGHT = {"crop", "flip_horizontal", "flip_vertical", "cutout", "blur", "brightness", "contrast", "gamma"}
_MOST_WORKERS = 8


def _ahead(batches: Generator[Batch, None, None]) -> Generator[Batch, None, None]:
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
        finally:
            batches.close()

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
