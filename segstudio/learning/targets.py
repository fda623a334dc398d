"""Between class ids, which people choose, and class indices, which models count from 0."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassList
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.statistics import count_ids
from segstudio.errors import SegstudioError

IGNORED_TARGET = 255
"""The value of pixels that count in no loss and no metric, in targets (not in masks)."""

_UNKNOWN = 256
_MOST_CLASSES = 255


class TargetError(SegstudioError):
    """A mask holds an id that no class has, or there are too many classes."""


@dataclass(frozen=True)
class TargetCoding:
    """The table between ids and indices for one list of classes.

    Indices follow the order of `ClassList.counted`; ignored ids become `IGNORED_TARGET`.

    Raises:
        TargetError: there are more than 255 classes that count.
    """

    classes: ClassList

    def __post_init__(self) -> None:
        if self.n_classes > _MOST_CLASSES:
            raise TargetError(f"At most {_MOST_CLASSES} classes can be trained. This dataset has {self.n_classes}.")

    @property
    def n_classes(self) -> int:
        """How many classes count: the output channels of a model."""
        return len(self.classes.counted)

    def encode(self, mask: MaskArray, path: Path) -> npt.NDArray[np.uint8]:
        """Turn ids into indices.

        Args:
            mask: (height, width) of ids.
            path: the mask's file, for the message.

        Returns:
            (height, width) uint8 of indices and `IGNORED_TARGET`.

        Raises:
            TargetError: an id that no class has (R33), with file, pixel and value.
        """
        ids, _pixels = count_ids(mask)
        if (self._table[ids] == _UNKNOWN).any():
            row, column = np.argwhere(self._table[mask] == _UNKNOWN)[0]
            raise TargetError(
                f"{path}: pixel x={column}, y={row} has the id {mask[row, column]}, which no class has. "
                "Add that class to classes.json, or correct the mask."
            )
        indices = self._table.astype(np.uint8)
        # OpenCV's table takes a tenth of the time of numpy's, and bytes only.
        return np.asarray(cv2.LUT(mask, indices[:256]) if mask.dtype == np.uint8 else indices[mask], dtype=np.uint8)

    @cached_property
    def _table(self) -> npt.NDArray[np.uint16]:
        """Index by id: `IGNORED_TARGET` where it is ignored, `_UNKNOWN` where no class has it."""
        table = np.full(65536, _UNKNOWN, dtype=np.uint16)
        table[list(self.classes.ignored_ids)] = IGNORED_TARGET
        for index, entry in enumerate(self.classes.counted):
            table[entry.id] = index
        return table

    def decode(self, indices: npt.NDArray[np.integer]) -> MaskArray:
        """Turn indices (as a model answers them) back into ids: uint8, or uint16 where an id is above 255."""
        ids = [entry.id for entry in self.classes.counted]
        table = np.asarray(ids, dtype=np.uint8 if max(ids) <= 255 else np.uint16)
        return np.take(table, indices)
