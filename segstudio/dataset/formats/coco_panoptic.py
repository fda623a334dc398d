"""COCO's panoptic segmentation: PNGs whose colours are numbers of segments, and a JSON of their classes (only read)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from segstudio.dataset.formats.annotation import Annotation, Raster
from segstudio.dataset.formats.coco_files import CocoFile, Kind, coco_files, glimpsed, merged_classes
from segstudio.dataset.formats.fields import Record, agreed, records, text, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.names import split_of
from segstudio.dataset.formats.picture_search import UNREADABLE, PictureSearch
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample


@dataclass(frozen=True, slots=True)
class _Entry:
    """A picture's PNG and the annotation that tells its segments."""

    file: CocoFile
    png: Path
    segments: tuple[Record, ...]


def recognise(listing: Listing) -> Finding | None:
    """Recognise JSON files of segments."""
    found = next((path for path, kind in glimpsed(listing).items() if kind is Kind.PANOPTIC), None)
    return None if found is None else Finding(90, f"panoptic segments as in COCO in {found.name}")


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a folder of panoptic COCO.

    Raises:
        FormatError: there is no file with segments in it.
    """
    skipped: list[Skipped] = []
    notes: list[str] = []
    files = list(coco_files(listing, Kind.PANOPTIC, skipped, notes))
    if not files:
        raise FormatError(f"No file of COCO in {listing.root} holds panoptic segments.")
    positions, classes = merged_classes(files)
    # What belongs to no segment counts for nothing in COCO's measures.
    used = {entry.id for entry in classes}
    free = next(number for number in (255, 0, *range(256, 65536)) if number not in used)
    void = SourceClass("void" if "void" not in positions else "no segment", free, ignored=True)
    return Source(
        format="coco_panoptic",
        root=listing.root,
        classes=(*classes, void),
        samples=tuple(_samples(files, listing, skipped)),
        annotate=lambda sample, size: _annotate(sample, size, positions, len(classes)),
        complete=True,
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


def _samples(files: list[CocoFile], listing: Listing, skipped: list[Skipped]) -> Iterator[SourceSample]:
    search = PictureSearch(listing)
    for file in files:
        for number, image in file.images.items():
            try:
                annotations = file.annotations.get(number, [])
                if len(annotations) != 1:
                    raise FormatError(
                        f"Image {number} in {file.path.name} has {len(annotations)} annotations, not one."
                    )
                name = text(image.get("file_name"), f"a file_name in {file.path.name}")
                path = search.find(name, near=file.path.parent, split=file.split)
                where = f"annotation of image {number} in {file.path.name}"
                png = text(annotations[0].get("file_name"), f"the file_name of the {where}")
                found = search.find(png, near=file.path.with_suffix(""), split=file.split)
                if found == path:
                    raise FormatError(f"The PNG of segments {png} is missing. Put it into {file.path.stem}.")
                segments = tuple(records(annotations[0].get("segments_info"), f"segments_info of the {where}"))
            except FormatError as error:
                skipped.append(Skipped(file.path, str(error)))
                continue
            split = file.split or split_of(listing.relative(path.parent))
            yield SourceSample(path.stem, path, _Entry(file, found, segments), split)


def _annotate(sample: SourceSample, size: tuple[int, int], positions: Mapping[str, int], void: int) -> Annotation:
    entry = sample.annotation
    if not isinstance(entry, _Entry):
        raise FormatError(f"{sample.name} has no annotation.")
    numbers, places = np.unique(_segment_numbers(entry.png, size), return_inverse=True)
    known = dict(_segments(entry, positions))
    known.setdefault(0, void)
    missing = next((int(number) for number in numbers if int(number) not in known), None)
    if missing is not None:
        raise FormatError(f"{entry.png.name} holds segment {missing}, which {entry.file.path.name} does not list.")
    table = np.array([known[int(number)] for number in numbers], dtype=np.int32)
    return Raster(table[places].reshape(places.shape))


def _segments(entry: _Entry, positions: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    for segment in entry.segments:
        where = f"a segment of {entry.png.name} in {entry.file.path.name}"
        category = entry.file.categories.get(whole(segment.get("category_id"), f"the category_id of {where}"))
        if category is None:
            raise FormatError(f"There is no category {segment.get('category_id')}, as {where} has it. Export it again.")
        yield whole(segment.get("id"), f"the id of {where}"), positions[category.name]


def _segment_numbers(path: Path, size: tuple[int, int]) -> np.ndarray:
    try:
        with Image.open(path) as picture:
            agreed(picture.size, size, path.name)
            if picture.mode not in ("RGB", "RGBA"):
                raise FormatError(f"{path} is not a colour PNG of segments. Export it again.")
            pixels = np.asarray(picture.convert("RGB")).astype(np.int32)
    except UNREADABLE as error:
        raise FormatError(f"{path} is damaged or not a PNG: {error}. Export it again.") from error
    return np.asarray(pixels[:, :, 0] + 256 * pixels[:, :, 1] + 65536 * pixels[:, :, 2])


COCO_PANOPTIC = Format("coco_panoptic", "COCO panoptic", recognise, read)
