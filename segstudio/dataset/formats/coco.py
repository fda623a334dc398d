"""COCO: objects and stuff as polygons or run lengths, in one JSON file or one for each split.

Objects are drawn in the order of the file by COCO's own code; crowds (``iscrowd``) as their class. Written are the
regions of each class, as polygons along the edges of pixels or, with holes, as run lengths: both give the mask to the
pixel. Ids, colours and the order of classes stay; regions of ignored classes are crowds, which training leaves out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from segstudio.dataset.classes import ClassList
from segstudio.dataset.colours import hex_colour
from segstudio.dataset.dataset import SPLITS, Sample, Split
from segstudio.dataset.files import write_atomically
from segstudio.dataset.formats.annotation import Annotation, DrawnObject, Objects
from segstudio.dataset.formats.coco_files import CocoFile, Kind, coco_files, glimpsed, merged_classes
from segstudio.dataset.formats.coco_masks import draw_segmentation, segmentation_of
from segstudio.dataset.formats.fields import Record, agreed, text, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.names import split_of, undrawn
from segstudio.dataset.formats.outlines import Region, regions
from segstudio.dataset.formats.picture_search import PictureSearch
from segstudio.dataset.formats.pictures import copy_picture
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceSample
from segstudio.dataset.images import image_size
from segstudio.dataset.masks import MaskArray


@dataclass(frozen=True, slots=True)
class _Entry:
    """A picture in a file; where several files tell of one picture, each has its entry."""

    file: CocoFile
    image: Record
    annotations: tuple[Record, ...]


def recognise(listing: Listing) -> Finding | None:
    """Recognise JSON files of COCO; those without the pixels of objects too, so that it can be said what is missing."""
    found = glimpsed(listing)
    shapes = [path for path, kind in found.items() if kind is Kind.SHAPES]
    if shapes:
        return Finding(91, f"objects as in COCO in {shapes[0].name}")
    return Finding(50, f"{next(iter(found)).name} is built as COCO’s are") if found else None


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a folder of COCO.

    Raises:
        FormatError: there is no file with objects in it.
    """
    skipped: list[Skipped] = []
    notes: list[str] = []
    files = list(coco_files(listing, Kind.SHAPES, skipped, notes))
    if not files:
        reasons = [f"{listing.relative(each.path)}: {each.reason}" for each in skipped] + notes
        raise FormatError(f"No file of COCO in {listing.root} holds objects. {' '.join(reasons[:3])}")
    # What has no shape of its own lies below all objects.
    files.sort(key=lambda file: "stuff" not in file.path.name)
    positions, classes = merged_classes(files)
    samples = list(_samples(files, listing, skipped))
    search = PictureSearch(listing)
    samples.extend(search.unlabelled([sample.image for sample in samples if sample.image is not None]))
    return Source(
        format="coco",
        root=listing.root,
        classes=classes,
        samples=tuple(samples),
        annotate=lambda sample, size: _annotate(sample, size, positions),
        skipped=tuple(skipped),
        notes=(*notes, *_notes(samples)),
    )


def _samples(files: list[CocoFile], listing: Listing, skipped: list[Skipped]) -> Iterator[SourceSample]:
    search = PictureSearch(listing)
    found: dict[Path, SourceSample] = {}
    for file in files:
        for number, image in file.images.items():
            try:
                name = text(image.get("file_name"), f"a file_name in {file.path.name}")
                path = search.find(name, near=file.path.parent, split=file.split)
            except FormatError as error:
                skipped.append(Skipped(file.path, str(error)))
                continue
            entry = _Entry(file, image, tuple(file.annotations.get(number, ())))
            before = found.get(path)
            if before is None:
                split = file.split or split_of(listing.relative(path.parent))
                found[path] = SourceSample(path.stem, path, (entry,), split)
            else:
                found[path] = replace(before, annotation=(*_entries(before), entry))
    yield from found.values()


def _entries(sample: SourceSample) -> tuple[_Entry, ...]:
    if not isinstance(sample.annotation, tuple):
        raise FormatError(f"{sample.name} has no annotation.")
    return sample.annotation


def _annotate(sample: SourceSample, size: tuple[int, int], positions: dict[str, int]) -> Annotation:
    declared = size
    drawn: list[DrawnObject] = []
    for entry in _entries(sample):
        where = f"{sample.name} in {entry.file.path.name}"
        if entry.image.get("width") is not None and entry.image.get("height") is not None:
            sides = (whole(entry.image[key], f"the {key} of {where}", lowest=1) for key in ("width", "height"))
            declared = agreed((next(sides), next(sides)), size, where)
        drawn.extend(_drawn(entry, declared, positions, where))
    return Objects(declared, tuple(drawn))


def _drawn(entry: _Entry, size: tuple[int, int], positions: dict[str, int], where: str) -> Iterator[DrawnObject]:
    for annotation in entry.annotations:
        which = f"annotation {annotation.get('id')} of {where}"
        category = entry.file.categories.get(whole(annotation.get("category_id"), f"the category_id of {which}"))
        if category is None:
            raise FormatError(
                f"There is no category {annotation.get('category_id')}, as {which} has it. Export it again."
            )
        if not annotation.get("segmentation"):
            raise FormatError(f"There is no outline in {which}, only a box or a label. Draw it or delete it.")
        drawn = draw_segmentation(annotation["segmentation"], positions[category.name], size, which)
        if drawn is not None:
            yield drawn


def _notes(samples: list[SourceSample]) -> Iterator[str]:
    entries = [entry for sample in samples if sample.annotation is not None for entry in _entries(sample)]
    crowds = sum(bool(each.get("iscrowd")) for entry in entries for each in entry.annotations)
    if crowds:
        yield f"Crowds (iscrowd) are drawn as their class: {crowds}."
    empty = sum(
        not any(entry.annotations for entry in _entries(sample)) for sample in samples if sample.annotation is not None
    )
    if empty:
        yield f"Pictures that are listed without an object are background all over: {empty}."


class CocoWriter:
    """Writes a folder of pictures for each split and ``annotations/instances_<split>.json``."""

    def __init__(self, root: Path, classes: ClassList) -> None:
        self._root = root
        self._classes = classes
        self._below = undrawn(classes)
        self._images: dict[Split, list[Record]] = {split: [] for split in SPLITS}
        self._annotations: dict[Split, list[Record]] = {split: [] for split in SPLITS}

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a picture; one without a mask is in no file."""
        image = copy_picture(sample.image, self._root / sample.split, sample.name)
        if mask is None:
            return
        width, height = image_size(image)
        number = len(self._images[sample.split]) + 1
        self._images[sample.split].append({"id": number, "file_name": image.name, "width": width, "height": height})
        for region in regions(mask):
            if self._below is None or region.class_id != self._below.id:
                self._annotations[sample.split].append(self._annotation(region, sample.split, number, (width, height)))

    def finish(self) -> None:
        """Write the files of the splits that have pictures."""
        categories = [
            {
                "id": entry.id,
                "name": entry.name,
                "supercategory": "",
                "color": hex_colour(entry.colour),
                **({"ignored": True} if entry.ignored else {}),
            }
            for entry in self._classes
        ]
        for split in SPLITS:
            if self._images[split]:
                data = {
                    "info": {},
                    "licenses": [],
                    "categories": categories,
                    "images": self._images[split],
                    "annotations": self._annotations[split],
                }
                path = self._root / "annotations" / f"instances_{split}.json"
                write_atomically(path, json.dumps(data, ensure_ascii=False).encode())

    def _annotation(self, region: Region, split: Split, image: int, size: tuple[int, int]) -> Record:
        rows, columns = region.pixels.shape
        entry = self._classes.find(region.class_id)
        return {
            "id": len(self._annotations[split]) + 1,
            "image_id": image,
            "category_id": region.class_id,
            "segmentation": segmentation_of(region, size),
            "area": int(region.pixels.sum()),
            "bbox": [region.left, region.top, columns, rows],
            "iscrowd": int(entry is not None and entry.ignored),
        }


COCO = Format("coco", "COCO (instances, stuff)", recognise, read, CocoWriter)
