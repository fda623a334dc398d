"""One function that builds any model of the catalogue, and the two shapes in which models are saved."""

from collections.abc import Callable
from functools import partial

import keras

from segstudio.errors import SegstudioError
from segstudio.learning.catalog import ARCHITECTURES, UNPRETRAINED, check_weights
from segstudio.learning.models.backbones import Encoded, InputShape, encode
from segstudio.learning.models.deeplab import build_deeplab
from segstudio.learning.models.fcn import build_fcn
from segstudio.learning.models.pspnet import build_pspnet
from segstudio.learning.models.segnet import build_segnet
from segstudio.learning.models.unet import build_unet, build_unet_mini, build_unet_separable

_BUILDERS = {"unet_separable": build_unet_separable, "unet_mini": build_unet_mini}
"""Nets with an encoder of their own: from class count and channels."""

_BUILDERS_ON_BACKBONES: dict[str, Callable[[Encoded, int], keras.Model]] = {
    "fcn_32": partial(build_fcn, stride=32),
    "fcn_16": partial(build_fcn, stride=16),
    "fcn_8": partial(build_fcn, stride=8),
    "segnet": build_segnet,
    "unet": build_unet,
    "pspnet": build_pspnet,
    "deeplab_v3_plus": build_deeplab,
}

_OUTPUT_STRIDES = {"pspnet": 8, "deeplab_v3_plus": 16}
_NOT_DILATED = {"convnext_tiny"}


class ModelError(SegstudioError):
    """A model cannot be built or loaded."""


def build_model(
    architecture: str,
    backbone: str,
    n_classes: int,
    input_shape: InputShape = (None, None, 3),
    weights: str | None = None,
) -> keras.Model:
    """Build a model.

    Args:
        architecture: a name of `catalog.ARCHITECTURES`.
        backbone: a backbone that fits it.
        n_classes: how many classes it tells apart, 2 to 65535.
        input_shape: (height, width, channels) of the pictures. Only the channels matter: the size stays free. One
            channel is repeated to three where the backbone is one of keras.applications; of other counts than three
            its first layer starts anew, see `catalog.note_on_channels`.
        weights: what the backbone begins with: ``none`` or None for chance, ``imagenet``, or the path of a file.

    Returns:
        A functional model from pictures (batch, height, width, channels), 0 to 255, any size from 32 pixels up, to
        logits (batch, height, width, n_classes), float32, aligned to the pixel.

    Raises:
        ModelError: as `check_buildable`.
        WeightsError: the weights cannot be fetched or read.
    """
    weights = weights or UNPRETRAINED
    check_buildable(architecture, backbone, n_classes, weights=weights)
    channels = input_shape[2]
    if architecture in _BUILDERS:
        return _BUILDERS[architecture](n_classes, channels)
    stride = 32 if backbone in _NOT_DILATED else _OUTPUT_STRIDES.get(architecture, 32)
    encoded = encode(backbone, (None, None, channels), weights=weights, output_stride=stride)
    return _BUILDERS_ON_BACKBONES[architecture](encoded, n_classes)


def check_buildable(architecture: str, backbone: str, n_classes: int, *, weights: str = UNPRETRAINED) -> None:
    """Refuse what `build_model` cannot build, without building it.

    Raises:
        ModelError: no such pair, fewer than two classes, or weights for a backbone that has none.
    """
    entry = ARCHITECTURES.get(architecture)
    if entry is None or backbone not in entry.backbones:
        raise ModelError(f"There is no {architecture} on the backbone {backbone}. See `segstudio models`.")
    if n_classes < 2:
        raise ModelError(
            f"A model needs at least 2 classes that are not ignored. Received: {n_classes}. Add a class in Label."
        )
    if problem := check_weights(backbone, weights):
        raise ModelError(problem)


def with_probabilities(model: keras.Model) -> keras.Model:
    """Return the model with a softmax behind its logits: the form in which it is used and given away."""
    return keras.Model(model.input, keras.layers.Softmax(name="probabilities")(model.output), name=model.name)
