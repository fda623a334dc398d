"""SegNet's unpooling: values go back to where the encoder's maxima were.

In plain operations: TensorFlow's ``max_pool_with_argmax`` does not compile under XLA, and its flat indices are exact to
2^24 only once they are cast to float.
"""

from typing import Any

import keras
from keras import ops

_PACKAGE = "segstudio"


@keras.saving.register_keras_serializable(_PACKAGE)
class PoolingIndices(keras.layers.Layer):
    """Says where in each 2 x 2 window the maximum is: 0 to 3, row by row, the first where several are equal.

    Input: (batch, height, width, channels), even sides. Output: (batch, height / 2, width / 2, channels) int32.
    """

    def call(self, features: Any) -> Any:
        """Compare the four values of each window."""
        corners = [features[:, row::2, column::2, :] for row in (0, 1) for column in (0, 1)]
        return ops.cast(ops.argmax(ops.stack(corners, axis=-1), axis=-1), "int32")

    def compute_output_spec(self, features: Any) -> Any:
        """Halve the known sides."""
        batch, height, width, channels = features.shape
        return keras.KerasTensor((batch, height and height // 2, width and width // 2, channels), dtype="int32")


@keras.saving.register_keras_serializable(_PACKAGE)
class MaxUnpooling(keras.layers.Layer):
    """Puts each value at its place in a 2 x 2 window, and zeros beside it.

    Input: values (batch, height, width, channels) and the `PoolingIndices` of the same shape.
    Output: (batch, 2 * height, 2 * width, channels).

    Source:
        Badrinarayanan, Kendall, Cipolla: SegNet, 2015, arXiv:1511.00561.
    """

    def call(self, inputs: list[Any]) -> Any:
        """Fill the windows."""
        values, indices = inputs
        batch, height, width = ops.shape(values)[:3]
        channels = values.shape[-1]
        zeros = ops.zeros_like(values)
        corners = [ops.where(ops.equal(indices, place), values, zeros) for place in range(4)]
        rows = [
            ops.reshape(ops.stack(corners[first : first + 2], axis=3), (batch, height, 2 * width, channels))
            for first in (0, 2)
        ]
        return ops.reshape(ops.stack(rows, axis=2), (batch, 2 * height, 2 * width, channels))

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Double the known sides."""
        batch, height, width, channels = shapes[0]
        return batch, height and height * 2, width and width * 2, channels
