"""Layers that the architectures share. All save to and load from ``.keras`` by name."""

from typing import Any

import keras
from keras import ops
from typing_extensions import override

_PACKAGE = "segstudio"


@keras.saving.register_keras_serializable(_PACKAGE)
class PadToMultiple(keras.layers.Layer):
    """Pads a picture at the right and at the bottom until its sides are multiples of ``multiple`` (R41).

    The border is mirrored: zeros would be an edge that is not in the picture.

    Input and output: (batch, height, width, channels).
    """

    def __init__(self, multiple: int, **options: Any) -> None:
        super().__init__(**options)
        self.multiple = multiple

    def call(self, pictures: Any) -> Any:
        """Pad; the sides may be known only when the model runs."""
        height, width = ops.shape(pictures)[1:3]
        down, right = -height % self.multiple, -width % self.multiple
        return ops.pad(pictures, [[0, 0], [0, down], [0, right], [0, 0]], mode="symmetric")

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Round the known sides up."""
        batch, height, width, channels = shape
        return batch, self._rounded(height), self._rounded(width), channels

    @override
    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "multiple": self.multiple}

    def _rounded(self, side: int | None) -> int | None:
        return None if side is None else side + -side % self.multiple


@keras.saving.register_keras_serializable(_PACKAGE)
class CropLike(keras.layers.Layer):
    """Cuts its first input, from the top left, to the height and width of the second: undoes `PadToMultiple`."""

    def call(self, inputs: list[Any]) -> Any:
        """Crop; the sides may be known only when the model runs."""
        padded, original = inputs
        height, width = ops.shape(original)[1:3]
        return padded[:, :height, :width, :]

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Take the sides of the second input and the channels of the first."""
        padded, original = shapes
        return padded[0], original[1], original[2], padded[3]


def conv_block(features: Any, filters: int, *, name: str, dropout: float = 0.0) -> Any:
    """Two 3 x 3 convolutions, each with batch normalisation and ReLU; dropout between them if asked for.

    Momentum 0.9, not Keras' 0.99: short runs on few pictures never catch up with 0.99 and predict one class.
    """
    for number in (1, 2):
        features = keras.layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv{number}"
        )(features)
        features = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm{number}")(features)
        features = keras.layers.ReLU(name=f"{name}_relu{number}")(features)
        if number == 1 and dropout:
            features = keras.layers.Dropout(dropout, name=f"{name}_dropout")(features)
    return features
