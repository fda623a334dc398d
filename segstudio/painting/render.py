"""Draws the visible part of picture and mask into device pixels. numpy and OpenCV; nothing knows Qt.

Only what is asked for is computed, so the cost depends on the screen and not on the picture, and no limit of a
toolkit on picture sizes applies (R22).
"""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box
from segstudio.painting.display import toned
from segstudio.painting.footprint import Footprint, footprint
from segstudio.painting.marks import Pixels, Sheet, draw_grid, draw_outlines, draw_preview, draw_selection
from segstudio.painting.pyramid import PixelArray, Pyramid
from segstudio.painting.scene import Covers, Scene
from segstudio.painting.view import ViewTransform


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
    packed = np.empty((box.height, box.width), dtype=np.uint32)
    pixels = packed[..., None].view(np.uint8)
    picture = scene.picture
    whole = None if picture is None else footprint(view, box, width=picture.width, height=picture.height)
    if whole is None or whole.box != box:
        # As one number a pixel: numpy fills and moves whole numbers many times as fast as four bytes.
        packed[:] = np.array([*scene.surround, 255], dtype=np.uint8).view(np.uint32)[0]
    for mask, piece in _pieces(scene, whole):
        target = pixels[piece.box.moved(-box.left, -box.top).slices]
        target[...] = _composed(scene, mask, view, piece)
        if not scene.bare:
            _draw_marks(target, scene, mask, view, piece)
    return pixels


def _pieces(scene: Scene, whole: Footprint | None) -> Iterator[tuple[MaskArray | None, Footprint]]:
    """Cut what is drawn at the divider; yield each piece with the mask that is seen on it."""
    if whole is None:
        return
    box = whole.box
    cut = box.right if scene.swipe is None else scene.swipe
    for mask, part in (
        (scene.mask, Box(box.left, box.top, cut, box.bottom)),
        (scene.second_mask, Box(cut, box.top, box.right, box.bottom)),
    ):
        piece = whole.cut(part)
        if piece is not None:
            yield (mask if scene.overlay and not scene.bare else None), piece


def _composed(scene: Scene, mask: MaskArray | None, view: ViewTransform, piece: Footprint) -> Pixels:
    """Blend picture and mask; return a value for each device pixel of ``piece``."""
    picture = scene.picture
    assert picture is not None, "nothing has no footprint"
    window = None if picture.deep is None else picture.deep.window
    covering = mask if scene.opacity > 0 and not scene.outlines else None
    if view.zoom >= 1 and picture.complete:
        # Blended at the picture's size and enlarged afterwards: the fewer pixels by the square of the zoom.
        slices = piece.part.slices
        colours = toned(picture.level(0)[slices], scene.tone, window)
        ids = None if covering is None else covering[slices]
    else:
        colours = toned(_reduced(picture, view, piece.box), scene.tone, window)
        ids = None if covering is None else piece.sampled(covering)
    if ids is not None:
        colours = _covered(np.ascontiguousarray(colours), np.ascontiguousarray(ids), scene.covers)
    pixels = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2BGRA), dtype=np.uint8)
    return _enlarged(pixels, piece)


def _reduced(picture: Pyramid, view: ViewTransform, box: Box) -> PixelArray:
    """Return the picture at the device's size, averaged: a level of the pyramid, then linear within it."""
    level = picture.level(max(0, math.floor(-math.log2(view.zoom))))
    # Device pixel to level pixel, by centres; then only the part of the level that is needed, with a rim.
    scale_x, scale_y = level.shape[1] / picture.width, level.shape[0] / picture.height
    left = (view.left + (box.left + 0.5) / view.zoom) * scale_x - 0.5
    top = (view.top + (box.top + 0.5) / view.zoom) * scale_y - 0.5
    step_x, step_y = scale_x / view.zoom, scale_y / view.zoom
    part = Box(
        math.floor(left) - 1,
        math.floor(top) - 1,
        math.ceil(left + box.width * step_x) + 2,
        math.ceil(top + box.height * step_y) + 2,
    ).clipped(level.shape[1], level.shape[0])
    matrix = np.array([[step_x, 0, left - part.left], [0, step_y, top - part.top]], dtype=np.float64)
    source = np.ascontiguousarray(level[part.slices])
    # With a fourth channel, empty, OpenCV is three times as quick.
    warped = cv2.warpAffine(
        cv2.cvtColor(source, cv2.COLOR_RGB2RGBA) if source.ndim == 3 else source,
        matrix,
        (box.width, box.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB) if warped.ndim == 3 else warped, dtype=level.dtype)


def _covered(colours: ImageArray, ids: MaskArray, covers: Covers) -> ImageArray:
    """Blend the colours of ``ids`` over a picture of the same size."""
    if ids.dtype == np.uint8:
        # OpenCV's table look-ups are several times as quick as numpy's for 8 bits.
        over = cv2.applyColorMap(ids, covers.colour[:256])
        keep = cv2.LUT(ids, covers.keep[:256])
    else:
        over, keep = covers.colour[:, 0].take(ids, axis=0), covers.keep.take(ids)
    kept = cv2.multiply(colours, cv2.merge((keep, keep, keep)), scale=1 / 255)
    return np.asarray(cv2.add(kept, over), dtype=np.uint8)


def _enlarged(part: Pixels, piece: Footprint) -> Pixels:
    """Repeat pixels of the picture to one for each device pixel of ``piece``; nearest."""
    if part.shape[:2] == (piece.rows.size, piece.columns.size):
        return part
    packed = np.ascontiguousarray(part).view(np.uint32)[..., 0]
    large = packed.take(piece.columns - piece.columns[0], axis=1).take(piece.rows - piece.rows[0], axis=0)
    return np.asarray(large[..., None].view(np.uint8))


def _draw_marks(target: Pixels, scene: Scene, mask: MaskArray | None, view: ViewTransform, piece: Footprint) -> None:
    assert scene.picture is not None
    sheet = Sheet(target, piece, view, scene.picture.width, scene.picture.height, scene.line)
    if scene.grid:
        draw_grid(sheet)
    if scene.outlines and mask is not None and scene.opacity > 0:
        draw_outlines(sheet, mask, scene.colours)
    if scene.selection is not None:
        draw_selection(sheet, scene.selection)
    if scene.preview is not None:
        draw_preview(sheet, scene.preview, scene.colours)
