"""States, tags and notes of the samples of the open dataset: changed at once, written in the background, undoable."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.review import (
    NO_REVIEW,
    Review,
    ReviewChange,
    Reviews,
    ReviewState,
    clean_tags,
    load_reviews,
    update_reviews,
)
from segstudio.errors import SegstudioError
from segstudio.ui.jobs import Jobs
from segstudio.ui.slices import Slices

_MOST_STEPS = 200
_AT_ONCE = 4000
"""Samples that are changed at a stretch: some milliseconds."""


Alike = tuple[tuple[ReviewChange, Sequence[str]], ...]
"""Changes, each with the keys of all samples that it was done to: of a hundred thousand there may be one."""


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One thing that a person did, to one sample or many: one step of undo."""

    title: str
    changes: Alike


class ReviewSession(QObject):
    """Holds what is said about the samples.

    Signals:
        reviews_changed(Reviews): what is said now (or `NO_REVIEW`) of samples of which something else was said before.
        tags_changed(tuple[str, ...]): the tags that are in use.
        history_changed(str, str): what would be undone, and done again; empty where there is nothing.
        message_raised(str): something that a person should know.
    """

    reviews_changed = Signal(object)
    tags_changed = Signal(object)
    history_changed = Signal(str, str)
    message_raised = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._output: Path | None = None
        self._reviews: dict[str, Review] = {}
        self._tags: Counter[str] = Counter()
        self._on_disk: Reviews = {}
        """As the file was last seen: only what has changed since is looked at in the window's thread."""
        self._undo: list[ReviewStep] = []
        self._redo: list[ReviewStep] = []
        self._held = False
        self._slices = Slices(self)
        self._pending: list[Alike] = []
        self._writing = threading.Lock()
        """Held while the file is written: by a job, or by `flush`."""
        self._guard = threading.Lock()

    @property
    def reviews(self) -> Reviews:
        """What is said about the samples."""
        return self._reviews

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags that are in use."""
        return tuple(sorted(+self._tags))

    @property
    def undo_title(self) -> str:
        """What would be undone; empty where there is nothing."""
        return self._undo[-1].title if self._undo else ""

    @property
    def redo_title(self) -> str:
        """What would be done again; empty where there is nothing."""
        return self._redo[-1].title if self._redo else ""

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Read what is said about the samples of a dataset; of the same one again, as others may have changed it.

        Whoever calls this has asked `flush` first: what could not be written is given up.
        """
        output = None if dataset is None else dataset.output
        self.flush()
        with self._writing, self._guard:
            self._pending = []
            self._on_disk = {}
            self._output = output
        self._undo, self._redo = [], []
        self._show(dict.fromkeys(self._reviews, NO_REVIEW))
        self._tell_history()
        if output is not None:
            self._load(output)

    def set_held(self, held: bool) -> None:  # noqa: FBT001 - a slot
        """Say whether samples are just being moved, so that nothing can be said about them."""
        self._held = held

    def set_state(self, keys: Collection[str], state: ReviewState) -> None:
        """Say how far a person is with samples."""
        self._change(f"Mark {_counted(keys)} as {state.value}", keys, lambda review: replace(review, state=state))

    def set_tag(self, keys: Collection[str], tag: str, *, on: bool) -> None:
        """Give samples a tag, or take it from them."""

        def change(review: Review) -> Review:
            return replace(review, tags=clean_tags({*review.tags, tag} if on else set(review.tags) - {tag}))

        self._change(f"{'Tag' if on else 'Untag'} {_counted(keys)} “{tag}”", keys, change)

    def describe(self, descriptions: Mapping[str, Review]) -> None:
        """Give samples other tags and notes; the state of each stays."""

        def change(review: Review, wanted: Review) -> Review:
            return replace(review, tags=wanted.tags, notes=wanted.notes)

        title, keys, wanted = f"Describe {_counted(descriptions)}", list(descriptions), list(descriptions.values())
        self._slices.start(self._changing(title, keys, wanted, change))

    def undo(self) -> None:
        """Take back what was done last."""
        self._slices.finish()
        if self._undo and not self._refused():
            step = self._undo.pop()
            self._redo.append(step)
            back = tuple((change.reversed, keys) for change, keys in step.changes)
            self._slices.start(self._going(back, f"Undone: {step.title}"))

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._slices.finish()
        if self._redo and not self._refused():
            step = self._redo.pop()
            self._undo.append(step)
            self._slices.start(self._going(step.changes, f"Done again: {step.title}"))

    def rename(self, keys: Mapping[str, str]) -> None:
        """Let everything follow samples that were moved; their file has been changed already."""
        self._slices.finish()

        def renamed(step: ReviewStep) -> ReviewStep:
            return ReviewStep(
                step.title, tuple((change, [keys.get(key, key) for key in of]) for change, of in step.changes)
            )

        self._undo = [renamed(step) for step in self._undo]
        self._redo = [renamed(step) for step in self._redo]
        now = {new: self._reviews.get(old, NO_REVIEW) for old, new in keys.items()}
        self._show({**dict.fromkeys(keys, NO_REVIEW), **now})
        with self._writing:
            self._on_disk = {keys.get(key, key): review for key, review in self._on_disk.items()}

    def flush(self) -> dict[str, str]:
        """Write now what is not written yet; return what could not be written, and why."""
        self._slices.finish()
        try:
            self._write()
        except SegstudioError as error:
            return {"review.json": str(error)}
        return {}

    def _change(self, title: str, keys: Collection[str], change: Callable[[Review], Review]) -> None:
        others = [NO_REVIEW] * len(keys)
        self._slices.start(self._changing(title, list(keys), others, lambda review, _other: change(review)))

    def _changing(
        self, title: str, keys: Sequence[str], others: Sequence[Review], become: Callable[[Review, Review], Review]
    ) -> Iterator[None]:
        """Change samples, some at a time, as one step; it is on record and written once all are changed."""
        if self._refused():
            return
        changes: list[tuple[ReviewChange, Sequence[str]]] = []
        for start in range(0, len(keys), _AT_ONCE):
            end = start + _AT_ONCE
            part = _alike(self._reviews, keys[start:end], others[start:end], become)
            self._take(part)
            changes.extend(part)
            yield
        if changes:
            step = ReviewStep(title, tuple(changes))
            self._undo = [*self._undo[1 - _MOST_STEPS :], step]
            self._redo = []
            self._record(step.changes)

    def _going(self, changes: Alike, said: str) -> Iterator[None]:
        """Do what is known, some samples at a time, and say so."""
        for change, keys in changes:
            for start in range(0, len(keys), _AT_ONCE):
                self._take(((change, keys[start : start + _AT_ONCE]),))
                yield
        self._record(changes)
        self.message_raised.emit(said)

    def _refused(self) -> bool:
        if self._held:
            self.message_raised.emit("The files are being rewritten. Say that again when it is done.")
        return self._held or self._output is None

    def _record(self, changes: Alike) -> None:
        """Write changes that were made, in the background."""
        with self._guard:
            self._pending.append(changes)
        self._tell_history()
        output = self._output

        def write(*, emit: object, should_stop: object) -> tuple[Reviews, str] | None:  # noqa: ARG001 - one file
            return self._write()

        self._jobs.start(
            "Writing the reviews",
            write,
            succeeded=lambda answer: self._on_read(output, answer),
            failed=self.message_raised.emit,
        )

    def _write(self) -> tuple[Reviews, str] | None:
        """Write all that is pending, in whatever thread; None where there is nothing.

        Returns:
            What the file says now, other than was written, of samples that were pending or of which it said something
            else before; and what a person should know.
        """
        with self._writing:
            with self._guard:
                output, steps, self._pending = self._output, self._pending, []
            pending = _summed(steps)
            if output is None or not pending:
                return None
            try:
                now, said = update_reviews(output, pending)
                told = {**self._news(now), **{key: now.get(key, NO_REVIEW) for key in pending}}
                # What was said here is shown already; others may have said more.
                return {
                    key: review for key, review in told.items() if key not in pending or review != pending[key].after
                }, said
            except SegstudioError:
                with self._guard:
                    self._pending[:0] = steps
                raise

    def _load(self, output: Path) -> None:
        def load(*, emit: object, should_stop: object) -> tuple[Reviews, str]:  # noqa: ARG001 - one file
            with self._writing:
                now, said = load_reviews(output)
                return (self._news(now), said) if output == self._output else ({}, "")

        self._jobs.start(
            "Reading the reviews",
            load,
            succeeded=lambda answer: self._on_read(output, answer),
            failed=self.message_raised.emit,
        )

    def _on_read(self, output: Path | None, answer: tuple[Reviews, str] | None) -> None:
        if answer is None or output != self._output:
            return
        self._slices.finish()  # what is being said counts as said before
        reviews, said = answer
        if said:
            self.message_raised.emit(said)
        with self._guard:
            pending = {key for step in self._pending for _change, keys in step for key in keys}
        # What was said since then is not in the file yet.
        self._show({key: review for key, review in reviews.items() if key not in pending})

    def _news(self, now: Reviews) -> Reviews:
        """Compare the file with how it was last seen; the lock of writing is held."""
        before, self._on_disk = self._on_disk, now
        return {key: now.get(key, NO_REVIEW) for key in before.keys() | now.keys() if before.get(key) != now.get(key)}

    def _show(self, reviews: Reviews) -> None:
        """Take notice of what is said now of some samples."""
        self._take(_alike(self._reviews, list(reviews), list(reviews.values()), lambda _review, now: now))

    def _take(self, changes: Alike) -> None:
        """Take notice of samples of which something else is said now."""
        tags, news = self.tags, dict[str, Review]()
        for change, keys in changes:
            self._tags.subtract(dict.fromkeys(change.before.tags, len(keys)))
            self._tags.update(dict.fromkeys(change.after.tags, len(keys)))
            news.update(dict.fromkeys(keys, change.after))
        _put(self._reviews, news)
        if news:
            self.reviews_changed.emit(news)
        if tags != self.tags:
            self.tags_changed.emit(self.tags)

    def _tell_history(self) -> None:
        self.history_changed.emit(self.undo_title, self.redo_title)


def _put(reviews: dict[str, Review], news: Reviews) -> None:
    """Put into ``reviews`` what is said of samples now; those of which nothing is said are taken out."""
    reviews.update(news)
    for key in [key for key, review in news.items() if review is NO_REVIEW]:
        del reviews[key]


def _alike(
    reviews: Reviews, keys: Sequence[str], others: Sequence[Review], become: Callable[[Review, Review], Review]
) -> Alike:
    """Return what changes where each review becomes what it and the other one of its sample say.

    Most samples say the same, so what becomes of them is worked out once, by identity: to compare a hundred thousand
    reviews would hold up the window. An empty review is always `NO_REVIEW` itself.
    """
    before = [reviews.get(key, NO_REVIEW) for key in keys]
    groups: dict[tuple[int, int], list[str]] = {}
    numbers = list(zip(map(id, before), map(id, others), strict=True))
    pairs = dict(zip(numbers, zip(before, others, strict=True), strict=True))
    if len(pairs) == 1:
        groups = {numbers[0]: list(keys)}
    else:
        for key, number in zip(keys, numbers, strict=True):
            groups.setdefault(number, []).append(key)
    changes: list[tuple[ReviewChange, Sequence[str]]] = []
    for number, of_group in groups.items():
        review, after = pairs[number][0], become(*pairs[number])
        if after != review:
            changes.append((ReviewChange(review, NO_REVIEW if after == NO_REVIEW else after), of_group))
    return tuple(changes)


def _summed(steps: Sequence[Alike]) -> dict[str, ReviewChange]:
    """Return what several changes, one after another, come to for each sample."""
    total: dict[str, ReviewChange] = {}
    for step in steps:
        for change, keys in step:
            for key in keys:
                earlier = total.get(key)
                total[key] = change if earlier is None else ReviewChange(earlier.before, change.after)
    return total


def _counted(keys: Collection[str]) -> str:
    return f"{len(keys):,} pictures" if len(keys) != 1 else f"“{next(iter(keys)).partition('/')[2]}”"
