"""The old LabelMe of the MIT: an XML file for each picture, with polygons and masks (only read)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from segstudio.dataset.formats.annotation import Annotation, DrawnObject, Objects, cut_out, polygon
from segstudio.dataset.formats.fields import agreed, enough, near, number, text, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.names import named_class, split_of
from segstudio.dataset.formats.picture_search import UNREADABLE, PictureSearch, Taken
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample
from segstudio.dataset.formats.xml_files import head_of, parsed

_LOOKED_INTO = 5


@dataclass(frozen=True, slots=True)
class _Drawing:
    """The root of a file, and the mask file of each of its objects that has one."""

    file: Path
    root: ET.Element
    search: PictureSearch


def recognise(listing: Listing) -> Finding | None:
    """Recognise XML files of one picture with polygons; VOC's, which begin alike, have boxes."""
    found = next((path for path in listing.ending(".xml")[:_LOOKED_INTO] if _is_labelme(path)), None)
    return None if found is None else Finding(85, f"XML files as the old LabelMe writes them, such as {found.name}")


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a folder of the old LabelMe. Raises `FormatError` where there is not one file of it that can be read."""
    search, taken = PictureSearch(listing), Taken()
    classes: dict[str, SourceClass] = {}
    samples: list[SourceSample] = []
    skipped: list[Skipped] = []
    for path in listing.ending(".xml"):
        if not _is_labelme(path):
            continue
        try:
            root = parsed(path)
            names = [_name(entry, path) for entry in _objects(root)]
            image = search.find(_in_folder(root, root.findtext("filename"), path), near=path.parent)
            taken.take(image, path)
        except FormatError as error:
            skipped.append(Skipped(path, str(error)))
            continue
        samples.append(SourceSample(image.stem, image, _Drawing(path, root, search), split_of(listing.relative(path))))
        for name in names:
            classes.setdefault(name, named_class(name))
    if not samples:
        reason = skipped[0].reason if skipped else "There is no XML file of it."
        raise FormatError(f"Nothing of LabelMe’s in {listing.root} can be imported. {reason}")
    samples.extend(search.unlabelled([sample.image for sample in samples if sample.image is not None]))
    positions = {name: position for position, name in enumerate(classes)}
    return Source(
        format="labelme_xml",
        root=listing.root,
        classes=tuple(classes.values()),
        samples=tuple(samples),
        annotate=lambda sample, size: _annotate(sample, size, positions),
        skipped=tuple(skipped),
    )


def _is_labelme(path: Path) -> bool:
    head = head_of(path)
    return b"<annotation>" in head and (b"<polygon>" in head or b"<segm>" in head)


def _objects(root: ET.Element) -> Iterator[ET.Element]:
    return (entry for entry in root.iter("object") if (entry.findtext("deleted") or "").strip() != "1")


def _name(entry: ET.Element, path: Path) -> str:
    return text(entry.findtext("name"), f"the name of an object in {path.name}")


def _in_folder(root: ET.Element, name: str | None, path: Path) -> str:
    found = text(name, f"the name of a file in {path.name}")
    return f"{(root.findtext('folder') or '').strip()}/{found}"


def _annotate(sample: SourceSample, size: tuple[int, int], positions: dict[str, int]) -> Annotation:
    drawing = sample.annotation
    if not isinstance(drawing, _Drawing):
        raise FormatError(f"{sample.name} has no annotation.")
    declared, path = size, drawing.file
    given = drawing.root.find("imagesize")
    if given is not None:
        columns, rows = (whole(given.findtext(key), f"the size in {path.name}", lowest=1) for key in ("ncols", "nrows"))
        declared = agreed((columns, rows), size, path.name)
    drawn = [_draw(entry, drawing, positions[_name(entry, path)], declared) for entry in _objects(drawing.root)]
    return Objects(declared, tuple(each for each in drawn if each is not None))


def _draw(entry: ET.Element, drawing: _Drawing, position: int, size: tuple[int, int]) -> DrawnObject | None:
    where = f"“{_name(entry, drawing.file)}” in {drawing.file.name}"
    mask = entry.findtext("segm/mask")
    if mask is not None:
        name = _in_folder(drawing.root, mask, drawing.file)
        return _mask(drawing.search.find(name, near=drawing.file.parent), position, size)
    corners = [
        (number(pt.findtext("x"), where), number(pt.findtext("y"), where)) for pt in entry.iterfind("polygon/pt")
    ]
    return polygon(position, [near(enough(corners, where), size, where)], size)


def _mask(path: Path, position: int, size: tuple[int, int]) -> DrawnObject | None:
    try:
        with Image.open(path) as picture:
            agreed(picture.size, size, path.name)
            return cut_out(position, np.asarray(picture.convert("L")) > 0)
    except UNREADABLE as error:
        raise FormatError(f"{path} is damaged or not a picture: {error}. Export it again.") from error


LABELME_XML = Format("labelme_xml", "LabelMe, the old one (XML)", recognise, read)
