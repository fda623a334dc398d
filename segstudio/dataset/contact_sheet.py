"""Contact sheets: many small overlays with their names, and a legend of the classes, as one picture."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count as numbers
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import Dataset, Sample, Split
from segstudio.dataset.images import ImageArray, read_reduced
from segstudio.dataset.lettering import draw_text, shortened, text_width
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.dataset.overlay import blend, unpainted_ids, write_picture
from segstudio.errors import SegstudioError

SIDE = 240
"""The longer side of a small picture, in pixels."""

OPACITY = 0.5
COLUMNS, ROWS = 6, 4
_PER_SHEET = COLUMNS * ROWS

_GAP = 10
_TITLE, _CAPTION, _LEGEND = 18, 13, 14
_PAPER, _INK, _QUIET, _PROBLEM = (255, 255, 255), (28, 32, 38), (89, 97, 109), (179, 38, 30)
_MISSING, _MISSING_HEIGHT = (236, 238, 241), 3 * SIDE // 4


class ContactSheetError(SegstudioError):
    """There is nothing to put on a sheet."""


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """Which samples stand on which sheet; none is made before somebody asks for its sheet.

    Attributes:
        samples: what there is to choose from.
        count: how many of them, spread evenly; at most as many as there are.
    """

    samples: Sequence[Sample]
    count: int

    @property
    def sheets(self) -> int:
        """How many sheets there are."""
        return -(-self.count // _PER_SHEET)

    def on_sheet(self, number: int) -> list[Sample]:
        """Return the samples on a sheet, counted from 0."""
        numbers = range(number * _PER_SHEET, min((number + 1) * _PER_SHEET, self.count))
        return [self.samples[spread(i, self.count, len(self.samples))] for i in numbers]

    def all(self) -> Iterator[Sample]:
        """Go through the samples of all sheets."""
        for number in range(self.sheets):
            yield from self.on_sheet(number)


def spread(number: int, count: int, total: int) -> int:
    """Return the position of one of ``count`` things that are spread evenly over ``total``."""
    return number * total // count


@dataclass(frozen=True, slots=True)
class Tile:
    """A small picture on a sheet.

    Attributes:
        picture: (height, width, 3) uint8 RGB, neither side above `SIDE`; None where it cannot be read.
        caption: what stands under it, at the left.
        note: a word at the right: the split, or what is missing.
    """

    picture: ImageArray | None
    caption: str
    note: str = ""


def chosen(dataset: Dataset, split: Split | None, count: int, *, labelled: bool = False) -> list[Sample]:
    """Choose at most ``count`` samples of a split (None for all), spread evenly over it.

    Args:
        dataset: where from.
        split: train, val, test or None.
        count: at least 1.
        labelled: leave out those without a mask.

    Raises:
        ContactSheetError: there is none, or ``count`` is not positive.
    """
    if count < 1:
        raise ContactSheetError(f"The number of pictures must be at least 1. Received: {count}.")
    samples = [
        sample for sample in dataset.samples if split in (None, sample.split) and not (labelled and sample.mask is None)
    ]
    if not samples:
        what = "picture with a mask" if labelled else "picture"
        raise ContactSheetError(f"There is no {what} in {'any split' if split is None else split} of {dataset.root}.")
    count = min(count, len(samples))
    return [samples[spread(i, count, len(samples))] for i in range(count)]


def overlay_tile(sample: Sample, classes: ClassList) -> Tile:
    """Return the overlay of a sample; what cannot be read is said on the tile."""
    try:
        image = read_reduced(sample.image, SIDE)
        if sample.mask is None:
            return Tile(image, sample.name, f"{sample.split}, no mask")
        mask = reduced_mask(read_mask(sample.mask), image.shape[:2])
    except SegstudioError:
        return Tile(None, sample.name, f"{sample.split}, cannot be read")
    return Tile(blend(image, mask, classes, OPACITY), sample.name, sample.split)


def reduced_mask(mask: MaskArray, shape: tuple[int, int]) -> MaskArray:
    """Return a mask at another (height, width), each pixel the nearest one's id."""
    rows = (np.arange(shape[0]) + 0.5) * mask.shape[0] / shape[0]
    columns = (np.arange(shape[1]) + 0.5) * mask.shape[1] / shape[1]
    return mask[np.ix_(rows.astype(int), columns.astype(int))]


def write_sheets(
    tiles: Iterable[Tile], classes: ClassList, folder: Path, *, title: str, name: str, columns: int = COLUMNS
) -> list[Path]:
    """Write as many sheets as the tiles need: ``<name>-001.png``, ``<name>-002.png``, …

    Args:
        tiles: made one sheet after another, so that they may come from a generator.
        classes: for the legend.
        folder: made if it is missing.
        title: stands above each sheet.
        name: how the files' names begin.
        columns: tiles beside each other.

    Raises:
        OSError: a sheet cannot be written.
    """
    written = []
    rest = iter(tiles)
    for number in numbers(1):
        page = list(islice(rest, columns * ROWS))
        if not page:
            break
        path = folder / f"{name}-{number:03}.png"
        write_picture(path, contact_sheet(page, classes, title=title, columns=columns))
        written.append(path)
    return written


def contact_sheet(tiles: Sequence[Tile], classes: ClassList, *, title: str, columns: int = COLUMNS) -> ImageArray:
    """Draw a sheet: the title, the tiles row by row, the legend; (height, width, 3) uint8 RGB."""
    columns = min(columns, len(tiles))
    cell = SIDE + _GAP
    width = max(columns * cell + _GAP, 3 * cell)  # room for the title and the legend
    lines = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    heights = [max(_height(tile) for tile in line) for line in lines]
    legend = _laid_out(classes, width)
    top = 2 * _GAP + _TITLE
    bottom = top + sum(heights) + len(lines) * (2 * _CAPTION + _GAP) + _GAP
    sheet = Image.new("RGB", (width, bottom + (legend[-1][2] if legend else 0) + 2 * _LEGEND + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    line_of_title = shortened(title, size=_TITLE, width=width - 2 * _GAP)
    draw_text(draw, _GAP, _GAP + _TITLE / 2, line_of_title, size=_TITLE, colour=_INK)
    for line, height in zip(lines, heights, strict=True):
        for column, tile in enumerate(line):
            _draw_tile(sheet, draw, tile, _GAP + column * cell, top + height)
        top += height + 2 * _CAPTION + _GAP
    for entry, x, y in legend:
        _draw_entry(draw, entry, x, bottom + y + _LEGEND / 2, clear=entry.id in unpainted_ids(classes))
    pixels: npt.NDArray[np.uint8] = np.asarray(sheet, dtype=np.uint8)
    return pixels


def _height(tile: Tile) -> int:
    return _MISSING_HEIGHT if tile.picture is None else tile.picture.shape[0]


def _draw_tile(sheet: Image.Image, draw: ImageDraw.ImageDraw, tile: Tile, x: int, bottom: int) -> None:
    """Draw a tile whose picture ends at ``bottom``; its words stand below."""
    top = bottom - _height(tile)
    if tile.picture is None:
        draw.rectangle((x, top, x + SIDE - 1, bottom - 1), fill=_MISSING)
    else:
        sheet.paste(Image.fromarray(tile.picture), (x + (SIDE - tile.picture.shape[1]) // 2, top))
    middle = bottom + _CAPTION
    note = shortened(tile.note, size=_CAPTION, width=SIDE // 2)
    room = SIDE - text_width(note, _CAPTION) - _GAP
    colour = _PROBLEM if tile.picture is None else _QUIET
    draw_text(draw, x + SIDE - text_width(note, _CAPTION), middle, note, size=_CAPTION, colour=colour)
    draw_text(draw, x, middle, shortened(tile.caption, size=_CAPTION, width=room), size=_CAPTION, colour=_INK)


def _laid_out(classes: ClassList, width: int) -> list[tuple[ClassInfo, int, int]]:
    """Return where each class of the legend stands, in lines that are as wide as the sheet."""
    placed, x, y = [], _GAP, 0
    for entry in classes:
        needs = 2 * _LEGEND + text_width(_said(entry, width), _LEGEND) + 2 * _GAP
        if x > _GAP and x + needs > width:
            x, y = _GAP, y + 2 * _LEGEND
        placed.append((entry, x, y))
        x += needs
    return placed


def _draw_entry(draw: ImageDraw.ImageDraw, entry: ClassInfo, x: int, middle: float, *, clear: bool) -> None:
    half = _LEGEND / 2
    box = (x, middle - half, x + _LEGEND, middle + half)
    # What is left clear over pictures (see `colour_table`) is an empty box.
    clear = clear or (entry.id == 0 and entry.colour == (0, 0, 0))
    draw.rectangle(box, fill=None if clear else entry.colour, outline=_QUIET)
    draw_text(draw, x + 1.5 * _LEGEND, middle, _said(entry, int(draw.im.size[0])), size=_LEGEND, colour=_INK)


def _said(entry: ClassInfo, width: int) -> str:
    words = f"{entry.name} (ignored)" if entry.ignored else entry.name
    return shortened(words, size=_LEGEND, width=width - 3 * _LEGEND - 2 * _GAP)
