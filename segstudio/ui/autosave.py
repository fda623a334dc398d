"""Saves what is painted: by itself soon after a stroke, again where it failed, and all at once on demand."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from segstudio.dataset.dataset import Sample
from segstudio.dataset.stored_masks import MaskFile, file_stamp
from segstudio.ui.documents import PaintedDocuments
from segstudio.ui.jobs import Jobs
from segstudio.ui.journalling import StrokeJournal
from segstudio.ui.save_state import SaveState
from segstudio.ui.saving import MaskWriter, Write

AUTOSAVE_MILLISECONDS = 2_000
RETRY_MILLISECONDS = 15_000


class Autosave(QObject):
    """Decides which mask is written when. A mask that could not be written stays unsaved, and is said to be so (R2).

    Args:
        jobs: what runs in the background.
        documents: the masks.
        journal: is told what is on the disk.
        find_sample: gives the sample of a key.

    Signals:
        saved(str): the mask of the sample with this key is on the disk.
        unsaved_changed(frozenset[str]): the keys of the samples with unsaved strokes.
        state_changed(SaveState, str): how saving goes; the text says why it failed.
        noticed(str): something that a person should know.
    """

    saved = Signal(str)
    unsaved_changed = Signal(object)
    state_changed = Signal(object, str)
    noticed = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        documents: PaintedDocuments,
        journal: StrokeJournal,
        find_sample: Callable[[str], Sample],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._documents = documents
        self._journal = journal
        self._find_sample = find_sample
        self._unsaved: frozenset[str] = frozenset()
        self._tried: set[str] = set()
        self._failures: dict[str, str] = {}
        self._said: tuple[SaveState, str] = (SaveState.SAVED, "")
        self._writer = MaskWriter(jobs, journal.announce, self)
        self._writer.written.connect(self._on_written)
        self._writer.failed.connect(self._on_failed)
        self._writer.noticed.connect(self.noticed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)

    @property
    def unsaved(self) -> frozenset[str]:
        """The keys of the samples with strokes that are not on the disk."""
        return self._unsaved

    @property
    def writing(self) -> str:
        """The key of the sample whose mask is being written; empty while none is."""
        return self._writer.key

    def note_change(self) -> None:
        """Take notice that a document was painted on, or that a stroke was undone (R3)."""
        self.note_unsaved()
        if self._unsaved:
            self._timer.start(AUTOSAVE_MILLISECONDS)
        self._settle_journal()
        self._say_state()

    def note_unsaved(self) -> None:
        """Look which documents have unsaved strokes, and say so if it has changed."""
        unsaved = self._documents.unsaved
        if unsaved != self._unsaved:
            self._unsaved = unsaved
            self.unsaved_changed.emit(unsaved)

    def save(self) -> None:
        """Write the unsaved masks, one after another, in the background."""
        self._timer.stop()
        if not self._writer.busy:
            self._tried = set()
            self._save_next()

    def flush(self) -> dict[str, str]:
        """Write all unsaved masks now and wait for it; return what could not be written, and why."""
        self._timer.stop()
        # First the write in flight: an older state must never land on top of a newer one.
        self._tried = set(self._documents)
        self._writer.finish()
        failures: dict[str, str] = {}
        for key in sorted(self._unsaved):
            write = self._write(key)
            self._writer.write_now(write)
            if write.reason:
                failures[key] = write.reason
        return failures

    def finish(self) -> None:
        """Wait for the write in flight, and begin none."""
        self._timer.stop()
        self._tried = set(self._documents)
        self._writer.finish()

    def forget_failures(self) -> None:
        """Forget what could not be written: its dataset is left."""
        self._failures.clear()

    def _save_next(self) -> None:
        waiting = (key for key in self._documents if key in self._unsaved and key not in self._tried)
        key = next(waiting, None)
        if key is not None:
            self._tried.add(key)
            self._writer.start(self._write(key))
        elif self._failures:
            self._timer.start(RETRY_MILLISECONDS)  # the disk may be back by then
        self._say_state()

    def _write(self, key: str) -> Write:
        document = self._documents.find(key)
        if document is None:
            raise KeyError(key)
        target = self._find_sample(key).target
        return Write(key, target, document.snapshot(), self._journal.number, self._documents.file(key))

    def _on_written(self, write: Write) -> None:
        document = self._documents.find(write.key)
        if document is None or write.file is None:
            return
        document.mark_saved(write.snapshot.revision)
        self._failures.pop(write.key, None)
        self._documents.set_file(write.key, write.file)
        self._journal.saved(write.key, write.step, write.file.fingerprint, all_of_it=not document.unsaved)
        self.note_unsaved()
        if document.unsaved:
            self._timer.start(AUTOSAVE_MILLISECONDS)  # painted on while it was being written
        self.saved.emit(write.key)
        self._save_next()

    def _on_failed(self, write: Write) -> None:
        self._failures[write.key] = write.reason
        if write.kept is not None and self._documents.find(write.key) is not None:
            # It need not be kept again with every try.
            known = self._documents.file(write.key)
            self._documents.set_file(write.key, MaskFile(file_stamp(write.target), known.fingerprint))
        self._settle_journal()
        self._save_next()

    def _settle_journal(self) -> None:
        """Let the journal forget what undo has taken back to the state on the disk."""
        for key in self._journal.unsettled:
            document = self._documents.find(key)
            if document is not None and not document.unsaved and self._writer.key != key:
                fingerprint = self._documents.file(key).fingerprint
                self._journal.saved(key, self._journal.number, fingerprint, all_of_it=True)

    def _say_state(self) -> None:
        failed = next((reason for key, reason in self._failures.items() if key in self._unsaved), "")
        state = SaveState.UNSAVED if self._unsaved else SaveState.SAVED
        said = (SaveState.SAVING, "") if self._writer.busy else (SaveState.FAILED, failed) if failed else (state, "")
        if said != self._said:  # “saved just now” is for what was saved just now
            self._said = said
            self.state_changed.emit(*said)
