"""The masks that were painted lately, with their undo history, and the files that they came from."""

from collections import OrderedDict
from collections.abc import Collection, Iterator

import numpy as np

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import Sample
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.stored_masks import MaskFile
from segstudio.painting.document import MaskDocument
from segstudio.painting.records import Origin
from segstudio.ui.journalling import StrokeJournal

_KEPT = 12
_HIGHEST_NARROW_ID = 255


class PaintedDocuments:
    """Keeps the documents of the samples that were on the canvas lately; those with unsaved strokes are never dropped.

    Args:
        journal: notes every step of each of them.
    """

    def __init__(self, journal: StrokeJournal) -> None:
        self._journal = journal
        self._documents: OrderedDict[str, MaskDocument] = OrderedDict()
        self._files: dict[str, MaskFile] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._documents))

    @property
    def unsaved(self) -> frozenset[str]:
        """The keys of the samples with strokes that are not on the disk."""
        return frozenset(key for key, document in self._documents.items() if document.unsaved)

    def find(self, key: str) -> MaskDocument | None:
        """Return the document of a sample, or None if there is none (any more)."""
        return self._documents.get(key)

    def file(self, key: str) -> MaskFile:
        """Return the file of a sample's mask as it was last seen.

        Raises:
            KeyError: it has no document here.
        """
        return self._files[key]

    def set_file(self, key: str, file: MaskFile) -> None:
        """Take notice of how the file of a sample's mask looks now."""
        if key in self._documents:
            self._files[key] = file

    def current(self, key: str, file: MaskFile, *, writing: str) -> MaskDocument | None:
        """Return the document of a sample, unless another program has changed its file since and nothing is lost.

        Args:
            key: the sample's.
            file: the mask's file as it is now.
            writing: the key of the sample whose mask we are writing just now: its file changes by our own doing.
        """
        kept = self._documents.get(key)
        if kept is None:
            return None
        if kept.unsaved or key == writing or self._files[key].stamp == file.stamp:
            self._documents.move_to_end(key)
            return kept
        return None

    def begin(
        self, sample: Sample, mask: MaskArray, file: MaskFile, classes: ClassList, *, in_use: Collection[str]
    ) -> MaskDocument:
        """Make the document of a sample from its mask, and let go of the oldest.

        Args:
            sample: the sample.
            mask: what is on the disk, or `empty_mask`.
            file: the mask's file as it was read.
            classes: what can be painted.
            in_use: the keys of samples whose documents must stay.
        """
        document = MaskDocument(mask, key=sample.key)
        if max(classes.ids, default=0) > _HIGHEST_NARROW_ID:
            document.widen()
        size = document.width, document.height
        self._journal.follow(document, Origin(sample.key, sample.target, *size, file.fingerprint, classes.blank))
        self._documents[sample.key] = document
        self._documents.move_to_end(sample.key)
        self._files[sample.key] = file
        self._drop_old({sample.key, *in_use})
        return document

    def make_room_for(self, classes: ClassList) -> None:
        """See to it that every id of the classes can be painted."""
        if max(classes.ids, default=0) > _HIGHEST_NARROW_ID:
            for document in self._documents.values():
                document.widen()

    def drop(self, key: str) -> None:
        """Let go of a document: its mask is read anew when it is wanted."""
        del self._documents[key], self._files[key]

    def clear(self) -> None:
        """Let go of all."""
        self._documents.clear()
        self._files.clear()

    def _drop_old(self, in_use: Collection[str]) -> None:
        for key in self:
            if len(self._documents) <= _KEPT:
                return
            if not self._documents[key].unsaved and key not in in_use:
                self.drop(key)


def empty_mask(image: ImageArray, classes: ClassList) -> MaskArray:
    """Return a mask for a picture that has none: all of it is the class that new masks start as."""
    kind = np.uint8 if classes.blank <= _HIGHEST_NARROW_ID else np.uint16
    return np.full(image.shape[:2], classes.blank, dtype=kind)
