"""What is wrong with one picture and its mask, by themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from segstudio.dataset.classes import ClassList
from segstudio.dataset.colours import Colour
from segstudio.dataset.dataset import Sample
from segstudio.dataset.doctor.mask_looks import (
    MaskHeader,
    first_place,
    looks_soft,
    mask_header,
    mend_for_colours,
    mend_for_loss,
    mend_for_size,
    mend_for_transparency,
    two_classes,
)
from segstudio.dataset.doctor.picture_hash import picture_hash
from segstudio.dataset.exif import exif_orientation
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import ColourMaskError, MaskArray, MaskError, read_mask
from segstudio.dataset.problems import Place, Problem, Severity
from segstudio.dataset.statistics import present_ids
from segstudio.errors import SegstudioError

_MOST_PLACES = 20
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class ExaminedSample:
    """What one sample adds to what is known of the dataset.

    Attributes:
        sample: which one.
        problems: what is wrong with it by itself.
        picture: its perceptual hash and the bytes of its file; None where it cannot be read or shows nothing.
        counts: pixels of its mask by id; None where there is no mask that can be read.
        palette: the colours of the ids in its mask, where that has a palette.
    """

    sample: Sample
    problems: tuple[Problem, ...]
    picture: tuple[int | None, int] | None = None
    counts: Mapping[int, int] | None = None
    palette: Mapping[int, Colour] = field(default_factory=dict)


def examine(sample: Sample, classes: ClassList) -> ExaminedSample:
    """Read a picture and its mask, whole, and say what is wrong with them."""
    try:
        # The pixels, not the header alone: a file cut short has a good header.
        image = read_image(sample.image)
        picture = picture_hash(image), sample.image.stat().st_size
    except (SegstudioError, OSError) as error:
        problem = Problem("unreadable_image", Severity.ERROR, sample.image, str(error), sample.key)
        return ExaminedSample(sample, (problem,))
    if sample.mask is None:
        return ExaminedSample(sample, (), picture)
    header = mask_header(sample.mask)
    try:
        mask = read_mask(sample.mask)
    except MaskError as error:
        return ExaminedSample(sample, (_unusable(sample, sample.mask, header, classes, error),), picture)
    counts = present_ids(mask)
    problems = (
        *_of_size(sample, sample.mask, mask, image.shape[:2]),
        *_of_values(sample, sample.mask, mask, counts, classes),
        *_of_depth(sample, sample.mask, header, counts),
    )
    palette = {} if header is None else {i: header.palette[i] for i in counts if i < len(header.palette)}
    return ExaminedSample(sample, problems, picture, counts, palette)


def _unusable(sample: Sample, path: Path, header: MaskHeader | None, classes: ClassList, error: MaskError) -> Problem:
    """Say why a mask cannot be read as a class map, and what mends it."""
    kind, mend = "unreadable_mask", None
    if isinstance(error, ColourMaskError):
        kind, mend = "colour_mask", mend_for_colours(path, classes)
    elif header is not None and header.transparent and "transparency" in str(error):
        kind, mend = "transparent_mask", mend_for_transparency(path, classes)
    elif header is not None and header.lossy and "loss" in str(error):
        kind, mend = "lossy_mask", mend_for_loss(path, classes)
    return Problem(kind, Severity.ERROR, path, str(error), sample.key, mend)


def _of_size(sample: Sample, path: Path, mask: MaskArray, size: tuple[int, ...]) -> Iterator[Problem]:
    height, width = size
    if mask.shape == (height, width):
        return
    mend = mend_for_size((mask.shape[0], mask.shape[1]), (height, width), exif_orientation(sample.image))
    sizes = f"{path.name} is {mask.shape[1]} × {mask.shape[0]} pixels, its picture {width} × {height}"
    if mend == "turn":
        message = f"{sizes}: the picture is turned by its EXIF orientation, the mask is not. Turn the mask."
        yield Problem("unrotated_mask", Severity.ERROR, path, message, sample.key, mend)
    else:
        message = f"{sizes}. Export the mask again at the picture’s size."
        yield Problem("size_mismatch", Severity.ERROR, path, message, sample.key, mend)


def _of_values(
    sample: Sample, path: Path, mask: MaskArray, counts: Mapping[int, int], classes: ClassList
) -> Iterator[Problem]:
    if looks_soft(counts, classes):
        mend = "threshold" if two_classes(classes) is not None else None
        if len(counts) > 2:
            message = f"{path.name} holds {len(counts)} shades of grey: one object with soft edges, not ids."
            yield Problem("soft_mask", Severity.ERROR, path, message, sample.key, mend)
        else:
            message = f"{path.name} holds {' and '.join(map(str, sorted(counts)))}: black and white, not ids."
            yield Problem("binary_mask", Severity.ERROR, path, message, sample.key, mend)
        return
    unknown = sorted(set(counts) - set(classes.ids))
    if unknown:
        places = tuple(Place(value, counts[value], *first_place(mask, value)) for value in unknown[:_MOST_PLACES])
        told = ", ".join(f"{p.value} ({p.count} px, first at x {p.x}, y {p.y})" for p in places[:_MOST_TOLD])
        more = f" and {len(unknown) - _MOST_TOLD} more" if len(unknown) > _MOST_TOLD else ""
        message = f"{path.name} holds ids that no class has: {told}{more}. Add the classes, or mend the mask."
        mend = "add_classes" if len(unknown) <= _MOST_PLACES else None
        yield Problem("unknown_id", Severity.ERROR, path, message, sample.key, mend, places)
    elif set(counts) <= classes.ignored_ids:
        message = f"Nothing in {path.name} is painted, so nothing can be learned from it. Paint it, or remove the mask."
        yield Problem("unpainted_mask", Severity.INFO, path, message, sample.key)
    elif set(counts) == {0}:
        message = f"{path.name} holds nothing but class 0. That is right if the picture shows nothing else."
        yield Problem("empty_mask", Severity.INFO, path, message, sample.key)


def _of_depth(sample: Sample, path: Path, header: MaskHeader | None, counts: Mapping[int, int]) -> Iterator[Problem]:
    if header is not None and header.deep and max(counts) <= 255:
        message = f"{path.name} is stored with 16 bits, though its highest id is {max(counts)}: 8 bits would do."
        yield Problem("deep_mask", Severity.INFO, path, message, sample.key, "narrow")
