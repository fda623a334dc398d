"""SegNet: a decoder that mirrors its encoder and unpools with the encoder's indices."""

from typing import Any

import keras

from segstudio.learning.models.backbones import Encoded
from segstudio.learning.models.layers import conv_block, finish, head
from segstudio.learning.models.unpooling import MaxUnpooling, PoolingIndices
from segstudio.learning.models.upsampling import Upsample

_CONVOLUTIONS = {"custom": {}, "vgg16": {16: 3, 8: 3, 4: 3}}
"""Convolutions of a decoder stage where there are not two: as many as the encoder's stage has."""


def build_segnet(encoded: Encoded, n_classes: int) -> keras.Model:
    """SegNet: no skips and no learned upsampling; convolution, batch normalisation and ReLU.

    On backbones that do not step down by 2 x 2 pooling (ResNet, MobileNet) there are no indices: plain bilinear
    enlarging stands in their place.

    Args:
        encoded: of stride 32.
        n_classes: output channels.

    Source:
        Badrinarayanan, Kendall, Cipolla: SegNet, 2015, arXiv:1511.00561.
    """
    features = _unpooled(encoded) if encoded.has_pooling else _enlarged(encoded)
    return finish("segnet", encoded.pictures, head(features, n_classes))


def _unpooled(encoded: Encoded) -> Any:
    features = encoded.pools[32]
    for stride in (16, 8, 4, 2, 1):
        stage = encoded.stages[stride]
        indices = PoolingIndices(name=f"indices{stride}")(stage)
        features = MaxUnpooling(name=f"unpool{stride}")([features, indices])
        filters = encoded.stages[max(stride // 2, 1)].shape[-1]
        features = conv_block(
            features,
            stage.shape[-1],
            last=filters,
            repeats=_CONVOLUTIONS[encoded.name].get(stride, 2),
            name=f"up{stride}",
        )
    return features


def _enlarged(encoded: Encoded) -> Any:
    features = encoded.stages[32]
    for stride in (16, 8, 4, 2, 1):
        features = Upsample(2, encoded.anchor, name=f"upsample{stride}")(features)
        features = conv_block(features, min(32 * stride, 256), name=f"up{stride}")
    return features
