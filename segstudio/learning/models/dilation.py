"""Backbones of a finer stride: the last strided layers stand still and those behind them reach further instead."""

import math
from typing import Any

import keras

ANALYSED_SIDE = 224
"""The side at which a backbone is built to see which layer works at which stride; 224 / 32 is whole."""


def dilate(backbone: keras.Model, output_stride: int) -> keras.Model:
    """Return a backbone with the same weights whose answer has a finer stride.

    Layers that would leave ``output_stride`` take steps of 1; those that worked on a coarser grid are dilated, so that
    every tap still lies over the same pixel. 2 x 2 poolings beyond the stride fall away: with a step of 1 they would
    shift the grid by half a sample.

    Args:
        backbone: functional, built at `ANALYSED_SIDE`, of stride 32.
        output_stride: 8 or 16.

    Returns:
        A functional model for pictures of any size.

    Source:
        Chen et al. 2015, arXiv:1412.7062; Yu, Koltun 2016, arXiv:1511.07122.
    """

    def clone(layer: keras.layers.Layer) -> keras.layers.Layer:
        return type(layer).from_config(_dilated(layer, output_stride))

    pictures = keras.Input((None, None, backbone.input.shape[-1]))
    dilated = keras.models.clone_model(backbone, input_tensors=pictures, clone_function=clone)
    dilated.set_weights(backbone.get_weights())
    return dilated


def _dilated(layer: keras.layers.Layer, output_stride: int) -> dict[str, Any]:
    config: dict[str, Any] = layer.get_config()
    stride = _stride(layer)
    if stride is None or stride < output_stride:
        return config
    if isinstance(layer, keras.layers.ZeroPadding2D):
        # It stands before a strided convolution without padding, which pads for itself below.
        return {**config, "padding": ((0, 0), (0, 0))}
    if isinstance(layer, keras.layers.MaxPooling2D):
        return {**config, "pool_size": 1, "strides": 1}
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        rate = 1 if tuple(layer.kernel_size) == (1, 1) else stride // output_stride
        return {**config, "strides": 1, "dilation_rate": rate, "padding": "same"}
    return config


def _stride(layer: keras.layers.Layer) -> int | None:
    """Return the stride of what a layer reads, rounded to a power of two (padding adds a pixel); None for vectors."""
    if isinstance(layer.input, list) or len(layer.input.shape) != 4:
        return None
    side = layer.input.shape[1]
    return None if side < ANALYSED_SIDE // 32 else 2 ** round(math.log2(ANALYSED_SIDE / side))
