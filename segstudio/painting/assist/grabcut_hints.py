"""What a person says of an object that shall be cut out, and what it tells of each pixel before any cut."""

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from segstudio.dataset.images import ImageArray
from segstudio.painting.assist.colours import Mask
from segstudio.painting.assist.grabcut_levels import Level
from segstudio.painting.boxes import Box
from segstudio.painting.regions import Region

_MARGIN = 0.15
"""What is seen around a box to learn the background from, in longer sides of the box, and at least 3 pixels. More would
show other objects like the one that is meant, and teach that its colours are background."""

_PRESUMED = 0.4
"""Where nothing else leads to an object, it is taken to lie in an ellipse of this part of the box's sides."""


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


def window_of(hints: Hints, *, width: int, height: int) -> Box:
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


def level_of(image: ImageArray, hints: Hints, window: Box) -> Level:
    """Return the window of the picture with what the hints say of it, (window.height, window.width) each."""
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
