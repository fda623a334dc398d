"""Pictures of what a run predicted, made of its files; slow enough to be made in the background."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QImage

from segstudio.dataset.classes import ClassList
from segstudio.dataset.contact_sheet import reduced_mask
from segstudio.dataset.images import ImageArray, read_reduced
from segstudio.dataset.masks import MaskArray, read_mask
from segstudio.dataset.overlay import blend, colourise
from segstudio.errors import SegstudioError
from segstudio.learning.run_samples import SampleFiles
from segstudio.ui.qimage import to_qimage

SIDE = 512
"""The longer side of a picture, in pixels, at most."""

_OPACITY = 0.55


@dataclass(frozen=True, slots=True)
class KnownSample:
    """What does not change from epoch to epoch.

    Attributes:
        image: the picture, (height, width, 3) uint8 RGB; None where it is gone.
        mask: picture and mask; None where the mask is gone.
    """

    image: ImageArray | None
    mask: QImage | None


def read_known(files: SampleFiles, classes: ClassList) -> KnownSample:
    """Read a sample's picture, reduced, and its mask over it."""
    image = None
    if files.image is not None:
        try:
            image = read_reduced(files.image, SIDE)
        except SegstudioError:
            image = None
    mask = _read_mask(files.mask)
    return KnownSample(image, None if mask is None else _overlay(image, mask, classes))


def prediction_picture(path: Path, known: KnownSample, classes: ClassList) -> QImage | None:
    """Return picture and prediction; None where the prediction is gone."""
    mask = _read_mask(path)
    return None if mask is None else _overlay(known.image, mask, classes)


def _read_mask(path: Path | None) -> MaskArray | None:
    if path is None:
        return None
    try:
        return read_mask(path)
    except (SegstudioError, OSError):
        return None


def _overlay(image: ImageArray | None, mask: MaskArray, classes: ClassList) -> QImage:
    if image is None:
        return to_qimage(colourise(reduced_mask(mask, _at_most(mask.shape)), classes))
    # The prediction has the input size: back to the picture's, whose sides may be of another ratio.
    return to_qimage(blend(image, reduced_mask(mask, image.shape[:2]), classes, _OPACITY))


def _at_most(shape: tuple[int, ...]) -> tuple[int, int]:
    height, width = shape[:2]
    scale = min(SIDE / max(height, width), 1.0)
    return max(round(height * scale), 1), max(round(width * scale), 1)
