"""How a picture is looked at: brightness, contrast, gamma, window, channel. Display only; no pixel changes for it."""

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.depth import Window, window_shares, window_table
from segstudio.dataset.images import ImageArray
from segstudio.painting.pyramid import PixelArray

Channel = Literal["all", "red", "green", "blue"]

_CHANNELS: dict[Channel, int] = {"red": 0, "green": 1, "blue": 2}
_WHOLE: Window = (0.0, 65535.0)
# Full contrast would be a step from black to white.
_STEEPEST = 0.96


@dataclass(frozen=True, slots=True)
class Tone:
    """What is done to the values of a picture before it is drawn.

    Attributes:
        brightness: -1 (all black) to 1 (all white).
        contrast: -1 (all grey) to 1.
        gamma: above 1 brightens the dark parts, below 1 darkens them.
        window: which values of a picture with more than 8 bits are black and white; None for those of its own.
        channel: the one that is shown, in grey, or all.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 1.0
    window: Window | None = None
    channel: Channel = "all"

    @property
    def curved(self) -> bool:
        """Whether brightness, contrast or gamma change anything."""
        return (self.brightness, self.contrast, self.gamma) != (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Display:
    """All that a person chooses about looking.

    Attributes:
        tone: of the picture.
        outlines: whether only the borders of the classes are drawn.
        grid: whether a grid shows the pixels where they are large.
        navigator: whether a small overview shows which part of the picture is seen.
    """

    tone: Tone = field(default_factory=Tone)
    outlines: bool = False
    grid: bool = True
    navigator: bool = True


def toned(pixels: PixelArray, tone: Tone, window: Window | None = None) -> ImageArray:
    """Return what is seen of some pixels: (height, width, 3) uint8 RGB; 8 bits under a neutral tone are not copied.

    Args:
        pixels: (height, width, 3) or (height, width), of 8 or 16 bits.
        tone: how they are looked at.
        window: of the picture that they are of, where they have 16 bits; without one, all of them.
    """
    if tone.channel != "all" and pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[..., _CHANNELS[tone.channel]])
    if pixels.dtype == np.uint16:
        seen = deep_table(replace(tone, channel="all"), window or _WHOLE).take(pixels)
    elif tone.curved:
        seen = np.asarray(cv2.LUT(pixels, byte_table(replace(tone, channel="all", window=None))), dtype=np.uint8)
    else:
        seen = np.asarray(pixels, dtype=np.uint8)
    return np.asarray(cv2.cvtColor(seen, cv2.COLOR_GRAY2RGB), dtype=np.uint8) if seen.ndim == 2 else seen


@lru_cache(maxsize=8)
def byte_table(tone: Tone) -> npt.NDArray[np.uint8]:
    """Return how each of the 256 values of 8 bits is drawn: (256,) uint8."""
    return _drawn(np.arange(256) / 255, tone)


@lru_cache(maxsize=8)
def deep_table(tone: Tone, window: Window) -> npt.NDArray[np.uint8]:
    """Return how each of the 65,536 values of 16 bits is drawn: (65536,) uint8.

    Args:
        tone: if it has no window, the next one counts.
        window: of the picture. Under a neutral tone the table is the one by which `read_image` reads.
    """
    window = tone.window or window
    return _drawn(window_shares(window), tone) if tone.curved else window_table(window)


def _drawn(shares: npt.NDArray[np.float64], tone: Tone) -> npt.NDArray[np.uint8]:
    """Bend values of 0 (black) to 1 (white) by gamma, then contrast around the middle, then brightness."""
    slope = math.tan((1 + min(tone.contrast, _STEEPEST)) * math.pi / 4)
    bent = np.clip(shares, 0, 1) ** (1 / tone.gamma)
    shifted = (bent - 0.5) * slope + 0.5 + tone.brightness
    return np.asarray(np.rint(np.clip(shifted, 0, 1) * 255), dtype=np.uint8)
