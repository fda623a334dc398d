"""The mends of masks as arithmetic: from the file as it is to the mask as it should be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.doctor.mask_looks import (
    colour_ids,
    looks_soft,
    mask_header,
    mend_for_size,
    opaque_pixels,
    two_classes,
    whole_factor,
)
from segstudio.dataset.exif import exif_orientation
from segstudio.dataset.formats.class_tables import found_values
from segstudio.dataset.formats.mask_pictures import MaskPicture, read_mask_picture
from segstudio.dataset.images import image_size, upright
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.errors import SegstudioError

MaskMend = Callable[[Path, Sample, Dataset], MaskArray]
"""Reads the file of a mask and returns the mended mask; raises `NothingToMendError` where it does not apply."""


class MendError(SegstudioError):
    """Something was not mended; every file is as it was."""


class NothingToMendError(MendError):
    """The problem is not there any more, or another one than it was."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path.name} has changed since it was checked. Check the dataset again.")


def _colours_to_ids(path: Path, _sample: Sample, dataset: Dataset) -> MaskArray:
    header = mask_header(path)
    picture = read_mask_picture(path)
    hiding = header is not None and header.transparent and opaque_pixels(path) is None
    if hiding or not picture.colours:
        raise NothingToMendError(path)
    return _ids_of(picture, path, dataset)


def _palette_to_ids(path: Path, _sample: Sample, dataset: Dataset) -> MaskArray:
    picture = read_mask_picture(path)
    if picture.palette is None:
        raise NothingToMendError(path)
    return _ids_of(picture.in_colours(), path, dataset)


def _ids_of(picture: MaskPicture, path: Path, dataset: Dataset) -> MaskArray:
    """Return the ids of the classes whose colours a picture has; every pixel must have one."""
    known = colour_ids(dataset.classes)
    colours, places = np.unique(picture.values, return_inverse=True)
    if not set(colours.tolist()) <= known.keys():
        raise NothingToMendError(path)
    ids = np.array([known[colour] for colour in colours.tolist()], dtype=np.uint16)
    return ids[places].reshape(picture.values.shape)


def _threshold(path: Path, _sample: Sample, dataset: Dataset) -> MaskArray:
    picture = read_mask_picture(path)
    pair = two_classes(dataset.classes)
    counts = found_values(picture)
    if pair is None or picture.colours or not looks_soft(counts, dataset.classes, lossy=picture.lossy):
        raise NothingToMendError(path)
    # Half of the brightest, which soft masks do not always have at 255.
    above = picture.values >= (max(counts) + 1) // 2
    return np.where(above, np.uint16(pair[1]), np.uint16(pair[0]))


def _drop_transparency(path: Path, _sample: Sample, _dataset: Dataset) -> MaskArray:
    pixels = opaque_pixels(path)
    if pixels is None or not (pixels == pixels[..., :1]).all():
        raise NothingToMendError(path)
    return np.ascontiguousarray(pixels[..., 0])


def _turn(path: Path, sample: Sample, _dataset: Dataset) -> MaskArray:
    mask, orientation = read_mask(path), exif_orientation(sample.image)
    if mend_for_size(_shape(mask), _picture_shape(sample), orientation) != "turn":
        raise NothingToMendError(path)
    return upright(mask, orientation)


def _resize(path: Path, sample: Sample, _dataset: Dataset) -> MaskArray:
    mask = read_mask(path)
    factors = whole_factor(_shape(mask), _picture_shape(sample))
    if factors is None:
        raise NothingToMendError(path)
    up, down = factors
    if up > 1:
        return mask.repeat(up, axis=0).repeat(up, axis=1)
    return np.ascontiguousarray(mask[down // 2 :: down, down // 2 :: down])


def _narrow(path: Path, _sample: Sample, _dataset: Dataset) -> MaskArray:
    header, mask = mask_header(path), read_mask(path)
    if header is None or not header.deep or mask.dtype != np.uint8:
        raise NothingToMendError(path)
    return mask


MASK_MENDS: dict[str, MaskMend] = {
    "colours_to_ids": _colours_to_ids,
    "palette_to_ids": _palette_to_ids,
    "threshold": _threshold,
    "drop_transparency": _drop_transparency,
    "turn": _turn,
    "resize": _resize,
    "narrow": _narrow,
}
"""The mends that write a mask anew, by name."""


def _shape(mask: MaskArray) -> tuple[int, int]:
    return mask.shape[0], mask.shape[1]


def _picture_shape(sample: Sample) -> tuple[int, int]:
    width, height = image_size(sample.image)
    return height, width
