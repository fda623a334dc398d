"""A picture for GrabCut at several sizes, and the mixtures of colours that cut it."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.coarse_to_fine import reductions
from segstudio.painting.assist.colours import Mask
from segstudio.painting.boxes import Box

Trimap = npt.NDArray[np.uint8]

_BUDGET = 60_000
"""Pixels of the reduced picture: learning and cutting them takes a third of a second on one core."""

_STEP = 4.0
"""How much finer each further picture is, at most."""

_ENLARGED = 6
"""How much smaller pictures are enlarged at most, up to the budget: OpenCV weighs a fixed price for each pixel of the
border against the area, and so drops objects of some pixels."""

_SAMPLED = 20_000
"""Pixels that colours are learned from anew on each finer picture."""

_NO_BOX = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A picture of one size, and what is known and guessed there; all masks (height, width) bool.

    Attributes:
        image: (height, width, 3) uint8 RGB.
        sure: belongs to the object.
        impossible: does not: strokes against it, and what lies outside the box.
        guess: belongs to it until something better is known.
        presumed: the middle of the box, taken as sure where nothing else has led to an object.
        against: strokes against it only.
    """

    image: ImageArray
    sure: Mask
    impossible: Mask
    guess: Mask
    presumed: Mask
    against: Mask

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.image.shape[1]), int(self.image.shape[0])

    def trimap(self, guess: Mask, free: Mask | None = None) -> Trimap:
        """Return OpenCV's map of sure and probable pixels; only ``free`` ones are left open."""
        trimap = np.where(guess, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        if free is not None:
            trimap[~free] -= cv2.GC_PR_BGD - cv2.GC_BGD
        trimap[self.sure] = cv2.GC_FGD
        trimap[self.impossible] = cv2.GC_BGD
        return trimap

    def part(self, box: Box) -> "Level":
        """Return the part in a box."""
        place = box.slices
        return Level(
            self.image[place],
            self.sure[place],
            self.impossible[place],
            self.guess[place],
            self.presumed[place],
            self.against[place],
        )


class Models:
    """The two mixtures of Gaussians, in OpenCV's layout, and cuts by them."""

    def __init__(self) -> None:
        self.background, self.foreground = np.zeros((1, 65)), np.zeros((1, 65))

    def cut(self, level: Level, trimap: Trimap, mode: int) -> Mask:
        """Cut once, in one of OpenCV's modes; ``trimap`` is changed. Return what belongs to the object."""
        cv2.grabCut(np.ascontiguousarray(level.image), trimap, _NO_BOX, self.background, self.foreground, 1, mode)
        return np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))

    def learn(self, image: ImageArray, answer: Mask) -> None:
        """Learn from a finer picture: the pixels of a reduced one are means, and have less noise than those here."""
        stride = math.ceil(math.sqrt(answer.size / _SAMPLED))
        # With every pixel decided, OpenCV learns and has nothing to cut.
        trimap = np.where(answer[::stride, ::stride], cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
        if trimap.min() != trimap.max():
            pixels = np.ascontiguousarray(image[::stride, ::stride])
            cv2.grabCut(pixels, trimap, _NO_BOX, self.background, self.foreground, 1, cv2.GC_INIT_WITH_MASK)


def coarse_to_fine(finest: Level) -> list[Level]:
    """Return a picture at several sizes, the last of them its own; only enlarged, if it is small."""
    width, height = finest.size
    enlarged = min(_ENLARGED, math.isqrt(_BUDGET // (width * height)))
    if enlarged > 1:
        return [_level_resized(finest, (width * enlarged, height * enlarged))]
    levels = [finest]
    # Each from the one before: quicker than from the finest, and a stroke of one pixel is still seen on the coarsest.
    for each in reversed(reductions(width * height, budget=_BUDGET, step=_STEP)[:-1]):
        levels.append(_level_resized(levels[-1], (math.ceil(width / each), math.ceil(height / each))))
    return levels[::-1]


def resized(pixels: Mask, size: tuple[int, int]) -> Mask:
    """Return (size[1], size[0]) pixels that belong for more than a half."""
    return np.asarray(_share(pixels, size) > 127, dtype=np.bool_)


def _share(pixels: Mask, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return how much of each resized pixel belongs, 0 to 255."""
    if not pixels.any():
        return np.zeros((size[1], size[0]), dtype=np.uint8)
    way = cv2.INTER_LINEAR if size[0] > pixels.shape[1] else cv2.INTER_AREA
    return np.asarray(cv2.resize(pixels.astype(np.uint8) * np.uint8(255), size, interpolation=way), dtype=np.uint8)


def _level_resized(level: Level, size: tuple[int, int]) -> Level:
    way = cv2.INTER_CUBIC if size[0] > level.size[0] else cv2.INTER_AREA
    sure, impossible = _share(level.sure, size), _share(level.impossible, size)
    return Level(
        np.asarray(cv2.resize(level.image, size, interpolation=way), dtype=np.uint8),
        # A stroke thinner than a reduced pixel still counts.
        sure=sure > impossible,
        impossible=impossible >= np.maximum(sure, 3),
        guess=resized(level.guess, size),
        presumed=resized(level.presumed, size),
        against=_share(level.against, size) > sure,
    )
