"""PASCAL VOC segmentation: palette masks, index = class, 255 = void.

Everitt et al., “The PASCAL Visual Object Classes Challenge 2012 Development Kit”, 2012. What labelme’s ``labelme2voc``
and Datumaro write is read as well: classes from ``class_names.txt`` or ``labelmap.txt``, masks in colours.
"""

import re
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from segstudio.dataset.classes import UNPAINTED_ID, ClassList
from segstudio.dataset.colours import Colour
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.image_sets import ImageSets, LabelledSetsWriter, listed_names
from segstudio.dataset.formats.legends import Legend, named_class
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_kinds import SeenMask, look_at
from segstudio.dataset.formats.mask_writing import write_list, write_palette_mask
from segstudio.dataset.formats.pairs import find_legend, source_of_pairs
from segstudio.dataset.formats.source import FormatError, Source, SourceClass

VOID_COLOUR: Colour = (224, 224, 192)
"""The colour of 255 in the masks of VOC: the last of its colour map."""

CLASS_NAMES = (
    "background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person "
    "pottedplant sheep sofa train tvmonitor"
)
"""The classes of VOC 2007 to 2012, 0 to 20."""

_VOC_NAME = re.compile(r"\d{4}_\d{6}")


def voc_colour(index: int) -> Colour:
    """Return the colour of an index in VOC's colour map.

    Bits 0, 3, 6 of the index become the highest bits of red, bits 1, 4, 7 those of green, bits 2, 5 those of blue
    (``VOCcode/VOClabelcolormap.m`` of the development kit).
    """
    channels = [0, 0, 0]
    for bit in range(8):
        channels[bit % 3] |= (index >> bit & 1) << (7 - bit // 3)
    return channels[0], channels[1], channels[2]


def recognise(listing: Listing) -> Finding | None:
    """Recognise masks in ``SegmentationClass`` beside ``JPEGImages``."""
    found = ImageSets(listing)
    return (
        Finding(90, f"{len(found.masks)} masks in SegmentationClass, as PASCAL VOC has them") if found.masks else None
    )


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of VOC.

    Raises:
        FormatError: there are no masks in ``SegmentationClass``, or no pictures for them in ``JPEGImages``.
    """
    sets = ImageSets(listing)
    if not sets.masks:
        raise FormatError(
            f"{listing.root} has no folder SegmentationClass with masks. VOC folders without one hold boxes only, "
            "which cannot be imported."
        )
    pairing, samples = sets.pairing()
    if not pairing.masks:
        raise FormatError(f"No mask in {listing.root} has a picture in JPEGImages. Copy the pictures there.")
    seen = look_at(pairing.masks)
    notes: list[str] = []
    found = find_legend(listing, pairing.masks[0], notes)
    legend = _indexed(found, seen) if found is not None else _of_voc(listing, seen)
    source = source_of_pairs(listing, pairing, options, name=VOC.name, legend=legend, samples=samples)
    if legend is None and options.classes is None:
        notes.append(
            "No list names the classes: put class_names.txt, a name a line from 0 on, beside SegmentationClass."
        )
    return replace(source, notes=(*source.notes, *notes))


class VocWriter(LabelledSetsWriter):
    """Writes pictures, palette masks, lists, and the classes as ``labelmap.txt`` and ``class_names.txt``."""

    def __init__(self, root: Path, classes: ClassList) -> None:
        for entry in classes:
            if entry.id > UNPAINTED_ID or (entry.id == UNPAINTED_ID and not entry.ignored):
                limit = "go up to 254" if entry.id > UNPAINTED_ID else "end at 254: 255 is void there"
                raise FormatError(f"“{entry.name}” has the id {entry.id}, but ids in VOC {limit}. Give it another id.")
        super().__init__(root, classes, write_palette_mask)
        self._counted = [entry for entry in classes if entry.id != UNPAINTED_ID]

    @override
    def finish(self) -> None:
        super().finish()
        if [entry.id for entry in self._counted] == list(range(len(self._counted))):
            write_list(self.root / "class_names.txt", listed_names(self._counted))


def _indexed(found: Legend, seen: list[SeenMask]) -> Legend:
    """Give the classes of a list the indices that their colours have in the palettes; without colours, their place."""
    palette = next((each.picture.palette for each in seen if each.picture.palette is not None), None)
    places: dict[Colour, int] = {}
    for index, colour in enumerate(palette or ()):
        places.setdefault(colour, index)
    by_palette = [places.get(entry.colour) if entry.colour is not None else None for entry in found.classes]
    classes = tuple(
        replace(entry, colour=palette[entry.id])
        if palette is not None and entry.colour is None and entry.id is not None and entry.id < len(palette)
        else entry
        for entry in found.classes
    )
    if palette is not None and all(place is not None for place in by_palette):
        classes = tuple(replace(entry, id=place) for entry, place in zip(classes, by_palette, strict=True))
    return Legend(found.path, _with_void(classes), stated=True)


def _of_voc(listing: Listing, seen: list[SeenMask]) -> Legend | None:
    """Return the twenty classes of VOC, if the pictures are VOC’s own, by their names, and masks hold no others."""
    if not all(_VOC_NAME.fullmatch(each.path.stem) for each in seen):
        return None
    names = CLASS_NAMES.split()
    classes = tuple(named_class(name, index, voc_colour(index)) for index, name in enumerate(names))
    known = {*range(len(names)), UNPAINTED_ID}
    if any(set(each.counts) - known for each in seen if not each.picture.colours):
        return None
    return Legend(listing.root / "VOC", _with_void(classes), stated=True)


def _with_void(classes: tuple[SourceClass, ...]) -> tuple[SourceClass, ...]:
    """See to it that 255 is there, and ignored."""
    marked = tuple(replace(entry, ignored=True) if entry.id == UNPAINTED_ID else entry for entry in classes)
    if any(entry.id == UNPAINTED_ID for entry in marked):
        return marked
    void = next((entry for entry in marked if entry.colour == VOID_COLOUR), None)
    if void is not None:
        return tuple(replace(entry, id=UNPAINTED_ID, ignored=True) if entry is void else entry for entry in marked)
    return (*marked, SourceClass("void", UNPAINTED_ID, VOID_COLOUR, ignored=True))


VOC = Format("voc", "PASCAL VOC", recognise, read, VocWriter)
