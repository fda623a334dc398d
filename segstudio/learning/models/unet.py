"""U-Net and its small sisters."""

from typing import Any

import keras

from segstudio.learning.models.backbones import Encoded
from segstudio.learning.models.layers import PadToMultiple, conv_block, conv_norm_relu, finish, head, separable_block
from segstudio.learning.models.upsampling import Upsample

_MOST_FILTERS = 256
_SEPARABLE_FILTERS = (32, 64, 128, 256)


def build_unet_mini(n_classes: int, channels: int) -> keras.Model:
    """The three-level net of beginners' articles: 32, 64 and 128 filters, dropout 0.2, upsample and concatenate.

    The dropout stands at the bottom only. In every block, as in the articles, it shifts the variance that the batch
    normalisation behind it has learned, and val figures jump by up to 0.3 mean IoU from epoch to epoch.

    Args:
        n_classes: output channels.
        channels: image channels.

    Returns:
        A model from pictures (batch, height, width, channels), 0 to 255, to logits (batch, height, width, n_classes).
    """
    pictures, features = _input(channels, multiple=4)
    skips = []
    for level, filters in enumerate((32, 64), start=1):
        features = conv_block(features, filters, name=f"down{level}")
        skips.append(features)
        features = keras.layers.MaxPooling2D(2, name=f"pool{level}")(features)
    features = conv_block(features, 128, name="bottom", dropout=0.2)
    for level, filters in ((2, 64), (1, 32)):
        features = keras.layers.UpSampling2D(2, name=f"upsample{level}")(features)
        features = keras.layers.Concatenate(name=f"skip{level}")([features, skips[level - 1]])
        features = conv_block(features, filters, name=f"up{level}")
    return finish("unet_mini", pictures, head(features, n_classes))


def build_unet_separable(n_classes: int, channels: int) -> keras.Model:
    """A U-Net for training without a GPU: separable convolutions, at half the picture's size and below.

    Four levels of 32 to 256 filters behind a convolution of stride 2; the scores are enlarged bilinearly. A step takes
    an eighth of the processor time that U-Net mini needs, most of which goes into its layers at full size.

    Args:
        n_classes: output channels.
        channels: image channels.

    Returns:
        A model from pictures (batch, height, width, channels), 0 to 255, to logits (batch, height, width, n_classes).

    Source:
        Ronneberger, Fischer, Brox: U-Net, 2015, arXiv:1505.04597; Chollet: Xception, 2017, arXiv:1610.02357 (separable
        convolutions). `tests/benchmarks/accuracy.py` measures it.
    """
    pictures, features = _input(channels, multiple=2 * 2 ** (len(_SEPARABLE_FILTERS) - 1))
    # Kernel 4, not 3: with an even one, samples lie over the middle of their 2 x 2 pixels (R36).
    features = conv_norm_relu(features, _SEPARABLE_FILTERS[0], kernel=4, stride=2, name="stem")
    features = separable_block(features, _SEPARABLE_FILTERS[0], repeats=1, name="down1")
    skips = [features]
    for level, filters in enumerate(_SEPARABLE_FILTERS[1:], start=2):
        features = keras.layers.MaxPooling2D(2, name=f"pool{level - 1}")(features)
        deepest = level == len(_SEPARABLE_FILTERS)
        name = "bottom" if deepest else f"down{level}"
        features = separable_block(features, filters, name=name, dropout=0.2 if deepest else 0.0)
        skips.append(features)
    for level in range(len(_SEPARABLE_FILTERS) - 1, 0, -1):
        features = keras.layers.UpSampling2D(2, name=f"upsample{level}")(features)
        features = keras.layers.Concatenate(name=f"skip{level}")([features, skips[level - 1]])
        features = separable_block(features, _SEPARABLE_FILTERS[level - 1], name=f"up{level}")
    logits = Upsample(2, dtype="float32", name="enlarged")(head(features, n_classes))
    return finish("unet_separable", pictures, logits)


def build_unet(encoded: Encoded, n_classes: int) -> keras.Model:
    """U-Net: a mirrored decoder with a skip by concatenation at every level, from the deepest stage up.

    On the custom backbone with up-convolutions 2 x 2 as in the paper; on others bilinear enlarging, which keeps to
    where their samples lie. Batch normalisation and "same" padding instead of valid convolutions, so that the answer
    has the picture's size. Levels that a backbone lacks (full size; half size for ConvNeXt) are convolved anew.

    Args:
        encoded: of stride 32.
        n_classes: output channels.

    Source:
        Ronneberger, Fischer, Brox: U-Net, 2015, arXiv:1505.04597.
    """
    levels = {**_missing_levels(encoded), **encoded.stages}
    deepest = max(levels)
    features = levels[deepest]
    for stride in sorted(levels, reverse=True)[1:]:
        filters = min(32 * stride, _MOST_FILTERS)
        if encoded.name == "custom":
            features = keras.layers.Conv2DTranspose(filters, 2, strides=2, name=f"upconv{stride}")(features)
        else:
            features = Upsample(2, encoded.anchor, name=f"upsample{stride}")(features)
        features = keras.layers.Concatenate(name=f"skip{stride}")([levels[stride], features])
        features = conv_block(features, filters, name=f"up{stride}")
    return finish("unet", encoded.pictures, head(features, n_classes))


def _missing_levels(encoded: Encoded) -> dict[int, Any]:
    features, levels, stride = encoded.scaled, {}, 1
    while stride not in encoded.stages:
        if stride > 1:
            features = keras.layers.MaxPooling2D(2, name=f"pixels_pool{stride}")(features)
        features = levels[stride] = conv_block(features, 16 * stride, name=f"pixels{stride}", repeats=1)
        stride *= 2
    return levels


def _input(channels: int, *, multiple: int) -> tuple[Any, Any]:
    """Pictures of any size, and the same scaled to -1..1 and padded to the stride."""
    pictures = keras.Input((None, None, channels), name="pictures")
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocessing")(pictures)
    return pictures, PadToMultiple(multiple, name="pad")(scaled)
