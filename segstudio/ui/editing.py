"""The dataset that is open, the sample on the canvas, and the one gate through which masks are saved.

Every way of leaving a sample (arrow keys, a click, another dataset, closing the window) goes through
`EditingSession`, so no way can skip the save (R5). A mask that could not be written stays here, unsaved and
said to be so, until it can (R2).
"""

import contextlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from segstudio.dataset.classes import ClassList, save_classes
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.errors import SegstudioError
from segstudio.painting.document import MaskDocument
from segstudio.painting.pyramid import Pyramid, preview_pyramid, read_pyramid
from segstudio.ui.jobs import Jobs
from segstudio.ui.save_state import SaveState
from segstudio.ui.saving import MaskWriter, try_to_write

AUTOSAVE_MILLISECONDS = 2_000
RETRY_MILLISECONDS = 15_000
_KEPT_DOCUMENTS = 12


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


@dataclass(frozen=True, slots=True)
class _Read:
    sample: Sample
    picture: Pyramid | None
    mask: MaskArray | None
    problem: str
    stamp: float | None

    @property
    def image(self) -> ImageArray | None:
        return None if self.picture is None else self.picture.image


class EditingSession(QObject):
    """Holds the open dataset and the masks that are being painted, and writes them.

    Signals:
        dataset_changed(Dataset | None): another dataset, or the same with other classes.
        sample_opening(Sample): a sample was asked for; reading it has begun.
        sample_previewed(Sample, Pyramid): something of a large picture can be seen; it is still being read.
        sample_opened(OpenSample): it was read; always for the sample asked for last.
        sample_saved(Sample): its mask is on the disk.
        unsaved_changed(frozenset[str]): the keys of the samples with unsaved strokes.
        save_state_changed(SaveState, str): how saving goes; the text says why it failed.
    """

    dataset_changed = Signal(object)
    sample_opening = Signal(object)
    sample_previewed = Signal(object, object)
    sample_opened = Signal(object)
    sample_saved = Signal(object)
    unsaved_changed = Signal(object)
    save_state_changed = Signal(object, str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._dataset: Dataset | None = None
        self._wanted: Sample | None = None
        self._current: OpenSample | None = None
        # The masks painted lately, with their undo history; those with unsaved strokes are never dropped.
        self._documents: OrderedDict[str, MaskDocument] = OrderedDict()
        self._stamps: dict[str, float | None] = {}
        self._unsaved: frozenset[str] = frozenset()
        self._tried: set[str] = set()
        self._failures: dict[str, str] = {}
        self._writer = MaskWriter(jobs, self)
        self._writer.written.connect(self._on_written)
        self._writer.failed.connect(self._on_not_written)
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

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show another dataset. Whoever calls this has asked `flush` first."""
        self._dataset = dataset
        self._wanted = None
        self._current = None
        self._documents.clear()
        self._stamps.clear()
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
        try:
            save_classes(self._dataset.output, classes)
        except OSError as error:
            raise SegstudioError(f"The classes could not be saved in {self._dataset.output}: {error}.") from error
        self._dataset = self._dataset.with_classes(classes)
        self.dataset_changed.emit(self._dataset)

    def open(self, sample: Sample) -> None:
        """Put a sample on the canvas; what was painted on the one before is saved on the way."""
        if self._wanted is not None and self._wanted.key == sample.key:
            return
        self.save()
        self._wanted = sample
        self._current = None
        self.sample_opening.emit(sample)
        self._jobs.start(
            f"Looking at {sample.name}",
            lambda *, emit, should_stop: preview_pyramid(sample.image),  # noqa: ARG005 - it is over in half a second
            succeeded=lambda picture: self._on_previewed(sample, picture),
        )
        self._jobs.start(
            f"Opening {sample.name}",
            lambda *, emit, should_stop: _read(sample),  # noqa: ARG005 - reading one picture is too short to stop
            succeeded=self._on_read,
        )

    def reload(self) -> None:
        """Read the sample on the canvas again, as after a change by another program."""
        if self._wanted is not None:
            sample, self._wanted = self._wanted, None
            self.open(self._fresh(sample))

    def note_change(self) -> None:
        """Take notice that the document on the canvas was painted on, or that a stroke was undone (R3)."""
        self._note_unsaved()
        if self._unsaved:
            self._autosave.start(AUTOSAVE_MILLISECONDS)
        self._say_state()

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
            mask, revision = self._documents[key].snapshot()
            reason = try_to_write(self._sample(key).target, mask)
            if reason:
                failures[key] = reason
            else:
                self._on_written(key, revision)
        return failures

    def _on_previewed(self, sample: Sample, picture: Pyramid | None) -> None:
        if picture is not None and sample is self._wanted and self._current is None:
            self.sample_previewed.emit(sample, picture)

    def _on_read(self, read: _Read) -> None:
        if self._wanted is None or read.sample.key != self._wanted.key or self._dataset is None:
            return  # another sample was asked for meanwhile
        document = self._document_for(read)
        self._current = OpenSample(self._fresh(read.sample), read.image, document, read.problem, read.picture)
        self.sample_opened.emit(self._current)

    def _document_for(self, read: _Read) -> MaskDocument | None:
        key = read.sample.key
        kept = self._documents.get(key)
        if kept is not None and (kept.unsaved or self._stamps.get(key) == read.stamp):
            self._documents.move_to_end(key)
            return kept
        if read.image is None or (read.mask is None and read.problem):
            return None
        document = MaskDocument(read.mask if read.mask is not None else self._empty_mask(read.image), key=key)
        self._documents[key] = document
        self._documents.move_to_end(key)
        self._stamps[key] = read.stamp
        self._drop_old_documents()
        return document

    def _empty_mask(self, image: ImageArray) -> MaskArray:
        classes = self._dataset.classes.ids if self._dataset else (0,)
        kind = np.uint8 if max(classes) <= 255 else np.uint16
        return np.full(image.shape[:2], 0 if 0 in classes else classes[0], dtype=kind)

    def _drop_old_documents(self) -> None:
        for key in list(self._documents):
            if len(self._documents) <= _KEPT_DOCUMENTS:
                return
            newest = next(reversed(self._documents))
            if not self._documents[key].unsaved and key != newest:
                del self._documents[key]

    def _save_next(self) -> None:
        key = next((key for key in self._documents if key in self._unsaved and key not in self._tried), None)
        if key is not None:
            self._tried.add(key)
            mask, revision = self._documents[key].snapshot()
            self._writer.start(key, self._sample(key).target, mask, revision)
        elif self._failures:
            self._autosave.start(RETRY_MILLISECONDS)  # the disk may be back by then
        self._say_state()

    def _on_written(self, key: str, revision: int) -> None:
        document = self._documents.get(key)
        if document is None or self._dataset is None:
            return
        document.mark_saved(revision)
        self._failures.pop(key, None)
        self._dataset = self._dataset.with_saved_mask(key)
        sample = self._sample(key)
        self._stamps[key] = _stamp(sample.target)
        self._note_unsaved()
        if document.unsaved:
            self._autosave.start(AUTOSAVE_MILLISECONDS)  # painted on while it was being written
        self._save_classes_once()
        self.sample_saved.emit(sample)
        self._save_next()

    def _on_not_written(self, key: str, reason: str) -> None:
        self._failures[key] = reason
        self._save_next()

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


def _read(sample: Sample) -> _Read:
    """Read image and mask of a sample; what cannot be read becomes a problem that is shown."""
    try:
        picture = read_pyramid(sample.image)
    except SegstudioError as error:
        return _Read(sample, None, None, str(error), None)
    path = sample.target if sample.target.is_file() else sample.mask
    if path is None:
        return _Read(sample, picture, None, "", None)
    stamp = _stamp(path)
    try:
        mask = read_mask(path)
    except SegstudioError as error:
        return _Read(sample, picture, None, str(error), stamp)
    if mask.shape != (picture.height, picture.width):
        (mask_height, mask_width), width, height = mask.shape, picture.width, picture.height
        problem = (
            f"The mask {path.name} is {mask_width} × {mask_height} pixels, its picture {width} × {height}. "
            "Replace the mask by one of the picture’s size, or move it away to paint a new one."
        )
        return _Read(sample, picture, None, problem, stamp)
    return _Read(sample, picture, mask, "", stamp)


def _stamp(path: Path) -> float | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
