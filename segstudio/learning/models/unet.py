"""U-Net and its three-level small sister."""

from collections.abc import Sequence
from typing import Any

import keras

from segstudio.learning.models.layers import CropLike, PadToMultiple, conv_block


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
    return _with_head("unet_mini", pictures, features, n_classes)


def build_unet(n_classes: int, channels: int, filters: Sequence[int] = (32, 64, 128, 256, 512)) -> keras.Model:
    """U-Net on the custom backbone: a mirrored decoder with a skip by concatenation at every level.

    Up-convolutions 2 x 2 and the deepest stage as in the paper; batch normalisation and "same" padding instead of
    valid convolutions, so that the answer has the picture's size.

    Args:
        n_classes: output channels.
        channels: image channels.
        filters: filters a level, the deepest last.

    Returns:
        As `build_unet_mini`.

    Source:
        Ronneberger, Fischer, Brox: U-Net, 2015, arXiv:1505.04597.
    """
    pictures, features = _input(channels, multiple=2 ** (len(filters) - 1))
    skips = []
    for level, count in enumerate(filters[:-1], start=1):
        features = conv_block(features, count, name=f"down{level}")
        skips.append(features)
        features = keras.layers.MaxPooling2D(2, name=f"pool{level}")(features)
    features = conv_block(features, filters[-1], name="bottom", dropout=0.2)
    for level in range(len(filters) - 1, 0, -1):
        count = filters[level - 1]
        features = keras.layers.Conv2DTranspose(count, 2, strides=2, name=f"upconv{level}")(features)
        features = keras.layers.Concatenate(name=f"skip{level}")([skips[level - 1], features])
        features = conv_block(features, count, name=f"up{level}")
    return _with_head("unet", pictures, features, n_classes)


def _input(channels: int, *, multiple: int) -> tuple[Any, Any]:
    """Pictures of any size, and the same scaled to -1..1 and padded to the stride."""
    pictures = keras.Input((None, None, channels), name="pictures")
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocessing")(pictures)
    return pictures, PadToMultiple(multiple, name="pad")(scaled)


def _with_head(name: str, pictures: Any, features: Any, n_classes: int) -> keras.Model:
    logits = keras.layers.Conv2D(n_classes, 1, dtype="float32", name="logits")(features)
    return keras.Model(pictures, CropLike(name="crop")([logits, pictures]), name=name)
