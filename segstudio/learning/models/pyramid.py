"""Means over a fixed number of bins whatever the size, and back: as products with small matrices."""

from typing import Any

import keras
from keras import ops
from typing_extensions import override

_PACKAGE = "segstudio"


@keras.saving.register_keras_serializable(_PACKAGE)
class BinPooling(keras.layers.Layer):
    """Means over ``bins`` x ``bins`` parts of the features; parts overlap by a row where the sides do not divide.

    Input: (batch, height, width, channels), any sides from 1 up. Output: (batch, bins, bins, channels).

    Source:
        Zhao et al.: Pyramid scene parsing network, 2017, arXiv:1612.01105, section 3.2.
    """

    def __init__(self, bins: int, **options: Any) -> None:
        super().__init__(**options)
        self.bins = bins

    def call(self, features: Any) -> Any:
        """Average rows, then columns."""
        height, width = ops.shape(features)[1:3]
        rows = ops.cast(self._shares(height), features.dtype)
        columns = ops.cast(self._shares(width), features.dtype)
        return ops.einsum("ky,lx,byxc->bklc", rows, columns, features)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return as many rows and columns as bins."""
        return shape[0], self.bins, self.bins, shape[3]

    @override
    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "bins": self.bins}

    def _shares(self, side: Any) -> Any:
        """Return (bins, side) float32 whose rows are the parts, each of sum 1."""
        part = ops.arange(self.bins, dtype="int32")[:, None]
        place = ops.arange(side, dtype="int32")[None, :]
        begin, end = part * side // self.bins, -(-(part + 1) * side // self.bins)
        inside = ops.cast(ops.logical_and(place >= begin, place < end), "float32")
        return inside / ops.sum(inside, axis=1, keepdims=True)


@keras.saving.register_keras_serializable(_PACKAGE)
class ResizeLike(keras.layers.Layer):
    """Enlarges its first input bilinearly to the height and width of the second, pixel centres aligned.

    Input: (batch, rows, columns, channels) with known rows and columns, and (batch, height, width, any).
    Output: (batch, height, width, channels).
    """

    def call(self, inputs: list[Any]) -> Any:
        """Interpolate rows, then columns."""
        small, large = inputs
        height, width = ops.shape(large)[1:3]
        rows = ops.cast(_interpolation(small.shape[1], height), small.dtype)
        columns = ops.cast(_interpolation(small.shape[2], width), small.dtype)
        return ops.einsum("yk,xl,bklc->byxc", rows, columns, small)

    def compute_output_shape(self, shapes: list[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        """Take the sides of the second input and the channels of the first."""
        small, large = shapes
        return small[0], large[1], large[2], small[3]


def _interpolation(few: int, many: Any) -> Any:
    """Return (many, few) float32 whose rows are the bilinear weights of the few for each of the many."""
    step = few / ops.cast(many, "float32")
    place = ops.clip((ops.arange(many, dtype="float32") + 0.5) * step - 0.5, 0.0, few - 1.0)
    return ops.maximum(1.0 - ops.abs(place[:, None] - ops.arange(few, dtype="float32")[None, :]), 0.0)
