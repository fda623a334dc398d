"""Pictures with more than 8 bits a channel: kept as 16 bits, looked at and learned from through a window.

A window is two values: what is at or below the first is black, what is at or above the second is white.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Window = tuple[float, float]
"""The pixels that become black and white."""

_DEEPEST = 65535
# How many times the window's own width is kept on either side of it where the values do not fit into 16 bits.
_MARGIN = 8


@dataclass(frozen=True, slots=True, eq=False)
class DeepImage:
    """A picture with more than 8 bits a channel.

    Attributes:
        pixels: (height, width), or (height, width, 3) RGB; uint16.
        window: the darkest and the brightest 0.1 % of the pixels lie outside; what `read_image` goes by.
        lowest: what pixel 0 stands for in the file.
        step: what a difference of 1 between two pixels stands for.
    """

    pixels: npt.NDArray[np.uint16]
    window: Window
    lowest: float = 0.0
    step: float = 1.0

    @property
    def rgb(self) -> npt.NDArray[np.uint8]:
        """(height, width, 3) uint8 RGB, through the window."""
        narrow = window_table(self.window).take(self.pixels)
        return np.asarray(cv2.merge((narrow, narrow, narrow)), dtype=np.uint8) if narrow.ndim == 2 else narrow


def deepened(pixels: npt.NDArray[Any]) -> DeepImage:
    """Bring a picture of any number type to 16 bits.

    Whole numbers that span no more than 16 bits are kept as they are. Others, fractions above all, are spread over
    65,536 steps between the lowest and the highest value, outliers left aside; what is no number counts as 0.

    Args:
        pixels: (height, width), or (height, width, 3) RGB.
    """
    if pixels.dtype == np.uint16:
        return DeepImage(pixels, _usual_window(pixels))
    if not np.issubdtype(pixels.dtype, np.integer):
        pixels = np.nan_to_num(pixels.astype(np.float32), posinf=0.0, neginf=0.0)
    low, high = float(pixels.min()), float(pixels.max())
    step = 1.0
    if high - low > _DEEPEST or not np.issubdtype(pixels.dtype, np.integer):
        dark, bright = _usual_window(pixels)
        margin = _MARGIN * (bright - dark)
        low, high = max(low, dark - margin), min(high, bright + margin)
        step = (high - low) / _DEEPEST or 1.0
    steps = np.rint((pixels.astype(np.float64) - low) / step)
    stored = np.clip(steps, 0, _DEEPEST).astype(np.uint16)
    return DeepImage(stored, _usual_window(stored), low, step)


def window_shares(window: Window) -> npt.NDArray[np.float64]:
    """Return how far each pixel value, 0 to 65535, lies between the window's ends: 0 at black, 1 at white, not cut."""
    low, high = window
    return (np.arange(_DEEPEST + 1, dtype=np.float64) - low) / max(high - low, 1e-12)


def window_table(window: Window) -> npt.NDArray[np.uint8]:
    """Return what each pixel value, 0 to 65535, is in 8 bits: (65536,) uint8."""
    return np.asarray(np.rint(np.clip(window_shares(window), 0, 1) * 255), dtype=np.uint8)


def _usual_window(pixels: npt.NDArray[Any]) -> Window:
    # Every 7th value is enough for a percentile, and keeps a 12,000 x 12,000 picture quick.
    low, high = np.percentile(pixels.ravel()[:: 7 if pixels.size > 1 << 20 else 1], (0.1, 99.9))
    if high <= low:
        return float(pixels.min()), float(pixels.max())
    return float(low), float(high)
