"""Which layers of a model are its encoder: what stands still in the first epochs."""

import re

import keras

_OWN_ENCODER = re.compile(r"(stem|down\d+|bottom)(_|$)")


def encoder_layers(model: keras.Model, backbone: str) -> list[keras.layers.Layer]:
    """Return the layers to freeze, so that a new decoder does not spoil what an encoder has learned.

    Args:
        model: one of `build_model`, or one that a person wrote.
        backbone: the one that it was built on; of no meaning for a model that a person wrote.

    Returns:
        A backbone of keras.applications is one layer: a model within the model. Where there is no such layer of that
        name, every model within the model; else the layers of an encoder that is built in place (the custom backbone,
        and the architectures that have their own). Empty for a model of which nothing of this is true. Setting
        ``trainable`` of these layers reaches everything within them.
    """
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    if inner:
        return [layer for layer in inner if layer.name == backbone] or inner
    return [layer for layer in model.layers if layer.weights and _OWN_ENCODER.match(layer.name)]
