"""The samples of a dataset as Qt sees them: all of them, or those that pass a filter."""

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from segstudio.dataset.problems import Problem
from segstudio.dataset.review import NO_REVIEW, Review, Reviews, ReviewState
from segstudio.dataset.samples import Sample, Samples, SomeSamples, Split
from segstudio.ui.overriding import override

SAMPLE_ROLE = Qt.ItemDataRole.UserRole
STATE_ROLE = Qt.ItemDataRole.UserRole + 1
SCORE_ROLE = Qt.ItemDataRole.UserRole + 2
COVERAGE_ROLE = Qt.ItemDataRole.UserRole + 3
REVIEW_ROLE = Qt.ItemDataRole.UserRole + 4

Index = QModelIndex | QPersistentModelIndex

_FEW = 64
"""So many tiles are told about one by one; more than that are drawn anew all at once."""


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
        self._samples = Samples()
        self._folded: list[str] = []
        self._shown: Sequence[int] = range(0)
        self._filter = SampleFilter()
        self._unsaved: frozenset[str] = frozenset()
        self._problems: dict[str, list[str]] = {}
        self._scores: dict[str, float] = {}
        self._coverage: dict[str, float] = {}
        self._reviews: dict[str, Review] = {}
        self._rank: Mapping[str, Any] | None = None
        self._rows: dict[int, int] | None = None  # by position, where they do not rise with it

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        position = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._samples.key(position).partition("/")[2]
            case Qt.ItemDataRole.ToolTipRole:
                return self._tooltip(self._samples[position])
            case _ if role == SAMPLE_ROLE:
                return self._samples[position]
            case _ if role == STATE_ROLE:
                return self._state(self._samples.key(position), bare=not self._samples.has_mask(position))
            case _ if role == SCORE_ROLE:
                return self._scores.get(self._samples.key(position))
            case _ if role == COVERAGE_ROLE:
                return self._coverage.get(self._samples.key(position))
            case _ if role == REVIEW_ROLE:
                return self._reviews.get(self._samples.key(position), NO_REVIEW)
        return None

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def set_samples(self, samples: Samples) -> None:
        """Show other samples."""
        if samples is self._samples:
            return
        self.beginResetModel()
        self._samples = samples
        self._folded = []
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

    def set_scores(self, scores: Mapping[str, float | None] | None) -> None:
        """Show how far predictions of some samples agree with their masks, by key; None takes one, or all, away."""
        changed = set(self._scores if scores is None else scores)
        if scores is None:
            self._scores.clear()
        for key, score in (scores or {}).items():
            self._scores.pop(key, None)
            if score is not None:
                self._scores[key] = score
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
        """Take notice that the mask of a sample was saved."""
        if self._samples.position(sample.key) is not None:
            self._samples = self._samples.with_saved_masks([sample.key])
            self._changed([sample.key])

    def note_thumbnail(self, key: str) -> None:
        """Draw a sample anew, because its thumbnail has come."""
        self._changed([key])

    def row_of(self, key: str) -> int | None:
        """Return where a sample is shown, or None if it is not."""
        position = self._samples.position(key)
        if position is None:
            return None
        if self._rows is not None:
            return self._rows.get(position)
        row = bisect_left(self._shown, position)
        return row if row < len(self._shown) and self._shown[row] == position else None

    def position_of(self, key: str) -> int | None:
        """Return where a sample stands among all, shown or not."""
        return self._samples.position(key)

    def row_beside(self, key: str | None, step: int) -> int | None:
        """Return the row of the first shown sample after (``step`` 1) or before (-1) a sample, shown or not.

        A sample that is gone counts as standing where it stood; None stands before the first. Sorted by a value, a
        sample that is not shown stands before the first as well.
        """
        if self._rows is not None:
            here = None if key is None else self.row_of(key)
            row = (0 if step > 0 else -1) if here is None else here + step
            return row if 0 <= row < len(self._shown) else None
        place = -1 if key is None else self._samples.place(key)
        there = key is not None and self._samples.position(key) is not None
        row = bisect_left(self._shown, place + (step > 0 and (there or key is None))) - (step < 0)
        return row if 0 <= row < len(self._shown) else None

    @property
    def shown_samples(self) -> Sequence[Sample]:
        """The samples that pass, in the order in which they stand."""
        return SomeSamples(self._samples, self._shown)

    def state(self, sample: Sample) -> SampleState:
        """Say how a sample stands."""
        return self._state(sample.key, bare=sample.mask is None)

    def _state(self, key: str, *, bare: bool) -> SampleState:
        if key in self._problems:
            return SampleState.PROBLEM
        if key in self._unsaved:
            return SampleState.UNSAVED
        # A mask on which nobody has painted is as good as none.
        return SampleState.UNLABELLED if bare or self._coverage.get(key) == 0 else SampleState.MASKED

    def _apply_filter(self) -> None:
        """Note the positions of the samples that pass, rising unless they are sorted by a value."""
        wanted, text = self._filter, self._filter.text.casefold()
        shown: Sequence[int] = range(len(self._samples)) if wanted.split is None else self._samples.span(wanted.split)
        if wanted.keys is not None:
            found = {self._samples.position(key) for key in wanted.keys}
            shown = [position for position in shown if position in found]
        if text:
            # All at once, at a third of the time: no name holds the character between them.
            folded = self._folded = self._folded or "\0".join(self._samples.names()).casefold().split("\0")
            shown = [position for position in shown if text in folded[position]]
        if wanted.state is not None:
            shown = self._in_state(shown, wanted.state)
        if wanted.review is not None:
            shown = self._reviewed(shown, lambda review: review.state is wanted.review)
        if wanted.tag is not None:
            shown = self._reviewed(shown, lambda review: wanted.tag in review.tags)
        self._shown, self._rows = shown, None
        if self._rank is not None:
            self._shown = self._ranked(shown, self._rank)
            self._rows = {position: row for row, position in enumerate(self._shown)}

    def _reviewed(self, positions: Sequence[int], passes: Callable[[Review], bool]) -> list[int]:
        """Return the positions of which people say something that passes; most samples have no review at all."""
        of_position = {self._samples.position(key): passes(review) for key, review in self._reviews.items()}
        others = passes(NO_REVIEW)
        return [position for position in positions if of_position.get(position, others)]

    def _ranked(self, positions: Sequence[int], rank: Mapping[str, Any]) -> list[int]:
        """Return the positions by the value of their keys, those without one last."""
        keys = {position: self._samples.key(position) for position in positions}
        ranked = sorted((i for i in positions if keys[i] in rank), key=lambda i: rank[keys[i]])
        return ranked + [i for i in positions if keys[i] not in rank]

    def _in_state(self, positions: Sequence[int], wanted: SampleState) -> list[int]:
        """Do what `state` does for a hundred thousand at once: masks tell, and few are other than their mask says."""
        unlike: dict[int | None, SampleState] = {}
        for keys, state in (
            ([key for key, share in self._coverage.items() if share == 0], SampleState.UNLABELLED),
            (self._unsaved, SampleState.UNSAVED),
            (self._problems, SampleState.PROBLEM),
        ):
            unlike.update((self._samples.position(key), state) for key in keys)
        masked = self._samples.masked()
        usual = {SampleState.MASKED: True, SampleState.UNLABELLED: False}.get(wanted)
        return [
            position
            for position in positions
            if (unlike[position] is wanted if position in unlike else masked[position] is usual)
        ]

    def _changed(self, keys: Collection[str]) -> None:
        if len(keys) > _FEW:
            if self._shown:
                self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))
            return
        for key in keys:
            row = self.row_of(key)
            if row is not None:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _tooltip(self, sample: Sample) -> str:
        lines = [sample.image.name, f"{sample.split}, {self.state(sample).value}"]
        if sample.key in self._coverage:
            lines.append(f"{self._coverage[sample.key]:.0%} painted")
        if sample.key in self._scores:
            lines.append(f"IoU of mask and prediction {self._scores[sample.key]:.3f}")
        review = self._reviews.get(sample.key)
        if review is not None:
            lines.append(", ".join([f"marked as {review.state.value}", *review.tags]))
            lines.extend([review.notes] if review.notes else [])
        return "\n".join(lines + self._problems.get(sample.key, []))
