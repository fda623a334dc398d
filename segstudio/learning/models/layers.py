"""Layers that the architectures share. All save to and load from ``.keras`` by name."""

from typing import Any

import keras
from keras import ops
from typing_extensions import override

# So that whoever loads a model finds every layer by importing this module.
from segstudio.learning.models import preprocessing as _preprocessing  # noqa: F401
from segstudio.learning.models import pyramid as _pyramid  # noqa: F401
from segstudio.learning.models import unpooling as _unpooling  # noqa: F401
from segstudio.learning.models import upsampling as _upsampling  # noqa: F401

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


def conv_norm_relu(
    features: Any, filters: int, *, name: str, kernel: int = 3, stride: int = 1, dilation: int = 1
) -> Any:
    """A convolution with batch normalisation and ReLU.

    Momentum 0.9, not Keras' 0.99: short runs on few pictures never catch up with 0.99 and predict one class.
    """
    features = keras.layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        dilation_rate=dilation,
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(features)
    return _norm_relu(features, name=name)


def separable_conv_norm_relu(features: Any, filters: int, *, name: str, dilation: int = 1) -> Any:
    """A 3 x 3 depthwise and a 1 x 1 convolution, each with batch normalisation and ReLU."""
    features = keras.layers.DepthwiseConv2D(
        3,
        padding="same",
        dilation_rate=dilation,
        use_bias=False,
        depthwise_initializer="he_normal",
        name=f"{name}_depthwise_conv",
    )(features)
    return conv_norm_relu(_norm_relu(features, name=f"{name}_depthwise"), filters, kernel=1, name=name)


def conv_block(
    features: Any,
    filters: int,
    *,
    name: str,
    last: int | None = None,
    repeats: int = 2,
    dropout: float = 0.0,
    dilation: int = 1,
) -> Any:
    """Some 3 x 3 convolutions as `conv_norm_relu`, the last with ``last`` filters; dropout behind the first."""
    for number in range(1, repeats + 1):
        count = filters if last is None or number < repeats else last
        features = conv_norm_relu(features, count, name=f"{name}_{number}", dilation=dilation)
        if number == 1 and dropout:
            features = keras.layers.Dropout(dropout, name=f"{name}_dropout")(features)
    return features


def separable_block(features: Any, filters: int, *, name: str, repeats: int = 2, dropout: float = 0.0) -> Any:
    """Some separable 3 x 3 convolutions with one batch normalisation and ReLU each; dropout behind the first.

    In one layer of Keras' and with one normalisation: on a processor that takes half the time of
    `separable_conv_norm_relu`, whose activations between the two parts go through memory once more.
    """
    for number in range(1, repeats + 1):
        features = keras.layers.SeparableConv2D(
            filters,
            3,
            padding="same",
            use_bias=False,
            depthwise_initializer="he_normal",
            pointwise_initializer="he_normal",
            name=f"{name}_{number}_conv",
        )(features)
        features = _norm_relu(features, name=f"{name}_{number}")
        if number == 1 and dropout:
            features = keras.layers.Dropout(dropout, name=f"{name}_dropout")(features)
    return features


def head(features: Any, n_classes: int) -> Any:
    """Return a score a class, float32 whatever the features are."""
    return keras.layers.Conv2D(n_classes, 1, dtype="float32", name="logits")(features)


def finish(name: str, pictures: Any, logits: Any) -> keras.Model:
    """Return the model from pictures to logits, cut to the pictures' size."""
    return keras.Model(pictures, CropLike(name="crop")([logits, pictures]), name=name)


def _norm_relu(features: Any, *, name: str) -> Any:
    features = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(features)
    return keras.layers.ReLU(name=f"{name}_relu")(features)
