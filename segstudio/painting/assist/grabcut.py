"""GrabCut: an object cut out of a box, or out of strokes over it and beside it.

Rother, Kolmogorov, Blake: "GrabCut": interactive foreground extraction using iterated graph cuts, SIGGRAPH 2004. Two
mixtures of Gaussians say how much a colour is of the object or of what lies around it, and a minimal cut puts the
border where colours change. The cut of a whole large picture takes minutes, so that the mixtures are learned and the
cut is found on a reduced picture, and finer pictures are cut anew only in a band around the border found so far
(Lombaert, Sun, Grady, Xu: A multilevel banded graph cuts method, ICCV 2005).
"""

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.coarse_to_fine import near_border, reductions, tiles
from segstudio.painting.assist.proposal import ShouldStop, never
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region

Mask = npt.NDArray[np.bool_]
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

_TILE, _HALO = 96, 8

_NO_BOX = (0, 0, 0, 0)

_MARGIN = 0.15
"""What is seen around a box to learn the background from, in longer sides of the box, and at least 3 pixels. More would
show other objects like the one that is meant, and teach that its colours are background."""

_COLLAPSED = 0.2
"""An answer that fills less of the box is taken for a failure."""

_PRESUMED = 0.4
"""Then the object is taken to lie in the middle of the box, in an ellipse of this part of its sides."""


@dataclass(frozen=True, slots=True, eq=False)
class Hints:
    """What a person has said about an object.

    Attributes:
        box: nothing of the object lies outside, but for strokes of foreground, which enlarge it; None where no box was
            drawn.
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
    presumed: Mask

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
        return _Level(
            self.image[place], self.sure[place], self.impossible[place], self.guess[place], self.presumed[place]
        )


class _Models:
    """The two mixtures of Gaussians, in OpenCV's layout, and cuts by them."""

    def __init__(self) -> None:
        self.background, self.foreground = np.zeros((1, 65)), np.zeros((1, 65))

    def cut(self, level: _Level, trimap: Trimap, mode: int) -> Mask:
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
    if hints.box is not None and not hints.foreground.empty:
        hints = replace(hints, box=hints.box.united(hints.foreground.box))
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
    return box.grown(max(3, math.ceil(margin))).clipped(width, height)


def _finest(image: ImageArray, hints: Hints, window: Box) -> _Level:
    impossible = hints.background.within(window)
    sure = hints.foreground.within(window) & ~impossible
    presumed = np.zeros_like(sure)
    if hints.box is not None:
        box = hints.box.clipped(image.shape[1], image.shape[0])
        if hints.foreground.empty and hints.earlier is None:
            presumed = _middle(box).within(window) & ~impossible
        outside = ~Region(box, np.ones((box.height, box.width), dtype=np.bool_)).within(window)
        impossible |= outside
        sure &= ~outside
    level = _Level(image[window.slices], sure, impossible, np.zeros_like(sure), presumed)
    return replace(level, guess=_first_guess(level, hints, window))


def _middle(box: Box) -> Region:
    y, x = np.ogrid[: box.height, : box.width]
    across = (2 * x + 1 - box.width) / box.width, (2 * y + 1 - box.height) / box.height
    return Region(box, np.asarray(across[0] ** 2 + across[1] ** 2 <= _PRESUMED**2, dtype=np.bool_))


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
    enlarged = min(_ENLARGED, math.isqrt(_BUDGET // (width * height)))
    if enlarged > 1:
        return [_resized(finest, (width * enlarged, height * enlarged))]
    steps = reductions(width * height, budget=_BUDGET, step=_STEP)
    coarser = [_resized(finest, (math.ceil(width / each), math.ceil(height / each))) for each in steps[:-1]]
    return [*coarser, finest]


def _resized(level: _Level, size: tuple[int, int]) -> _Level:
    def share(pixels: Mask) -> npt.NDArray[np.float32]:
        return np.asarray(cv2.resize(pixels.astype(np.float32), size, interpolation=cv2.INTER_AREA))

    way = cv2.INTER_CUBIC if size[0] > level.size[0] else cv2.INTER_AREA
    image = np.asarray(cv2.resize(level.image, size, interpolation=way), dtype=np.uint8)
    sure, impossible = share(level.sure), share(level.impossible)
    return _Level(
        image,
        # A stroke thinner than a reduced pixel still counts.
        sure=sure > impossible,
        impossible=impossible >= np.maximum(sure, 0.01),
        guess=share(level.guess) > 0.5,
        presumed=share(level.presumed) > 0.5,
    )


def _learned(level: _Level, models: _Models, iterations: int, should_stop: ShouldStop) -> Mask:
    answer = _iterated(level, models, iterations, should_stop)
    possible = ~level.impossible
    if level.presumed.any() and (answer & possible).sum() < _COLLAPSED * possible.sum():
        answer = _iterated(replace(level, sure=level.sure | level.presumed), models, iterations, should_stop)
    return answer


def _iterated(level: _Level, models: _Models, iterations: int, should_stop: ShouldStop) -> Mask:
    answer = level.guess
    for iteration in range(iterations):
        if should_stop():
            break
        mode = cv2.GC_EVAL if iteration else cv2.GC_INIT_WITH_MASK
        cut = models.cut(level, level.trimap(answer), mode)
        if np.array_equal(cut, answer) or not cut.any() or cut.all():
            return cut
        answer = cut
    return answer


def _refined(level: _Level, models: _Models, coarser: Mask, should_stop: ShouldStop) -> Mask:
    """Return the answer of a coarser picture with its border cut anew."""
    width, height = level.size
    enlarged = cv2.resize(coarser.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    answer = (np.asarray(enlarged > 0.5) | level.sure) & ~level.impossible
    if not answer.any() or answer.all():
        return answer
    models.learn(level.image, answer)
    band = near_border(answer.astype(np.uint8), math.ceil(1.5 * width / coarser.shape[1]))
    for core in tiles(width, height, _TILE):
        if not band[core.slices].any():
            continue
        if should_stop():
            break
        seen = core.grown(_HALO).clipped(width, height)
        part = level.part(seen)
        cut = models.cut(part, part.trimap(answer[seen.slices], band[seen.slices]), cv2.GC_EVAL_FREEZE_MODEL)
        answer[core.slices] = cut[core.moved(-seen.left, -seen.top).slices]
    return answer
