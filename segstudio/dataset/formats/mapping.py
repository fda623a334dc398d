"""Which class of a source becomes which class of the dataset, and how its objects lie over each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segstudio.dataset.classes import HIGHEST_ID, UNPAINTED_ID, ClassInfo, ClassList, free_name
from segstudio.dataset.colours import Colour, spare_colour
from segstudio.dataset.formats.annotation import Annotation, Raster
from segstudio.dataset.formats.source import FormatError, Source, SourceClass
from segstudio.dataset.masks import MaskArray


@dataclass(frozen=True, slots=True)
class ClassMapping:
    """How the classes of a source become those of a dataset.

    Attributes:
        classes: the dataset's classes.
        targets: for each class of the source the id that it becomes, or None: its pixels are as if it were not there.
        background: the id of the pixels that no class covers.
        order: positions of the source's classes from the lowest to the topmost, where objects are to lie over each
            other by class; None: as the source draws them.

    Raises:
        FormatError: an id is not one of ``classes``, or ``order`` does not name each class of the source once.
    """

    classes: ClassList
    targets: tuple[int | None, ...]
    background: int
    order: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        unknown = {self.background, *self.targets} - {None, *self.classes.ids}
        if unknown:
            raise FormatError(f"There is no class with the id {sorted(map(str, unknown))[0]} to import into.")
        if self.order is not None and sorted(self.order) != list(range(len(self.targets))):
            raise FormatError("The order of overlap must name every class of the source once.")

    def mask(self, annotation: Annotation) -> MaskArray:
        """Draw an annotation as a mask, (height, width): uint8, or uint16 where the classes go above 255."""
        dtype = np.uint8 if max(self.classes.ids) <= 255 else np.uint16
        if isinstance(annotation, Raster):
            # One place more, at the end, for NO_CLASS, which is -1.
            table = np.array([*(self._id(target) for target in self.targets), self.background], dtype=dtype)
            return np.asarray(table[annotation.positions])
        width, height = annotation.size
        mask = np.full((height, width), self.background, dtype=dtype)
        drawn = annotation.drawn
        if self.order is not None:
            rank = {position: place for place, position in enumerate(self.order)}
            drawn = tuple(sorted(drawn, key=lambda each: rank[each.position]))
        for each in drawn:
            target = self.targets[each.position]
            if target is not None:
                rows, columns = each.pixels.shape
                mask[each.top : each.top + rows, each.left : each.left + columns][each.pixels] = target
        return mask

    def _id(self, target: int | None) -> int:
        return self.background if target is None else target


def default_mapping(source: Source) -> ClassMapping:
    """Map every class of a source to one of the same name.

    Ids are kept where the source gives each class one of its own; else they are numbered in the source's order, the
    background 0 and an ignored class 255. A source without a background gets one unless it is complete.

    Raises:
        FormatError: the source has no class.
    """
    found = source.classes
    if not found:
        raise FormatError(f"No class is named anywhere in {source.root}, so there is nothing to import.")
    background = next((position for position, entry in enumerate(found) if entry.background), None)
    ids = _ids(found, background)
    # In the source's order where the ids are its own; else in the order of the ids, which is the same but for the
    # background, which comes first, and what is ignored, which comes last.
    own = all(entry.id == class_id for entry, class_id in zip(found, ids, strict=True))
    entries: list[ClassInfo] = []
    used: list[Colour] = [entry.colour for entry in found if entry.colour is not None]
    for class_id, entry in sorted(zip(ids, found, strict=True), key=lambda pair: 0 if own else pair[0]):
        colour = entry.colour
        if colour is None:
            colour = (128, 128, 128) if entry.ignored else (0, 0, 0) if entry.background else spare_colour(used)
            used.append(colour)
        entries.append(ClassInfo(class_id, free_name(entry.name, entries), colour, entry.ignored))
    if background is None and source.complete:
        classes = ClassList(tuple(entries))
        return ClassMapping(classes, tuple(ids), classes.blank)
    if background is None:
        blank = next(number for number in (0, *range(1, HIGHEST_ID)) if number not in ids)
        entries.insert(0, ClassInfo(blank, free_name("background", entries), (0, 0, 0)))
    else:
        blank = ids[background]
    return ClassMapping(ClassList(tuple(entries), blank), tuple(ids), blank)


def _ids(found: Sequence[SourceClass], background: int | None) -> list[int]:
    given = [entry.id for entry in found if entry.id is not None and 0 <= entry.id <= HIGHEST_ID]
    if len(set(given)) == len(found):
        return given
    free = iter(number for number in range(1, HIGHEST_ID + 1) if number != UNPAINTED_ID)
    ids: list[int] = []
    for position, entry in enumerate(found):
        if position == background:
            ids.append(0)
        elif entry.ignored and UNPAINTED_ID not in ids:
            ids.append(UNPAINTED_ID)
        else:
            ids.append(next(free))
    return ids
