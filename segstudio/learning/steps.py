"""The two things that are done with a batch, compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

Step = Callable[[Any, Any], tuple[Any, Any]]
"""From pictures (batch, height, width, 3) and targets (batch, height, width), both uint8, to the loss and the predicted
indices (batch, height, width) int32."""

Loss = Callable[[Any, Any], Any]
"""From targets (batch, height, width) and logits (batch, height, width, classes) float32 to a scalar."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What a model can do with a batch: learn from it, or only look at it."""

    learn: Step
    look: Step


def compile_steps(model: keras.Model, optimizer: Any, loss: Loss, size: tuple[int, int]) -> Steps:
    """Compile the steps of a model from pictures to logits, for batches of pictures of ``size`` = (height, width)."""
    signature = [tf.TensorSpec((None, *size, 3), tf.uint8), tf.TensorSpec((None, *size), tf.uint8)]

    @tf.function(input_signature=signature)
    def learn(pictures: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(tf.cast(pictures, tf.float32), training=True)
            value = loss(targets, logits)
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value, tf.argmax(logits, axis=-1, output_type=tf.int32)

    @tf.function(input_signature=signature)
    def look(pictures: Any, targets: Any) -> Any:
        logits = model(tf.cast(pictures, tf.float32), training=False)
        return loss(targets, logits), tf.argmax(logits, axis=-1, output_type=tf.int32)

    return Steps(learn, look)
