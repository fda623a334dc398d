"""What masks hold: ids, colours, one object with soft edges, or the numbers of objects.

Found by looking at masks, since files do not say it. The rules, in this order:

- With a threshold from the person, grey values from there on are object.
- *Colours*: more files have colours than have one plain channel; or files have palettes that do not agree with each
  other, so that an index means another thing in each (R13); or a list of classes gives the colours of the palette.
- *One object*: a palette of black and white; or exactly two values, 0 and 100 or more; or soft edges: grey of up to 100
  or more, where at least 85 % of the pixels lie near 0 or near the highest value, most of those at one value, and no
  value between holds 3 % of the pixels: antialiased or JPEG.
- *Numbers of objects*: in each mask they run from 1 without a gap (or there are 20 and more), each is one connected
  piece, and how many there are differs from mask to mask (or is 20 or more). Classes are seldom so.
- Else *ids*.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from segstudio.dataset.colours import Colour
from segstudio.dataset.exif import UNREADABLE
from segstudio.dataset.formats.class_tables import found_values
from segstudio.dataset.formats.legends import Legend
from segstudio.dataset.formats.mask_pictures import MaskPicture, read_mask_picture
from segstudio.dataset.formats.source import FormatError

THRESHOLD = 128
"""From which grey value on a soft-edged mask is object, where nobody says otherwise."""

_MOST_MASKS = 1000
_MOST_PIXELS = 300_000_000
_MANY = 20
_WHITE: Colour = (255, 255, 255)


class MaskKind(Enum):
    """What the masks of a folder hold."""

    IDS = auto()
    COLOURS = auto()
    BINARY = auto()
    OBJECT_NUMBERS = auto()


@dataclass(frozen=True, slots=True)
class SeenMask:
    """What was seen in a mask.

    Attributes:
        path: its file.
        picture: how it is stored; without its pixels, `values` being empty.
        counts: its numbers or colours, and how many pixels have each.
        numbered: whether its numbers could be those of objects: from 1 without a gap, each in one piece.
    """

    path: Path
    picture: MaskPicture
    counts: dict[int, int]
    numbered: bool


def look_at(paths: Sequence[Path]) -> list[SeenMask]:
    """Look at masks, evenly spread where they are very many; those that cannot be read are passed over."""
    seen: list[SeenMask] = []
    if not paths:
        return seen
    most = max(20, min(_MOST_MASKS, _MOST_PIXELS // max(1, _pixels(paths[0]))))
    step = max(1.0, len(paths) / most)
    numbered = True
    for path in (paths[int(place * step)] for place in range(min(len(paths), most))):
        try:
            picture = read_mask_picture(path)
        except FormatError:
            continue
        counts = found_values(picture)
        # Looking for pieces costs more than reading: once one mask has said no, it is decided.
        numbered = numbered and not picture.colours and _could_be_numbers(picture.values, counts)
        stored = MaskPicture(picture.values[:0], picture.colours, picture.palette, picture.lossy, picture.channels)
        seen.append(SeenMask(path, stored, counts, numbered))
    return seen


def kind_of(seen: Sequence[SeenMask], *, threshold: int | None = None, legend: Legend | None = None) -> MaskKind:
    """Say what masks hold, by the rules above.

    Args:
        seen: what was seen in some of them.
        threshold: from which grey value on there is an object, if somebody said so.
        legend: the list of classes, if there is one.
    """
    if threshold is not None:
        return MaskKind.BINARY
    coloured = sum(each.picture.colours for each in seen)
    if coloured > sum(each.picture.palette is None and each.picture.channels == 1 for each in seen):
        return MaskKind.COLOURS
    seen = [each for each in seen if not each.picture.colours]  # the odd one out is read by itself, or refused
    palettes = [each for each in seen if each.picture.palette is not None]
    if palettes and (not palettes_agree(palettes) or _legend_has_colours_of(palettes, legend)):
        return MaskKind.COLOURS
    if not palettes and _are_grey_colours(seen, legend):
        return MaskKind.COLOURS
    counts: Counter[int] = sum((Counter(each.counts) for each in seen), start=Counter())
    named = legend is not None and legend.stated and set(counts) <= {0, *(entry.id for entry in legend.classes)}
    if named:
        return MaskKind.IDS
    if palettes and len(palettes) == len(seen) and set(palette_colours(palettes).values()) == {(0, 0, 0), _WHITE}:
        return MaskKind.BINARY
    if not palettes and is_soft(counts, lossy=any(each.picture.lossy for each in seen)):
        return MaskKind.BINARY
    if (legend is None or not legend.stated) and _are_numbers(seen):
        return MaskKind.OBJECT_NUMBERS
    return MaskKind.IDS


def palettes_agree(seen: Iterable[SeenMask]) -> bool:
    """Say whether an index that occurs in masks has the same colour in each of them."""
    known: dict[int, Colour] = {}
    for each in seen:
        palette = each.picture.palette or ()
        for index in each.counts:
            if index < len(palette) and known.setdefault(index, palette[index]) != palette[index]:
                return False
    return True


def palette_colours(seen: Iterable[SeenMask]) -> dict[int, Colour]:
    """Return the colours of the indices that occur in masks with a palette."""
    return {
        index: each.picture.palette[index]
        for each in seen
        if each.picture.palette is not None
        for index in each.counts
        if index < len(each.picture.palette)
    }


def is_soft(counts: Counter[int], *, lossy: bool) -> bool:
    """Say whether grey values are those of one object on a background, with soft edges or without."""
    total, top = sum(counts.values()), max(counts, default=0)
    if top < 100 or top > 255:
        return False
    if set(counts) <= {0, top}:
        return True
    low = Counter({value: count for value, count in counts.items() if value <= top // 10})
    high = Counter({value: count for value, count in counts.items() if value >= top - top // 10})
    between = [count for value, count in counts.items() if top // 10 < value < top - top // 10]
    if not low or not high or low.total() + high.total() < 0.85 * total:
        return False
    peaked = low.most_common(1)[0][1] >= 0.8 * low.total() and high.most_common(1)[0][1] >= 0.6 * high.total()
    return peaked and (lossy or len(counts) > 3) and max(between, default=0) < 0.03 * total


def is_void(class_id: int, ids: Iterable[int]) -> bool:
    """Say whether 255 is what nobody labelled: it is, where other ids lie next to each other (not 0, 128, 255)."""
    others = sorted(set(ids) - {255})
    steps = [after - before for before, after in itertools.pairwise(others)]
    return class_id == 255 and (min(steps, default=0) < 16 if len(others) > 1 else bool(others) and others[0] > 0)


def _are_numbers(seen: Sequence[SeenMask]) -> bool:
    amounts = {len(set(each.counts) - {0}) for each in seen if set(each.counts) - {0}}
    varied = len(amounts) > 1 or max(amounts, default=0) >= _MANY
    return bool(amounts) and varied and max(amounts) > 1 and all(each.numbered for each in seen)


def _could_be_numbers(values: npt.NDArray[np.unsignedinteger[Any]], counts: dict[int, int]) -> bool:
    numbers = sorted(set(counts) - {0})
    if not numbers:
        return True
    if numbers != list(range(1, len(numbers) + 1)) and len(numbers) < _MANY:
        return False
    parted, chosen = 0, numbers[: 2 * _MANY]
    for number in chosen:
        pieces, _labels, stats, _middles = cv2.connectedComponentsWithStats((values == number).astype(np.uint8))
        # A stray pixel or two is no second piece.
        large = sum(int(area) > 0.02 * counts[number] for area in stats[1:pieces, cv2.CC_STAT_AREA])
        parted += large > 1
        if parted > 0.1 * len(chosen):
            return False
    return True


def _legend_has_colours_of(palettes: Sequence[SeenMask], legend: Legend | None) -> bool:
    """Say whether a list of classes is one of colours, and of those of the palette."""
    if legend is None or legend.stated:
        return False
    named = {entry.colour for entry in legend.classes if entry.colour is not None}
    used = set(palette_colours(palettes).values()) - {(0, 0, 0)}
    return bool(used) and used <= named


def _are_grey_colours(seen: Sequence[SeenMask], legend: Legend | None) -> bool:
    """Say whether masks of three equal channels hold colours of a list of classes, which happen to be grey."""
    if legend is None or not all(each.picture.channels == 3 for each in seen):
        return False
    named = {entry.colour for entry in legend.classes if entry.colour is not None}
    return bool(seen) and {(value, value, value) for each in seen for value in each.counts} <= named


def _pixels(path: Path) -> int:
    try:
        with Image.open(path) as picture:
            return picture.width * picture.height
    except UNREADABLE:
        return 1_000_000
