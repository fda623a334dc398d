"""Small pictures with their masks over them, made in the background when first looked at."""

import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import Sample
from segstudio.errors import SegstudioError
from segstudio.ui.qimage import to_qimage

_KEPT = 2000
_WAITING = 200
_WORKERS = 2


class ThumbnailLoader(QObject):
    """Makes thumbnails in threads, the one asked for last first: that is where the person looks.

    Signals:
        loaded(str): the thumbnail of the sample with this key can be had.

    Args:
        side: the longer side of a thumbnail, in physical pixels.
    """

    loaded = Signal(str)

    def __init__(self, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._classes = ClassList(())
        self._made: OrderedDict[str, QImage] = OrderedDict()
        self._waiting: OrderedDict[str, Sample] = OrderedDict()
        self._making: set[str] = set()
        self._lock = threading.Lock()
        self._generation = 0
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="thumbnails")

    def set_classes(self, classes: ClassList) -> None:
        """Draw masks in the colours of these classes from now on, and forget what was made."""
        with self._lock:
            self._generation += 1
            self._classes = classes
            self._made.clear()
            self._waiting.clear()
            self._making.clear()

    def forget(self, key: str) -> None:
        """Make the thumbnail of a sample anew when it is next asked for."""
        with self._lock:
            self._making.discard(key)
            self._made.pop(key, None)

    def get(self, sample: Sample) -> QImage | None:
        """Return the thumbnail (a null image for a picture that cannot be read), or None and have it made."""
        with self._lock:
            image = self._made.get(sample.key)
            if image is not None:
                self._made.move_to_end(sample.key)
                return image
            if sample.key in self._making:
                return None  # asked for again with every repaint until it is there
            new = sample.key not in self._waiting
            self._waiting[sample.key] = sample
            self._waiting.move_to_end(sample.key)
            while len(self._waiting) > _WAITING:
                self._waiting.popitem(last=False)
        if new:
            self._pool.submit(self._make_one)
        return None

    def close(self) -> None:
        """End the threads; returns when they have ended (R26)."""
        with self._lock:
            self._waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make_one(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            key, sample = self._waiting.popitem(last=True)
            self._making.add(key)
            classes, generation = self._classes, self._generation
        image = _thumbnail(sample, classes, self._side)
        with self._lock:
            if generation != self._generation:
                return
            self._making.discard(key)
            self._made[key] = image
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        self.loaded.emit(key)


def _thumbnail(sample: Sample, classes: ClassList, side: int) -> QImage:
    # Here and not above: OpenCV is loaded by the first thumbnail, not by the first window.
    import numpy as np

    from segstudio.dataset.images import read_reduced
    from segstudio.dataset.masks import read_mask
    from segstudio.dataset.overlay import blend

    try:
        image = read_reduced(sample.image, side)
    except SegstudioError:
        return QImage()
    if sample.mask is not None:
        try:
            mask = read_mask(sample.mask)
        except SegstudioError:
            return to_qimage(image)  # the mask's problem is shown as a problem
        rows = np.linspace(0, mask.shape[0] - 1, image.shape[0]).round().astype(int)
        columns = np.linspace(0, mask.shape[1] - 1, image.shape[1]).round().astype(int)
        image = blend(image, mask[np.ix_(rows, columns)], classes, 0.45)
    return to_qimage(image)
