"""Encoders: pictures in, features of every stride out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import keras

from segstudio.learning.catalog import BACKBONES
from segstudio.learning.models.dilation import ANALYSED_SIDE, dilate
from segstudio.learning.models.layers import PadToMultiple, conv_block
from segstudio.learning.models.preprocessing import Scaling, preprocess, repeat_grey
from segstudio.learning.models.weights import build_with_weights

CUSTOM_FILTERS = (32, 64, 128, 256, 512)

InputShape = tuple[int | None, int | None, int]
"""(height, width, channels); None for any."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What an encoder made of pictures.

    Attributes:
        pictures: the model's input.
        scaled: the same in -1..1, padded to the stride.
        stages: the deepest features of each stride, before the layer that leaves it.
        pools: the features of each stride as soon as they are there: behind the pooling where there is one, else the
            stages again.
        anchor: where samples lie, see `upsampling`.
        name: the backbone's.
    """

    pictures: Any
    scaled: Any
    stages: Mapping[int, Any]
    pools: Mapping[int, Any]
    anchor: float
    name: str

    @property
    def has_pooling(self) -> bool:
        """Whether every step down is a 2 x 2 pooling, whose indices SegNet needs."""
        return self.pools is not self.stages


@dataclass(frozen=True, slots=True)
class _Application:
    """A backbone of keras.applications.

    Attributes:
        build: its function.
        leaving: for each stride, the first layer that leaves it; what that layer reads is the stage.
        anchor: see `upsampling`.
        scaling: see `preprocessing`.
        pooling: whether the leaving layers are 2 x 2 poolings.
    """

    build: Callable[..., Any]
    leaving: Mapping[int, str]
    anchor: float
    scaling: Scaling
    pooling: bool = field(default=False, kw_only=True)


_VGG = {stride: f"block{number}_pool" for number, stride in enumerate((1, 2, 4, 8, 16), start=1)}
_RESNET = {2: "pool1_pad", 4: "conv3_block1_1_conv", 8: "conv4_block1_1_conv", 16: "conv5_block1_1_conv"}
_MOBILENET = {2: "conv_pad_2", 4: "conv_pad_4", 8: "conv_pad_6", 16: "conv_pad_12"}
_MOBILENET_V2 = {2: "block_1_pad", 4: "block_3_pad", 8: "block_6_pad", 16: "block_13_pad"}
_MOBILENET_V3 = {stride: f"expanded_conv_{block}_depthwise_pad" for stride, block in {2: 1, 4: 3, 8: 6, 16: 12}.items()}
_EFFICIENTNET_V2 = {2: "block2a_expand_conv", 4: "block3a_expand_conv", 8: "block4a_dwconv2", 16: "block6a_dwconv2"}
_CONVNEXT = {stride: f"convnext_tiny_downsampling_block_{number}" for number, stride in enumerate((4, 8, 16))}

_APPLICATIONS = {
    "vgg16": _Application(keras.applications.VGG16, _VGG, 0.5, "caffe", pooling=True),
    "resnet50": _Application(keras.applications.ResNet50, _RESNET, 0.0, "caffe"),
    "resnet101": _Application(keras.applications.ResNet101, _RESNET, 0.0, "caffe"),
    "mobilenet": _Application(keras.applications.MobileNet, _MOBILENET, 1.0, "tf"),
    "mobilenet_v2": _Application(keras.applications.MobileNetV2, _MOBILENET_V2, 1.0, "tf"),
    "mobilenet_v3_large": _Application(keras.applications.MobileNetV3Large, _MOBILENET_V3, 1.0, "own"),
    "efficientnet_v2_b0": _Application(keras.applications.EfficientNetV2B0, _EFFICIENTNET_V2, 1.0, "own"),
    "convnext_tiny": _Application(keras.applications.ConvNeXtTiny, _CONVNEXT, 0.5, "own"),
}


def encode(backbone: str, input_shape: InputShape, *, weights: str, output_stride: int = 32) -> Encoded:
    """Begin a model: input, padding to 32 pixels, preprocessing and encoder.

    Args:
        backbone: a name of `catalog.BACKBONES`.
        input_shape: of the pictures.
        weights: see `build_with_weights`.
        output_stride: 32, or 8 or 16 for a dilated backbone; the deepest stage has this stride.

    Raises:
        WeightsError: as `build_with_weights`.
    """
    pictures = keras.Input(input_shape, name="pictures")
    padded = PadToMultiple(32, name="pad")(pictures)
    if backbone == "custom":
        return _encode_custom(pictures, padded, output_stride)
    application = _APPLICATIONS[backbone]
    shown = repeat_grey(padded)
    channels = shown.shape[-1]
    encoder, strides = _encoder(application, channels, backbone, weights=weights, output_stride=output_stride)
    features = dict(zip(strides, encoder(preprocess(shown, application.scaling)), strict=True))
    stages = {stride: features[kind, stride] for kind, stride in strides if kind == "stage"}
    pools = {stride: features[kind, stride] for kind, stride in strides if kind == "pool"} or stages
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="scaled")(padded)
    return Encoded(pictures, scaled, stages, pools, application.anchor, backbone)


def _encoder(
    application: _Application, channels: int, name: str, *, weights: str, output_stride: int
) -> tuple[keras.Model, list[tuple[str, int]]]:
    """Return a model with one output for each stage and pooling, and what they are."""
    dilated = output_stride < 32
    side = ANALYSED_SIDE if dilated else None
    build = application.build
    if application.scaling == "own":
        build = partial(build, include_preprocessing=channels == 3)
    model = build_with_weights(build, (side, side, channels), title=BACKBONES[name].title, weights=weights)
    if dilated:
        model = dilate(model, output_stride)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            # Keras' 0.99 and MobileNet's 0.999 never catch up in short runs, which then predict one class.
            layer.momentum = 0.9
    outputs: dict[tuple[str, int], Any] = {}
    for stride, leaving in application.leaving.items():
        if stride < output_stride:
            outputs["stage", stride] = model.get_layer(leaving).input
            if application.pooling:
                outputs["pool", stride * 2] = model.get_layer(leaving).output
    if dilated or not application.pooling:
        outputs["stage", output_stride] = model.output
    return keras.Model(model.input, list(outputs.values()), name=name), list(outputs)


def _encode_custom(pictures: Any, padded: Any, output_stride: int) -> Encoded:
    """Five stages of two convolutions, each begun by 2 x 2 pooling up to the output stride and dilated from there."""
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocessing")(padded)
    features = scaled
    stages, pools = {}, {}
    for level, filters in enumerate(CUSTOM_FILTERS):
        stride = min(2**level, output_stride)
        name = f"down{level + 1}" if level < len(CUSTOM_FILTERS) - 1 else "bottom"
        dropout = 0.2 if name == "bottom" else 0.0
        features = conv_block(features, filters, name=name, dropout=dropout, dilation=2**level // stride)
        stages[stride] = features
        if stride < output_stride:
            features = pools[stride * 2] = keras.layers.MaxPooling2D(2, name=f"pool{level + 1}")(features)
    return Encoded(pictures, scaled, stages, pools, 0.5, "custom")
