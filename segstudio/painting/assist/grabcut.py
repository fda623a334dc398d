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

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.coarse_to_fine import near_border, tiles
from segstudio.painting.assist.colours import Mask, Palette, connected_with, lab_colours, some_of
from segstudio.painting.assist.grabcut_levels import Level, Models, coarse_to_fine
from segstudio.painting.assist.proposal import ShouldStop, never
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region

_STROKE_COLOURS = 300

_TILE, _HALO = 96, 8

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
    models, answer = Models(), None
    for level in coarse_to_fine(finest):
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


def _finest(image: ImageArray, hints: Hints, window: Box) -> Level:
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
    against = hints.background.within(window)
    level = Level(image[window.slices], sure, impossible, np.zeros_like(sure), presumed, against)
    return replace(level, guess=_first_guess(level, hints, window))


def _middle(box: Box) -> Region:
    y, x = np.ogrid[: box.height, : box.width]
    across = (2 * x + 1 - box.width) / box.width, (2 * y + 1 - box.height) / box.height
    return Region(box, np.asarray(across[0] ** 2 + across[1] ** 2 <= _PRESUMED**2, dtype=np.bool_))


def _first_guess(level: Level, hints: Hints, window: Box) -> Mask:
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


def _two_sided(level: Level) -> bool:
    """Whether there are pixels to learn both sides from, and something to decide."""
    belongs = (level.guess | level.sure) & ~level.impossible
    return bool(belongs.any() and not belongs.all() and not (level.sure | level.impossible).all())


def _learned(level: Level, models: Models, iterations: int, should_stop: ShouldStop) -> Mask:
    taken = _spread(level, level.against, level.guess)
    added = _spread(level, level.sure, ~level.guess & ~level.impossible)
    level = replace(level, guess=(level.guess & ~taken) | added)
    answer = _iterated(level, models, iterations, should_stop)
    possible = ~level.impossible
    if level.presumed.any() and (answer & possible).sum() < _COLLAPSED * possible.sum():
        answer = _iterated(replace(level, sure=level.sure | level.presumed), models, iterations, should_stop)
    return answer


def _spread(level: Level, strokes: Mask, candidates: Mask) -> Mask:
    """Return the candidates that look like the strokes and hang on to them.

    A stroke is meant for the whole patch that it lies on; else the rest of the patch would go on teaching the colours
    of the wrong side. One that is like half of all candidates says too little, and counts for itself only.
    """
    if not strokes.any() or not candidates.any():
        return strokes
    colours = lab_colours(level.image)
    palette = Palette.of(some_of(colours[strokes], _STROKE_COLOURS))
    alike = (palette.distance(colours) <= palette.near) & candidates
    patch = connected_with(alike | strokes, strokes)
    return strokes if patch.sum() > 0.5 * candidates.sum() else patch


def _iterated(level: Level, models: Models, iterations: int, should_stop: ShouldStop) -> Mask:
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


def _refined(level: Level, models: Models, coarser: Mask, should_stop: ShouldStop) -> Mask:
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
