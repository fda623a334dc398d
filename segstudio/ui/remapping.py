"""Removing a class from all masks, moving samples between splits, and undoing it, while the window stays open.

Nobody paints meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset, Split
from segstudio.dataset.moving import MoveResult, move_samples, undo_move, undoable_move
from segstudio.dataset.remap import RemapResult, remove_class, undo_remap, undoable_remap
from segstudio.dataset.rewriting import RewriteError, recover
from segstudio.dataset.steps import EmitStep, ShouldStop
from segstudio.ui.editing import EditingSession
from segstudio.ui.jobs import Job, Jobs

_Result = RemapResult | MoveResult


class _Change(Protocol):
    def __call__(self, dataset: Dataset, *, emit: EmitStep, should_stop: ShouldStop) -> _Result | None: ...


class Remapping(QObject):
    """Changes ids in all masks of the open dataset, or moves its samples, in the background, one change at a time.

    First everything painted is saved; then the editing session lets go of the masks until they are rewritten, or put
    back after a failure or a stop; then it reads them anew.

    Signals:
        started(str): a change has begun; what it is.
        progressed(StepProgress): how far it is.
        ended(str): it is over, and how; for people.
        undoable_changed(str | None): the removal that can be undone now.
        undoable_move_changed(str | None): the move that can be undone now.
        renamed(dict[str, str]): samples have other keys now, told before the dataset is; before and now.
    """

    started = Signal(str)
    progressed = Signal(object)
    ended = Signal(str)
    undoable_changed = Signal(object)
    undoable_move_changed = Signal(object)
    renamed = Signal(object)

    def __init__(self, editing: EditingSession, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editing = editing
        self._jobs = jobs
        self._job: Job | None = None
        self._output: Path | None = None
        self._undoable: str | None = None
        editing.dataset_changed.connect(self._on_dataset_changed)

    @property
    def is_running(self) -> bool:
        """Whether masks are being rewritten."""
        return self._job is not None

    @property
    def undoable(self) -> str | None:
        """The change that can be undone now, as far as that is known."""
        return self._undoable

    def remove(self, class_id: int, replacement: int) -> None:
        """Remove a class; its pixels become those of another."""

        def change(dataset: Dataset, *, emit: EmitStep, should_stop: ShouldStop) -> RemapResult | None:
            return remove_class(dataset, class_id, replacement, emit=emit, should_stop=should_stop)

        entry = self._editing.dataset.classes.find(class_id) if self._editing.dataset else None
        if entry is not None:
            self._start(f"Removing “{entry.name}”", change, f"Removed “{entry.name}”")

    def undo(self) -> None:
        """Undo the last change as a whole."""
        self._start("Undoing the removal", undo_remap, "Undid the removal")

    def move(self, keys: Sequence[str], split: Split) -> None:
        """Move samples to another split, with their masks and predictions."""

        def change(dataset: Dataset, *, emit: EmitStep, should_stop: ShouldStop) -> MoveResult | None:
            return move_samples(dataset, keys, split, emit=emit, should_stop=should_stop)

        self._start(f"Moving pictures to {split}", change, f"Moved to {split}")

    def undo_move(self) -> None:
        """Move the samples of the last move back."""
        self._start("Undoing the move", undo_move, "Moved back")

    def stop(self) -> None:
        """Ask the change under way to end; everything is then put back."""
        if self._job is not None:
            self._job.request_stop()

    def _start(self, title: str, change: _Change, done: str) -> None:
        dataset = self._editing.dataset
        if dataset is None or self._job is not None or self._editing.held:
            return
        failures = self._editing.hold()
        if failures:
            reason = next(iter(failures.values()))
            self.ended.emit(f"{title} was not begun, since not every mask could be saved: {reason}")
            return

        def run(*, emit: Callable[[object], None], should_stop: ShouldStop) -> _Result | None:
            return change(dataset, emit=emit, should_stop=should_stop)

        self._job = self._jobs.start(
            title,
            run,
            emitted=self.progressed.emit,
            succeeded=lambda result: self._on_done(dataset, result, title, done),
            failed=lambda reason: self._on_failed(dataset, reason),
        )
        self.started.emit(title)

    def _on_done(self, dataset: Dataset, result: _Result | None, title: str, done: str) -> None:
        self._job = None
        if result is None:
            self._release(dataset, dataset)
            self.ended.emit(f"{title} was stopped: every file is as before.")
            return
        if isinstance(result, MoveResult):
            self._release(dataset, result.dataset, result.keys)
            pictures = "one picture" if len(result.keys) == 1 else f"{len(result.keys):,} pictures"
            self.ended.emit(f"{done}: {pictures}. Earlier strokes cannot be undone any more.")
            return
        self._release(dataset, result.dataset)
        masks = "one mask" if result.masks == 1 else f"{result.masks:,} masks"
        self.ended.emit(
            f"{done}: {masks} rewritten, {result.pixels:,} pixels changed. Earlier strokes cannot be undone any more."
        )

    def _on_failed(self, dataset: Dataset, reason: str) -> None:
        self._job = None
        try:
            recover(dataset.output)
        except RewriteError as error:
            # Masks may be half rewritten: whoever painted on them would lose that when they are put back.
            self.ended.emit(str(error))
            return
        self._release(dataset, dataset)
        self.ended.emit(reason)

    def _release(self, before: Dataset, after: Dataset, keys: Mapping[str, str] | None = None) -> None:
        if self._editing.dataset is before:  # and not another that was opened meanwhile
            if keys:
                self.renamed.emit(keys)
            self._editing.release(after, renamed=keys)
            self._look_for_undo(after.output)

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        output = None if dataset is None else dataset.output
        if output != self._output:
            self._output = output
            self._tell_undoable(None, None)
            if output is not None:
                self._look_for_undo(output)

    def _look_for_undo(self, output: Path) -> None:
        def look(*, emit: object, should_stop: object) -> tuple[str | None, str | None]:  # noqa: ARG001 - one file
            return undoable_remap(output), undoable_move(output)

        def tell(titles: tuple[str | None, str | None]) -> None:
            if output == self._output:
                self._tell_undoable(*titles)

        self._jobs.start("Looking for what can be undone", look, succeeded=tell)

    def _tell_undoable(self, removal: str | None, move: str | None) -> None:
        self._undoable = removal
        self.undoable_changed.emit(removal)
        self.undoable_move_changed.emit(move)
