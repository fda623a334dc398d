"""Finds out what the samples must be sorted by; what takes long is done in the background."""

import re
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.review import ReviewState
from segstudio.dataset.statistics import DatasetCounts
from segstudio.ui.browser.review_bar import SampleOrder
from segstudio.ui.counting import PixelCounting
from segstudio.ui.jobs import Job, Jobs
from segstudio.ui.reviewing import ReviewSession
from segstudio.ui.scoring import PredictionScoring

Rank = Mapping[str, object]
"""By key, what a sample is sorted by, ascending; samples without one come last."""

_REVIEW_RANK = {ReviewState.NEEDS_WORK: 0, ReviewState.TODO: 1, ReviewState.DONE: 2}


class SampleOrdering(QObject):
    """Turns the order that a person wants into ranks.

    Signals:
        ranked(Rank | None): what to sort by; None for the dataset's own order.
        message_raised(str): what a person should know of the order.
    """

    ranked = Signal(object)
    message_raised = Signal(str)

    def __init__(
        self,
        counting: PixelCounting,
        reviewing: ReviewSession,
        scoring: PredictionScoring,
        jobs: Jobs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._counting = counting
        self._scoring = scoring
        self._reviewing = reviewing
        self._jobs = jobs
        self._dataset: Dataset | None = None
        self._order = SampleOrder.SPLIT
        self._class_id: int | None = None
        self._job: Job | None = None
        self._counted = False
        counting.counts_changed.connect(self._on_counts_changed)
        scoring.completed.connect(self._on_scored)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Sort the samples of a dataset."""
        self._dataset = dataset
        self._counted = False
        self._rank()

    def set_order(self, order: SampleOrder, class_id: int | None) -> None:
        """Sort by this, as it is now: what is said or painted later moves nothing under the hand.

        Args:
            order: by what.
            class_id: whose share, for `SampleOrder.SHARE`; None for what is painted.
        """
        if (order, class_id) == (self._order, self._class_id) and order is SampleOrder.SPLIT:
            return
        self._order, self._class_id = order, class_id
        self._rank()

    def _rank(self) -> None:
        if self._job is not None:
            self._job.request_stop()
            self._job = None
        dataset = self._dataset
        if dataset is None:
            return
        match self._order:
            case SampleOrder.SPLIT:
                self.ranked.emit(None)
            case SampleOrder.NAME:
                self.ranked.emit({sample.key: (_natural(sample.name), sample.split) for sample in dataset})
            case SampleOrder.REVIEW:
                untouched = _REVIEW_RANK[ReviewState.TODO]
                states = {key: _REVIEW_RANK[review.state] for key, review in self._reviewing.reviews.items()}
                self.ranked.emit({sample.key: states.get(sample.key, untouched) for sample in dataset})
            case SampleOrder.TAG:
                self.ranked.emit({key: review.tags for key, review in self._reviewing.reviews.items() if review.tags})
            case SampleOrder.SHARE:
                shares = self._counting.shares(self._class_id)
                self.ranked.emit({key: -share for key, share in shares.items()})
            case SampleOrder.SCORE:
                self._scoring.want()  # it is sorted once all are known
            case SampleOrder.DATE:
                self._rank_by_date(dataset)

    def _rank_by_date(self, dataset: Dataset) -> None:
        def look(*, emit: object, should_stop: Callable[[], bool]) -> Rank | None:  # noqa: ARG001 - soon done
            return dates(dataset, should_stop=should_stop)

        def tell(rank: Rank | None) -> None:
            if self._job is job and rank is not None:
                self.ranked.emit(rank)

        job = self._jobs.start("Looking at dates", look, succeeded=tell)
        self._job = job

    def _on_scored(self, run: str | None) -> None:
        if self._order is not SampleOrder.SCORE:
            return
        self.ranked.emit(dict(self._scoring.scores))
        if run is None:
            said = "No run has predicted pictures of this dataset yet. Do that in Review."
        elif not self._scoring.scores:
            said = f"Of the pictures that {run} has predicted, none has a mask to compare with."
        else:
            said = f"Those that {run} agrees with least come first: {len(self._scoring.scores):,} have both."
        self.message_raised.emit(said)

    def _on_counts_changed(self, counts: DatasetCounts) -> None:
        # Once all is counted, and not with every mask: the list would never stand still.
        if counts.complete and not self._counted:
            self._counted = True
            if self._order is SampleOrder.SHARE:
                self._rank()


def dates(dataset: Dataset, *, should_stop: Callable[[], bool]) -> Rank | None:
    """Rank samples by when mask or picture was written last, the newest first; None if it was stopped."""
    rank: dict[str, float] = {}
    for sample in dataset.samples:
        if should_stop():
            return None
        try:
            times = [path.stat().st_mtime for path in (sample.mask, sample.image) if path is not None]
        except OSError:
            continue
        rank[sample.key] = -max(times)
    return rank


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key in which “2” stands before “10”."""
    parts = re.split(r"(\d+)", name.casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)
