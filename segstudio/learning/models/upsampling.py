"""Enlarging features so that every answer stays over its pixel (R36).

Sample ``i`` of a grid of stride ``s`` lies over pixel ``s * i + anchor * (s - 1)``. The anchor is the backbone's: 0.5
where 2 x 2 pooling takes the middle of its window, 0 where strided convolutions start at the first pixel (ResNet), 1
where they end at the last (MobileNet). Plain resizing knows only 0.5 and would shift the others by up to 16 pixels.
"""

import math
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops
from typing_extensions import override

_PACKAGE = "segstudio"


class _Enlarging(keras.layers.Layer):
    """What has a whole factor and an anchor, and multiplies the sides by the factor."""

    def __init__(self, factor: int, anchor: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor
        self.anchor = anchor

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Multiply the known sides."""
        batch, height, width, channels = shape
        return batch, height and height * self.factor, width and width * self.factor, channels

    @override
    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor, "anchor": self.anchor}


@keras.saving.register_keras_serializable(_PACKAGE)
class Upsample(_Enlarging):
    """Bilinear enlarging by a whole factor, over the pixels that the anchor says; the border is repeated outwards.

    Input: (batch, height, width, channels); output: (batch, height * factor, width * factor, channels). Keras' own
    `UpSampling2D` knows one anchor only, and its bilinear form fails on unknown sizes (Keras 3.14 to 3.15).
    """

    def call(self, features: Any) -> Any:
        """Enlarge rows, then columns."""
        return self._along(self._along(features, 1), 2)

    def _along(self, features: Any, axis: int) -> Any:
        sides = [[0, 0]] * 4
        sides[axis] = [1, 1]
        padded = ops.pad(features, sides, mode="symmetric")
        phases = []
        for phase in range(self.factor):
            offset = (phase - self.anchor * (self.factor - 1)) / self.factor
            first = math.floor(offset)
            share = offset - first
            low = _shifted(padded, axis, first + 1)
            phases.append(low if share == 0 else low * (1 - share) + _shifted(padded, axis, first + 2) * share)
        shape = list(ops.shape(features))
        shape[axis] = shape[axis] * self.factor
        return ops.reshape(ops.stack(phases, axis=axis + 1), shape)


@keras.saving.register_keras_serializable(_PACKAGE)
class TransposedUpsample(_Enlarging):
    """A transposed convolution of stride ``factor`` and twice that kernel, one learned filter a channel.

    It begins as bilinear enlarging, exactly as `Upsample`. Written as a 2 x 2 convolution that gives ``factor`` squared
    values a cell, which are then laid out: the same numbers, in operations that every device has for single channels.

    Args:
        factor: an even whole number if the anchor is 0.5.

    Source:
        Long, Shelhamer, Darrell: Fully convolutional networks, 2015, arXiv:1411.4038, section 3.3.
    """

    @override
    def build(self, shape: tuple[int | None, ...]) -> None:
        channels = shape[-1]
        assert channels is not None
        start = bilinear_filters(self.factor, self.anchor)
        kernel = np.repeat(start[:, :, None, :], channels, axis=2)
        self.kernel = self.add_weight(
            shape=kernel.shape,
            initializer=lambda _shape, dtype=None: ops.convert_to_tensor(kernel, dtype=dtype),
            name="kernel",
        )

    def call(self, features: Any) -> Any:
        """Convolve, lay out, and cut to the size."""
        factor, channels = self.factor, features.shape[-1]
        batch, height, width = ops.shape(features)[:3]
        padded = ops.pad(features, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="symmetric")
        cells = ops.depthwise_conv(padded, self.kernel, strides=1, padding="valid")
        cells = ops.reshape(cells, (batch, height + 1, width + 1, channels, factor, factor))
        cells = ops.transpose(cells, (0, 1, 4, 2, 5, 3))
        whole = ops.reshape(cells, (batch, (height + 1) * factor, (width + 1) * factor, channels))
        first = round(factor - _phase_shift(self.anchor) - self.anchor * (factor - 1))
        kept = slice(first, first - factor or None)
        return whole[:, kept, kept, :]


def bilinear_filters(factor: int, anchor: float) -> npt.NDArray[np.float32]:
    """Return (2, 2, factor * factor) float32: the weights of a cell's four corners for every place within it."""
    share = (np.arange(factor) + _phase_shift(anchor)) / factor
    along = np.stack([1 - share, share])
    corners = along[:, None, :, None] * along[None, :, None, :]
    return corners.reshape(2, 2, factor * factor).astype(np.float32)


def _phase_shift(anchor: float) -> float:
    """Return how far the first place in a cell is from its first corner, in small pixels."""
    return 0.5 if anchor == 0.5 else 0.0


def _shifted(padded: Any, axis: int, start: int) -> Any:
    """Return what lies ``start`` - 1 further on, at the size before padding by one on each side."""
    kept: list[slice] = [slice(None)] * 4
    kept[axis] = slice(start, start - 2 or None)
    return padded[tuple(kept)]
