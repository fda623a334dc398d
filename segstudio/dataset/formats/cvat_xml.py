"""CVAT's XML, for images and for videos (1.1).

Read are polygons, boxes, ellipses and masks, the ones with a higher ``z_order`` over the others, with the labels and
their colours; lines, points and skeletons have no area and are left out. Written are masks, one for each region, which
are exact; the colours and the order of classes stay, ids are numbered anew, and an ignored class is known by its name
alone.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

from segstudio.dataset.classes import ClassList
from segstudio.dataset.colours import ColourError, hex_colour, parse_colour
from segstudio.dataset.dataset import Sample
from segstudio.dataset.files import write_atomically
from segstudio.dataset.formats.annotation import Annotation, Objects
from segstudio.dataset.formats.cvat_shapes import draw_shape, has_area, run_lengths
from segstudio.dataset.formats.cvat_video import LabelledShape, frames_of, numbered_pictures
from segstudio.dataset.formats.fields import agreed, number, text, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.names import named_class, split_of, undrawn, written_names
from segstudio.dataset.formats.outlines import regions
from segstudio.dataset.formats.picture_search import PictureSearch
from segstudio.dataset.formats.pictures import copy_picture
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample
from segstudio.dataset.formats.xml_files import head_of, parsed
from segstudio.dataset.images import image_size
from segstudio.dataset.masks import MaskArray


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is drawn on a picture: its shapes, and the size that the file gives it."""

    file: str
    size: tuple[str | None, str | None]
    shapes: tuple[LabelledShape, ...]


def recognise(listing: Listing) -> Finding | None:
    """Recognise XML files that begin with ``<annotations>``."""
    found = next((path for path in listing.ending(".xml") if b"<annotations" in head_of(path)), None)
    return None if found is None else Finding(93, f"{found.name}, as CVAT writes it")


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a folder of CVAT.

    Raises:
        FormatError: there is no file of CVAT's that can be read.
    """
    search = PictureSearch(listing)
    classes: dict[str, SourceClass] = {}
    samples: list[SourceSample] = []
    skipped: list[Skipped] = []
    for path in listing.ending(".xml"):
        if b"<annotations" in head_of(path):
            try:
                root = parsed(path)
                for entry in _labels(root, path):
                    classes.setdefault(entry.name, entry)
                samples.extend(_images(root, path, search, skipped))
                samples.extend(_frames(root, path, listing, skipped))
            except FormatError as error:
                skipped.append(Skipped(path, str(error)))
    if not samples:
        reason = skipped[0].reason if skipped else "There is no picture in its files."
        raise FormatError(f"Nothing of CVAT’s in {listing.root} can be imported. {reason}")
    samples = _merged(samples)
    drawings = [sample.annotation for sample in samples if isinstance(sample.annotation, _Drawing)]
    samples.extend(search.unlabelled([sample.image for sample in samples if sample.image is not None]))
    positions = {name: position for position, name in enumerate(classes)}
    return Source(
        format="cvat_xml",
        root=listing.root,
        classes=tuple(classes.values()),
        samples=tuple(samples),
        annotate=lambda sample, size: _annotate(sample, size, positions),
        skipped=tuple(skipped),
        notes=tuple(_notes(drawings)),
    )


def _labels(root: ET.Element, path: Path) -> Iterator[SourceClass]:
    for label in root.iterfind("meta//label"):
        if label.findtext("parent"):
            continue  # a joint of a skeleton
        colour = None
        with contextlib.suppress(ColourError):  # older files have none
            colour = parse_colour((label.findtext("color") or "").strip())
        yield named_class(text(label.findtext("name"), f"the name of a label in {path.name}"), colour=colour)


def _images(root: ET.Element, path: Path, search: PictureSearch, skipped: list[Skipped]) -> Iterator[SourceSample]:
    for image in root.iter("image"):
        try:
            name, subset = text(image.get("name"), f"the name of an image in {path.name}"), image.get("subset") or ""
            split = split_of(subset) or split_of(name)
            found = search.find(f"{subset}/{name}" if subset else name, near=path.parent, split=split)
        except FormatError as error:
            skipped.append(Skipped(path, str(error)))
            continue
        shapes = tuple((shape.get("label"), shape) for shape in image)
        drawing = _Drawing(path.name, (image.get("width"), image.get("height")), shapes)
        yield SourceSample(found.stem, found, drawing, split)


def _merged(samples: list[SourceSample]) -> list[SourceSample]:
    """Join what several jobs have drawn on one picture: they overlap."""
    found: dict[Path | None, SourceSample] = {}
    for sample in samples:
        before = found.get(sample.image)
        if before is None:
            found[sample.image] = sample
        elif isinstance(before.annotation, _Drawing) and isinstance(sample.annotation, _Drawing):
            shapes = (*before.annotation.shapes, *sample.annotation.shapes)
            found[sample.image] = replace(before, annotation=replace(before.annotation, shapes=shapes))
    return list(found.values())


def _frames(root: ET.Element, path: Path, listing: Listing, skipped: list[Skipped]) -> Iterator[SourceSample]:
    if next(root.iter("track"), None) is None:
        return
    size = root.findtext("meta//original_size/width"), root.findtext("meta//original_size/height")
    pictures = numbered_pictures(listing)
    missing = 0
    for frame, shapes in frames_of(root, path.name).items():
        found = pictures.get(frame, [])
        if len(found) == 1:
            yield SourceSample(found[0].stem, found[0], _Drawing(path.name, size, tuple(shapes)), group=str(path))
        elif found:
            skipped.append(Skipped(path, f"Several pictures are numbered {frame}. Import their folders one by one."))
        else:
            missing += bool(shapes)
    if missing:
        skipped.append(
            Skipped(path, f"Of {missing} frames there is no picture. Export “CVAT for video” with “Save images”.")
        )


def _annotate(sample: SourceSample, size: tuple[int, int], positions: dict[str, int]) -> Annotation:
    drawing = sample.annotation
    if not isinstance(drawing, _Drawing):
        raise FormatError(f"{sample.name} has no annotation.")
    declared, where = size, f"{sample.name} in {drawing.file}"
    if drawing.size != (None, None):
        width, height = (whole(side, f"the size of {where}", lowest=1) for side in drawing.size)
        declared = agreed((width, height), size, where)
    layered = []
    for label, shape in drawing.shapes:
        if has_area(shape):
            name = text(label, f"the label of a {shape.tag} on {where}")
            if name not in positions:
                raise FormatError(f"“{name}” on {where} is none of the labels of the file. Add it to them.")
            order = number(shape.get("z_order", "0"), f"“z_order” on {where}")
            layered.append(
                (order, draw_shape(shape, positions[name], declared, f"a {shape.tag}, “{name}”, on {where}"))
            )
    layered.sort(key=lambda each: each[0])
    return Objects(declared, tuple(drawn for _, drawn in layered if drawn is not None))


def _notes(drawings: list[_Drawing]) -> Iterator[str]:
    left_out = Counter(shape.tag for each in drawings for _, shape in each.shapes if not has_area(shape))
    if left_out:
        kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(left_out.items()))
        yield f"Left out, since it has no area: {kinds}."
    empty = sum(not each.shapes for each in drawings)
    if empty:
        yield f"Pictures that are listed without a shape are background all over: {empty}."


class CvatWriter:
    """Writes ``annotations.xml`` and the pictures, in ``images/<split>``."""

    def __init__(self, root: Path, classes: ClassList) -> None:
        self._root = root
        self._names = written_names(classes)
        self._below = undrawn(classes)
        self._document = ET.Element("annotations")
        ET.SubElement(self._document, "version").text = "1.1"
        task = ET.SubElement(ET.SubElement(self._document, "meta"), "task")
        ET.SubElement(task, "mode").text = "annotation"
        labels = ET.SubElement(task, "labels")
        for entry in classes:
            label = ET.SubElement(labels, "label")
            ET.SubElement(label, "name").text = self._names[entry.id]
            ET.SubElement(label, "color").text = hex_colour(entry.colour)
        self._count = 0

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a picture and, if it has a mask, its shapes."""
        image = copy_picture(sample.image, self._root / "images" / sample.split, sample.name)
        if mask is None:
            return
        width, height = image_size(image)
        attributes = {"id": str(self._count), "name": image.name, "subset": sample.split}
        attributes |= {"width": str(width), "height": str(height)}
        element = ET.SubElement(self._document, "image", attributes)
        self._count += 1
        for region in regions(mask):
            if self._below is None or region.class_id != self._below.id:
                name = self._names[region.class_id]
                fixed = {"label": name, "source": "manual", "occluded": "0", "z_order": "0"}
                ET.SubElement(element, "mask", fixed | run_lengths(region))

    def finish(self) -> None:
        """Write the file."""
        ET.indent(self._document)
        data = ET.tostring(self._document, encoding="utf-8", xml_declaration=True)
        write_atomically(self._root / "annotations.xml", data)


CVAT_XML = Format("cvat_xml", "CVAT (XML, images and video)", recognise, read, CvatWriter)
