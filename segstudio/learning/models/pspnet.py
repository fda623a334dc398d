"""PSPNet: the whole scene, pooled in four ways, beside the features of stride 8."""

import keras

from segstudio.learning.models.backbones import Encoded
from segstudio.learning.models.layers import conv_norm_relu, finish, head
from segstudio.learning.models.pyramid import BinPooling, ResizeLike
from segstudio.learning.models.upsampling import Upsample

BINS = (1, 2, 3, 6)


def build_pspnet(encoded: Encoded, n_classes: int) -> keras.Model:
    """PSPNet: pyramid pooling over 1, 2, 3 and 6 bins a side, each reduced to a quarter of the channels.

    Args:
        encoded: dilated to stride 8.
        n_classes: output channels.

    Source:
        Zhao et al.: Pyramid scene parsing network, 2017, arXiv:1612.01105; without the auxiliary loss.
    """
    features = encoded.stages[8]
    filters = features.shape[-1] // len(BINS)
    parts = [features]
    for bins in BINS:
        pooled = BinPooling(bins, name=f"bins{bins}")(features)
        pooled = conv_norm_relu(pooled, filters, kernel=1, name=f"bins{bins}")
        parts.append(ResizeLike(name=f"bins{bins}_enlarged")([pooled, features]))
    features = keras.layers.Concatenate(name="pyramid")(parts)
    features = conv_norm_relu(features, filters, name="fuse")
    features = keras.layers.Dropout(0.1, name="dropout")(features)
    logits = Upsample(8, encoded.anchor, dtype="float32", name="enlarged")(head(features, n_classes))
    return finish("pspnet", encoded.pictures, logits)
