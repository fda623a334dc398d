"""One class as black and white masks beside pictures: what programs for a single kind of object read.

::

    images/train/<name>.jpg    masks/train/<name>.png    8-bit grey: 255 where the class is, else 0
    classes.txt                background, and the class
"""

from pathlib import Path

import numpy as np

from segstudio.dataset.classes import ClassInfo
from segstudio.dataset.dataset import Sample
from segstudio.dataset.formats import pairs
from segstudio.dataset.formats.format import Format
from segstudio.dataset.formats.mask_writing import write_list
from segstudio.dataset.formats.names import is_background
from segstudio.dataset.formats.pictures import copy_picture
from segstudio.dataset.masks import MaskArray, write_mask

OBJECT = 255


class BinaryMasksWriter:
    """Writes pictures, and masks that are 255 where one class is; what is ignored or not painted is 0 like all else."""

    def __init__(self, root: Path, entry: ClassInfo) -> None:
        self._root = root
        self._class = entry

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a sample into the folders of its split."""
        copy_picture(sample.image, self._root / "images" / sample.split, sample.name)
        if mask is not None:
            binary = np.where(mask == self._class.id, np.uint8(OBJECT), np.uint8(0))
            write_mask(self._root / "masks" / sample.split / f"{sample.name}.png", binary)

    def finish(self) -> None:
        """Write the names of black and white."""
        name = "".join(letter if letter.isprintable() else " " for letter in self._class.name)
        write_list(self._root / "classes.txt", ("not it" if is_background(name) else "background", name))


# Read like any other masks of black and white: who wrote them cannot be told.
BINARY_MASKS = Format(
    "binary_masks",
    "One class as black and white masks",
    lambda _listing: None,
    pairs.read,
    write_class=BinaryMasksWriter,
)
