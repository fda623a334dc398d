"""How many pixels each class has in the masks of the open dataset, counted in the background."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.statistics import (
    DatasetCounts,
    MaskCounter,
    RunningCounts,
    class_share,
    count_masks,
    painted_share,
)
from segstudio.ui.gently import gently
from segstudio.ui.jobs import Job, Jobs

_SECONDS_BETWEEN_EVENTS = 0.3
_MOST_AT_ONCE = 500

_Counted = tuple[str, Mapping[int, int] | None]


class PixelCounting(QObject):
    """Counts all masks of a dataset once, and later those that were saved or changed.

    Args:
        jobs: what runs in the background.
        awaited: whether a person waits for something else that is being read; see `gently`.

    Signals:
        counts_changed(DatasetCounts): the sums, as far as they are known.
        coverage_changed(dict[str, float] | None): of some samples, by key, which share of the mask is painted; None to
            forget all, as where new masks start as a class.
    """

    counts_changed = Signal(object)
    coverage_changed = Signal(object)

    def __init__(
        self, jobs: Jobs, parent: QObject | None = None, *, awaited: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._awaited = awaited
        self._dataset: Dataset | None = None
        self._counter = MaskCounter()
        self._sums = RunningCounts()
        self._job: Job | None = None

    @property
    def counts(self) -> DatasetCounts:
        """The sums, as far as they are known."""
        return self._sums.totals()

    @property
    def counter(self) -> MaskCounter:
        """What knows the masks that were counted."""
        return self._counter

    def shares(self, class_id: int | None) -> dict[str, float]:
        """Return which share of each mask has a class, or (None) is painted, as far as that is counted."""
        if class_id is not None:
            return self._sums.shares(partial(class_share, class_id=class_id))
        unpainted = None if self._dataset is None else self._dataset.classes.unpainted
        blank = self._dataset.classes.blank if unpainted is None and self._dataset is not None else unpainted
        return {} if blank is None else self._sums.shares(partial(painted_share, unpainted=blank))

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Count the masks of a dataset; of one that was counted before, those that have changed since."""
        if self._job is not None:
            self._job.request_stop()
            self._job = None
        if dataset is None or self._dataset is None or dataset.output != self._dataset.output:
            self._counter = MaskCounter()
        self._dataset = dataset
        self._sums = RunningCounts(() if dataset is None else dataset.samples.labelled)
        self.coverage_changed.emit(None)
        if dataset is not None:
            if dataset.classes.unpainted is not None:
                self.coverage_changed.emit(dict.fromkeys(dataset.samples.keys(labelled=False), 0.0))
            self._job = self._start(dataset, dataset.samples)

    def update(self, sample: Sample) -> None:
        """Count the mask of a sample that was just saved."""
        if self._dataset is not None:
            self._start(self._dataset, [sample])

    def _start(self, dataset: Dataset, samples: Sequence[Sample]) -> Job:
        counter, sums, awaited = self._counter, self._sums, self._awaited

        def count(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> None:
            batch: list[_Counted] = []
            told = time.monotonic()

            def note(key: str, counts: Mapping[int, int] | None) -> None:
                nonlocal batch, told
                batch.append((key, counts))
                if len(batch) >= _MOST_AT_ONCE or time.monotonic() - told > _SECONDS_BETWEEN_EVENTS:
                    emit(batch)
                    batch, told = [], time.monotonic()

            stop = gently(should_stop, samples=len(samples), awaited=awaited)
            count_masks(samples, counter, on_counted=note, should_stop=stop)
            emit(batch)

        def take(batch: list[_Counted]) -> None:
            if sums is self._sums:  # and not those of a dataset that is gone
                self._take(dataset, batch)

        return self._jobs.start("Counting pixels", count, emitted=take)

    def _take(self, dataset: Dataset, batch: Sequence[_Counted]) -> None:
        for key, counts in batch:
            self._sums.put(key, counts)
        self.counts_changed.emit(self._sums.totals())
        unpainted = dataset.classes.unpainted
        if unpainted is not None:
            shares = {key: painted_share(counts, unpainted) for key, counts in batch if counts is not None}
            self.coverage_changed.emit(shares)
