"""Small pictures with their masks over them, made in the background when first looked at."""

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from segstudio.dataset.classes import ClassList
from segstudio.dataset.samples import Sample
from segstudio.errors import SegstudioError
from segstudio.ui.browser.thumbnail_cache import ThumbnailCache
from segstudio.ui.qimage import to_qimage

if TYPE_CHECKING:
    from segstudio.dataset.overlay import ColourTable  # loads OpenCV

_KEPT_BYTES = 96 << 20
_WORKERS = 2
_OPACITY = 0.45


class ThumbnailLoader(QObject):
    """Makes thumbnails in threads, the one asked for last first: that is where the person looks.

    Signals:
        loaded(str): the thumbnail of the sample with this key can be had.

    Args:
        side: the longer side of a thumbnail, in physical pixels.
        cache: remembers them from one start to the next.
    """

    loaded = Signal(str)

    def __init__(self, side: int, cache: ThumbnailCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._cache = cache
        self._colours = _table_of(ClassList(()))
        self._made: OrderedDict[str, tuple[Sample, QImage]] = OrderedDict()
        self._bytes = 0
        self._held = False
        self._waiting: OrderedDict[str, Sample] = OrderedDict()
        self._making: dict[str, object] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="thumbnails")

    @property
    def busy(self) -> bool:
        """Whether a thumbnail is waited for."""
        return bool(self._waiting or self._making)

    def set_classes(self, classes: ClassList) -> None:
        """Draw masks in the colours of these classes from now on, and forget what was made."""
        with self._lock:
            self._colours = _table_of(classes)
            self._made.clear()
            self._bytes = 0
            self._waiting.clear()
            self._making.clear()

    def forget(self, key: str) -> None:
        """Make the thumbnail of a sample anew when it is next asked for."""
        with self._lock:
            self._making.pop(key, None)
            self._drop(key)

    def get(self, sample: Sample) -> QImage | None:
        """Return the thumbnail (a null image for a picture that cannot be read), or None and have it made."""
        with self._lock:
            made = self._made.get(sample.key)
            if made is not None and made[0] == sample:  # and not a picture of that name that had another mask
                self._made.move_to_end(sample.key)
                return made[1]
            if self._held or sample.key in self._making:
                return None  # asked for again with every repaint until it is there
            new = sample.key not in self._waiting
            self._waiting[sample.key] = sample
            self._waiting.move_to_end(sample.key)
        if new:
            self._pool.submit(self._make_one)
        return None

    def hold(self, held: bool) -> None:  # noqa: FBT001 - the only thing that it says
        """Begin no others for now, or go on: `get` then has to be asked again."""
        self._held = held

    def drop_waiting(self) -> None:
        """Make none of those that were asked for and are not begun: the person looks elsewhere now."""
        with self._lock:
            self._waiting.clear()

    def close(self) -> None:
        """End the threads; returns when they have ended (R26)."""
        self.drop_waiting()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._cache.close()

    def _make_one(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            key, sample = self._waiting.popitem(last=True)
            ours = self._making[key] = object()
            colours = self._colours
        # In the form in which it is drawn: that is done often, and in the window's thread.
        image = _thumbnail(sample, colours, self._side, self._cache).convertToFormat(QImage.Format.Format_RGB32)
        with self._lock:
            if self._making.get(key) is not ours:
                return  # it was forgotten meanwhile: what was read may be old
            del self._making[key]
            self._drop(key)
            self._made[key] = sample, image
            self._bytes += image.sizeInBytes()
            while self._bytes > _KEPT_BYTES:
                self._drop(next(iter(self._made)))
        self.loaded.emit(key)

    def _drop(self, key: str) -> None:
        made = self._made.pop(key, None)
        self._bytes -= 0 if made is None else made[1].sizeInBytes()


def _table_of(classes: ClassList) -> Callable[[], "ColourTable"]:
    """Return what gives the colours of these classes, made once, when they are first needed."""

    @functools.cache
    def table() -> "ColourTable":
        from segstudio.dataset.overlay import colour_table

        return colour_table(classes)

    return table


def _thumbnail(sample: Sample, colours: Callable[[], "ColourTable"], side: int, cache: ThumbnailCache) -> QImage:
    # Here and not above: OpenCV is loaded by the first thumbnail, not by the first window.
    from segstudio.dataset.overlay import blend_colours
    from segstudio.ui.browser.reduced import read_reduced_sample

    try:
        reduced = read_reduced_sample(sample, side, cache)
    except SegstudioError:
        return QImage()
    if reduced.mask is None:
        return to_qimage(reduced.image)
    return to_qimage(blend_colours(reduced.image, colours()[reduced.mask], _OPACITY))
