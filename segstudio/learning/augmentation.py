"""Augmentation by imgaug: the only file that imports it, since imgaug 0.4.0 reads names that numpy 2 dropped."""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import IGNORED_TARGET


def _restore_numpy_names() -> None:
    """Put back what imgaug reads at import and at run time (removed in numpy 1.24 and 2.0)."""
    names: dict[str, Any] = {
        "sctypes": {
            "int": [np.int8, np.int16, np.int32, np.int64],
            "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
            "float": [np.float16, np.float32, np.float64],
            "complex": [np.complex64, np.complex128],
            "others": [bool, object, bytes, str, np.void],
        },
        "bool": np.bool_,
        "complex": complex,
    }
    for name, value in names.items():
        if name not in np.__dict__:
            setattr(np, name, value)


_restore_numpy_names()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from imgaug import augmenters as iaa
    from imgaug.augmentables.segmaps import SegmentationMapsOnImage


class Augmenter:
    """Changes a picture and its target alike.

    Args:
        change: an augmenter of imgaug.
        seed: two augmenters with one change and one seed give the same answers in the same order.
    """

    def __init__(self, change: Any, *, seed: int) -> None:
        self._change = change
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Begin the row of answers that belongs to this seed."""
        # Not the argument ``seed`` of imgaug's augmenters: it does not reach those inside a sequence.
        self._change.seed_(seed)

    def __call__(
        self, image: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return an augmented copy.

        Args:
            image: (height, width, 3) uint8.
            target: (height, width) uint8, class indices and `IGNORED_TARGET`.

        Returns:
            The same shapes and types; pixels that came from outside the picture are ignored in the target (R42).
        """
        # One up, so that the 0 that imgaug fills borders with stays apart from class 0.
        shifted = SegmentationMapsOnImage(target.astype(np.int32) + 1, shape=image.shape)
        changed, moved = self._change(image=image, segmentation_maps=shifted)
        indices = moved.get_arr()
        return changed, np.where(indices == 0, IGNORED_TARGET, indices - 1).astype(np.uint8)


def make_augmenter(settings: AugmentationSettings, *, seed: int) -> Augmenter | None:
    """Return the augmenter of some settings; None where nothing is changed.

    ``light`` is the articles': crop by up to a fifth a side, flip left-right and up-down, and now and then a slight
    blur, which changes the picture only.
    """
    if not settings.strengths:
        return None
    change = iaa.Sequential(
        [
            iaa.Sometimes(0.7, iaa.Crop(percent=(0, 0.2))),
            iaa.Fliplr(0.5),
            iaa.Flipud(0.5),
            iaa.Sometimes(0.25, iaa.GaussianBlur(sigma=(0.0, 1.0))),
        ]
    )
    return Augmenter(change, seed=seed)
