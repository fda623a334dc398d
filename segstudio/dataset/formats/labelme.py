"""labelme: a JSON file for each picture, with polygons and other shapes that lie over each other as they are listed.

Read are the files of labelme 3.16 to 5 and of programs that write the same. A file may hold its picture; where it
names one, that is used. ``labels.txt`` gives the order of the classes. Written are polygons alone, the outer edges of
regions, larger ones first: filled one after another they give the mask to the pixel. Ids and colours of classes are
lost, labelme has none; of several ignored classes only the first is still ignored when it is read again.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from segstudio.dataset.classes import ClassList
from segstudio.dataset.colours import Colour
from segstudio.dataset.dataset import Sample
from segstudio.dataset.files import write_atomically
from segstudio.dataset.formats.annotation import Annotation, Objects, polygon
from segstudio.dataset.formats.fields import Record, agreed, glances, items, record, text, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.labelme_shapes import decoded, draw_shape, shape_label
from segstudio.dataset.formats.listing import Listing, read_text
from segstudio.dataset.formats.names import BACKGROUND, IGNORED, named_class, undrawn, written_names
from segstudio.dataset.formats.outlines import painted_rings
from segstudio.dataset.formats.picture_search import PictureSearch
from segstudio.dataset.formats.pictures import copy_picture
from segstudio.dataset.formats.polygons import Fill
from segstudio.dataset.formats.sidecars import Sidecar, read_sidecars
from segstudio.dataset.formats.source import FormatError, Source, SourceClass
from segstudio.dataset.images import image_size
from segstudio.dataset.masks import MaskArray


def recognise(listing: Listing) -> Finding | None:
    """Recognise JSON files with shapes."""
    found = shape_files(listing)
    return Finding(90, f"JSON files with shapes, as labelme writes them, such as {found[0][0].name}") if found else None


def shape_files(listing: Listing) -> list[tuple[Path, Record]]:
    """Return the first JSON files of a folder that hold shapes, and what is in them; few are looked into."""
    return [(path, record(data, path.name)) for path, data in glances(listing) if _has_shapes(data)]


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of labelme. Raises `FormatError` where there is not one file of it that can be read."""
    return read_shapes(listing, options)


def read_shapes(
    listing: Listing,
    options: ReadingOptions,
    *,
    name: str = "labelme",
    colours: Mapping[str, Colour] = MappingProxyType({}),
    fill: Fill = polygon,
) -> Source:
    """Open a folder of JSON files with shapes.

    Args:
        listing: the folder.
        options: its ``classes`` is a ``labels.txt`` that lies elsewhere.
        name: the name of the format.
        colours: the colours of classes, by name.
        fill: how polygons are filled.

    Raises:
        FormatError: there is not one file of it that can be read.
    """

    def class_of(label: str) -> SourceClass:
        return named_class(label, colour=colours.get(label))

    sidecar = Sidecar(
        name=name,
        holds=_has_shapes,
        classes=lambda data, path: [class_of(label) for _, label in _shapes(data, path)],
        picture=_picture,
        draw=lambda data, path, positions, size: _draw(data, path, positions, size, fill),
        embedded=_embedded,
    )
    return read_sidecars(listing, sidecar, first=[class_of(label) for label in _listed_labels(listing, options)])


def _has_shapes(data: object) -> bool:
    return isinstance(data, dict) and "shapes" in data and ("imagePath" in data or "imageData" in data)


def _shapes(data: object, path: Path) -> list[tuple[Record, str]]:
    entries = items(record(data, path.name).get("shapes"), f"“shapes” in {path.name}")
    return [shape_label(entry, f"shape {number} in {path.name}") for number, entry in enumerate(entries, start=1)]


def _listed_labels(listing: Listing, options: ReadingOptions) -> Iterable[str]:
    path = options.classes or min(listing.named("labels.txt"), key=lambda each: len(each.parts), default=None)
    return [] if path is None else filter(None, (line.strip() for line in read_text(path).splitlines()))


def _picture(data: object, path: Path, search: PictureSearch) -> Path | None:
    found = record(data, path.name)
    try:
        return search.find(text(found.get("imagePath"), f"“imagePath” in {path.name}"), near=path.parent)
    except FormatError:
        image = search.beside(path)
        if image is None and not found.get("imageData"):
            raise
        return image


def _draw(data: object, path: Path, positions: Mapping[str, int], size: tuple[int, int], fill: Fill) -> Annotation:
    found = record(data, path.name)
    declared = size
    if found.get("imageWidth") is not None and found.get("imageHeight") is not None:
        width, height = (
            whole(found[key], f"“{key}” in {path.name}", lowest=1) for key in ("imageWidth", "imageHeight")
        )
        declared = agreed((width, height), size, path.name)
    drawn = [
        draw_shape(shape, positions[label], declared, f"shape {number} in {path.name}, “{label}”,", fill=fill)
        for number, (shape, label) in enumerate(_shapes(found, path), start=1)
    ]
    return Objects(declared, tuple(each for each in drawn if each is not None))


def _embedded(data: object, path: Path) -> bytes:
    where = f"“imageData” in {path.name}"
    return decoded(text(record(data, path.name).get("imageData"), where), where)


class LabelmeWriter:
    """Writes a folder for each split, with a JSON file beside each picture, and ``labels.txt``."""

    def __init__(self, root: Path, classes: ClassList) -> None:
        self._root = root
        self._names = written_names(classes, ignored=IGNORED)
        below = undrawn(classes)
        self._below = None if below is None else below.id
        if below is not None:
            self._names[below.id] = BACKGROUND

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a picture and, if it has a mask, its shapes."""
        folder = self._root / sample.split
        image = copy_picture(sample.image, folder, sample.name)
        if mask is None:
            return
        width, height = image_size(image)
        data: Record = {
            "version": "5.5.0",
            "flags": {},
            "shapes": [self._shape(class_id, ring) for class_id, ring in painted_rings(mask, self._below)],
            "imagePath": image.name,
            "imageData": None,
            "imageHeight": height,
            "imageWidth": width,
        }
        write_atomically(folder / f"{sample.name}.json", json.dumps(data, ensure_ascii=False, indent=1).encode())

    def finish(self) -> None:
        """Write the names of the classes, as labelme wants them: ignored, background, the others."""
        first = [name for name in (IGNORED, BACKGROUND) if name in self._names.values()]
        others = [name for name in self._names.values() if name not in first]
        write_atomically(self._root / "labels.txt", "".join(f"{name}\n" for name in (*first, *others)).encode())

    def _shape(self, class_id: int, ring: Iterable[tuple[int, int]]) -> Record:
        return {
            "label": self._names[class_id],
            "points": [[float(x), float(y)] for x, y in ring],
            "group_id": None,
            "description": "",
            "shape_type": "polygon",
            "flags": {},
            "mask": None,
        }


LABELME = Format("labelme", "labelme (JSON)", recognise, read, LabelmeWriter)
