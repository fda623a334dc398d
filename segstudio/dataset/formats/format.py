"""What a format is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import Sample
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.source import Source
from segstudio.dataset.masks import MaskArray


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What a person may say about a source that its files do not.

    Attributes:
        threshold: grey values from here on are object, the others background; None: 128 where masks are soft-edged.
        classes: a file that names the classes (``classes.json``, ``labels.txt``, ``labelmap.txt`` …), where it does
            not lie in the folder.
    """

    threshold: int | None = None
    classes: Path | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """That a folder seems to be of a format.

    Attributes:
        certainty: 0 to 100. 90 and more: only this format has such files. 50: they might be something else as well.
        why: what was found, as a phrase: “3 JSON files with shapes, as labelme writes them”.
    """

    certainty: int
    why: str


class Writer(Protocol):
    """Writes a dataset in another format, sample by sample."""

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a sample.

        Args:
            sample: the sample.
            mask: its mask, (height, width); None while it is unlabelled.

        Raises:
            SegstudioError: this sample cannot be written, and why; others may follow.
            OSError: the disk is full or gone.
        """

    def finish(self) -> None:
        """Write what is only known at the end. Raises as `add`."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of datasets.

    Attributes:
        name: a fixed word for programs, such as ``labelme``.
        title: what people call it.
        recognise: says whether a folder seems to be of this format; looks at names and a few small files only.
        read: opens a folder; raises `FormatError` where it cannot be made sense of.
        write: begins to write into a new, empty folder; None if it cannot hold all classes, or is only read.
        write_class: begins to write one class into a new, empty folder, if that is all that the format can hold.
    """

    name: str
    title: str
    recognise: Callable[[Listing], Finding | None]
    read: Callable[[Listing, ReadingOptions], Source]
    write: Callable[[Path, ClassList], Writer] | None = None
    write_class: Callable[[Path, ClassInfo], Writer] | None = None

    @property
    def is_written(self) -> bool:
        """Whether datasets can be exported to it."""
        return self.write is not None or self.write_class is not None
