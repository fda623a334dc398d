"""What is drawn over picture and mask, at the device's resolution, so that it is legible at any zoom.

All of it is decided by where a device pixel lies and by what lies next to it, never by the box that happens to be
drawn: boxes drawn one by one fit together.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.masks import MaskArray
from segstudio.dataset.overlay import ColourTable
from segstudio.painting.boxes import Box
from segstudio.painting.footprint import Footprint, Positions, footprint
from segstudio.painting.regions import Region
from segstudio.painting.scene import Preview
from segstudio.painting.view import ViewTransform

Pixels = npt.NDArray[np.uint8]
"""(height, width, 4) uint8: blue, green, red, 255."""

SMALLEST_GRID_ZOOM = 10.0
"""Device pixels a picture pixel from which on there is room for a grid."""

_BLACK, _WHITE = np.uint32(0xFF000000), np.uint32(0xFFFFFFFF)
_HATCH, _HATCH_LINE, _DASH = 8, 3, 4
_DIMMED = 0.4
_GRID = 32


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Device pixels to draw on.

    Attributes:
        pixels: (piece.box.height, piece.box.width, 4) BGRA, changed in place.
        piece: what lies under them.
        view: from where the picture is seen.
        width, height: of the picture.
        line: how thick a line is, in device pixels.
    """

    pixels: Pixels
    piece: Footprint
    view: ViewTransform
    width: int
    height: int
    line: int

    @property
    def packed(self) -> npt.NDArray[np.uint32]:
        """The pixels as one number each, on the same memory."""
        return self.pixels.view(np.uint32)[..., 0]

    def around(self, margin: int) -> tuple[Footprint, tuple[slice, slice]]:
        """Return what lies under the sheet and so many device pixels around it, and where the sheet lies in that."""
        box = self.piece.box
        wide = footprint(self.view, box.grown(margin), width=self.width, height=self.height)
        assert wide is not None, "a sheet lies on the picture"
        return wide, box.moved(-wide.box.left, -wide.box.top).slices

    def near(self, box: Box) -> "Sheet | None":
        """Return the part of the sheet that marks of a box of picture pixels can reach; None if they cannot."""
        piece = None if box.empty else self.piece.cut(self.view.screen_box(box).grown(reach(self.line)))
        if piece is None:
            return None
        own = self.piece.box
        return replace(self, pixels=self.pixels[piece.box.moved(-own.left, -own.top).slices], piece=piece)


def reach(line: int) -> int:
    """Return how far, in device pixels, a change of mask, preview or selection changes what is drawn around it."""
    return 2 * (line + 1)


def draw_grid(sheet: Sheet) -> None:
    """Draw lines between the picture's pixels, if these are large enough."""
    if sheet.view.zoom < SMALLEST_GRID_ZOOM:
        return
    drawn = []
    for positions, first, origin, axis in (
        (sheet.piece.rows, sheet.piece.box.top, sheet.view.top, 0),
        (sheet.piece.columns, sheet.piece.box.left, sheet.view.left, 1),
    ):
        starts = _starts(positions, before=math.floor(origin + (first - 0.5) / sheet.view.zoom))
        index = (slice(None), starts) if axis else (starts, slice(None))
        under = sheet.pixels[index]
        # A little lighter than dark pixels and a little darker than light ones: seen on any. Green is most of light.
        shift = np.where(under[..., 1:2] < 128, _GRID, -_GRID)
        drawn.append((index, np.clip(under + shift, 0, 255).astype(np.uint8)))
    for index, lines in drawn:
        lines[..., 3] = 255
        sheet.pixels[index] = lines


def draw_outlines(sheet: Sheet, mask: MaskArray, colours: ColourTable) -> None:
    """Draw the borders between ids: on each side a line in that side's colour, set off from its inside by black.

    Args:
        sheet: to draw on.
        mask: (height, width) ids.
        colours: by id; ids without cover have no line.
    """
    wide, own = sheet.around(reach(sheet.line))
    ids = wide.sampled(mask)
    drawn = colours[:, 3].take(ids[own]) > 0
    width = sheet.line + 1
    np.copyto(sheet.packed, _BLACK, where=_varies(ids, width + sheet.line)[own] & drawn)
    np.copyto(sheet.packed, _packed(colours, ids[own]), where=_varies(ids, width)[own] & drawn)


def draw_preview(sheet: Sheet, preview: Preview, colours: ColourTable) -> None:
    """Hatch a region in its class colours, between a white line and a black one: proposed, not painted."""
    near = sheet.near(preview.region.box)
    if near is None:
        return
    wide, own = near.around(reach(near.line))
    inside = wide.sampled_region(preview.region)
    rim, inside = _varies(inside, near.line)[own], inside[own]
    if isinstance(preview.ids, int):
        stripes = _packed(colours, np.full((1, 1), preview.ids, np.uint16))
    else:
        stripes = _packed(colours, near.piece.sampled_within(preview.region.box, preview.ids))
    # Black would be no colour of something proposed: it is that of a background that is not drawn.
    stripes = np.where(stripes == _BLACK, _WHITE, stripes)
    np.copyto(near.packed, stripes, where=inside & _diagonals(near, _HATCH, _HATCH_LINE))
    np.copyto(near.packed, _WHITE, where=inside & rim)
    np.copyto(near.packed, _BLACK, where=~inside & rim)


def draw_selection(sheet: Sheet, selection: Region) -> None:
    """Dim what is not selected, and draw a line of black and white dashes around what is."""
    near = sheet.near(selection.box)
    kept = None if near is None else near.pixels.copy()
    sheet.pixels[...] = cv2.convertScaleAbs(sheet.pixels, alpha=_DIMMED)
    sheet.pixels[..., 3] = 255
    if near is None or kept is None:
        return
    wide, own = near.around(reach(near.line))
    inside = wide.sampled_region(selection)
    rim, inside = _varies(inside, near.line)[own], inside[own]
    np.copyto(near.packed, kept.view(np.uint32)[..., 0], where=inside)
    border = inside & rim
    np.copyto(near.packed, _BLACK, where=border)
    np.copyto(near.packed, _WHITE, where=border & _diagonals(near, 2 * _DASH, _DASH))


def _varies(values: npt.NDArray[Any], distance: int) -> npt.NDArray[np.bool_]:
    """Return where any pixel within a distance (of the larger coordinate) has another value."""
    kernel = np.ones((2 * distance + 1, 2 * distance + 1), dtype=np.uint8)
    numbers = values.view(np.uint8) if values.dtype == np.bool_ else values
    return np.asarray(cv2.morphologyEx(numbers, cv2.MORPH_GRADIENT, kernel)) > 0


def _packed(colours: ColourTable, ids: MaskArray) -> npt.NDArray[np.uint32]:
    known = colours[:256] if ids.dtype == np.uint8 else colours
    red, green, blue = (known[:, channel].astype(np.uint32) for channel in range(3))
    return np.asarray((_BLACK | red << 16 | green << 8 | blue).take(ids))


def _diagonals(sheet: Sheet, period: int, width: int) -> npt.NDArray[np.bool_]:
    """Return (height, width) bool: stripes to the lower left, in multiples of a line, that move with the picture."""
    view, box, period = sheet.view, sheet.piece.box, period * sheet.line
    offset = math.floor(view.left * view.zoom) + math.floor(view.top * view.zoom)
    across, down = np.arange(box.left, box.right) + offset, np.arange(box.top, box.bottom)
    # As many rows as differ, repeated: a remainder for every pixel would take longer than all else here.
    rows = (across + np.arange(period)[:, None]) % period < width * sheet.line
    return np.asarray(rows[down % period])


def _starts(positions: Positions, *, before: int) -> npt.NDArray[np.int64]:
    """Return where a picture column (or row) begins, if the one before the first is ``before``."""
    return np.flatnonzero(np.diff(positions, prepend=before))
