"""Augmentation by imgaug: the only file that imports it, since imgaug 0.4.0 reads names that numpy 2 dropped."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.learning.resizing import resize_image, resize_target
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
    import imgaug
    from imgaug import augmenters as iaa
    from imgaug import parameters as iap
    from imgaug.augmentables.segmaps import SegmentationMapsOnImage

_OUTSIDE = 0
"""What imgaug fills the borders of moved masks with; class indices are one up meanwhile."""


class Augmenter:
    """Changes a picture and its target alike. One thread at a time.

    What moves or hides pixels comes first, then the picture is brought back to its size, then what changes colours.
    The answer depends on the pixels and the seed only, whatever was augmented before.

    Args:
        moving: an augmenter of imgaug for picture and mask; it may change the size.
        colouring: one for the picture alone.
    """

    def __init__(self, moving: Any = None, colouring: Any = None) -> None:
        self.moving, self.colouring = moving, colouring
        # One generator for all steps: set anew in 0.02 ms, where imgaug's own `seed_` takes 0.5.
        self._random = imgaug.random.RNG(np.random.Generator(np.random.SFC64(0)))
        for step in steps_within(*(change for change in (moving, colouring) if change is not None)):
            step.random_state = self._random

    def __call__(
        self, image: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8], *, seed: Sequence[int]
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        """Return an augmented copy.

        Args:
            image: (height, width, 3) uint8.
            target: (height, width) uint8, class indices and `IGNORED_TARGET`.
            seed: whole numbers from 0, such as (seed of the run, epoch, position).

        Returns:
            The same shapes and types; pixels that came from outside the picture, mirrored, and those that were cut out
            are ignored in the target (R42).
        """
        size = target.shape
        self._random.state = np.random.SFC64(np.random.SeedSequence(seed)).state
        if self.moving is not None:
            shifted = SegmentationMapsOnImage(target.astype(np.int32) + 1, shape=image.shape)
            image, moved = self.moving(image=image, segmentation_maps=shifted)
            indices = moved.get_arr()
            target = np.where(indices == _OUTSIDE, IGNORED_TARGET, indices - 1).astype(np.uint8)
            # Not by imgaug's ``keep_size``: its masks land half a pixel beside their pictures.
            image, target = resize_image(image, size), resize_target(target, size)
        if self.colouring is not None:
            image = self.colouring(image=image)
        return np.ascontiguousarray(image), np.array(target)


def make_augmenter(settings: AugmentationSettings) -> Augmenter | None:
    """Return the augmenter of some settings; None where nothing is changed.

    ``light`` is the articles': crop by up to a fifth a side, flip left-right and up-down, and now and then a slight
    blur, which changes the picture only.
    """
    strengths = settings.strengths
    moving = list(_moving(strengths))
    colouring = [make(strengths[name]) for name, make in _COLOURING.items() if name in strengths]
    if not moving and not colouring:
        return None
    return Augmenter(*(iaa.Sequential(steps) if steps else None for steps in (moving, colouring)))


def steps_within(*changes: Any) -> Iterator[Any]:
    """Yield these augmenters of imgaug and all that they are made of."""
    for change in changes:
        yield change
        for children in change.get_children_lists():
            yield from steps_within(*children)


def _moving(strengths: Mapping[str, float]) -> Iterator[Any]:
    for name, make in _BEFORE_AFFINE.items():
        if name in strengths:
            yield make(strengths[name])
    if strengths.keys() & {"rotation", "scale", "shear"}:
        yield _affine(**{name: strengths.get(name, 0.0) for name in ("rotation", "scale", "shear")})
    for name, make in _AFTER_AFFINE.items():
        if name in strengths:
            yield make(strengths[name])


def _affine(*, rotation: float, scale: float, shear: float) -> Any:
    """Return all three at once: pixels are interpolated once only."""
    return iaa.Affine(
        rotate=(-180 * rotation, 180 * rotation),
        # By logarithm: half of the pictures grow.
        scale=iap.Power(iap.Deterministic(1 + scale), iap.Uniform(-1.0, 1.0)),
        shear=(-30 * shear, 30 * shear),
        order=1,
        mode="reflect",  # of the picture; masks have a constant outside whatever is said here
        backend="cv2",
    )


def _around_one(strength: float) -> tuple[float, float]:
    return 1 / (1 + strength), 1 + strength


class _Elastic(iaa.Augmenter):
    """Bends pictures by a smooth field of displacements, bilinearly, and masks by the nearest pixel.

    `iaa.ElasticTransformation` of imgaug 0.4.0 fails in OpenCV 5, and `iaa.PiecewiseAffine` takes a hundred times as
    long. The field is given at 7 x 7 nodes; neighbours move apart by less than they are distant, so nothing folds.
    """

    _NODES = 7
    _FARTHEST = 0.35

    def __init__(self, strength: float) -> None:
        super().__init__()
        self._strength = strength

    def _augment_batch_(self, batch: Any, random_state: Any, parents: Any, hooks: Any) -> Any:  # noqa: ARG002
        for row in range(batch.nb_rows):
            height, width = batch.images[row].shape[:2]
            x, y = self._sources(height, width, random_state)
            batch.images[row] = cv2.remap(batch.images[row], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            if batch.segmentation_maps is not None:
                mask = batch.segmentation_maps[row]
                ids = mask.arr[..., 0].astype(np.uint16)
                moved = cv2.remap(ids, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=_OUTSIDE)
                mask.arr = moved[..., None].astype(np.int32)
        return batch

    def _sources(self, height: int, width: int, random: Any) -> tuple[Any, Any]:
        reach = self._FARTHEST * self._strength / (self._NODES - 1)
        nodes = random.uniform(-reach, reach, (self._NODES, self._NODES, 2)).astype(np.float32)
        field = cv2.resize(nodes, (width, height), interpolation=cv2.INTER_CUBIC)
        x = field[..., 0] * width + np.arange(width, dtype=np.float32)
        y = field[..., 1] * height + np.arange(height, dtype=np.float32)[:, None]
        return x, y

    def get_parameters(self) -> list[Any]:
        return [self._strength]


class _Cutout(iaa.Augmenter):
    """Hides rectangles under the picture's mean colour; what cannot be seen is not asked for, so they are ignored.

    DeVries and Taylor, “Improved Regularization of Convolutional Neural Networks with Cutout”, 2017. `iaa.Cutout`
    leaves masks as they are.
    """

    def __init__(self, strength: float) -> None:
        super().__init__()
        self._most, self._largest = 1 + round(3 * strength), 0.1 + 0.2 * strength

    def _augment_batch_(self, batch: Any, random_state: Any, parents: Any, hooks: Any) -> Any:  # noqa: ARG002
        for row in range(batch.nb_rows):
            image = batch.images[row].copy()
            size = np.array(image.shape[:2])
            colour = np.rint(image.mean(axis=(0, 1))).astype(np.uint8)
            for _ in range(int(random_state.integers(1, self._most + 1))):
                sides = np.maximum(1, size * random_state.uniform(0.05, self._largest, 2)).astype(int)
                top, left = (random_state.uniform(0, 1, 2) * (size - sides + 1)).astype(int)
                hidden = np.s_[top : top + sides[0], left : left + sides[1]]
                image[hidden] = colour
                if batch.segmentation_maps is not None:
                    batch.segmentation_maps[row].arr[hidden] = _OUTSIDE
            batch.images[row] = image
        return batch

    def get_parameters(self) -> list[Any]:
        return [self._most, self._largest]


_Make = Callable[[float], Any]

_BEFORE_AFFINE: dict[str, _Make] = {
    "crop": lambda s: iaa.Sometimes(0.7, iaa.Crop(percent=(0, 0.4 * s), keep_size=False)),
    "flip_horizontal": lambda s: iaa.Fliplr(0.5 * s),
    "flip_vertical": lambda s: iaa.Flipud(0.5 * s),
}
_AFTER_AFFINE: dict[str, _Make] = {
    "perspective": lambda s: iaa.Sometimes(0.5, iaa.PerspectiveTransform(scale=(0, 0.2 * s), keep_size=False)),
    "elastic": _Elastic,
    "cutout": lambda s: iaa.Sometimes(0.5, _Cutout(s)),
}
_COLOURING: dict[str, _Make] = {
    "blur": lambda s: iaa.Sometimes(0.25, iaa.GaussianBlur(sigma=(0.0, 2 * s**0.5))),
    "noise": lambda s: iaa.Sometimes(0.5, iaa.AdditiveGaussianNoise(scale=(0, 40 * s), per_channel=0.5)),
    # 64 of imgaug's 255 are a quarter of the colour circle.
    "hue": lambda s: iaa.AddToHue((-round(64 * s), round(64 * s)), from_colorspace="RGB"),
    "saturation": lambda s: iaa.MultiplySaturation((1 - s, 1 + s), from_colorspace="RGB"),
    "brightness": lambda s: iaa.Add((-round(80 * s), round(80 * s))),
    "contrast": lambda s: iaa.LinearContrast(_around_one(s)),
    "gamma": lambda s: iaa.GammaContrast(_around_one(s)),
}
