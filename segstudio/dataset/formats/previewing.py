"""Some samples of a source, small, as they would look when they are imported."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from segstudio.dataset.formats.annotation import Annotation, Raster
from segstudio.dataset.formats.importing import put_picture, read_annotation
from segstudio.dataset.formats.mapping import ClassMapping
from segstudio.dataset.formats.source import Source, SourceSample
from segstudio.dataset.images import ImageArray, read_reduced
from segstudio.dataset.overlay import blend
from segstudio.errors import SegstudioError


@dataclass(frozen=True, slots=True)
class SamplePreview:
    """A sample of a source, small.

    Attributes:
        name: the sample's.
        image: (height, width, 3) uint8 RGB, small; None where it cannot be read.
        annotation: what is drawn on it, in the size of ``image`` or of the picture; None where there is none.
        problem: why something is missing; empty if all is well.
    """

    name: str
    image: ImageArray | None
    annotation: Annotation | None
    problem: str = ""

    def overlay(self, mapping: ClassMapping, opacity: float = 0.6) -> ImageArray | None:
        """Return the picture with its mask over it as ``mapping`` makes it, (height, width, 3) uint8 RGB."""
        if self.image is None or self.annotation is None:
            return self.image
        size = (self.image.shape[1], self.image.shape[0])
        mask = cv2.resize(mapping.mask(self.annotation), size, interpolation=cv2.INTER_NEAREST_EXACT)
        return blend(self.image, np.asarray(mask), mapping.classes, opacity)


def read_previews(
    source: Source, *, count: int, side: int, should_stop: Callable[[], bool] = lambda: False
) -> list[SamplePreview]:
    """Read some samples, spread evenly over the source, the annotated ones if there are any.

    Args:
        source: the source.
        count: how many at most.
        side: the longer side of the pictures, in pixels, at most.
        should_stop: asked before each sample.
    """
    annotated = [sample for sample in source.samples if sample.annotation is not None] or list(source.samples)
    step = max(1, len(annotated) // count)
    previews = []
    for sample in annotated[::step][:count]:
        if should_stop():
            break
        try:
            previews.append(_read(source, sample, side))
        except (SegstudioError, OSError) as error:
            previews.append(SamplePreview(sample.name, None, None, str(error)))
    return previews


def _read(source: Source, sample: SourceSample, side: int) -> SamplePreview:
    if sample.image is not None:
        return _read_with(source, sample, sample.image, side)
    with tempfile.TemporaryDirectory() as folder:
        return _read_with(source, sample, put_picture(source, sample, Path(folder), "picture"), side)


def _read_with(source: Source, sample: SourceSample, picture: Path, side: int) -> SamplePreview:
    image = read_reduced(picture, side)
    if sample.annotation is None:
        return SamplePreview(sample.name, image, None)
    try:
        annotation = read_annotation(source, sample, picture)
    except SegstudioError as error:
        return SamplePreview(sample.name, image, None, str(error))
    if isinstance(annotation, Raster):
        # Nearest by plain indexing: OpenCV resizes no 64-bit integers, and a large raster is not to be kept.
        rows = np.arange(image.shape[0]) * annotation.positions.shape[0] // image.shape[0]
        columns = np.arange(image.shape[1]) * annotation.positions.shape[1] // image.shape[1]
        annotation = Raster(annotation.positions[np.ix_(rows, columns)])
    return SamplePreview(sample.name, image, annotation)
