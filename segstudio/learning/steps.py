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


def compile_steps(model: keras.Model, optimizer: Any, loss: Loss, size: tuple[int, int], *, xla: bool) -> Steps:
    """Compile the steps of a model for batches of pictures of ``size`` = (height, width).

    Args:
        model: from pictures to logits; only what is trainable now learns.
        optimizer: built for all variables of the model that will ever be trainable.
        loss: what is made small.
        size: of the pictures.
        xla: compile with XLA.
    """
    signature = [tf.TensorSpec((None, *size, 3), tf.uint8), tf.TensorSpec((None, *size), tf.uint8)]
    # With XLA the batch's size must be known when a step is compiled: one compilation for each that occurs.
    options: dict[str, Any] = {"jit_compile": True} if xla else {"input_signature": signature}

    @tf.function(**options)
    def learn(pictures: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            logits = model(tf.cast(pictures, tf.float32), training=True)
            value = loss(targets, logits)
            scaled = optimizer.scale_loss(value)
        optimizer.apply(tape.gradient(scaled, model.trainable_variables), model.trainable_variables)
        return value, tf.argmax(logits, axis=-1, output_type=tf.int32)

    @tf.function(**options)
    def look(pictures: Any, targets: Any) -> Any:
        logits = model(tf.cast(pictures, tf.float32), training=False)
        return loss(targets, logits), tf.argmax(logits, axis=-1, output_type=tf.int32)

    return Steps(learn, look)
