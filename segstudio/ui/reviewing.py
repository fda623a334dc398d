"""States, tags and notes of the samples of the open dataset: changed at once, written in the background, undoable."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.review import (
    NO_REVIEW,
    Changes,
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

_MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One thing that a person did, to one sample or many: one step of undo."""

    title: str
    changes: Changes


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
        self._pending: dict[str, ReviewChange] = {}
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
            self._pending = {}
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

        def change(key: str, review: Review) -> Review:
            return replace(review, tags=descriptions[key].tags, notes=descriptions[key].notes)

        now = {key: change(key, self._reviews.get(key, NO_REVIEW)) for key in descriptions}
        self._step(f"Describe {_counted(descriptions)}", now)

    def undo(self) -> None:
        """Take back what was done last."""
        if self._undo and not self._refused():
            step = self._undo.pop()
            self._redo.append(step)
            self._apply({key: change.reversed for key, change in step.changes.items()})
            self.message_raised.emit(f"Undone: {step.title}")

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self._redo and not self._refused():
            step = self._redo.pop()
            self._undo.append(step)
            self._apply(step.changes)
            self.message_raised.emit(f"Done again: {step.title}")

    def rename(self, keys: Mapping[str, str]) -> None:
        """Let everything follow samples that were moved; their file has been changed already."""

        def renamed(step: ReviewStep) -> ReviewStep:
            return ReviewStep(step.title, {keys.get(key, key): change for key, change in step.changes.items()})

        self._undo = [renamed(step) for step in self._undo]
        self._redo = [renamed(step) for step in self._redo]
        now = {new: self._reviews.get(old, NO_REVIEW) for old, new in keys.items()}
        self._show({**dict.fromkeys(keys, NO_REVIEW), **now})
        with self._writing:
            self._on_disk = {keys.get(key, key): review for key, review in self._on_disk.items()}

    def flush(self) -> dict[str, str]:
        """Write now what is not written yet; return what could not be written, and why."""
        try:
            self._write()
        except SegstudioError as error:
            return {"review.json": str(error)}
        return {}

    def _change(self, title: str, keys: Collection[str], change: Callable[[Review], Review]) -> None:
        # Most samples say the same, and what all of them become is worked out once.
        known = {review: change(review) for review in {self._reviews.get(key, NO_REVIEW) for key in keys}}
        self._step(title, {key: known[self._reviews.get(key, NO_REVIEW)] for key in keys})

    def _step(self, title: str, wanted: Reviews) -> None:
        changes = {
            key: ReviewChange(self._reviews.get(key, NO_REVIEW), after)
            for key, after in wanted.items()
            if self._reviews.get(key, NO_REVIEW) != after
        }
        if not changes or self._refused():
            return
        self._undo = [*self._undo[1 - _MOST_STEPS :], ReviewStep(title, changes)]
        self._redo = []
        self._apply(changes)

    def _refused(self) -> bool:
        if self._held:
            self.message_raised.emit("The files are being rewritten. Say that again when it is done.")
        return self._held or self._output is None

    def _apply(self, changes: Changes) -> None:
        with self._guard:
            for key, change in changes.items():
                earlier = self._pending.get(key, change)
                self._pending[key] = ReviewChange(earlier.before, change.after)
        self._show({key: change.after for key, change in changes.items()})
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
            What the file says now of samples that were pending or of which it said something else before; and what a
            person should know.
        """
        with self._writing:
            with self._guard:
                output, pending, self._pending = self._output, self._pending, {}
            if output is None or not pending:
                return None
            try:
                now, said = update_reviews(output, pending)
                return {**self._news(now), **{key: now.get(key, NO_REVIEW) for key in pending}}, said
            except SegstudioError:
                with self._guard:
                    for key, change in pending.items():
                        later = self._pending.get(key, change)
                        self._pending[key] = ReviewChange(change.before, later.after)
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
        reviews, said = answer
        if said:
            self.message_raised.emit(said)
        with self._guard:
            pending = set(self._pending)  # what was said since then is not in the file yet
        self._show({key: review for key, review in reviews.items() if key not in pending})

    def _news(self, now: Reviews) -> Reviews:
        """Compare the file with how it was last seen; the lock of writing is held."""
        before, self._on_disk = self._on_disk, now
        return {key: now.get(key, NO_REVIEW) for key in before.keys() | now.keys() if before.get(key) != now.get(key)}

    def _show(self, reviews: Reviews) -> None:
        """Take notice of what is said now of some samples."""
        news = {key: now for key, now in reviews.items() if self._reviews.get(key, NO_REVIEW) != now}
        tags = self.tags
        for key, now in news.items():
            self._tags.subtract(self._reviews.pop(key, NO_REVIEW).tags)
            self._tags.update(now.tags)
            if now != NO_REVIEW:
                self._reviews[key] = now
        if news:
            self.reviews_changed.emit(news)
        if tags != self.tags:
            self.tags_changed.emit(self.tags)

    def _tell_history(self) -> None:
        self.history_changed.emit(self.undo_title, self.redo_title)


def _counted(keys: Collection[str]) -> str:
    return f"{len(keys):,} pictures" if len(keys) != 1 else f"“{next(iter(keys)).partition('/')[2]}”"
