"""From the numbers and colours of masks to the classes of a source."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import HIGHEST_ID
from segstudio.dataset.colours import Colour, hex_colour
from segstudio.dataset.formats.annotation import NO_CLASS, Annotation, Raster
from segstudio.dataset.formats.mask_pictures import MaskPicture, pack, read_mask_picture, unpack
from segstudio.dataset.formats.source import Annotate, FormatError, SourceClass, SourceSample

_ALL_COLOURS = 1 << 24


class ClassTable:
    """Finds the class of each pixel of a mask, by its number or by its colour.

    Args:
        ids: for each number that occurs in masks, the position of its class in the source's list.
        colours: the same for colours.
    """

    def __init__(self, ids: Mapping[int, int], colours: Mapping[Colour, int]) -> None:
        self._by_id = np.full(HIGHEST_ID + 1, NO_CLASS, dtype=np.int16)
        for class_id, position in ids.items():
            if 0 <= class_id <= HIGHEST_ID:
                self._by_id[class_id] = position
        self._colours = {pack(colour): position for colour, position in colours.items()}
        self._by_colour: npt.NDArray[np.int16] | None = None

    @staticmethod
    def of(classes: Sequence[SourceClass]) -> "ClassTable":
        """Return the table of classes that have ids, colours or both; of two alike, the first counts."""
        ids: dict[int, int] = {}
        colours: dict[Colour, int] = {}
        for position, entry in enumerate(classes):
            if entry.id is not None:
                ids.setdefault(entry.id, position)
            if entry.colour is not None:
                colours.setdefault(entry.colour, position)
        for position, entry in enumerate(classes):
            if entry.background and entry.colour is None:
                colours.setdefault((0, 0, 0), position)  # where nothing else is said, background is black
        return ClassTable(ids, colours)

    def raster(
        self, picture: MaskPicture, path: Path, *, mend: str = "Add it to the list of classes.", nearest: bool = False
    ) -> Raster:
        """Return the classes of a mask: by colour if it has colours, by number (or index, R13) if it has not.

        Args:
            picture: the mask.
            path: its file, for the message.
            mend: what to do about a number or colour that no class has.
            nearest: whether a pixel of a colour that no class has becomes what the nearest one with a class is: for
                colours that run into each other at borders.

        Raises:
            FormatError: a pixel has a number or a colour that no class has (R33), or the mask is stored with loss.
        """
        if picture.lossy:
            raise FormatError(
                f"{path} is stored with loss (JPEG), which blurs classes at every border. Save it as PNG from its "
                "source; only masks of one object on a background can be mended by a threshold."
            )
        table = self._colour_table() if picture.colours else self._by_id
        positions = table[picture.values]
        unknown = positions == NO_CLASS
        if nearest and picture.colours and unknown.any() and not unknown.all():
            return Raster(_filled(positions, unknown))
        if unknown.any():
            row, column = (int(place) for place in np.unravel_index(int(unknown.argmax()), unknown.shape))
            value = int(picture.values[row, column])
            what = f"colour {hex_colour(unpack(value))}" if picture.colours else f"number {value}"
            raise FormatError(f"{path} holds the {what} at x {column}, y {row}, which no class has. {mend}")
        return Raster(positions)

    def _colour_table(self) -> npt.NDArray[np.int16]:
        # 32 MB once, when the first colour mask comes: searching each pixel in a list would take seconds a picture.
        if self._by_colour is None:
            self._by_colour = np.full(_ALL_COLOURS, NO_CLASS, dtype=np.int16)
            for value, position in self._colours.items():
                self._by_colour[value] = position
        return self._by_colour


def reading_by(
    table: ClassTable,
    *,
    convert: Callable[[MaskPicture], MaskPicture] = lambda picture: picture,
    mend: str = "Take the file from the source again.",
) -> Annotate:
    """Return what reads the mask of a sample, whose annotation is its path, by a table.

    Args:
        table: the classes.
        convert: makes of what the file holds what the table knows.
        mend: what to do about a number or colour that no class has.
    """

    def annotate(sample: SourceSample, _size: tuple[int, int]) -> Annotation:
        path = mask_of(sample)
        return table.raster(convert(read_mask_picture(path)), path, mend=mend)

    return annotate


def mask_of(sample: SourceSample) -> Path:
    """Return the mask of a sample whose annotation is one file.

    Raises:
        FormatError: it has none.
    """
    if not isinstance(sample.annotation, Path):
        raise FormatError(f"{sample.name} has no mask.")
    return sample.annotation


def found_values(picture: MaskPicture) -> dict[int, int]:
    """Return the numbers or colours that occur in a mask, and how many pixels have each."""
    values: npt.NDArray[Any] = picture.values.ravel()
    if picture.colours:
        found, counts = np.unique(values, return_counts=True)
    else:
        every = np.bincount(values, minlength=1)
        found = np.flatnonzero(every)
        counts = every[found]
    return {int(value): int(count) for value, count in zip(found, counts, strict=True)}


def _filled(positions: npt.NDArray[np.int16], unknown: npt.NDArray[np.bool_]) -> npt.NDArray[np.int16]:
    """Return positions where each unknown pixel has that of the nearest known one."""
    _distances, labels = cv2.distanceTransformWithLabels(
        unknown.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    by_label = np.zeros(int(labels.max()) + 1, dtype=np.int16)
    by_label[labels[~unknown]] = positions[~unknown]
    return np.asarray(by_label[labels], dtype=np.int16)
