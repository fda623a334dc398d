"""KITTI’s semantic segmentation: ``training/image_2`` beside ``training/semantic`` (ids of Cityscapes) or ``instance``.

Alhaija et al., “Augmented Reality Meets Computer Vision”, IJCV 2018. ``instance`` holds 256 times the class plus the
number of the object.
"""

from pathlib import Path

import numpy as np

from segstudio.dataset.formats.cityscapes import city_classes
from segstudio.dataset.formats.class_tables import ClassTable, reading_by
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_pictures import MaskPicture
from segstudio.dataset.formats.pairing import split_of
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceSample

_KINDS = ("semantic", "instance")


def recognise(listing: Listing) -> Finding | None:
    """Recognise ``image_2`` beside ``semantic`` or ``instance``."""
    folders = {path.parent for path in listing.ending(".png")}
    for folder in folders:
        if folder.name == "image_2" and any(folder.with_name(kind) in folders for kind in _KINDS):
            return Finding(90, "image_2 beside semantic or instance, as KITTI has them")
    return None


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a folder of KITTI.

    Raises:
        FormatError: there are no masks of KITTI, or none with a picture.
    """
    found = {kind: _by_place(listing, kind) for kind in _KINDS}
    kind = max(_KINDS, key=lambda each: (len(found[each]), each == "semantic"))
    images, masks = _by_place(listing, "image_2"), found[kind]
    if not images.keys() & masks.keys():
        raise FormatError(
            f"{listing.root} has no mask in “semantic” or “instance” for a picture in “image_2”. Choose the folder of "
            "KITTI that holds “training”."
        )
    classes = city_classes()
    return Source(
        format=KITTI.name,
        root=listing.root,
        classes=classes,
        samples=tuple(
            SourceSample(path.stem, path, masks.get(key), split_of(listing, path)) for key, path in images.items()
        ),
        annotate=reading_by(ClassTable.of(classes), convert=_without_objects if kind == "instance" else _as_it_is),
        complete=True,
        skipped=tuple(
            Skipped(path, f"There is no picture named {path.name} in image_2. Copy it there.")
            for key, path in masks.items()
            if key not in images
        ),
        notes=(f"Read are the masks in “{kind}”, with the classes of Cityscapes.",),
    )


def _by_place(listing: Listing, name: str) -> dict[tuple[Path, str], Path]:
    return {(path.parent.parent, path.stem): path for path in listing.ending(".png") if path.parent.name == name}


def _without_objects(picture: MaskPicture) -> MaskPicture:
    return MaskPicture((picture.values.astype(np.uint32) >> 8).astype(np.uint16))


def _as_it_is(picture: MaskPicture) -> MaskPicture:
    return picture


KITTI = Format("kitti", "KITTI semantic segmentation", recognise, read)
