"""GrabCut: an object cut out of a box, or out of strokes over it and beside it.

Rother, Kolmogorov, Blake: "GrabCut": interactive foreground extraction using iterated graph cuts, SIGGRAPH 2004. Two
mixtures of Gaussians say how much a colour is of the object or of what lies around it, and a minimal cut puts the
border where colours change. The cut of a whole large picture takes minutes, so that the mixtures are learned and the
cut is found on a reduced picture, and finer pictures are cut anew only in a band around the border found so far
(Lombaert, Sun, Grady, Xu: A multilevel banded graph cuts method, ICCV 2005).
"""

from dataclasses import replace

import cv2
import numpy as np

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.coarse_to_fine import near_border, tiles
from segstudio.painting.assist.colours import Mask, Palette, connected_with, lab_colours, some_of
from segstudio.painting.assist.grabcut_hints import Hints, level_of, window_of
from segstudio.painting.assist.grabcut_levels import Level, Models, coarse_to_fine, resized
from segstudio.painting.assist.proposal import ShouldStop, never
from segstudio.painting.regions import Region

_ITERATIONS = 4
"""How often colours are learned from the last answer; once where there is an earlier one, which has them already."""

_STROKE_COLOURS = 300

_TILE, _HALO = 48, 6

_MOST_TILES = 64
"""Where a border is so long that more tiles would have to be cut, the coarser border is kept, smoothed: a tenth of a
second a level, where the border of all of a large picture would take seconds."""

_COLLAPSED = 0.2
"""An answer that fills less of the box is taken for a failure."""

_REACH = 2.0
"""How far from a stroke, in lengths of the stroke, it mends an earlier answer. Without an end, one stroke in ten made
objects of CamVid worse; with it one in a hundred does, and three strokes bring an IoU of .68 to .77, not to .72."""


def grabcut(image: ImageArray, hints: Hints, *, should_stop: ShouldStop = never) -> Region:
    """Cut the object out that the hints speak of.

    Args:
        image: (height, width, 3) uint8 RGB, the whole picture.
        hints: a box or at least one stroke on the object.
        should_stop: asked between steps of some tenths of a second.

    Returns:
        The object: every stroke of foreground in it, none of background. The same hints give the same answer.
        An earlier answer changes only near strokes that contradict it.
        Nothing where there is neither a box nor foreground in the picture, or after a stop.
    """
    if hints.box is not None and not hints.foreground.empty:
        hints = replace(hints, box=hints.box.united(hints.foreground.box))
    window = window_of(hints, width=image.shape[1], height=image.shape[0])
    if window.empty or should_stop():
        return Region.nowhere()
    finest = level_of(image, hints, window)
    answer = finest.guess
    if _two_sided(finest):
        # k-means begins at random; a fixed seed, which counts for this thread only, makes answers repeatable.
        cv2.setRNGSeed(0)
        answer = _cut(finest, 1 if hints.earlier is not None else _ITERATIONS, should_stop)
        if should_stop():
            return Region.nowhere()
    answer = (answer | finest.sure) & ~finest.impossible
    if hints.earlier is not None:
        answer = _mended(finest, answer)
    return Region.of(answer, left=window.left, top=window.top)


def _two_sided(level: Level) -> bool:
    """Whether there are pixels to learn both sides from, and something to decide."""
    belongs = (level.guess | level.sure) & ~level.impossible
    return bool(belongs.any() and not belongs.all() and not (level.sure | level.impossible).all())


def _cut(finest: Level, iterations: int, should_stop: ShouldStop) -> Mask:
    models = Models()
    coarsest, *finer = coarse_to_fine(finest)
    answer = _learned(coarsest, models, iterations, should_stop)
    for level in finer:
        if should_stop():
            break
        answer = _refined(level, models, answer, should_stop)
    return answer if answer.shape == finest.sure.shape else resized(answer, finest.size)


def _mended(level: Level, answer: Mask) -> Mask:
    """Return the earlier answer with those patches of the new one that a stroke asked for.

    Each cut learns its colours anew, and so would also change what nobody has complained about.
    """
    added = _asked_for(answer & ~level.guess, level.sure & ~level.guess)
    taken = _asked_for(level.guess & ~answer, level.against & level.guess)
    return ((level.guess | added | level.sure) & ~taken) & ~level.impossible


def _asked_for(changed: Mask, stroke: Mask) -> Mask:
    if not stroke.any():
        return stroke
    reach = _REACH * max(Region.of(stroke).box.width, Region.of(stroke).box.height)
    near = cv2.distanceTransform((~stroke).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5) <= reach
    return connected_with((changed & near) | stroke, stroke)


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
        trimap = level.trimap(answer)
        if len(np.unique(trimap & 1)) < 2:
            # On a reduced picture a thin box may be nothing any more, and OpenCV learns both sides or raises.
            return answer
        cut = models.cut(level, trimap, mode)
        if np.array_equal(cut, answer) or not cut.any() or cut.all():
            return cut
        answer = cut
    return answer


def _refined(level: Level, models: Models, coarser: Mask, should_stop: ShouldStop) -> Mask:
    """Return the answer of a coarser picture with its border cut anew."""
    width, height = level.size
    answer = (resized(coarser, level.size) | level.sure) & ~level.impossible
    if not answer.any() or answer.all():
        return answer
    band = resized(near_border(coarser.astype(np.uint8), 2), level.size)
    crossed = [core for core in tiles(width, height, _TILE) if band[core.slices].any()]
    if len(crossed) > _MOST_TILES:
        return answer
    models.learn(level.image, answer)
    for core in crossed:
        if should_stop():
            break
        seen = core.grown(_HALO).clipped(width, height)
        part = level.part(seen)
        cut = models.cut(part, part.trimap(answer[seen.slices], band[seen.slices]), cv2.GC_EVAL_FREEZE_MODEL)
        answer[core.slices] = cut[core.moved(-seen.left, -seen.top).slices]
    return answer
