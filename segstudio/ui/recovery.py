"""Offers back what was painted and could not be saved before the program died (R6).

Nothing happens to a journal before the person has chosen. One that was brought back stays until all of its samples
are saved: killed in between, the next start offers it again, and bringing strokes back twice changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.files import name_for_copy
from segstudio.dataset.masks import write_mask
from segstudio.errors import SegstudioError
from segstudio.painting.dead_journals import DAYS_KEPT, DeadJournal, find_dead_journals, forget_old_journals
from segstudio.painting.lost import LostStrokesError
from segstudio.painting.recovery import Recovery, assess
from segstudio.ui.editing import EditingSession
from segstudio.ui.jobs import Jobs


@dataclass(frozen=True, slots=True)
class LostPicture:
    """One picture with strokes that are not on the disk.

    Attributes:
        key: the `Sample.key`.
        steps: how many strokes, undos and redos.
        fits: whether they can be given back to the picture's mask; else they go into a copy beside it.
    """

    key: str
    steps: int
    fits: bool


@dataclass(frozen=True, slots=True)
class _Found:
    journal: DeadJournal
    pictures: tuple[LostPicture, ...]


@dataclass(frozen=True, slots=True)
class _Copied:
    """What became of strokes that did not fit: in this file, or not, for this reason."""

    path: Path
    reason: str


@dataclass(slots=True, eq=False)
class _Return:
    """A bringing back under way: from the click until all is saved."""

    journals: list[DeadJournal]
    keys: set[str] = field(default_factory=set)
    copies: list[Path] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    read_to_end: bool = False
    given_back: bool = False


class StrokeRecovery(QObject):
    """Looks for lost strokes when a dataset is opened, and gives them back if the person wants that.

    Args:
        folder: of all journals.

    Signals:
        offered(tuple[LostPicture, ...]): what can be brought back, said once a dataset has been looked at; maybe none.
        message_raised(str): something that a person should know.
    """

    offered = Signal(object)
    message_raised = Signal(str)

    def __init__(self, editing: EditingSession, jobs: Jobs, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editing = editing
        self._jobs = jobs
        self._folder = folder
        self._dataset: Dataset | None = None
        self._found: list[_Found] = []
        self._return: _Return | None = None
        editing.unsaved_changed.connect(lambda _keys: self._forget_returned())

    @property
    def pictures(self) -> tuple[LostPicture, ...]:
        """What is offered."""
        return tuple(picture for found in self._found for picture in found.pictures)

    def look(self, dataset: Dataset) -> None:
        """Look, in the background, for strokes on a dataset that has just been opened."""
        self.close()
        self._dataset = dataset

        def find(*, emit: object, should_stop: object) -> list[_Found]:  # noqa: ARG001 - a few files, mostly none
            forget_old_journals(self._folder)
            return [_seen(journal, dataset) for journal in find_dead_journals(self._folder, dataset.output)]

        self._jobs.start(
            "Looking for unsaved strokes",
            find,
            succeeded=lambda found: self._on_found(dataset, found),
            failed=self.message_raised.emit,
        )

    def bring_back(self) -> None:
        """Give all that is offered back to the masks, each sample as one step that can be undone."""
        dataset = self._editing.dataset
        if not self._found or dataset is None:
            return
        under_way = _Return([found.journal for found in self._found])
        self._return = under_way
        self._found = []
        self.offered.emit(())

        def read(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> None:
            for journal in under_way.journals:
                for lost in journal.lost:
                    if should_stop():
                        return
                    try:
                        recovery = assess(lost, dataset)
                    except LostStrokesError:
                        continue  # its journal counts as damaged since it was found
                    if recovery.changes_something:
                        emit(recovery if recovery.sample is not None else _copied(recovery))
            under_way.read_to_end = True

        self._jobs.start(
            "Bringing back strokes",
            read,
            emitted=lambda part: self._on_part(under_way, part),
            failed=under_way.failures.append,
            ended=lambda: self._on_returned(under_way),
        )

    def discard(self) -> None:
        """Do without what is offered. It is kept for some days, out of the way."""
        if not self._found:
            return
        places = [found.journal.set_aside() for found in self._found]
        self._found = []
        self.offered.emit(())
        self.message_raised.emit(
            f"The strokes were put aside. For {DAYS_KEPT} days they are kept in {places[0].parent}."
        )

    def close(self) -> None:
        """Leave what was not chosen for the next start. Call it while the samples are still open in the session."""
        self._dataset = None
        for found in self._found:
            found.journal.release()
        self._forget_returned()
        if self._return is not None:
            for journal in self._return.journals:
                journal.release()
        self._return = None
        if self._found:
            self._found = []
            self.offered.emit(())

    def _on_found(self, dataset: Dataset, found: list[_Found]) -> None:
        if dataset is not self._dataset:
            for one in found:
                one.journal.release()
            return
        damaged = [one for one in found if one.journal.damaged]
        self._found = [one for one in found if one.pictures]
        for one in found:
            if one.pictures:
                continue
            if one.journal.damaged:
                one.journal.set_aside()
            else:
                one.journal.remove()
        if damaged:
            self.message_raised.emit(
                "A journal of unsaved strokes is damaged. "
                + ("What could be read of it is offered." if self._found else "Nothing could be read from it.")
            )
        self.offered.emit(self.pictures)

    def _on_part(self, under_way: _Return, part: Recovery | _Copied) -> None:
        if under_way is not self._return:
            return
        if isinstance(part, _Copied):
            if part.reason:
                under_way.failures.append(part.reason)
            else:
                under_way.copies.append(part.path)
        elif part.sample is not None:
            under_way.keys.add(part.origin.sample)
            self._editing.restore(part.sample, part)

    def _on_returned(self, under_way: _Return) -> None:
        if under_way is not self._return:
            return
        if under_way.failures or not under_way.read_to_end:
            self.message_raised.emit(
                f"Some strokes could not be brought back: {', '.join(under_way.failures) or 'it was stopped'}. "
                "The next start offers them again."
            )
            self.close()  # for the next start
            return
        under_way.given_back = True
        texts = []
        if under_way.keys:
            texts.append(f"Brought back what was painted on {_pictures(len(under_way.keys))}.")
        if under_way.copies:
            names = ", ".join(path.name for path in under_way.copies[:3])
            texts.append(f"Copies with the strokes: {names}{' …' if len(under_way.copies) > 3 else ''}.")
        self.message_raised.emit(" ".join(texts) or "The masks hold all of these strokes already.")
        self._forget_returned()

    def _forget_returned(self) -> None:
        """Delete the journals that were brought back once the disk has all that was in them."""
        under_way = self._return
        if under_way is None or not under_way.given_back or under_way.keys & self._editing.unsaved:
            return
        for journal in under_way.journals:
            if journal.damaged:
                journal.set_aside()
            else:
                journal.remove()
        self._return = None


def _seen(journal: DeadJournal, dataset: Dataset) -> _Found:
    """Keep of a journal's strokes those that the masks on the disk lack."""
    pictures = []
    for lost in journal.lost:
        try:
            recovery = assess(lost, dataset)
        except LostStrokesError:
            journal.damaged = True
            continue
        if recovery.changes_something:
            pictures.append(LostPicture(lost.origin.sample, recovery.steps, recovery.sample is not None))
    return _Found(journal, tuple(pictures))


def _copied(recovery: Recovery) -> _Copied:
    path = name_for_copy(recovery.origin.target, "recovered")
    try:
        write_mask(path, recovery.result)
    except OSError as error:
        return _Copied(path, f"{path.name}: {error.strerror or error}")
    except SegstudioError as error:
        return _Copied(path, str(error))
    return _Copied(path, "")


def _pictures(number: int) -> str:
    return "one picture" if number == 1 else f"{number} pictures"
