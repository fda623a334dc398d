"""R36: an answer stands over its pixel. What moves is measured by derivatives: where in the picture an answer looks."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from segstudio.learning.catalog import ARCHITECTURES

# Layer normalisation takes away what all channels share, and with it every derivative of the net below.
CANNOT_BE_MEASURED = {"convnext_tiny"}
USUAL = [
    ("unet_separable", "custom"),
    ("unet", "mobilenet"),
    ("unet", "resnet50"),
    ("fcn_8", "custom"),
    ("pspnet", "vgg16"),
    ("deeplab_v3_plus", "mobilenet_v2"),
]
"""Every anchor, every kind of enlarging and every kind of dilation.

`tests/benchmarks/models.py` has the others tested as well.
"""
EVERY = [(entry.name, name) for entry in ARCHITECTURES.values() for name in entry.backbones]
PAIRS = [pair for pair in EVERY if pair[1] not in CANNOT_BE_MEASURED] if os.environ.get("EVERY_PAIR") else USUAL
SIDE, MARGIN = 96, 32
SCENE_WIDE = ("bins", "scene")


def look_straight(model):
    """Let every convolution look at its middle only, and average all channels; take what sees the whole scene out."""
    for layer in [part for whole in model.layers for part in getattr(whole, "layers", [whole])]:
        if isinstance(layer, keras.layers.DepthwiseConv2D | keras.layers.Conv2D | keras.layers.Conv2DTranspose):
            kernel = layer.kernel
            height, width = kernel.shape[:2]
            value = np.zeros(kernel.shape, np.float32)
            inputs = 1 if isinstance(layer, keras.layers.DepthwiseConv2D) else kernel.shape[2]
            if isinstance(layer, keras.layers.Conv2DTranspose):
                value[:] = 1 / kernel.shape[3]
            else:
                value[height // 2, width // 2] = 1 / inputs
            if layer.name.startswith(SCENE_WIDE) or "_se_" in layer.name or "squeeze_excite" in layer.name:
                value[:] = 0
            kernel.assign(value)
            if layer.bias is not None:
                layer.bias.assign(keras.ops.zeros_like(layer.bias))


def displacement(model, pictures):
    """Return (down, right) in pixels: how far from itself a pixel in the middle of the picture looks, on average."""
    pictures = tf.constant(pictures)
    rows, columns = (tf.cast(axis, tf.float32) for axis in np.mgrid[:SIDE, :SIDE])
    inside = np.zeros((SIDE, SIDE), np.float32)
    inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = 1
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(pictures)
        answers = tf.reduce_sum(model(pictures, training=False), axis=(0, 3)) * inside
        sums = {"ones": tf.reduce_sum(answers), "rows": tf.reduce_sum(answers * rows)}
        sums["columns"] = tf.reduce_sum(answers * columns)
    looked = {name: tf.reduce_sum(tape.gradient(value, pictures), axis=(0, 3)) for name, value in sums.items()}
    weight = float(tf.reduce_sum(looked["ones"]))
    assert weight > 0
    return [
        float(tf.reduce_sum(looked["ones"] * axis) - tf.reduce_sum(looked[name])) / weight
        for axis, name in ((rows, "rows"), (columns, "columns"))
    ]


@pytest.fixture(scope="module")
def pictures():
    """A bright picture, a little noisy, and the same turned round: what a pooling picks by chance cancels out."""
    picture = np.random.default_rng(0).uniform(219, 221, (SIDE, SIDE, 3)).astype(np.float32)
    return np.stack([picture, picture[::-1, ::-1]])


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_an_answer_looks_at_its_own_pixel(pair, pictures, built):
    model = built(*pair)
    look_straight(model)
    down, right = displacement(model, pictures)
    assert abs(down) < 1.0, (down, right)
    assert abs(right) < 1.0, (down, right)


@pytest.mark.parametrize("pair", [("unet", "custom"), ("pspnet", "custom")])
def test_a_mirrored_picture_is_answered_mirrored(pair, built, noise):
    """With kernels that are symmetric, a grid shifted by any part of a pixel would show here."""
    model = built(*pair)
    for variable in model.trainable_variables:
        if len(variable.shape) == 4:
            kernel = keras.ops.convert_to_numpy(variable)
            variable.assign((kernel + kernel[::-1] + kernel[:, ::-1] + kernel[::-1, ::-1]) / 4)
    picture = noise(1, 64, 96, 3)
    logits = keras.ops.convert_to_numpy(model(picture, training=False))
    for flip in (np.s_[:, ::-1], np.s_[:, :, ::-1]):
        mirrored = keras.ops.convert_to_numpy(model(picture[flip], training=False))[flip]
        np.testing.assert_allclose(mirrored, logits, atol=logits.std() * 1e-3)


@pytest.mark.parametrize("pair", [("unet_mini", "custom"), ("unet", "mobilenet")])
def test_a_touched_pixel_is_answered_around_it(pair, built):
    """An impulse: the answer changes most near the pixel, and about as far to every side."""
    model = built(*pair)
    look_straight(model)
    picture = np.full((1, 96, 96, 3), 200, np.float32)
    touched = picture.copy()
    touched[0, 45, 52] = 250
    change = np.abs(keras.ops.convert_to_numpy(model(touched) - model(picture))).sum(axis=(0, 3))
    assert np.unravel_index(change.argmax(), change.shape) == (45, 52)
