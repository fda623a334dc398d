"""Reads samples in the background; who flicks through many pictures waits for the last one only."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.dataset import Sample
from segstudio.dataset.images import ImageArray
from segstudio.dataset.masks import MaskArray
from segstudio.dataset.stored_masks import MaskFile, mask_path, read_stored_mask
from segstudio.errors import SegstudioError
from segstudio.painting.pyramid import Pyramid, preview_pyramid, read_pyramid
from segstudio.ui.jobs import Job, Jobs

# One that is no longer wanted may be in mid-picture; the wanted one need not wait for it.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class ReadSample:
    """What was found on the disk.

    Attributes:
        sample: which one.
        picture: in all its sizes, or None where it cannot be read.
        mask: its mask, or None where there is none or none that fits.
        file: the file that the mask was read from.
        problem: why something is missing; empty if all is well.
    """

    sample: Sample
    picture: Pyramid | None
    mask: MaskArray | None = None
    file: MaskFile = field(default_factory=MaskFile)
    problem: str = ""

    @property
    def image(self) -> ImageArray | None:
        """The picture itself, (height, width, 3) uint8 RGB."""
        return None if self.picture is None else self.picture.image


class SampleReader(QObject):
    """Reads the sample asked for last.

    Signals:
        sample_previewed(Sample, Pyramid): something to look at of a large picture, until it is read.
        sample_read(ReadSample): always of the sample asked for last.
    """

    sample_previewed = Signal(object, object)
    sample_read = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._wanted: Sample | None = None
        self._waiting = False
        self._running: list[Job] = []

    @property
    def running(self) -> int:
        """How many samples are being read."""
        return len(self._running)

    def read(self, sample: Sample) -> None:
        """Read a sample; what was asked for before is no longer wanted."""
        self.drop()
        self._wanted = sample
        self._waiting = True
        self._start()

    def drop(self) -> None:
        """Want nothing any more."""
        self._wanted = None
        self._waiting = False
        for job in self._running:
            job.request_stop()

    def _start(self) -> None:
        sample = self._wanted
        if sample is None or not self._waiting or len(self._running) >= _AT_ONCE:
            return
        self._waiting = False

        def run(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> ReadSample | None:
            with contextlib.suppress(SegstudioError):  # `read_sample` meets it again, and tells
                emit(None if should_stop() else preview_pyramid(sample.image))
            return read_sample(sample, should_stop=should_stop)

        job = self._jobs.start(
            f"Opening {sample.name}",
            run,
            emitted=lambda picture: self._on_previewed(sample, picture),
            succeeded=lambda read: self._on_read(sample, read),
            failed=lambda reason: self._on_read(sample, ReadSample(sample, None, problem=reason)),
            ended=self._on_ended,
        )
        self._running.append(job)

    def _on_previewed(self, sample: Sample, picture: Pyramid | None) -> None:
        if picture is not None and sample is self._wanted:
            self.sample_previewed.emit(sample, picture)

    def _on_read(self, sample: Sample, read: ReadSample | None) -> None:
        # Identity: the same sample may have been asked for again, after a change.
        if read is not None and sample is self._wanted:
            self._wanted = None
            self.sample_read.emit(read)

    def _on_ended(self) -> None:
        self._running = [job for job in self._running if not job.isFinished()]
        self._start()


def read_sample(sample: Sample, *, should_stop: Callable[[], bool] = lambda: False) -> ReadSample | None:
    """Read image and mask; what cannot be read becomes a problem that is shown. None once ``should_stop()``."""
    if should_stop():
        return None
    try:
        picture = read_pyramid(sample.image)
    except SegstudioError as error:
        return ReadSample(sample, None, problem=str(error))
    path = mask_path(sample)
    if path is None or should_stop():
        return None if should_stop() else ReadSample(sample, picture)
    try:
        mask, file = read_stored_mask(path)
    except SegstudioError as error:
        return ReadSample(sample, picture, problem=str(error))
    if mask.shape != (picture.height, picture.width):
        (mask_height, mask_width), width, height = mask.shape, picture.width, picture.height
        problem = (
            f"The mask {path.name} is {mask_width} × {mask_height} pixels, its picture {width} × {height}. "
            "Replace the mask by one of the picture’s size, or move it away to paint a new one."
        )
        return ReadSample(sample, picture, file=file, problem=problem)
    return ReadSample(sample, picture, mask, file)
