"""Cityscapes, and what is laid out like it: ``leftImg8bit/<split>/<city>/`` and ``gtFine/<split>/<city>/``.

Cordts et al., “The Cityscapes Dataset for Semantic Urban Scene Understanding”, CVPR 2016; ids, names, colours and which
classes are not evaluated are those of ``cityscapesscripts/helpers/labels.py``.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segstudio.dataset.classes import UNPAINTED_ID
from segstudio.dataset.colours import Colour
from segstudio.dataset.formats.class_tables import ClassTable, reading_by
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_pictures import MaskPicture
from segstudio.dataset.formats.pairing import split_of
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample

_MASK = re.compile(r"(.+)_gt(?:Fine|Coarse)_(labelIds|instanceIds|labelTrainIds|color)", re.IGNORECASE)
_IMAGE = re.compile(r"(.+)_leftImg8bit", re.IGNORECASE)
_KINDS = ("labelids", "instanceids", "labeltrainids", "color")
"""The kinds of masks, the one that says most first."""

VOID_TRAIN_IDS = (255, 19)
"""What is not trained on; 19 is what some programs write in place of 255."""


@dataclass(frozen=True, slots=True)
class CityLabel:
    """A class of Cityscapes; ``train_id`` is None where it is not evaluated."""

    name: str
    id: int
    train_id: int | None
    colour: Colour


# Name, id, train id (255: not evaluated), colour. The licence plate has -1, which 8 bits hold as 255.
_TABLE = """
unlabeled 0 255 0 0 0|ego vehicle 1 255 0 0 0|rectification border 2 255 0 0 0|out of roi 3 255 0 0 0
static 4 255 0 0 0|dynamic 5 255 111 74 0|ground 6 255 81 0 81|road 7 0 128 64 128
sidewalk 8 1 244 35 232|parking 9 255 250 170 160|rail track 10 255 230 150 140|building 11 2 70 70 70
wall 12 3 102 102 156|fence 13 4 190 153 153|guard rail 14 255 180 165 180|bridge 15 255 150 100 100
tunnel 16 255 150 120 90|pole 17 5 153 153 153|polegroup 18 255 153 153 153|traffic light 19 6 250 170 30
traffic sign 20 7 220 220 0|vegetation 21 8 107 142 35|terrain 22 9 152 251 152|sky 23 10 70 130 180
person 24 11 220 20 60|rider 25 12 255 0 0|car 26 13 0 0 142|truck 27 14 0 0 70
bus 28 15 0 60 100|caravan 29 255 0 0 90|trailer 30 255 0 0 110|train 31 16 0 80 100
motorcycle 32 17 0 0 230|bicycle 33 18 119 11 32|license plate 255 255 0 0 142
"""


def _labels() -> tuple[CityLabel, ...]:
    found = []
    for entry in _TABLE.strip().replace("\n", "|").split("|"):
        *words, class_id, train_id, red, green, blue = entry.split()
        trained = None if int(train_id) == UNPAINTED_ID else int(train_id)
        found.append(CityLabel(" ".join(words), int(class_id), trained, (int(red), int(green), int(blue))))
    return tuple(found)


CITY_LABELS = _labels()
"""All classes of Cityscapes, in the order of their ids."""


def city_classes() -> tuple[SourceClass, ...]:
    """Return the classes by id; those that are not evaluated are ignored."""
    return tuple(SourceClass(entry.name, entry.id, entry.colour, entry.train_id is None) for entry in CITY_LABELS)


def recognise(listing: Listing) -> Finding | None:
    """Recognise the names of the files."""
    masks = sum(_MASK.fullmatch(path.stem) is not None for path in listing.ending(".png"))
    return Finding(95, f"{masks} masks named *_gtFine_*, as Cityscapes has them") if masks else None


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a folder of Cityscapes.

    Raises:
        FormatError: there are no masks of Cityscapes, or no pictures for them.
    """
    by_kind: dict[str, dict[tuple[str, str], Path]] = defaultdict(dict)
    for path in listing.ending(".png"):
        match = _MASK.fullmatch(path.stem)
        if match:
            by_kind[match.group(2).casefold()][_key(listing, path, match.group(1))] = path
    if not by_kind:
        raise FormatError(f"{listing.root} has no masks named *_gtFine_labelIds.png. Choose the folder above gtFine.")
    kind = max(_KINDS, key=lambda each: (len(by_kind[each]), -_KINDS.index(each)))
    masks = by_kind[kind]
    samples, images = [], set()
    for path in listing.images():
        match = _IMAGE.fullmatch(path.stem)
        if match is None:
            continue
        key = _key(listing, path, match.group(1))
        images.add(key)
        split = split_of(listing, path)
        city = path.parent.name if split is not None else None
        samples.append(SourceSample(match.group(1), path, masks.get(key), split, city))
    if not images & set(masks):
        raise FormatError(
            f"No mask in {listing.root} has a picture. Copy the folder leftImg8bit beside gtFine, and choose the "
            "folder above both."
        )
    bare = Counter(sample.annotation is None for sample in samples)[True]
    classes, table = _classes(kind)
    return Source(
        format=CITYSCAPES.name,
        root=listing.root,
        classes=classes,
        samples=tuple(samples),
        annotate=reading_by(table, convert=_converter(kind)),
        complete=True,
        skipped=tuple(
            Skipped(path, f"There is no picture {key[1]}_leftImg8bit. Copy it to leftImg8bit.")
            for key, path in masks.items()
            if key not in images
        ),
        notes=(
            f"Read are the masks named *_{kind}.",
            *([f"{bare} pictures have no such mask: they come in unlabelled."] if bare else []),
        ),
    )


def _classes(kind: str) -> tuple[tuple[SourceClass, ...], ClassTable]:
    if kind == "labeltrainids":
        trained = [entry for entry in CITY_LABELS if entry.train_id is not None]
        void = SourceClass("void", UNPAINTED_ID, (0, 0, 0), ignored=True)
        classes = (*(SourceClass(entry.name, entry.train_id, entry.colour) for entry in trained), void)
        ids = {entry.id: place for place, entry in enumerate(classes) if entry.id is not None}
        return classes, ClassTable(ids | dict.fromkeys(VOID_TRAIN_IDS, len(classes) - 1), {})
    classes = city_classes()
    return classes, ClassTable.of(classes)


def _converter(kind: str) -> Callable[[MaskPicture], MaskPicture]:
    match kind:
        case "color":
            return MaskPicture.in_colours
        case "instanceids":
            return _class_of_instances
        case _:
            return lambda picture: picture


def _class_of_instances(picture: MaskPicture) -> MaskPicture:
    """Return class ids: from 1000 on, a number is 1000 times the class plus that of the object."""
    values = picture.values.astype(np.uint16)
    return MaskPicture(np.where(values >= 1000, values // 1000, values).astype(np.uint16))


def _key(listing: Listing, path: Path, name: str) -> tuple[str, str]:
    return str(split_of(listing, path)), name


CITYSCAPES = Format("cityscapes", "Cityscapes", recognise, read)
