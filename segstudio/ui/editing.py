"""The dataset that is open, the sample on the canvas, and the one gate through which masks are saved.

Every way of leaving a sample (arrow keys, a click, another dataset, closing the window) goes through
`EditingSession`, so no way can skip the save (R5). A mask that could not be written stays here, unsaved and
said to be so, until it can (R2).
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.classes import DEFAULT_CLASSES, ClassList, save_classes
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.stored_masks import MaskFile
from segstudio.errors import SegstudioError
from segstudio.painting.document import MaskDocument
from segstudio.painting.locks import Gate
from segstudio.painting.pyramid import Pyramid
from segstudio.painting.recovery import Recovery
from segstudio.ui.autosave import Autosave
from segstudio.ui.documents import PaintedDocuments, empty_mask
from segstudio.ui.jobs import Jobs
from segstudio.ui.journalling import StrokeJournal
from segstudio.ui.reading import ReadSample, SampleReader


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
        files_changed(Dataset): the same dataset, in which another program has added, renamed or removed files.
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
    files_changed = Signal(object)
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
        self._gone: dict[str, Sample] = {}
        self._wanted: Sample | None = None
        self._current: OpenSample | None = None
        self._held = False
        self._reader = SampleReader(jobs, self)
        self._reader.sample_previewed.connect(self._on_previewed)
        self._reader.sample_read.connect(self._on_read)
        self._journal = StrokeJournal(jobs, journals, self)
        self._journal.failed.connect(self.message_raised)
        self._documents = PaintedDocuments(self._journal)
        self._autosave = Autosave(jobs, self._documents, self._journal, self._sample, self)
        self._autosave.saved.connect(self._on_saved)
        self._autosave.unsaved_changed.connect(self.unsaved_changed)
        self._autosave.state_changed.connect(self.save_state_changed)
        self._autosave.noticed.connect(self.message_raised)

    @property
    def dataset(self) -> Dataset | None:
        """The open dataset."""
        return self._dataset

    @property
    def current(self) -> OpenSample | None:
        """The sample on the canvas, or None while one is being read."""
        return self._current

    @property
    def is_reading(self) -> bool:
        """Whether a sample was asked for and is not on the canvas yet."""
        return self._wanted is not None and self._current is None and not self._held

    @property
    def unsaved(self) -> frozenset[str]:
        """The keys of the samples with strokes that are not on the disk."""
        return self._autosave.unsaved

    @property
    def held(self) -> bool:
        """Whether nobody may paint, since the masks are being rewritten."""
        return self._held

    def painted_mask(self, key: str) -> MaskArray | None:
        """Return a copy of the mask of a sample that was painted lately, saved or not; None if it was not."""
        document = self._documents.find(key)
        return None if document is None else document.snapshot().mask()

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another dataset. Whoever calls this has asked `flush` first.

        What could not be saved all the same stays in the journal, and is offered when its dataset is opened again.
        """
        self._autosave.finish()
        self._reader.drop()
        self._journal.open(None if dataset is None else dataset.output)
        self._set_held(False)
        self._dataset = dataset
        self._gone.clear()
        self._wanted = None
        self._current = None
        self._documents.clear()
        self._autosave.forget_failures()
        self._autosave.note_unsaved()
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
        self._documents.make_room_for(classes)
        self.dataset_changed.emit(self._dataset)
        if classes.blank != blank_before:
            self._drop_blank_documents()

    def open(self, sample: Sample) -> None:
        """Put a sample on the canvas; what was painted on the one before is saved on the way."""
        if self._wanted is not None and self._wanted.key == sample.key:
            return
        self.sample_opening.emit(sample)  # first of all: a stroke under way ends with it, and is saved
        self.save()
        self._wanted = sample
        self._current = None
        if not self._held:  # else `release` reads it
            self._reader.read(sample)

    def reload(self) -> None:
        """Read the sample on the canvas again, as after a change by another program."""
        if self._wanted is not None:
            sample, self._wanted = self._wanted, None
            self.open(self._fresh(sample))

    def paint_anew(self) -> None:
        """Begin an empty mask for the sample on the canvas, whose own cannot be used.

        Its file stays as it is until something is painted, and is then kept beside the new one.
        """
        current = self._current
        if current is None or current.document is not None or current.image is None or self._held:
            return
        mask = empty_mask(current.image, self._classes)
        document = self._documents.begin(current.sample, mask, MaskFile(), self._classes, in_use=self._in_use)
        self._current = replace(current, document=document, problem="")
        self.sample_opened.emit(self._current)

    def hold(self) -> dict[str, str]:
        """Save everything and let go of all masks, so that their files can be rewritten, until `release`.

        Returns:
            What could not be saved, and why; nothing is held then.
        """
        failures = self.flush()
        if not failures:
            self._reader.drop()
            self._documents.clear()
            self._current = None
            self._set_held(True)
        return failures

    def release(self, dataset: Dataset, *, renamed: Mapping[str, str] | None = None) -> None:
        """Read the masks of the same dataset anew, after `hold`. What was painted before cannot be undone any more.

        Args:
            dataset: as it is now.
            renamed: the keys of samples that were moved, before and now.
        """
        if not self._held:
            return
        self._dataset = dataset
        wanted, self._wanted = self._wanted, None
        if wanted is not None and renamed and wanted.key in renamed:
            wanted = dataset.find(renamed[wanted.key])
        self._set_held(False)
        self.dataset_changed.emit(dataset)
        if wanted is not None:
            self.open(self._fresh(wanted))

    def take_listing(self, listing: Dataset) -> None:
        """Go on with the same dataset as its folders are now, after another program has changed them.

        Nothing that is painted is touched. A sample whose picture is gone stays open with its undo history, and its
        mask is saved where it would have been saved before.
        """
        before = self._dataset
        if before is None or self._held:
            return
        self._dataset = listing
        for key in {*self._documents, self._wanted.key if self._wanted else ""}:
            sample = before.find(key)
            if listing.find(key) is not None:
                self._gone.pop(key, None)
            elif sample is not None:
                self._gone[key] = sample
        self.files_changed.emit(listing)
        if self._wanted is not None:
            self._tell_of_current(before.find(self._wanted.key), listing.find(self._wanted.key))

    def _tell_of_current(self, before: Sample | None, now: Sample | None) -> None:
        """Say that the picture on the canvas is gone, or show the mask that another program has made for it."""
        if before is not None and now is None:
            self.message_raised.emit(
                f"{before.image.name} was removed or renamed by another program. What is painted on it stays here, and "
                f"is saved as {before.target.name}."
            )
        document = None if self._current is None else self._current.document
        if before is None or now is None or before == now or document is None or now.mask is None:
            return
        if not (document.unsaved or document.in_stroke or document.can_undo or document.can_redo):
            self.reload()

    def note_change(self) -> None:
        """Take notice that the document on the canvas was painted on, or that a stroke was undone (R3)."""
        self._autosave.note_change()

    def restore(self, sample: Sample, lost: Recovery) -> None:
        """Give lost strokes back to a sample, as one step that can be undone; it is saved like any other."""
        kept = self._documents.current(sample.key, lost.file, writing=self._autosave.writing)
        document = kept or self._documents.begin(sample, lost.mask, lost.file, self._classes, in_use=self._in_use)
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
        self._autosave.save()

    def flush(self) -> dict[str, str]:
        """Write all unsaved masks now and wait for it; return what could not be written, and why."""
        return self._autosave.flush()

    def close(self) -> None:
        """End the journal; whoever calls this has asked `flush` first."""
        self._autosave.finish()
        self._journal.close()

    def _on_previewed(self, sample: Sample, picture: Pyramid) -> None:
        if not self._held and self._wanted is not None and sample.key == self._wanted.key and self._current is None:
            self.sample_previewed.emit(sample, picture)

    def _on_read(self, read: ReadSample) -> None:
        key = read.sample.key
        if self._held or self._wanted is None or key != self._wanted.key or self._dataset is None:
            return  # another sample was asked for meanwhile, or the masks are being rewritten
        document = self._documents.current(key, read.file, writing=self._autosave.writing)
        if document is None and read.image is not None and not (read.mask is None and read.problem):
            mask = read.mask if read.mask is not None else empty_mask(read.image, self._classes)
            document = self._documents.begin(read.sample, mask, read.file, self._classes, in_use=self._in_use)
        self._current = OpenSample(self._fresh(read.sample), read.image, document, read.problem, read.picture)
        self.sample_opened.emit(self._current)

    @property
    def _classes(self) -> ClassList:
        return self._dataset.classes if self._dataset else DEFAULT_CLASSES

    @property
    def _in_use(self) -> set[str]:
        """The keys of the samples whose documents must stay."""
        return {self._autosave.writing, self._wanted.key if self._wanted else ""}

    def _drop_blank_documents(self) -> None:
        """Let masks that nobody has painted on start anew, as what new masks start as now."""
        for key in self._documents:
            if self._sample(key).mask is None and key not in self._documents.unsaved:
                self._documents.drop(key)
                if self._current is not None and self._current.sample.key == key:
                    self.reload()

    def _set_held(self, held: bool) -> None:  # noqa: FBT001 - the only thing that it says
        if held != self._held:
            self._held = held
            self.held_changed.emit(held)

    def _on_saved(self, key: str) -> None:
        if self._dataset is None:
            return
        if self._dataset.find(key) is not None:
            self._dataset = self._dataset.with_saved_mask(key)
        self._save_classes_once()
        self.sample_saved.emit(self._sample(key))

    def _save_classes_once(self) -> None:
        """Write the default classes beside the first mask: ids mean nothing without their names."""
        if self._dataset is None or self._dataset.classes_known:
            return
        with contextlib.suppress(OSError):
            save_classes(self._dataset.output, self._dataset.classes)
            self._dataset = self._dataset.with_classes(self._dataset.classes)

    def _sample(self, key: str) -> Sample:
        sample = self._dataset.find(key) if self._dataset else None
        return self._gone[key] if sample is None else sample

    def _fresh(self, sample: Sample) -> Sample:
        return (self._dataset.find(sample.key) if self._dataset else None) or sample
