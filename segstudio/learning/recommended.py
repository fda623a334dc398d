"""What to train with where there is no GPU: figures chosen by `tests/benchmarks/accuracy.py`, without Keras."""

import math

ARCHITECTURE = "unet_separable"
BACKBONE = "custom"

LEARNING_RATE = 3e-3
"""The peak of the schedule, for a net that begins by chance; pretrained backbones want less."""

BATCH_SIZE = 4

INPUT_PIXELS = 256 * 256
"""Of the model's input, at most: larger pictures are resized to it in their own shape."""

MULTIPLE = 16
"""Sides of the input are multiples of it, the stride of `ARCHITECTURE`."""

FEWEST_EPOCHS, MOST_EPOCHS = 4, 100


def input_size(height: int, width: int) -> tuple[int, int]:
    """Return (height, width) of the input for pictures of this size: as large as `INPUT_PIXELS` allows."""
    scale = min(1.0, math.sqrt(INPUT_PIXELS / (height * width)))
    return _rounded(height * scale), _rounded(width * scale)


def epochs(samples: int) -> int:
    """Return how often to go through so many training samples.

    Many pictures need fewer rounds, but more steps: both grow with the square root. 24 pictures are gone through 61
    times, 367 pictures 16 times.
    """
    return min(max(round(300 / math.sqrt(max(samples, 1))), FEWEST_EPOCHS), MOST_EPOCHS)


def _rounded(side: float) -> int:
    return max(2 * MULTIPLE, round(side / MULTIPLE) * MULTIPLE)
