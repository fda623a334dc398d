"""Processes that augment batches. Loads neither TensorFlow nor imgaug itself: what it starts loads the latter.

They are started afresh (spawn) and share two batches of memory each with this process, which belongs to no file: only
a few numbers go through their pipes. A process whose pipe closes leaves; so nothing stays, however this one ends.
"""

import contextlib
import multiprocessing
import signal
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

from segstudio.errors import SegstudioError
from segstudio.learning.settings.augmentation import AugmentationSettings

_SLOTS = 2
"""Batches a process: while it works on one, the other is brought or fetched."""

Pixels = npt.NDArray[np.uint8]
Seeds = Sequence[tuple[int, ...]]
Plain = tuple[Pixels, Pixels, Seeds]
"""Pictures (batch, height, width, 3), targets (batch, height, width), and a seed for each."""


class AugmentingError(SegstudioError):
    """A process that augments is gone."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Room for one batch in memory that two processes share."""

    pictures: Pixels
    targets: Pixels


class AugmentingProcesses:
    """Augments batches in several processes, in the order in which they are given. One thread at a time.

    Args:
        settings: what is done to pictures.
        workers: how many processes, at least 1.
        batch: (pictures, height, width) of the largest batch.
    """

    def __init__(self, settings: AugmentationSettings, workers: int, *, batch: tuple[int, int, int]) -> None:
        context = multiprocessing.get_context("spawn")
        self._workers: list[tuple[Any, Connection, list[_Slot]]] = []
        self._end = weakref.finalize(self, _end_all, self._workers)
        with _without_interrupts():
            for number in range(workers):
                here, there = context.Pipe()
                memory = context.RawArray("B", _SLOTS * _slot_bytes(batch))
                process = context.Process(
                    target=serve, args=(there, memory, batch, settings), name=f"augmenting {number}", daemon=True
                )
                process.start()
                there.close()
                self._workers.append((process, here, _slots(memory, batch)))
        self._given = 0
        self._waiting: deque[tuple[int, int, int]] = deque()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Theirs, as the operating system counts."""
        return tuple(process.pid for process, _connection, _slots in self._workers)

    def augmented(self, batches: Iterator[Plain]) -> Iterator[tuple[Pixels, Pixels]]:
        """Yield what becomes of batches, in their order, some of them under way at once. May be left at any time.

        Raises:
            AugmentingError: a process is gone.
        """
        while self._waiting:  # left over from an iteration that was left
            self._take()
        for batch in batches:
            if len(self._waiting) == _SLOTS * len(self._workers):
                yield self._take()
            self._give(batch)
        while self._waiting:
            yield self._take()

    def close(self) -> None:
        """End the processes, whatever they are at."""
        self._waiting.clear()
        self._end()

    def _give(self, batch: Plain) -> None:
        pictures, targets, seeds = batch
        worker = self._given % len(self._workers)
        index = self._given // len(self._workers) % _SLOTS
        self._given += 1
        _process, connection, slots = self._workers[worker]
        slots[index].pictures[: len(pictures)] = pictures
        slots[index].targets[: len(targets)] = targets
        with self._living(worker):
            connection.send((index, seeds))
        self._waiting.append((worker, index, len(pictures)))

    def _take(self) -> tuple[Pixels, Pixels]:
        worker, index, count = self._waiting.popleft()
        _process, connection, slots = self._workers[worker]
        with self._living(worker):
            connection.recv()
        return slots[index].pictures[:count].copy(), slots[index].targets[:count].copy()

    @contextlib.contextmanager
    def _living(self, worker: int) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError) as error:
            if not self._end.alive:
                raise AugmentingError("The processes that augment pictures were closed.") from error
            process = self._workers[worker][0]
            process.join(1.0)
            raise AugmentingError(
                f"A process that augments pictures ended unexpectedly (code {process.exitcode}). If memory ran out, "
                "choose fewer augmenting processes, a smaller batch size or a smaller input size."
            ) from error


def serve(connection: Connection, memory: Any, batch: tuple[int, int, int], settings: AugmentationSettings) -> None:
    """Augment what lies in shared memory whenever its number comes, until the pipe closes: a process's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import cv2

    from segstudio.learning.augmentation import make_augmenter

    cv2.setNumThreads(1)
    augmenter = make_augmenter(settings)
    slots = _slots(memory, batch)
    # Whichever end of the pipe is gone: nobody waits for an answer.
    with contextlib.suppress(EOFError, OSError):
        while True:
            index, seeds = connection.recv()
            slot = slots[index]
            for row, seed in enumerate(seeds):
                if augmenter is not None:
                    slot.pictures[row], slot.targets[row] = augmenter(slot.pictures[row], slot.targets[row], seed=seed)
            connection.send(index)


def _slot_bytes(batch: tuple[int, int, int]) -> int:
    return 4 * batch[0] * batch[1] * batch[2]


def _slots(memory: Any, batch: tuple[int, int, int]) -> list[_Slot]:
    slots = []
    for room in np.split(np.frombuffer(memory, dtype=np.uint8), _SLOTS):
        pictures, targets = np.split(room, [room.size // 4 * 3])
        slots.append(_Slot(pictures.reshape(*batch, 3), targets.reshape(batch)))
    return slots


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let processes that are started here not hear of Ctrl+C, from their first moment; the one here decides."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_all(workers: list[tuple[Any, Connection, list[_Slot]]]) -> None:
    for process, connection, _slots in workers:
        connection.close()
        process.terminate()
    for process, _connection, _slots in workers:
        process.join()
    workers.clear()
