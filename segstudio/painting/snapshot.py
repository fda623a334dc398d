"""A mask as it is at one moment, copied while it is painted on.

Copying all of a mask of 8192 x 8192 holds up whoever paints for a tenth of a second. So it is copied in bands, in
another thread; only what is about to be painted over before its turn has come is copied at once (copy on write).
"""

import threading
from collections.abc import Sequence

import numpy as np

from segstudio.dataset.masks import MaskArray
from segstudio.painting.boxes import Box

_BAND_ROWS = 128


class Snapshot:
    """What a mask holds now, whatever becomes of it; made by `MaskDocument.snapshot`.

    `keep` and `mask` may be called in different threads.

    Args:
        mask: (height, width), the array that goes on being changed, by those who call `keep` before they do.
        undone: boxes in which something else holds than in the array, and what: a stroke under way is not in it.
        revision: the name of this state.
    """

    def __init__(self, mask: MaskArray, undone: Sequence[tuple[Box, MaskArray]], revision: int) -> None:
        self.revision = revision
        self._source: MaskArray | None = mask
        self._undone = undone
        self._copy: MaskArray = np.empty_like(mask)
        self._waiting = np.ones(-(-mask.shape[0] // _BAND_ROWS), dtype=bool)
        self._lock = threading.Lock()

    @property
    def complete(self) -> bool:
        """Whether all is copied, so that nobody needs to call `keep` any more."""
        return self._source is None

    def keep(self, box: Box) -> None:
        """Copy what is not copied yet of the rows of ``box``, which is about to be changed."""
        bands = range(box.top // _BAND_ROWS, (box.bottom - 1) // _BAND_ROWS + 1)
        if self._waiting[bands.start : bands.stop].any():
            for band in bands:
                self._take(band)

    def mask(self) -> MaskArray:
        """Return the whole mask, (height, width); the first call copies what is left of it."""
        for band in range(len(self._waiting)):
            self._take(band)
        with self._lock:
            if self._source is not None:
                for box, before in self._undone:
                    self._copy[box.slices] = before
                self._source, self._undone = None, ()
        return self._copy

    def _take(self, band: int) -> None:
        # One band under the lock at a time: nobody who paints waits for more than that.
        with self._lock:
            if self._waiting[band] and self._source is not None:
                rows = slice(band * _BAND_ROWS, (band + 1) * _BAND_ROWS)
                np.copyto(self._copy[rows], self._source[rows])
                self._waiting[band] = False
