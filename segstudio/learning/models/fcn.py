"""Fully convolutional networks: FCN-32s, FCN-16s and FCN-8s."""

from typing import Any

import keras

from segstudio.learning.models.backbones import Encoded
from segstudio.learning.models.layers import finish
from segstudio.learning.models.upsampling import TransposedUpsample

_FULLY_CONNECTED = {"custom": (7, 256), "vgg16": (7, 1024), "resnet50": (1, 1024), "mobilenet": (1, 512)}
"""Kernel and filters. 7 x 7 where the backbone's own head flattens a 7 x 7 map, 1 x 1 where it averages it. 1024
filters, not VGG's 4096: these weights start anew anyway, and Chen et al. 2015 (arXiv:1412.7062) lose nothing by it."""


def build_fcn(encoded: Encoded, n_classes: int, *, stride: int) -> keras.Model:
    """FCN: a score a class at stride 32, refined by scores of the finer poolings.

    The fully connected layers are convolutions; transposed convolutions begin as bilinear enlarging and learn, a filter
    a class; the scores of pool4 (FCN-16s, 8s) and pool3 (FCN-8s) begin at zero and are added.

    Args:
        encoded: of stride 32.
        n_classes: output channels.
        stride: 32, 16 or 8.

    Source:
        Long, Shelhamer, Darrell: Fully convolutional networks, 2015, arXiv:1411.4038.
    """
    kernel, filters = _FULLY_CONNECTED[encoded.name]
    features = encoded.pools[32]
    for number, size in ((6, kernel), (7, 1)):
        features = keras.layers.Conv2D(
            filters, size, padding="same", activation="relu", kernel_initializer="he_normal", name=f"fc{number}"
        )(features)
        features = keras.layers.Dropout(0.5, name=f"dropout{number}")(features)
    score = keras.layers.Conv2D(n_classes, 1, name="score_fc7")(features)
    for finer, name in ((16, "pool4"), (8, "pool3")):
        if stride <= finer:
            score = TransposedUpsample(2, encoded.anchor, name=f"upscore{finer}")(score)
            score = keras.layers.Add(name=f"add_{name}")([score, _score(encoded.pools[finer], n_classes, name)])
    logits = TransposedUpsample(stride, encoded.anchor, dtype="float32", name="logits")(score)
    return finish(f"fcn_{stride}", encoded.pictures, logits)


def _score(features: Any, n_classes: int, name: str) -> Any:
    return keras.layers.Conv2D(n_classes, 1, kernel_initializer="zeros", name=f"score_{name}")(features)
