"""Tidying one class of a mask: holes, islands, ragged borders, margins.

Every function looks at a mask, leaves it alone, and returns what would change: the pixels, and their new id or ids,
ready for `MaskDocument.apply`. Pixels that would keep their id are not among them. With ``within``, pixels outside a
selection never change, though they are looked at; holes and islands count only if they lie inside it as a whole.

The class hangs together by corners (8-connected), what is not the class by sides only (4-connected): a closed line of
single pixels encloses its inside.
"""

import numpy as np

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.neighbourhood import border_tiles, disc, nearest_others, squared_distance, summed
from segstudio.painting.pieces import Pieces
from segstudio.painting.regions import Region

Change = tuple[Region, MaskArray | int]
"""Pixels, and their new ids (region.box.height, region.box.width) or the one new id of all."""


def fill_holes(
    mask: MaskArray, class_id: int, *, max_pixels: int | None = None, within: Region | None = None
) -> Change:
    """Fill the holes of a class with it.

    A hole is all that the class encloses and that is not the class itself, whatever it is: islands of other classes
    are filled too, as in 3D Slicer, whose effects look at one segment at a time. What touches the picture's edge is
    no hole.

    Args:
        mask: (height, width) of ids.
        class_id: of the class.
        max_pixels: larger holes stay; None for any size.
        within: a selection.
    """
    shape = _shape(mask, class_id, within, margin=1)
    if shape.empty:
        return Region.nowhere(), class_id
    holes = Pieces.of(~shape.inside, shape.box, 4)
    for edge in (holes.labels[0], holes.labels[-1], holes.labels[:, 0], holes.labels[:, -1]):
        holes.drop(edge)
    if within is not None:
        holes.drop(holes.labels[~within.within(shape.box)])
    if max_pixels is not None:
        holes.wanted[holes.sizes > max_pixels] = False
    return holes.region, class_id


def remove_islands(
    mask: MaskArray, class_id: int, *, below: int, becomes: int | None = None, within: Region | None = None
) -> Change:
    """Remove the small pieces of a class.

    Each becomes the id that most of its border touches (counted by sides of pixels, the lower id where two are even)
    rather than background: a speck on a road becomes road, and leaves no new speck behind. A piece that fills the
    whole mask stays, as there is nothing around it.

    Args:
        mask: (height, width) of ids.
        class_id: of the class.
        below: pieces of fewer pixels are removed.
        becomes: the id that all of them become instead.
        within: a selection.
    """
    shape = _shape(mask, class_id, within, margin=1)
    if shape.empty or becomes == class_id:
        return Region.nowhere(), class_id
    islands = Pieces.of(shape.inside, shape.box, 8)
    islands.wanted[islands.sizes >= below] = False
    if within is not None:
        islands.drop(islands.labels[shape.inside & ~within.within(shape.box)])
    if becomes is not None:
        return islands.region, becomes
    ids = islands.neighbours(mask)
    islands.wanted[ids < 0] = False
    region = islands.region
    labels = islands.labels[_inside(region.box, shape.box)]
    return region, ids.astype(mask.dtype)[labels]


def grow(mask: MaskArray, class_id: int, *, pixels: int, within: Region | None = None) -> Change:
    """Let a class take every pixel whose centre is at most so many pixels from the centre of one of its own.

    Args:
        mask: (height, width) of ids.
        class_id: of the class.
        pixels: how far, at most `FARTHEST`.
        within: a selection.
    """
    area = _area(mask, class_id, within, margin=pixels)
    changed = np.zeros((area.height, area.width), dtype=np.bool_)
    for tile in border_tiles(mask, class_id, area, margin=pixels):
        taken = ~tile.own & (squared_distance(tile.own) <= pixels**2)
        changed[_inside(tile.box, area)] = taken[tile.core]
    return _selected(changed, area, within), class_id


def shrink(mask: MaskArray, class_id: int, *, pixels: int, within: Region | None = None) -> Change:
    """Let a class lose every pixel whose centre is at most so many pixels from the centre of one that is not its own.

    Each becomes the id of the nearest such pixel, the lower id where two are as near. The picture's edge takes
    nothing.

    Args:
        mask: (height, width) of ids.
        class_id: of the class.
        pixels: how far, at most `FARTHEST`.
        within: a selection.
    """
    area = _area(mask, class_id, within, margin=0)
    squares = np.zeros((area.height, area.width), dtype=np.float32)
    for tile in border_tiles(mask, class_id, area, margin=pixels):
        square = squared_distance(~tile.own)[tile.core]
        squares[_inside(tile.box, area)] = np.where(square <= pixels**2, square, 0)
    region = _selected(squares > 0, area, within)
    rows, columns = np.nonzero(region.inside)
    lost = squares[_inside(region.box, area)][rows, columns].astype(np.int64)
    ids = np.zeros(region.inside.shape, dtype=mask.dtype)
    ids[rows, columns] = nearest_others(mask, class_id, rows + region.box.top, columns + region.box.left, lost)
    return region, ids


def smooth(mask: MaskArray, class_id: int, *, radius: int, within: Region | None = None) -> Change:
    """Smooth the border of a class by a majority vote in the disc around each pixel (a binary median).

    A pixel joins the class if more than half of the disc is the class, and leaves it if more than half is not; it
    then becomes the most frequent other id in the disc, the lower one where two are even. The disc is cut off at the
    picture's edge. What is narrower than the radius vanishes.

    Args:
        mask: (height, width) of ids.
        class_id: of the class.
        radius: of the disc, in pixels between centres, at most `WIDEST`; 0 changes nothing.
        within: a selection.
    """
    kernel = disc(radius)
    area = _area(mask, class_id, within, margin=radius)
    changed, ids = np.zeros((area.height, area.width), dtype=np.bool_), mask[area.slices].copy()
    for tile in border_tiles(mask, class_id, area, margin=radius):
        place, own = _inside(tile.box, area), tile.own[tile.core]
        lead = summed(np.where(tile.own, np.float32(1), np.float32(-1)), kernel)[tile.core]
        joins, leaves = ~own & (lead > 0.5), own & (lead < -0.5)
        changed[place] = joins | leaves
        winner, most = ids[place], np.zeros(own.shape, dtype=np.float32)
        winner[joins] = class_id
        for other in tile.others(class_id) if leaves.any() else ():
            count = summed(tile.ids == other, kernel)[tile.core]
            more = leaves & (count > most + 0.5)
            winner[more], most[more] = other, count[more]
    region = _selected(changed, area, within)
    return region, ids[_inside(region.box, area)]


def _shape(mask: MaskArray, class_id: int, within: Region | None, *, margin: int) -> Region:
    """Return the pixels of a class; with a selection, only those in its box and a margin."""
    height, width = mask.shape
    box = Box(0, 0, width, height) if within is None else within.box.grown(margin).clipped(width, height)
    return Region.of(mask[box.slices] == class_id, left=box.left, top=box.top)


def _area(mask: MaskArray, class_id: int, within: Region | None, *, margin: int) -> Box:
    """Return the box of all that may change: what is no farther than a margin from the class, and selected."""
    box = _shape(mask, class_id, within, margin=margin).box
    if box.empty or (within is not None and within.empty):
        return Region.nowhere().box
    box = box.grown(margin).clipped(mask.shape[1], mask.shape[0])
    if within is None:
        return box
    # The class was looked for in the selection's box and margin only, so that the two always meet.
    own = within.box
    return Box(max(box.left, own.left), max(box.top, own.top), min(box.right, own.right), min(box.bottom, own.bottom))


def _inside(box: Box, outer: Box) -> tuple[slice, slice]:
    """Return the index of a box in an array of a box around it."""
    return box.moved(-outer.left, -outer.top).slices if not box.empty else (slice(0), slice(0))


def _selected(changed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], area: Box, within: Region | None) -> Region:
    if within is not None:
        changed &= within.within(area)
    return Region.of(changed, left=area.left, top=area.top)
