"""The samples of a dataset as Qt sees them: all of them, or those that pass a filter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from segstudio.dataset.dataset import Sample, Split
from segstudio.dataset.problems import Problem
from segstudio.dataset.review import NO_REVIEW, Review, Reviews, ReviewState
from segstudio.ui.overriding import override

SAMPLE_ROLE = Qt.ItemDataRole.UserRole
STATE_ROLE = Qt.ItemDataRole.UserRole + 1
SCORE_ROLE = Qt.ItemDataRole.UserRole + 2
COVERAGE_ROLE = Qt.ItemDataRole.UserRole + 3
REVIEW_ROLE = Qt.ItemDataRole.UserRole + 4

Index = QModelIndex | QPersistentModelIndex

_MANY = 500
"""So many changed samples are told as one: a signal for each of a hundred thousand takes seconds."""


class SampleState(Enum):
    """How a sample stands; what needs attention comes first."""

    PROBLEM = "problems"
    UNSAVED = "unsaved"
    UNLABELLED = "unlabelled"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """What a sample must be to be shown.

    Attributes:
        text: part of its name, in any case.
        split: its split, or None for any.
        state: its state, or None for any.
        keys: only these, or None for any: the samples whose masks hold a class.
        review: how far people are with it, or None for any.
        tag: a tag that it has, or None for any.
    """

    text: str = ""
    split: Split | None = None
    state: SampleState | None = None
    keys: frozenset[str] | None = None
    review: ReviewState | None = None
    tag: str | None = None


class SampleModel(QAbstractListModel):
    """The list that the browser shows. Filtering makes a list of row numbers; no sample is copied or moved."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._samples: list[Sample] = []
        self._position: dict[str, int] = {}
        self._shown: list[int] = []
        self._row: dict[int, int] = {}
        self._filter = SampleFilter()
        self._unsaved: frozenset[str] = frozenset()
        self._problems: dict[str, list[str]] = {}
        self._scores: dict[str, float] = {}
        self._coverage: dict[str, float] = {}
        self._reviews: dict[str, Review] = {}
        self._rank: Mapping[str, Any] | None = None

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        sample = self._samples[self._shown[index.row()]]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return sample.name
            case Qt.ItemDataRole.ToolTipRole:
                return self._tooltip(sample)
            case _ if role == SAMPLE_ROLE:
                return sample
            case _ if role == STATE_ROLE:
                return self.state(sample)
            case _ if role == SCORE_ROLE:
                return self._scores.get(sample.key)
            case _ if role == COVERAGE_ROLE:
                return self._coverage.get(sample.key)
            case _ if role == REVIEW_ROLE:
                return self._reviews.get(sample.key, NO_REVIEW)
        return None

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def set_samples(self, samples: Sequence[Sample]) -> None:
        """Show other samples."""
        self.beginResetModel()
        self._samples = list(samples)
        self._position = {sample.key: i for i, sample in enumerate(self._samples)}
        self._apply_filter()
        self.endResetModel()

    def set_filter(self, wanted: SampleFilter) -> None:
        """Show only some samples."""
        self.beginResetModel()
        self._filter = wanted
        self._apply_filter()
        self.endResetModel()

    def set_rank(self, rank: Mapping[str, Any] | None) -> None:
        """Sort by a value for each key, ascending, samples without one last; None for the dataset's own order."""
        if rank is None and self._rank is None:
            return
        self.beginResetModel()
        self._rank = rank
        self._apply_filter()
        self.endResetModel()

    def set_reviews(self, reviews: Reviews) -> None:
        """Show what people say of these samples now. Which are shown and where stays until the filters change."""
        for key, review in reviews.items():
            self._reviews.pop(key, None)
            if review != NO_REVIEW:
                self._reviews[key] = review
        if len(reviews) > _MANY:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))
        else:
            self._changed(reviews.keys())

    def review(self, key: str) -> Review:
        """Return what people say of a sample."""
        return self._reviews.get(key, NO_REVIEW)

    def set_unsaved(self, keys: frozenset[str]) -> None:
        """Mark the samples with unsaved strokes."""
        changed, self._unsaved = self._unsaved ^ keys, keys
        self._changed(changed)

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Mark the samples that have problems."""
        before = set(self._problems)
        self._problems = {}
        for problem in problems:
            if problem.sample is not None:
                self._problems.setdefault(problem.sample, []).append(problem.message)
        self._changed(before | set(self._problems))

    def set_scores(self, scores: dict[str, float]) -> None:
        """Show a figure on samples, by key."""
        changed = set(self._scores) | set(scores)
        self._scores = scores
        self._changed(changed)

    def set_coverage(self, shares: dict[str, float] | None) -> None:
        """Show which share of some masks is painted, by key; None forgets all."""
        changed = set(self._coverage if shares is None else shares)
        if shares is None:
            self._coverage.clear()
        else:
            self._coverage.update(shares)
        self._changed(changed)

    def update_sample(self, sample: Sample) -> None:
        """Put a sample in the place of the one with its key."""
        position = self._position.get(sample.key)
        if position is not None:
            self._samples[position] = sample
            self._changed([sample.key])

    def note_thumbnail(self, key: str) -> None:
        """Draw a sample anew, because its thumbnail has come."""
        self._changed([key])

    def row_of(self, key: str) -> int | None:
        """Return where a sample is shown, or None if it is not."""
        position = self._position.get(key)
        return None if position is None else self._row.get(position)

    def position_of(self, key: str) -> int | None:
        """Return where a sample stands among all, shown or not."""
        return self._position.get(key)

    def nearest_row(self, position: int, step: int) -> int | None:
        """Return the row of the first shown sample after (``step`` 1) or before (-1) a position among all."""
        if position in self._row:
            row = self._row[position] + step
            return row if 0 <= row < len(self._shown) else None
        while 0 <= (position := position + step) < len(self._samples):
            if position in self._row:
                return self._row[position]
        return None

    def state(self, sample: Sample) -> SampleState:
        """Say how a sample stands."""
        if sample.key in self._problems:
            return SampleState.PROBLEM
        if sample.key in self._unsaved:
            return SampleState.UNSAVED
        # A mask on which nobody has painted is as good as none.
        bare = sample.mask is None or self._coverage.get(sample.key) == 0
        return SampleState.UNLABELLED if bare else SampleState.MASKED

    def _apply_filter(self) -> None:
        wanted, text = self._filter, self._filter.text.casefold()
        self._shown = [
            position
            for position, sample in enumerate(self._samples)
            if (wanted.split is None or sample.split == wanted.split)
            and (not text or text in sample.name.casefold())
            and (wanted.state is None or self.state(sample) is wanted.state)
            and (wanted.keys is None or sample.key in wanted.keys)
            and (wanted.review is None or self._reviews.get(sample.key, NO_REVIEW).state is wanted.review)
            and (wanted.tag is None or wanted.tag in self._reviews.get(sample.key, NO_REVIEW).tags)
        ]
        rank = self._rank
        if rank is not None:
            keys = [sample.key for sample in self._samples]
            ranked = sorted((i for i in self._shown if keys[i] in rank), key=lambda i: rank[keys[i]])
            self._shown = ranked + [i for i in self._shown if keys[i] not in rank]
        self._row = {position: row for row, position in enumerate(self._shown)}

    def _changed(self, keys: Iterable[str]) -> None:
        for key in keys:
            row = self.row_of(key)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _tooltip(self, sample: Sample) -> str:
        lines = [sample.image.name, f"{sample.split}, {self.state(sample).value}"]
        if sample.key in self._coverage:
            lines.append(f"{self._coverage[sample.key]:.0%} painted")
        review = self._reviews.get(sample.key)
        if review is not None:
            lines.append(", ".join([f"marked as {review.state.value}", *review.tags]))
            lines.extend([review.notes] if review.notes else [])
        return "\n".join(lines + self._problems.get(sample.key, []))
