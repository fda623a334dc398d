"""Pictures in the form that a backbone's weights were trained on, as layers of the model (R37)."""

from typing import Any, Literal

import keras
from keras import ops

_PACKAGE = "segstudio"

Scaling = Literal["tf", "caffe", "own"]
"""``tf`` is -1..1; ``caffe`` is BGR less ImageNet's mean; ``own`` means that the backbone has its scaling inside."""

IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)


@keras.saving.register_keras_serializable(_PACKAGE)
class CaffePreprocessing(keras.layers.Layer):
    """Turns RGB pictures of 0 to 255 into BGR less ImageNet's mean colour, as VGG and ResNet were trained.

    Source:
        ``keras.applications.imagenet_utils.preprocess_input`` with mode ``caffe`` says the same.
    """

    def call(self, pictures: Any) -> Any:
        """Turn the channels round, and centre them."""
        return ops.flip(pictures, axis=-1) - ops.convert_to_tensor(IMAGENET_MEAN_BGR, dtype=pictures.dtype)


def preprocess(pictures: Any, scaling: Scaling) -> Any:
    """Bring pictures (batch, height, width, channels) of 0 to 255 into the backbone's range.

    Three channels are RGB. Of other counts (grey is repeated to three beforehand) the first layer starts anew, so that
    only the range matters, not the colours.
    """
    if pictures.shape[-1] == 3 and scaling == "caffe":
        return CaffePreprocessing(name="preprocessing")(pictures)
    if pictures.shape[-1] == 3 and scaling == "own":
        return keras.layers.Identity(name="preprocessing")(pictures)
    if scaling == "caffe":
        return keras.layers.Rescaling(1.0, offset=-127.5, name="preprocessing")(pictures)
    return keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocessing")(pictures)


def repeat_grey(pictures: Any) -> Any:
    """Return grey pictures with three equal channels, others as they are."""
    return keras.layers.Concatenate(name="grey_to_rgb")([pictures] * 3) if pictures.shape[-1] == 1 else pictures
