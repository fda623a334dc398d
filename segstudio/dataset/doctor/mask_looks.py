"""What is the matter with the mask of one picture, and which mend fits it without loss."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from segstudio.dataset.classes import UNPAINTED_ID, ClassList, classes_for_ids
from segstudio.dataset.colours import Colour
from segstudio.dataset.exif import UNDECODABLE
from segstudio.dataset.formats.class_tables import found_values
from segstudio.dataset.formats.mask_kinds import is_soft
from segstudio.dataset.formats.mask_pictures import MaskPicture, pack, read_mask_picture
from segstudio.dataset.formats.source import FormatError
from segstudio.dataset.masks import MaskArray

TRANSPARENT_MODES = frozenset({"LA", "RGBA", "PA", "La", "RGBa"})
"""Pillow's modes of pictures with transparency."""

_MANY = 20
"""So many grey values in one soft mask are edges, where the classes were made up from the masks themselves."""


@dataclass(frozen=True, slots=True)
class MaskHeader:
    """How a mask is stored.

    Attributes:
        format: Pillow's name of the file format.
        mode: Pillow's name of the kind of pixels.
        palette: the colours of the indices; empty where there is no palette.
    """

    format: str
    mode: str
    palette: tuple[Colour, ...] = ()

    @property
    def deep(self) -> bool:
        """Whether it is stored with more than 8 bits a pixel."""
        return self.mode == "I" or self.mode.startswith("I;16")

    @property
    def transparent(self) -> bool:
        """Whether it is stored with transparency."""
        return self.mode in TRANSPARENT_MODES

    @property
    def lossy(self) -> bool:
        """Whether files of this format are always, or (WebP) often, stored with loss."""
        return self.format in ("JPEG", "MPO", "WEBP")


def mask_header(path: Path) -> MaskHeader | None:
    """Read how a mask is stored, without its pixels; None where it cannot be told."""
    try:
        with Image.open(path) as picture:
            return MaskHeader(picture.format or "", picture.mode, _palette_of(picture))
    except UNDECODABLE:
        return None


def colour_ids(classes: ClassList) -> dict[int, int]:
    """Return the id of each colour, as 0xRRGGBB; colours that two classes share are left out."""
    shares = Counter(entry.colour for entry in classes)
    return {pack(entry.colour): entry.id for entry in classes if shares[entry.colour] == 1}


def are_made_up(classes: ClassList) -> bool:
    """Say whether a list of classes only names the ids that were found in masks (see `classes_for_ids`)."""
    return classes == classes_for_ids(classes.ids)


def two_classes(classes: ClassList) -> tuple[int, int] | None:
    """Return the ids of background and object where there are no other classes; 0 and 1 where none is known."""
    if are_made_up(classes) and set(classes.ids) != {0, 1}:
        return 0, 1
    ids = sorted(entry.id for entry in classes.counted)
    return (ids[0], ids[1]) if len(ids) == 2 else None


def looks_soft(counts: Mapping[int, int], classes: ClassList, *, lossy: bool = False) -> bool:
    """Say whether the values of a mask are one object's shades and not ids.

    Args:
        counts: pixels by value.
        classes: of the dataset. Values that are all ids of stated classes are ids.
        lossy: whether the file is stored with loss.
    """
    if not is_soft(Counter(counts), lossy=lossy):
        return False
    if set(counts) - set(classes.ids):
        return True
    # Classes that were made up from soft masks have an id for each shade.
    return are_made_up(classes) and (len(counts) >= _MANY or set(classes.ids) <= {0, UNPAINTED_ID})


def mend_for_colours(path: Path, classes: ClassList) -> str | None:
    """Return the mend of a mask of colours: only if every colour is that of one class."""
    picture = _read(path)
    if picture is None:
        return None
    known = colour_ids(classes)
    return "colours_to_ids" if set(found_values(picture.in_colours())) <= known.keys() else None


def mend_for_loss(path: Path, classes: ClassList) -> str | None:
    """Return the mend of a mask that is stored with loss: only if it shows one object, and there are two classes."""
    picture = _read(path)
    if picture is None or picture.colours or two_classes(classes) is None:
        return None
    return "threshold" if is_soft(Counter(found_values(picture)), lossy=True) else None


def mend_for_transparency(path: Path, classes: ClassList) -> str | None:
    """Return the mend of a mask with transparency: only if that says nothing that the colours do not say."""
    pixels = opaque_pixels(path)
    if pixels is None:
        return None
    if np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2]):
        return "drop_transparency"
    return mend_for_colours(path, classes)


def mend_for_size(mask: tuple[int, int], picture: tuple[int, int], orientation: int) -> str | None:
    """Return the mend of a mask whose size is not that of its picture.

    Args:
        mask: its height and width.
        picture: height and width of the upright picture.
        orientation: the EXIF orientation of the picture, 1 to 8.
    """
    if orientation >= 5 and mask == picture[::-1]:
        return "turn"
    return "resize" if whole_factor(mask, picture) is not None else None


def whole_factor(mask: tuple[int, int], picture: tuple[int, int]) -> tuple[int, int] | None:
    """Return by how much a mask must be enlarged and reduced, if both sides ask for the same whole number."""
    (height, width), (wanted_height, wanted_width) = mask, picture
    up, down = wanted_height // height, height // wanted_height
    if up > 1 and picture == (height * up, width * up):
        return up, 1
    if down > 1 and mask == (wanted_height * down, wanted_width * down):
        return 1, down
    return None


def opaque_pixels(path: Path) -> npt.NDArray[np.uint8] | None:
    """Read a picture with transparency as (height, width, 3) uint8 RGB.

    None where it cannot be read, or where its transparency hides something: pixels that are seen in part, or a colour
    behind those that are not seen.
    """
    try:
        with Image.open(path) as picture:
            if picture.mode not in TRANSPARENT_MODES or any("16" in str(tile[3]) for tile in picture.tile):
                return None
            pixels = np.array(picture.convert("RGBA"), dtype=np.uint8)
    except UNDECODABLE:
        return None
    alpha, colours = pixels[..., 3], pixels[..., :3]
    seen = alpha == 255
    hidden: npt.NDArray[Any] = colours[~seen]
    return None if alpha[~seen].any() or hidden.any() else np.ascontiguousarray(colours)


def first_place(mask: MaskArray, value: int) -> tuple[int, int]:
    """Return x and y of the first pixel, row by row, that has a value."""
    y, x = divmod(int((mask == value).argmax()), mask.shape[1])
    return x, y


def _palette_of(picture: Image.Image) -> tuple[Colour, ...]:
    if picture.mode != "P":
        return ()
    stored = picture.palette
    # Of a PNG it is known already; Pillow's own way to ask for it reads all pixels first.
    known = stored is not None and stored.rawmode == "RGB"
    flat = list(stored.palette) if stored is not None and known else picture.getpalette("RGB") or []
    return tuple((flat[start], flat[start + 1], flat[start + 2]) for start in range(0, len(flat) - 2, 3))


def _read(path: Path) -> MaskPicture | None:
    try:
        return read_mask_picture(path)
    except FormatError:
        return None
