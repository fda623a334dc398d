"""Pictures made of masks: class colours, blends, and what differs between two masks."""

from collections.abc import Set as AbstractSet
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassList
from segstudio.dataset.files import write_atomically
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray

ColourTable = npt.NDArray[np.uint8]
"""(65536, 4) uint8: red, green, blue and how strongly the colour covers, by id."""

_STRAY = (255, 0, 255)


def colour_table(classes: ClassList, *, hidden: AbstractSet[int] | None = None) -> ColourTable:
    """Return the colours by id.

    Black background (id 0 in black) is left clear: it would only darken the picture. Ids that no class has are drawn
    in magenta, so that they cannot be missed.

    Args:
        classes: for the colours.
        hidden: ids that are not drawn; if None, that is the id of unpainted pixels where there is one: it would veil
            all of a new picture.
    """
    if hidden is None:
        hidden = unpainted_ids(classes)
    table = np.zeros((65536, 4), dtype=np.uint8)
    table[:] = (*_STRAY, 255)
    for entry in classes:
        clear = entry.id in hidden or (entry.id == 0 and entry.colour == (0, 0, 0))
        table[entry.id] = (*entry.colour, 0 if clear else 255)
    return table


def unpainted_ids(classes: ClassList) -> frozenset[int]:
    """Return the id of unpainted pixels, alone in a set, or the empty set where new masks start as a class."""
    return frozenset() if classes.unpainted is None else frozenset({classes.unpainted})


def colourise(mask: MaskArray, classes: ClassList) -> ImageArray:
    """Return a mask in its class colours: (height, width, 3) uint8 RGB."""
    return colour_table(classes)[mask][..., :3]


def blend(image: ImageArray, mask: MaskArray, classes: ClassList, opacity: float) -> ImageArray:
    """Return the overlay: class colours over a picture.

    Args:
        image: (height, width, 3) uint8 RGB.
        mask: (height, width) of ids.
        classes: for the colours.
        opacity: 0 (picture only) to 1 (colours only).

    Returns:
        (height, width, 3) uint8 RGB.
    """
    return blend_colours(image, colour_table(classes)[mask], opacity)


def blend_colours(image: ImageArray, colours: npt.NDArray[np.uint8], opacity: float) -> ImageArray:
    """Blend (height, width, 4) colours, the fourth channel saying how strongly, over an RGB picture."""
    covered = colours[..., 3:4]
    mixed = cv2.addWeighted(image, 1 - opacity, np.ascontiguousarray(colours[..., :3]), opacity, 0)
    return np.where(covered > 0, mixed, image).astype(np.uint8, copy=False)


def write_picture(path: Path, rgb: ImageArray) -> None:
    """Write an RGB picture as PNG, whole or not at all.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    done, encoded = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f"{path.name} could not be encoded")
    write_atomically(path, encoded.tobytes())
