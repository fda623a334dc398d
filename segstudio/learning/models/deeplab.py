"""DeepLabv3+: atrous spatial pyramid pooling, and a decoder with one skip."""

import keras

from segstudio.learning.models.backbones import Encoded
from segstudio.learning.models.layers import conv_norm_relu, finish, head, separable_conv_norm_relu
from segstudio.learning.models.pyramid import BinPooling, ResizeLike
from segstudio.learning.models.upsampling import Upsample

RATES = (6, 12, 18)
"""For output stride 16."""

_FILTERS, _LOW_LEVEL_FILTERS = 256, 48


def build_deeplab(encoded: Encoded, n_classes: int) -> keras.Model:
    """DeepLabv3+ at output stride 16, with depthwise separable convolutions.

    Args:
        encoded: dilated to stride 16; or of stride 32 (ConvNeXt, whose patches cannot be dilated), which is enlarged.
        n_classes: output channels.

    Source:
        Chen et al.: Encoder-decoder with atrous separable convolution, 2018, arXiv:1802.02611.
    """
    features = encoded.stages[max(encoded.stages)]
    if max(encoded.stages) == 32:
        features = Upsample(2, encoded.anchor, name="stride16")(features)
    parts = [
        conv_norm_relu(features, _FILTERS, kernel=1, name="aspp1"),
        *(separable_conv_norm_relu(features, _FILTERS, dilation=rate, name=f"aspp{rate}") for rate in RATES),
    ]
    scene = conv_norm_relu(BinPooling(1, name="scene_mean")(features), _FILTERS, kernel=1, name="scene")
    parts.append(ResizeLike(name="scene_enlarged")([scene, features]))
    features = conv_norm_relu(keras.layers.Concatenate(name="aspp")(parts), _FILTERS, kernel=1, name="fuse")
    features = keras.layers.Dropout(0.1, name="dropout")(features)
    features = Upsample(4, encoded.anchor, name="upsample4")(features)
    low = conv_norm_relu(encoded.stages[4], _LOW_LEVEL_FILTERS, kernel=1, name="low_level")
    features = keras.layers.Concatenate(name="skip4")([features, low])
    for number in (1, 2):
        features = separable_conv_norm_relu(features, _FILTERS, name=f"decoder{number}")
    logits = Upsample(4, encoded.anchor, dtype="float32", name="enlarged")(head(features, n_classes))
    return finish("deeplab_v3_plus", encoded.pictures, logits)
