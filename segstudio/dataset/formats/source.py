"""What a folder of another format holds."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.classes import ClassInfo
from segstudio.dataset.colours import Colour
from segstudio.dataset.dataset import Split
from segstudio.dataset.formats.annotation import Annotation
from segstudio.errors import SegstudioError


class FormatError(SegstudioError):
    """A folder, a file or a sample of another format cannot be read or written."""


@dataclass(frozen=True, slots=True)
class SourceClass:
    """A class as the source knows it.

    Attributes:
        name: what the source calls it; where it has only a number or a colour, that, such as “7” or “#804080”.
        id: the id that the source gives it in masks, if it does and if that is of use in a dataset.
        colour: the colour that the source gives it.
        ignored: whether the source says that its pixels are to count for nothing (void, “ignore”, iscrowd, 255 …).
        background: whether it is what lies behind all objects (labelme's ``_background_``, VOC's 0 and the like).
    """

    name: str
    id: int | None = None
    colour: Colour | None = None
    ignored: bool = False
    background: bool = False


@dataclass(frozen=True, slots=True)
class SourceSample:
    """A picture of the source with its annotation.

    Attributes:
        name: the stem that its files get; unique names are made of equal ones, and what no file name may hold is
            replaced when it is written.
        image: the picture's file; None where the picture is inside of the annotation (see `Source.embedded`).
        annotation: where its annotation is: what `Source.annotate` needs to find it. None if it is unlabelled.
        split: the split that the source puts it into, if it has splits.
        group: what it belongs to (a video, a patient), if the source says so: a group is never split up.
    """

    name: str
    image: Path | None
    annotation: object = None
    split: Split | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that is not imported or exported, and why.

    Attributes:
        path: the file, or the folder.
        reason: one sentence for people: what is the matter and what to do.
    """

    path: Path
    reason: str

    def to_json(self) -> dict[str, str]:
        """Return it as plain data."""
        return {"path": str(self.path), "reason": self.reason}


Annotate = Callable[[SourceSample, tuple[int, int]], Annotation]
"""Read the annotation of a sample whose picture, upright by its EXIF orientation, has this width and height.

Raises a `SegstudioError` that says why, where it cannot be read: the sample is then skipped, not the others.
"""


@dataclass(frozen=True)
class Source:
    """What a folder of another format holds. Nothing in it is ever changed.

    Attributes:
        format: the name of the format, such as ``labelme``.
        root: the folder.
        classes: all classes, in the source's order; annotations refer to positions in it.
        samples: those that have a picture and can be read as far as was seen.
        annotate: reads an annotation.
        complete: whether each pixel of each annotation has a class, so that no background is needed.
        embedded: reads the bytes of a picture, a PNG, JPEG or the like, that is inside of an annotation.
        skipped: what was found and cannot be imported, and why.
        notes: what was taken for granted, a sentence each, such as “The masks are soft-edged: 128 and more is object.”
    """

    format: str
    root: Path
    classes: tuple[SourceClass, ...]
    samples: tuple[SourceSample, ...]
    annotate: Annotate
    complete: bool = False
    embedded: Callable[[SourceSample], bytes] | None = None
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


def from_class(entry: ClassInfo, *, background: bool = False) -> SourceClass:
    """Return a dataset's class as that of a source."""
    return SourceClass(entry.name, entry.id, entry.colour, entry.ignored, background)
