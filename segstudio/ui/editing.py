"""The dataset that is open, the sample on the canvas, and the one gate through which masks are saved.

Every way of leaving a sample (arrow keys, a click, another dataset, closing the window) goes through
`EditingSession`, so no way can skip the save (R5). A mask that could not be written stays here, unsaved and
said to be so, until it can (R2).
"""

import contextlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from segstudio.dataset.classes import DEFAULT_CLASSES, ClassList, save_classes
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.stored_masks import MaskFile, file_stamp
from segstudio.errors import SegstudioError
from segstudio.painting.document import MaskDocument
from segstudio.painting.locks import Gate
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.records import Origin
from segstudio.painting.recovery import Recovery
from segstudio.ui.jobs import Jobs
from segstudio.ui.journalling import StrokeJournal
from segstudio.ui.reading import ReadSample, SampleReader
from segstudio.ui.save_state import SaveState
from segstudio.ui.saving import MaskWriter, Write

AUTOSAVE_MILLISECONDS = 2_000
RETRY_MILLISECONDS = 15_000
_KEPT_DOCUMENTS = 12
_HIGHEST_NARROW_ID = 255


@dataclass(frozen=True, slots=True)
class OpenSample:
    """A sample as it was read.

    Attributes:
        sample: which one.
        image: the picture, or None where it cannot be read.
        document: the mask to paint on, or None where there is none to paint on.
        problem: why something is missing; empty if all is well.
        picture: the same as ``image`` for the canvas: in all its sizes, and with all its bits.
    """

    sample: Sample
    image: ImageArray | None
    document: MaskDocument | None
    problem: str = ""
    picture: Pyramid | None = None


class EditingSession(QObject):
    """Holds the open dataset and the masks that are being painted, and writes them.

    Args:
        jobs: what runs in the background.
        journals: the folder of the journals of strokes.

    Signals:
        dataset_changed(Dataset | None): another dataset, or the same with other classes.
        sample_opening(Sample): a sample was asked for; reading it has begun.
        sample_previewed(Sample, Pyramid): something of a large picture can be seen; it is still being read.
        sample_opened(OpenSample): it was read; always for the sample asked for last.
        sample_saved(Sample): its mask is on the disk.
        unsaved_changed(frozenset[str]): the keys of the samples with unsaved strokes.
        save_state_changed(SaveState, str): how saving goes; the text says why it failed.
        held_changed(bool): whether nobody may paint, since the masks are being rewritten; see `hold`.
        message_raised(str): something that a person should know.
    """

    dataset_changed = Signal(object)
    sample_opening = Signal(object)
    sample_previewed = Signal(object, object)
    sample_opened = Signal(object)
    sample_saved = Signal(object)
    unsaved_changed = Signal(object)
    save_state_changed = Signal(object, str)
    held_changed = Signal(bool)
    message_raised = Signal(str)

    def __init__(self, jobs: Jobs, journals: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._wanted: Sample | None = None
        self._current: OpenSample | None = None
        self._held = False
        # The masks painted lately, with their undo history; those with unsaved strokes are never dropped.
        self._documents: OrderedDict[str, MaskDocument] = OrderedDict()
        self._files: dict[str, MaskFile] = {}
        self._unsaved: frozenset[str] = frozenset()
        self._tried: set[str] = set()
        self._failures: dict[str, str] = {}
        self._reader = SampleReader(jobs, self)
        self._reader.sample_previewed.connect(self._on_previewed)
        self._reader.sample_read.connect(self._on_read)
        self._journal = StrokeJournal(jobs, journals, self)
        self._journal.failed.connect(self.message_raised)
        self._writer = MaskWriter(jobs, self._journal.announce, self)
        self._writer.written.connect(self._on_written)
        self._writer.failed.connect(self._on_not_written)
        self._writer.noticed.connect(self.message_raised)
        self._autosave = QTimer(self)
        self._autosave.setSingleShot(True)
        self._autosave.timeout.connect(self.save)

    @property
    def dataset(self) -> Dataset | None:
        """The open dataset."""
        return self._dataset

    @property
    def current(self) -> OpenSample | None:
        """The sample on the canvas, or None while one is being read."""
        return self._current

    @property
    def unsaved(self) -> frozenset[str]:
        """The keys of the samples with strokes that are not on the disk."""
        return self._unsaved

    @property
    def held(self) -> bool:
        """Whether nobody may paint, since the masks are being rewritten."""
        return self._held

    def painted_mask(self, key: str) -> MaskArray | None:
        """Return a copy of the mask of a sample that was painted lately, saved or not; None if it was not."""
        document = self._documents.get(key)
        return None if document is None else document.snapshot()[0]

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another dataset. Whoever calls this has asked `flush` first.

        What could not be saved all the same stays in the journal, and is offered when its dataset is opened again.
        """
        self._autosave.stop()
        self._writer.finish()
        self._reader.drop()
        self._journal.open(None if dataset is None else dataset.output)
        self._set_held(False)
        self._dataset = dataset
        self._wanted = None
        self._current = None
        self._documents.clear()
        self._files.clear()
        self._failures.clear()
        self._note_unsaved()
        self.dataset_changed.emit(dataset)

    def set_classes(self, classes: ClassList) -> None:
        """Change the classes of the dataset, on the disk too.

        Raises:
            SegstudioError: they could not be written; nothing has changed.
        """
        if self._dataset is None:
            return
        if self._held:
            raise SegstudioError("The masks are being rewritten. Change the classes when that is done.")
        blank_before = self._dataset.classes.blank
        try:
            save_classes(self._dataset.output, classes)
        except OSError as error:
            raise SegstudioError(f"The classes could not be saved in {self._dataset.output}: {error}.") from error
        self._dataset = self._dataset.with_classes(classes)
        if max(classes.ids) > _HIGHEST_NARROW_ID:
            for document in self._documents.values():
                document.widen()
        self.dataset_changed.emit(self._dataset)
        if classes.blank != blank_before:
            self._drop_blank_documents()

    def open(self, sample: Sample) -> None:
        """Put a sample on the canvas; what was painted on the one before is saved on the way."""
        if self._wanted is not None and self._wanted.key == sample.key:
            return
        self.save()
        self._wanted = sample
        self._current = None
        self.sample_opening.emit(sample)
        if not self._held:  # else `release` reads it
            self._reader.read(sample)

    def reload(self) -> None:
        """Read the sample on the canvas again, as after a change by another program."""
        if self._wanted is not None:
            sample, self._wanted = self._wanted, None
            self.open(self._fresh(sample))

    def hold(self) -> dict[str, str]:
        """Save everything and let go of all masks, so that their files can be rewritten, until `release`.

        Returns:
            What could not be saved, and why; nothing is held then.
        """
        failures = self.flush()
        if not failures:
            self._reader.drop()
            self._documents.clear()
            self._files.clear()
            self._current = None
            self._set_held(True)
        return failures

    def release(self, dataset: Dataset) -> None:
        """Read the masks of the same dataset anew, after `hold`. What was painted before cannot be undone any more."""
        if not self._held:
            return
        self._dataset = dataset
        wanted, self._wanted = self._wanted, None
        self._set_held(False)
        self.dataset_changed.emit(dataset)
        if wanted is not None:
            self.open(self._fresh(wanted))

    def note_change(self) -> None:
        """Take notice that the document on the canvas was painted on, or that a stroke was undone (R3)."""
        self._note_unsaved()
        if self._unsaved:
            self._autosave.start(AUTOSAVE_MILLISECONDS)
        self._settle_journal()
        self._say_state()

    def restore(self, sample: Sample, lost: Recovery) -> None:
        """Give lost strokes back to a sample, as one step that can be undone; it is saved like any other."""
        kept = self._kept_document(sample.key, lost.file)
        document = kept or self._new_document(sample, lost.mask, lost.file)
        if lost.ids.dtype.itemsize > document.mask.dtype.itemsize:
            document.widen()
        gate, document.gate = document.gate, Gate()  # no lock forbade these strokes when they were painted
        document.apply(lost.region, lost.ids)
        document.gate = gate
        if self._current is not None and self._current.sample.key == sample.key:
            self._current = replace(self._current, document=document)
            self.sample_opened.emit(self._current)
        self.note_change()

    def save(self) -> None:
        """Write the unsaved masks, one after another, in the background."""
        self._autosave.stop()
        if not self._writer.busy:
            self._tried = set()
            self._save_next()

    def flush(self) -> dict[str, str]:
        """Write all unsaved masks now and wait for it; return what could not be written, and why."""
        self._autosave.stop()
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

    def close(self) -> None:
        """End the journal; whoever calls this has asked `flush` first."""
        self._autosave.stop()
        self._writer.finish()
        self._journal.close()

    def _on_previewed(self, sample: Sample, picture: Pyramid) -> None:
        if not self._held and self._wanted is not None and sample.key == self._wanted.key and self._current is None:
            self.sample_previewed.emit(sample, picture)

    def _on_read(self, read: ReadSample) -> None:
        key = read.sample.key
        if self._held or self._wanted is None or key != self._wanted.key or self._dataset is None:
            return  # another sample was asked for meanwhile, or the masks are being rewritten
        document = self._kept_document(key, read.file)
        if document is None and read.image is not None and not (read.mask is None and read.problem):
            mask = read.mask if read.mask is not None else self._empty_mask(read.image)
            document = self._new_document(read.sample, mask, read.file)
        self._current = OpenSample(self._fresh(read.sample), read.image, document, read.problem, read.picture)
        self.sample_opened.emit(self._current)

    def _kept_document(self, key: str, file: MaskFile) -> MaskDocument | None:
        """Return the document of a sample, unless another program has changed its file since and nothing is lost."""
        kept = self._documents.get(key)
        if kept is None:
            return None
        if kept.unsaved or self._writer.key == key or self._files[key].stamp == file.stamp:
            self._documents.move_to_end(key)
            return kept
        return None

    def _new_document(self, sample: Sample, mask: MaskArray, file: MaskFile) -> MaskDocument:
        document = MaskDocument(mask, key=sample.key)
        if self._dataset is not None and max(self._dataset.classes.ids) > _HIGHEST_NARROW_ID:
            document.widen()
        size = document.width, document.height
        self._journal.follow(document, Origin(sample.key, sample.target, *size, file.fingerprint, self._background))
        self._documents[sample.key] = document
        self._documents.move_to_end(sample.key)
        self._files[sample.key] = file
        self._drop_old_documents()
        return document

    @property
    def _background(self) -> int:
        """The id that a new mask is full of."""
        return (self._dataset.classes if self._dataset else DEFAULT_CLASSES).blank

    def _empty_mask(self, image: ImageArray) -> MaskArray:
        kind = np.uint8 if self._background <= _HIGHEST_NARROW_ID else np.uint16
        return np.full(image.shape[:2], self._background, dtype=kind)

    def _drop_blank_documents(self) -> None:
        """Let masks that nobody has painted on start anew, as what new masks start as now."""
        for key, document in list(self._documents.items()):
            if self._sample(key).mask is None and not document.unsaved:
                del self._documents[key]
                if self._current is not None and self._current.sample.key == key:
                    self.reload()

    def _set_held(self, held: bool) -> None:  # noqa: FBT001 - the only thing that it says
        if held != self._held:
            self._held = held
            self.held_changed.emit(held)

    def _drop_old_documents(self) -> None:
        in_use = {self._writer.key, next(reversed(self._documents)), self._wanted.key if self._wanted else ""}
        for key in list(self._documents):
            if len(self._documents) <= _KEPT_DOCUMENTS:
                return
            if not self._documents[key].unsaved and key not in in_use:
                del self._documents[key]

    def _save_next(self) -> None:
        key = next((key for key in self._documents if key in self._unsaved and key not in self._tried), None)
        if key is not None:
            self._tried.add(key)
            self._writer.start(self._write(key))
        elif self._failures:
            self._autosave.start(RETRY_MILLISECONDS)  # the disk may be back by then
        self._say_state()

    def _write(self, key: str) -> Write:
        mask, revision = self._documents[key].snapshot()
        return Write(key, self._sample(key).target, mask, revision, self._journal.number, self._files[key])

    def _on_written(self, write: Write) -> None:
        document = self._documents.get(write.key)
        if document is None or self._dataset is None or write.file is None:
            return
        document.mark_saved(write.revision)
        self._failures.pop(write.key, None)
        self._files[write.key] = write.file
        self._journal.saved(write.key, write.step, write.file.fingerprint, all_of_it=not document.unsaved)
        self._dataset = self._dataset.with_saved_mask(write.key)
        sample = self._sample(write.key)
        self._note_unsaved()
        if document.unsaved:
            self._autosave.start(AUTOSAVE_MILLISECONDS)  # painted on while it was being written
        self._save_classes_once()
        self.sample_saved.emit(sample)
        self._save_next()

    def _on_not_written(self, write: Write) -> None:
        self._failures[write.key] = write.reason
        if write.kept is not None and write.key in self._files:
            # It need not be kept again with every try.
            self._files[write.key] = MaskFile(file_stamp(write.target), self._files[write.key].fingerprint)
        self._settle_journal()
        self._save_next()

    def _settle_journal(self) -> None:
        """Let the journal forget what undo has taken back to the state on the disk."""
        for key in self._journal.unsettled:
            document = self._documents.get(key)
            if document is not None and not document.unsaved and self._writer.key != key:
                self._journal.saved(key, self._journal.number, self._files[key].fingerprint, all_of_it=True)

    def _save_classes_once(self) -> None:
        """Write the default classes beside the first mask: ids mean nothing without their names."""
        if self._dataset is None or self._dataset.classes_known:
            return
        with contextlib.suppress(OSError):
            save_classes(self._dataset.output, self._dataset.classes)
            self._dataset = self._dataset.with_classes(self._dataset.classes)

    def _note_unsaved(self) -> None:
        unsaved = frozenset(key for key, document in self._documents.items() if document.unsaved)
        if unsaved != self._unsaved:
            self._unsaved = unsaved
            self.unsaved_changed.emit(unsaved)

    def _say_state(self) -> None:
        failed = next((reason for key, reason in self._failures.items() if key in self._unsaved), "")
        if self._writer.busy:
            self.save_state_changed.emit(SaveState.SAVING, "")
        elif failed:
            self.save_state_changed.emit(SaveState.FAILED, failed)
        else:
            self.save_state_changed.emit(SaveState.UNSAVED if self._unsaved else SaveState.SAVED, "")

    def _sample(self, key: str) -> Sample:
        sample = self._dataset.find(key) if self._dataset else None
        if sample is None:
            raise KeyError(key)
        return sample

    def _fresh(self, sample: Sample) -> Sample:
        return (self._dataset.find(sample.key) if self._dataset else None) or sample
