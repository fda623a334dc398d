"""Superpixels: small patches of like colour that are painted whole.

Achanta et al.: SLIC superpixels compared to state-of-the-art superpixel methods, TPAMI 2012, by scikit-image. Only
the tiles that are looked at are computed. That nobody sees the seams between tiles rests on two things: the seeds
stand on one grid over the whole picture, so that a superpixel bears the number of its seed in whichever tile it is
seen; and each tile is computed with a margin, and a few iterations, so that what lies beyond the margin hardly reaches
into the tile (on CamVid 2 to 10 pixels in 10,000 differ from the picture computed whole, and belong to a neighbour).

If each superpixel got its best class, pictures of CamVid (nuclei, membranes) would be right to 95.5 (97.8, 91.4) % with
superpixels of 12 x 12 pixels, against 94.0 (95.2, 85.0) % with squares and 94.5 (96.9, 84.0) % with scikit-image's
defaults: the median filter and the pieces that grow together by nearness make the difference.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.colours import lab_colours
from segstudio.painting.assist.proposal import ShouldStop, never
from segstudio.painting.boxes import Box
from segstudio.painting.brush import BrushShape, Point, covered
from segstudio.painting.regions import Region

Numbers = npt.NDArray[np.int32]
"""(height, width): the number of the superpixel that each pixel belongs to."""

Counts = npt.NDArray[np.int64]

_ITERATIONS = 4
_MARGIN = 3
"""Cells of the grid that a tile sees around itself."""

_TILE = 192
"""Pixels of a tile's side, about."""

_THREADS = 4
"""Tiles that are computed at a time; scikit-image gives the interpreter free meanwhile."""

_BYTES = 64 << 20
"""What remembered tiles may take."""


def load() -> None:
    """Load what computes superpixels: half a second that is better spent before it is needed.

    It is not loaded with the module, or everybody who opens a dataset would wait for it.
    """
    import skimage.measure
    import skimage.segmentation  # noqa: F401 - loaded for its effects


class Superpixels:
    """The superpixels of a picture, computed where they are asked for. Several threads may ask.

    Args:
        image: (height, width, 3) uint8 RGB.
        side: of the grid's cells in pixels, 4 or more; a superpixel has about the area of a cell.
        compactness: how much nearness counts against likeness of colour; 12 for most, more for rounder ones.
    """

    def __init__(self, image: ImageArray, *, side: int = 16, compactness: float = 12.0) -> None:
        self._image = image
        self._cell = side
        self._compactness = compactness / _stretch(image)
        self._side = side * max(_TILE // side, 1)
        self._columns = -(-image.shape[1] // self._side) * (self._side // side) + 2 * _MARGIN
        self._tiles: OrderedDict[tuple[int, int], Numbers] = OrderedDict()
        self._lock = threading.Lock()

    def labels(self, box: Box, *, should_stop: ShouldStop = never) -> Numbers | None:
        """Return the superpixel of each pixel of a box.

        Args:
            box: inside the picture.
            should_stop: asked before each tile; a tile of 192 pixels takes 30 ms.

        Returns:
            (box.height, box.width) numbers that are the same whatever was asked before; None after a stop. A
            superpixel is a connected piece of one number: at a seam, rarely, a number has a second piece.
        """
        if box.empty:
            return np.zeros((max(box.height, 0), max(box.width, 0)), dtype=np.int32)
        rows = range(box.top // self._side, (box.bottom - 1) // self._side + 1)
        columns = range(box.left // self._side, (box.right - 1) // self._side + 1)
        tiles = self._several([(row, column) for row in rows for column in columns], should_stop)
        if tiles is None:
            return None
        bands = [np.hstack(tiles[first : first + len(columns)]) for first in range(0, len(tiles), len(columns))]
        return np.vstack(bands)[box.moved(-columns[0] * self._side, -rows[0] * self._side).slices]

    def at(self, point: Point) -> Region:
        """Return the superpixel under a point; nothing outside the picture."""
        pixel = covered(point, point, diameter=1, width=self._image.shape[1], height=self._image.shape[0])
        return self._whole(pixel, lambda under, _area: under > 0)

    def along(self, start: Point, end: Point, *, diameter: int, shape: BrushShape = "round") -> Region:
        """Return the superpixels that a brush takes on a straight way.

        They are those of which it covers more than half, and those that its centre passes over. So a large brush does
        not spill over its rim by more than half a superpixel, where touching would spill by whole ones; a brush
        smaller than a superpixel takes those under the cursor; and half of it says the same of a crescent, whose
        centre may lie outside itself, as of a square.

        Args:
            start: where the cursor was.
            end: where it is; the same for a dab.
            diameter: of the brush, or the side of a square one, in pixels.
            shape: of the brush.
        """
        height, width = self._image.shape[:2]
        brush = covered(start, end, diameter=diameter, width=width, height=height, shape=shape)
        way = covered(start, end, diameter=1, width=width, height=height)
        mostly = self._whole(brush, lambda under, area: 2 * under > area)
        return mostly.united(self._whole(way, lambda under, _area: under > 0))

    def boundaries(self, box: Box, *, should_stop: ShouldStop = never) -> Region:
        """Return the pixels of a box whose right or lower neighbour belongs to another superpixel.

        Args:
            box: what is shown; what lies outside the picture is left out.
            should_stop: see `labels`. After a stop, nothing is returned.
        """
        height, width = self._image.shape[:2]
        box = box.clipped(width, height)
        numbers = self.labels(
            Box(box.left, box.top, box.right + 1, box.bottom + 1).clipped(width, height), should_stop=should_stop
        )
        if numbers is None or box.empty:
            return Region.nowhere()
        inside = np.zeros(numbers.shape, dtype=np.bool_)
        inside[:, :-1] = numbers[:, :-1] != numbers[:, 1:]
        inside[:-1] |= numbers[:-1] != numbers[1:]
        return Region(box, inside[: box.height, : box.width])

    def _whole(self, region: Region, belongs: Callable[[Counts, Counts], npt.NDArray[np.bool_]]) -> Region:
        """Return the superpixels under a region for which ``belongs(pixels under the region, all its pixels)``."""
        if region.empty:
            return Region.nowhere()
        box, pieces = self._around(region)
        area = np.bincount(pieces.ravel())
        under = np.bincount(pieces[region.within(box)], minlength=len(area))
        return Region.of((belongs(under, area) & (under > 0))[pieces], left=box.left, top=box.top)

    def _around(self, region: Region) -> tuple[Box, Numbers]:
        """Return a box with the whole of the superpixels under a region, and those in the box numbered from 1."""
        height, width = self._image.shape[:2]
        box = region.box
        while True:
            box = box.grown(self._cell).clipped(width, height)
            pieces = _pieces(self._known(box))
            met = np.bincount(pieces[region.within(box)], minlength=int(pieces.max()) + 1) > 0
            cut = (
                (box.top > 0 and met[pieces[0]].any())
                or (box.bottom < height and met[pieces[-1]].any())
                or (box.left > 0 and met[pieces[:, 0]].any())
                or (box.right < width and met[pieces[:, -1]].any())
            )
            if not cut:
                return box, pieces

    def _known(self, box: Box) -> Numbers:
        numbers = self.labels(box)
        return numbers if numbers is not None else np.zeros((0, 0), dtype=np.int32)

    def _several(self, places: list[tuple[int, int]], should_stop: ShouldStop) -> list[Numbers] | None:
        """Return the tiles at some (row, column), those that are not known computed several at a time."""

        def tile(place: tuple[int, int]) -> Numbers | None:
            return None if should_stop() else self._tile(*place)

        if sum(place not in self._tiles for place in places) > 1:
            with ThreadPoolExecutor(_THREADS) as pool:
                found = list(pool.map(tile, places))
        else:
            found = [tile(place) for place in places]
        tiles = [each for each in found if each is not None]
        return tiles if len(tiles) == len(places) else None

    def _tile(self, row: int, column: int) -> Numbers:
        with self._lock:
            if (row, column) in self._tiles:
                self._tiles.move_to_end((row, column))
                return self._tiles[row, column]
        tile = self._computed(row, column)
        with self._lock:
            self._tiles[row, column] = tile
            while len(self._tiles) > 1 and len(self._tiles) * self._side**2 * tile.itemsize > _BYTES:
                self._tiles.popitem(last=False)
        return tile

    def _computed(self, row: int, column: int) -> Numbers:
        height, width = self._image.shape[:2]
        margin = _MARGIN * self._cell
        top, left, side = row * self._side - margin, column * self._side - margin, self._side + 2 * margin
        # Beyond its edge the picture goes on with its outermost pixels, so that every tile holds whole cells.
        window = self._image[
            np.ix_(np.arange(top, top + side).clip(0, height - 1), np.arange(left, left + side).clip(0, width - 1))
        ]
        cells = side // self._cell
        local = _clusters(lab_colours(window), cells=cells, compactness=self._compactness)
        local = _in_one_piece(local, smallest=self._cell**2 // 8)
        core = Box(
            margin,
            margin,
            margin + min(self._side, width - column * self._side),
            margin + min(self._side, height - row * self._side),
        )
        numbers = local[core.slices]
        first = row * (self._side // self._cell) * self._columns + column * (self._side // self._cell)
        return np.asarray(first + numbers // cells * self._columns + numbers % cells, dtype=np.int32)


def _stretch(image: ImageArray) -> float:
    """Return by how much colours are apart less than in a picture that uses the whole range, 1 to 8.

    Without it nearness would outweigh every difference in a dim picture, as of fluorescence.
    """
    step = max(1, max(image.shape[:2]) // 512)
    darkest, brightest = np.percentile(image[::step, ::step], (0.5, 99.5))
    return float(np.clip(255 / max(brightest - darkest, 1), 1, 8))


def _clusters(colours: npt.NDArray[np.float32], *, cells: int, compactness: float) -> Numbers:
    """Return for each pixel of a square window the cell, row by row, whose cluster it joins."""
    from skimage.segmentation import slic

    # slic stretches every window to its own contrast; tiles would differ by that, so it is taken back.
    contrast = float(colours.max() - colours.min()) or 1.0
    return np.asarray(
        slic(
            colours,
            n_segments=cells**2,
            compactness=compactness / contrast,
            max_num_iter=_ITERATIONS,
            convert2lab=False,
            enforce_connectivity=False,
            start_label=0,
            channel_axis=-1,
        ),
        dtype=np.int32,
    )


def _in_one_piece(clusters: Numbers, *, smallest: int) -> Numbers:
    """Keep of each cluster its largest piece, if that is not too small, and let the pieces kept grow over the rest."""
    from skimage.segmentation import watershed as flood

    pieces = _pieces(clusters)
    sizes = np.bincount(pieces.ravel())
    cluster_of = np.zeros(len(sizes), dtype=np.int32)
    cluster_of[pieces.ravel()] = clusters.ravel()
    rising = np.argsort(sizes, kind="stable")
    largest = np.zeros(int(clusters.max()) + 1, dtype=np.int64)
    largest[cluster_of[rising]] = rising
    kept = np.zeros(len(sizes), dtype=np.bool_)
    kept[largest] = True
    kept &= sizes >= smallest
    markers = np.where(kept[pieces], clusters + 1, 0)
    grown = flood(np.zeros(clusters.shape, dtype=np.uint8), markers)  # type: ignore[no-untyped-call]
    return np.asarray(grown - 1, dtype=np.int32)


def _pieces(clusters: Numbers) -> Numbers:
    """Number the connected pieces of equal numbers from 1; what only touches over a corner is not connected."""
    from skimage.measure import label as connected

    # scikit-image has hardly any types.
    return np.asarray(connected(clusters, background=-1, connectivity=1), dtype=np.int32)  # type: ignore[no-untyped-call]
