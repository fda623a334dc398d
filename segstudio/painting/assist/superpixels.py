"""Superpixels, so that a brush takes whole patches of like colour.

Achanta, Shaji, Smith, Lucchi, Fua, Süsstrunk: SLIC superpixels compared to state-of-the-art superpixel methods, 2012,
as scikit-image does it. They are computed tile by tile where they are looked at, so that a picture of any size costs
what is on the screen. At the sides of tiles superpixels are cut; a tile is the same whichever was asked for first.
"""

from collections import OrderedDict

import cv2
import numpy as np
import numpy.typing as npt
from skimage.measure import label
from skimage.segmentation import slic

from segstudio.dataset.images import ImageArray
from segstudio.painting.boxes import Box
from segstudio.painting.brush import Point, covered
from segstudio.painting.regions import Region

_TILE = 256
_HALO = 16
"""How far around a tile is looked at, so that patches at its sides are shaped by what lies beyond."""

_KEPT_TILES = 256
# scikit-image spreads the colours of what it is given over 0 to 1. On CamVid, where each superpixel has the class of
# most of its pixels, 0.2 gives the best masks of 0.03 to 0.4; ten iterations instead of five gain next to nothing.
_COMPACTNESS, _ITERATIONS = 0.2, 5


class Superpixels:
    """The superpixels of one picture.

    Args:
        image: (height, width, 3) uint8 RGB; not changed by others.
        side: about how long and wide a superpixel is, in pixels.
    """

    def __init__(self, image: ImageArray, *, side: int = 16) -> None:
        self._image = image
        self._side = max(side, 2)
        self._tiles: OrderedDict[tuple[int, int], npt.NDArray[np.int32]] = OrderedDict()

    def labels(self, box: Box) -> npt.NDArray[np.int64]:
        """Return (box.height, box.width): for each pixel a number that only its superpixel has."""
        labels = np.zeros((box.height, box.width), dtype=np.int64)
        columns = -(-self._image.shape[1] // _TILE)
        for row in range(box.top // _TILE, (box.bottom - 1) // _TILE + 1):
            for column in range(box.left // _TILE, (box.right - 1) // _TILE + 1):
                tile, numbers = self._tile(row, column)
                common = Box(
                    max(tile.left, box.left),
                    max(tile.top, box.top),
                    min(tile.right, box.right),
                    min(tile.bottom, box.bottom),
                )
                own = numbers[common.moved(-tile.left, -tile.top).slices]
                labels[common.moved(-box.left, -box.top).slices] = own + (row * columns + column) * _TILE * _TILE
        return labels

    def at(self, point: Point) -> Region:
        """Return the superpixel under a point, (x, y) in picture pixels; none outside the picture."""
        return self.along(point, point, diameter=1)

    def along(self, start: Point, end: Point, *, diameter: int) -> Region:
        """Return the superpixels that a round brush takes on a straight way.

        It takes those that the brush's middle passes over, and those of which it covers more than half: what is only
        grazed stays, so that a large brush does not spill over.
        """
        height, width = self._image.shape[:2]
        brush = covered(start, end, diameter=diameter, width=width, height=height)
        if brush.empty:
            return Region.nowhere()
        middle = covered(start, end, diameter=1, width=width, height=height)
        # No superpixel reaches further than its tile.
        box = brush.box.grown(_TILE).clipped(width, height)
        near = Box(
            max(box.left, brush.box.left // _TILE * _TILE),
            max(box.top, brush.box.top // _TILE * _TILE),
            min(box.right, -(-brush.box.right // _TILE) * _TILE),
            min(box.bottom, -(-brush.box.bottom // _TILE) * _TILE),
        )
        numbers, flat = np.unique(self.labels(near), return_inverse=True)
        flat = flat.reshape(near.height, near.width)
        sizes = np.bincount(flat.ravel(), minlength=numbers.size)
        under = np.bincount(flat[brush.within(near)], minlength=numbers.size)
        taken = under * 2 > sizes
        taken[flat[middle.within(near)]] = True
        return Region.of(taken[flat], left=near.left, top=near.top)

    def _tile(self, row: int, column: int) -> tuple[Box, npt.NDArray[np.int32]]:
        height, width = self._image.shape[:2]
        tile = Box(column * _TILE, row * _TILE, (column + 1) * _TILE, (row + 1) * _TILE).clipped(width, height)
        numbers = self._tiles.get((row, column))
        if numbers is None:
            numbers = self._tiles[row, column] = self._computed(tile)
            while len(self._tiles) > _KEPT_TILES:
                self._tiles.popitem(last=False)
        self._tiles.move_to_end((row, column))
        return tile, numbers

    def _computed(self, tile: Box) -> npt.NDArray[np.int32]:
        height, width = self._image.shape[:2]
        around = tile.grown(_HALO).clipped(width, height)
        part = np.ascontiguousarray(self._image[around.slices])
        wanted = max(1, round(around.width * around.height / self._side**2))
        # CIELAB by OpenCV: scikit-image's own conversion takes longer than the clustering.
        lab = cv2.cvtColor(part.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        found = slic(lab, wanted, _COMPACTNESS, max_num_iter=_ITERATIONS, convert2lab=False)
        inside = np.asarray(found, dtype=np.int32)[tile.moved(-around.left, -around.top).slices]
        # Patches that reached out of the tile may have fallen apart by being cut: each piece is one of its own.
        _numbers, consecutive = np.unique(inside, return_inverse=True)
        return _pieces(consecutive.reshape(inside.shape).astype(np.int32))


def _pieces(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Number the connected pieces of equal labels, from 0; by sides."""
    pieces = label(labels + 1, connectivity=1)  # type: ignore[no-untyped-call] # scikit-image has hardly any types
    return np.asarray(pieces, dtype=np.int32) - 1
