"""What training makes small. Ignored pixels leave every loss exactly unchanged."""

from typing import Any

import keras
from keras import ops

from segstudio.learning.targets import IGNORED_TARGET


def cross_entropy(targets: Any, logits: Any) -> Any:
    """Mean cross-entropy over the pixels that count.

    Args:
        targets: (batch, height, width) integer class indices; `IGNORED_TARGET` does not count.
        logits: (batch, height, width, classes) float32.

    Returns:
        A scalar; 0 where no pixel counts.
    """
    counted = ops.not_equal(targets, IGNORED_TARGET)
    indices = ops.where(counted, ops.cast(targets, "int32"), 0)
    # Before the loss as well as behind it: an infinite logit of an ignored pixel would still spoil the gradient.
    logits = ops.where(counted[..., None], logits, 0.0)
    pixels = keras.losses.sparse_categorical_crossentropy(indices, logits, from_logits=True)
    pixels = ops.where(counted, pixels, 0.0)
    return ops.sum(pixels) / ops.maximum(ops.sum(ops.cast(counted, "float32")), 1.0)
