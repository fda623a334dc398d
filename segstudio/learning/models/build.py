"""One function that builds any model of the catalogue, and the two shapes in which models are saved."""

import keras

from segstudio.errors import SegstudioError
from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.models.unet import build_unet, build_unet_mini

_BUILDERS = {"unet_mini": build_unet_mini, "unet": build_unet}


class ModelError(SegstudioError):
    """A model cannot be built or loaded."""


def build_model(architecture: str, backbone: str, n_classes: int, *, channels: int = 3) -> keras.Model:
    """Build an untrained model.

    Args:
        architecture: a name of `catalog.ARCHITECTURES`.
        backbone: a backbone that fits it.
        n_classes: how many classes it tells apart, 2 to 65535.
        channels: channels of the pictures.

    Returns:
        A functional model from pictures (batch, height, width, channels), 0 to 255, any size from 32 pixels up, to
        logits (batch, height, width, n_classes), float32, aligned to the pixel.

    Raises:
        ModelError: as `check_buildable`.
    """
    check_buildable(architecture, backbone, n_classes)
    return _BUILDERS[architecture](n_classes, channels)


def check_buildable(architecture: str, backbone: str, n_classes: int) -> None:
    """Refuse what `build_model` cannot build, without building it.

    Raises:
        ModelError: no such pair, or fewer than two classes.
    """
    entry = ARCHITECTURES.get(architecture)
    if entry is None or backbone not in entry.backbones:
        raise ModelError(f"There is no {architecture} on the backbone {backbone}. See `segstudio models`.")
    if n_classes < 2:
        raise ModelError(
            f"A model needs at least 2 classes that are not ignored. Received: {n_classes}. Add a class in Label."
        )


def with_probabilities(model: keras.Model) -> keras.Model:
    """Return the model with a softmax behind its logits: the form in which it is used and given away."""
    return keras.Model(model.input, keras.layers.Softmax(name="probabilities")(model.output), name=model.name)
