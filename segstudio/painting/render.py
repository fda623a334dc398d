"""Draws the visible part of picture and mask into device pixels. numpy and OpenCV; nothing knows Qt.

Only what is asked for is computed, so the cost depends on the screen and not on the picture, and no limit of a
toolkit on picture sizes applies (R22).
"""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.overlay import ColourTable
from segstudio.painting.boxes import Box
from segstudio.painting.view import ViewTransform

Pixels = npt.NDArray[np.uint8]
"""(height, width, 4) uint8: blue, green, red, 255."""

Positions = npt.NDArray[np.int64]
"""The picture column (or row) under the centre of each device column (or row), rising."""


class Pyramid:
    """A picture and, made when first needed, its halves, quarters and so on.

    Args:
        image: (height, width, 3) uint8 RGB.
    """

    def __init__(self, image: ImageArray) -> None:
        self._levels = [image]

    @property
    def width(self) -> int:
        """Columns of the picture itself."""
        return int(self._levels[0].shape[1])

    @property
    def height(self) -> int:
        """Rows of the picture itself."""
        return int(self._levels[0].shape[0])

    def level(self, number: int) -> ImageArray:
        """Return the picture at 1 / 2^number of its size (rounded up)."""
        while len(self._levels) <= number:
            finer = self._levels[-1]
            size = ((finer.shape[1] + 1) // 2, (finer.shape[0] + 1) // 2)
            self._levels.append(np.asarray(cv2.resize(finer, size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
        return self._levels[number]


@dataclass(slots=True)
class Scene:
    """What is drawn: a picture, a mask over it, and maybe a second mask at the right of a divider.

    Attributes:
        picture: or None for nothing at all.
        mask: (height, width) ids, or None.
        second_mask: shown right of ``swipe`` instead of ``mask``.
        swipe: device column of the divider, or None.
        colours: by id.
        opacity: of the colours, 0 to 1.
        overlay: whether masks are drawn.
        surround: blue, green, red beside the picture.
    """

    picture: Pyramid | None = None
    mask: MaskArray | None = None
    second_mask: MaskArray | None = None
    swipe: int | None = None
    colours: ColourTable = field(default_factory=lambda: np.zeros((65536, 4), dtype=np.uint8))
    opacity: float = 0.5
    overlay: bool = True
    surround: tuple[int, int, int] = (128, 128, 128)


def render(scene: Scene, view: ViewTransform, box: Box) -> Pixels:
    """Draw the device pixels of ``box``.

    Args:
        scene: what.
        view: from where.
        box: which device pixels, not empty.

    Returns:
        (box.height, box.width, 4) uint8 BGRA. Each device pixel shows the picture pixel under its centre; pictures
        that are drawn smaller than they are are averaged, masks never.
    """
    pixels = np.empty((box.height, box.width, 4), dtype=np.uint8)
    pixels[:] = (*scene.surround, 255)
    if scene.picture is None:
        return pixels
    columns = _picture_positions(box.left, box.right, view.left, view.zoom)
    rows = _picture_positions(box.top, box.bottom, view.top, view.zoom)
    first_column, last_column = np.searchsorted(columns, (0, scene.picture.width))
    first_row, last_row = np.searchsorted(rows, (0, scene.picture.height))
    if first_column >= last_column or first_row >= last_row:
        return pixels
    columns, rows = columns[first_column:last_column], rows[first_row:last_row]
    inside = Box(
        box.left + int(first_column), box.top + int(first_row), box.left + int(last_column), box.top + int(last_row)
    )
    target = pixels[first_row:last_row, first_column:last_column]
    if view.zoom >= 1:
        # Blended at the picture's size and enlarged afterwards: the fewer pixels by the square of the zoom.
        target[...] = _enlarged(_composed(scene, inside, rows, columns, view, smaller=False), rows, columns)
    else:
        target[...] = _composed(scene, inside, rows, columns, view, smaller=True)
    return pixels


def _picture_positions(first: int, last: int, origin: float, zoom: float) -> Positions:
    """Return the picture column (or row) under the centre of each device column (or row)."""
    centres = np.arange(first, last, dtype=np.float64) + 0.5
    return np.asarray(np.floor(origin + centres / zoom), dtype=np.int64)


def _composed(
    scene: Scene, inside: Box, rows: Positions, columns: Positions, view: ViewTransform, *, smaller: bool
) -> Pixels:
    """Blend picture and masks: a value a device pixel if drawn ``smaller``, else one a picture pixel that shows."""
    assert scene.picture is not None
    part = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    colours = _reduced(scene.picture, view, inside) if smaller else scene.picture.level(0)[part.slices]
    if not (scene.overlay and scene.opacity > 0):
        return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2BGRA), dtype=np.uint8)
    divider = _divider(scene, inside, columns, view, smaller=smaller)
    pieces = []
    for mask, span in ((scene.mask, slice(0, divider)), (scene.second_mask, slice(divider, colours.shape[1]))):
        piece = colours[:, span]
        if mask is not None and piece.shape[1]:
            ids = (
                mask[part.slices]
                if not smaller
                else mask[:, part.left : part.right].take(rows, axis=0).take(columns - part.left, axis=1)
            )
            piece = _covered(np.ascontiguousarray(piece), np.ascontiguousarray(ids[:, span]), scene)
        pieces.append(piece)
    whole = pieces[0] if pieces[1].shape[1] == 0 else np.concatenate(pieces, axis=1)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(whole), cv2.COLOR_RGB2BGRA), dtype=np.uint8)


def _divider(scene: Scene, inside: Box, columns: Positions, view: ViewTransform, *, smaller: bool) -> int:
    """Return how many columns of what is composed lie left of the swipe's divider."""
    if scene.swipe is None:
        return inside.width if smaller else int(columns[-1] - columns[0]) + 1
    if smaller:
        return min(max(scene.swipe - inside.left, 0), inside.width)
    return int(np.clip(round(view.to_picture((scene.swipe, 0))[0]) - columns[0], 0, columns[-1] - columns[0] + 1))


def _reduced(picture: Pyramid, view: ViewTransform, inside: Box) -> ImageArray:
    """Return the picture at the device's size, averaged: a level of the pyramid, then linear within it."""
    number = math.floor(-math.log2(view.zoom))
    level = picture.level(number)
    # Device pixel to level pixel, by centres; then only the part of the level that is needed, with a rim.
    scale_x, scale_y = level.shape[1] / picture.width, level.shape[0] / picture.height
    left = (view.left + (inside.left + 0.5) / view.zoom) * scale_x - 0.5
    top = (view.top + (inside.top + 0.5) / view.zoom) * scale_y - 0.5
    step_x, step_y = scale_x / view.zoom, scale_y / view.zoom
    part = Box(
        math.floor(left) - 1,
        math.floor(top) - 1,
        math.ceil(left + inside.width * step_x) + 2,
        math.ceil(top + inside.height * step_y) + 2,
    ).clipped(level.shape[1], level.shape[0])
    matrix = np.array([[step_x, 0, left - part.left], [0, step_y, top - part.top]], dtype=np.float64)
    warped = cv2.warpAffine(
        np.ascontiguousarray(level[part.slices]),
        matrix,
        (inside.width, inside.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, dtype=np.uint8)


def _covered(colours: ImageArray, ids: MaskArray, scene: Scene) -> ImageArray:
    """Blend the colours of ``ids`` over a picture of the same size."""
    highest = 256 if ids.dtype == np.uint8 else 65536
    weight = scene.colours[:highest, 3:4].astype(np.float32) / 255 * scene.opacity
    cover = np.rint(scene.colours[:highest, :3] * weight).astype(np.uint8)
    keep = np.repeat(np.rint(255 * (1 - weight)).astype(np.uint8), 3, axis=1)
    if ids.dtype == np.uint8:
        # OpenCV's table look-up is several times as quick as numpy's for 8 bits.
        triple = cv2.merge((ids, ids, ids))
        covers, keeps = cv2.LUT(triple, cover[None]), cv2.LUT(triple, keep[None])
    else:
        covers, keeps = cover[ids], keep[ids]
    return np.asarray(cv2.add(cv2.multiply(colours, keeps, scale=1 / 255), covers), dtype=np.uint8)


def _enlarged(part: Pixels, rows: Positions, columns: Positions) -> Pixels:
    """Repeat the pixels of ``part``, whose first is at (rows[0], columns[0]), to one a device pixel; nearest."""
    if part.shape[:2] == (rows.size, columns.size):
        return part
    # As one number a pixel: numpy moves whole numbers much faster than four bytes.
    packed = np.ascontiguousarray(part).view(np.uint32)[..., 0]
    large = packed.take(columns - columns[0], axis=1).take(rows - rows[0], axis=0)
    return np.asarray(large[..., None].view(np.uint8))
