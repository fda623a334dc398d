"""GrabCut: an object cut out of a box, or out of strokes over it and beside it.

Rother, Kolmogorov, Blake: "GrabCut": interactive foreground extraction using iterated graph cuts, SIGGRAPH 2004. Two
mixtures of Gaussians say how much a colour is of the object or of what lies around it, and a minimal cut puts the
border where colours change. The cut of a whole large picture takes minutes, so that the mixtures are learned and the
cut is found on a reduced picture, and finer pictures are cut anew only in a band around the border found so far
(Lombaert, Sun, Grady, Xu: A multilevel banded graph cuts method, ICCV 2005).
"""

import math
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.proposal import ShouldStop, never
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region

Mask = npt.NDArray[np.bool_]
Trimap = npt.NDArray[np.uint8]

_BUDGET = 60_000
"""Pixels of the reduced picture: learning and cutting them takes a third of a second on one core."""

_SMALL, _LARGEST_FACTOR = 30_000, 4
"""OpenCV weighs a fixed price for each pixel of the border against the area, and so drops objects of some pixels: what
is smaller than so many pixels is looked at enlarged."""

_STEP = 4
"""How much finer each further picture is, at most."""

_TILE, _HALO = 96, 8

_MARGIN = 0.25
"""What is seen around a box to learn the background from, in sides of the box, and at least 16 pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Hints:
    """What a person has said about an object.

    Attributes:
        box: nothing of the object lies outside; None where no box was drawn.
        foreground: pixels that surely belong.
        background: pixels that surely do not; they outweigh ``foreground`` where both were drawn.
        earlier: an answer that further strokes shall mend.
    """

    box: Box | None = None
    foreground: Region = field(default_factory=Region.nowhere)
    background: Region = field(default_factory=Region.nowhere)
    earlier: Region | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """A picture of one size, and what is known and guessed there."""

    image: ImageArray
    sure: Mask
    impossible: Mask
    guess: Mask

    @property
    def size(self) -> tuple[int, int]:
        return int(self.image.shape[1]), int(self.image.shape[0])

    def trimap(self, guess: Mask, free: Mask | None = None) -> Trimap:
        """Return OpenCV's map of sure and probable pixels; only ``free`` ones are left open."""
        trimap = np.where(guess, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        if free is not None:
            trimap[~free] -= cv2.GC_PR_BGD - cv2.GC_BGD
        trimap[self.sure] = cv2.GC_FGD
        trimap[self.impossible] = cv2.GC_BGD
        return trimap

    def part(self, box: Box) -> "_Level":
        place = box.slices
        return _Level(self.image[place], self.sure[place], self.impossible[place], self.guess[place])


class _Models:
    """The two mixtures of Gaussians, in OpenCV's layout, and cuts by them."""

    def __init__(self) -> None:
        self.background, self.foreground = np.zeros((1, 65)), np.zeros((1, 65))

    def cut(self, level: _Level, trimap: Trimap, mode: int) -> Mask:
        cv2.grabCut(np.ascontiguousarray(level.image), trimap, None, self.background, self.foreground, 1, mode)
        return (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)


def grabcut(image: ImageArray, hints: Hints, *, iterations: int = 4, should_stop: ShouldStop = never) -> Region:
    """Cut the object out that the hints speak of.

    Args:
        image: (height, width, 3) uint8 RGB, the whole picture.
        hints: a box or at least one stroke on the object.
        iterations: how often colours are learned from the last answer.
        should_stop: asked between steps of some tenths of a second.

    Returns:
        The object: every stroke of foreground in it, none of background. The same hints give the same answer.
        Nothing where there is neither a box nor foreground in the picture, or after a stop.
    """
    window = _window(hints, width=image.shape[1], height=image.shape[0])
    if window.empty or should_stop():
        return Region.nowhere()
    finest = _finest(image, hints, window)
    if not _two_sided(finest):
        return Region.of((finest.guess | finest.sure) & ~finest.impossible, left=window.left, top=window.top)
    # k-means begins at random; a fixed seed, which counts for this thread only, makes answers repeatable.
    cv2.setRNGSeed(0)
    models, answer = _Models(), None
    for level in _coarse_to_fine(finest):
        answer = (
            _learned(level, models, iterations, should_stop)
            if answer is None
            else _refined(level, models, answer, should_stop)
        )
        if should_stop():
            return Region.nowhere()
    if answer is None:
        return Region.nowhere()
    if answer.shape != finest.sure.shape:
        answer = np.asarray(cv2.resize(answer.astype(np.float32), finest.size, interpolation=cv2.INTER_AREA)) > 0.5
    return Region.of((answer | finest.sure) & ~finest.impossible, left=window.left, top=window.top)


def _window(hints: Hints, *, width: int, height: int) -> Box:
    """Return the part of the picture that is looked at; empty where nothing is asked for."""
    if hints.box is not None:
        box = hints.box.clipped(width, height)
        margin = _MARGIN * max(box.width, box.height)
    else:
        # Without a box the object may reach beyond the strokes: look as far around them as they are long.
        box = hints.foreground.box.united(hints.earlier.box if hints.earlier else None)
        if not hints.foreground.empty:
            box = box.united(hints.background.box)
        margin = max(box.width, box.height, 64)
    if box.empty:
        return Box(0, 0, 0, 0)
    return box.grown(max(16, math.ceil(margin))).clipped(width, height)


def _finest(image: ImageArray, hints: Hints, window: Box) -> _Level:
    impossible = hints.background.within(window)
    sure = hints.foreground.within(window) & ~impossible
    if hints.box is not None:
        box = hints.box.clipped(image.shape[1], image.shape[0]).moved(-window.left, -window.top)
        outside = np.ones_like(impossible)
        outside[box.slices] = False
        impossible = impossible | outside
        sure &= ~outside
    level = _Level(image[window.slices], sure, impossible, np.zeros_like(sure))
    return _Level(level.image, sure, impossible, _first_guess(level, hints, window))


def _first_guess(level: _Level, hints: Hints, window: Box) -> Mask:
    if hints.earlier is not None:
        return hints.earlier.within(window)
    if hints.box is None:
        return _nearer(level.sure, hints.background.within(window))
    guess = ~level.impossible
    if guess.all():
        # The box is the whole picture: its rim is the only guess at what is not the object.
        rim = max(1, min(guess.shape) // 25)
        inner = np.zeros_like(guess)
        inner[rim:-rim, rim:-rim] = True
        guess &= inner
    return guess


def _nearer(sure: Mask, impossible: Mask) -> Mask:
    """Return which pixels are nearer to foreground strokes than to background ones; without those, only the strokes."""
    if not impossible.any():
        return sure.copy()
    to_sure, to_impossible = (
        cv2.distanceTransform((~strokes).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        for strokes in (sure, impossible)
    )
    return np.asarray(to_sure < to_impossible, dtype=np.bool_)


def _two_sided(level: _Level) -> bool:
    """Whether there are pixels to learn both sides from, and something to decide."""
    belongs = (level.guess | level.sure) & ~level.impossible
    return bool(belongs.any() and not belongs.all() and not (level.sure | level.impossible).all())


def _coarse_to_fine(finest: _Level) -> list[_Level]:
    width, height = finest.size
    enlarged = min(_LARGEST_FACTOR, math.isqrt(_SMALL // (width * height)))
    if enlarged > 1:
        return [_resized(finest, (width * enlarged, height * enlarged))]
    coarsest = math.sqrt(width * height / _BUDGET)
    count = max(0, math.ceil(math.log(coarsest, _STEP)))
    # Equal steps down to the budget.
    reductions = (coarsest ** (number / count) for number in range(count, 0, -1))
    return [
        *(_resized(finest, (math.ceil(width / each), math.ceil(height / each))) for each in reductions),
        finest,
    ]


def _resized(level: _Level, size: tuple[int, int]) -> _Level:
    def share(pixels: Mask) -> npt.NDArray[np.float32]:
        return np.asarray(cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_AREA))

    way = cv2.INTER_CUBIC if size[0] > level.size[0] else cv2.INTER_AREA
    image = np.asarray(cv2.resize(level.image, size, interpolation=way), dtype=np.uint8)
    sure, impossible = share(level.sure), share(level.impossible)
    # A stroke thinner than a reduced pixel still counts, and a pixel on the rim of the box is still open.
    return _Level(image, sure > impossible, impossible >= np.maximum(sure, 0.01), share(level.guess) > 0.5)


def _learned(level: _Level, models: _Models, iterations: int, should_stop: ShouldStop) -> Mask:
    answer = level.guess
    for iteration in range(iterations):
        if should_stop():
            break
        mode = cv2.GC_EVAL if iteration else cv2.GC_INIT_WITH_MASK
        answer = models.cut(level, level.trimap(answer), mode)
    return answer


def _refined(level: _Level, models: _Models, coarser: Mask, should_stop: ShouldStop) -> Mask:
    """Return the answer of a coarser picture with its border cut anew."""
    width, height = level.size
    enlarged = cv2.resize(coarser.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    answer = np.asarray(enlarged > 0.5, dtype=np.bool_)
    answer = (answer | level.sure) & ~level.impossible
    reach = 2 * math.ceil(1.5 * width / coarser.shape[1]) + 1
    band = _band(answer, reach)
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            core = Box(left, top, left + _TILE, top + _TILE).clipped(width, height)
            if not band[core.slices].any():
                continue
            if should_stop():
                return answer
            seen = core.grown(_HALO).clipped(width, height)
            trimap = level.part(seen).trimap(answer[seen.slices], band[seen.slices])
            cut = models.cut(level.part(seen), trimap, cv2.GC_EVAL_FREEZE_MODEL)
            answer[core.slices] = cut[core.moved(-seen.left, -seen.top).slices]
    return answer


def _band(answer: Mask, reach: int) -> Mask:
    pixels, kernel = answer.astype(np.uint8), np.ones((reach, reach), dtype=np.uint8)
    return np.asarray(cv2.dilate(pixels, kernel) != cv2.erode(pixels, kernel), dtype=np.bool_)
