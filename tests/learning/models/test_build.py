"""Every pair that can be chosen: any size, the same after saving, and it learns."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from segstudio.learning.catalog import ARCHITECTURES, BACKBONES
from segstudio.learning.losses import cross_entropy
from segstudio.learning.models.build import ModelError, build_model, check_buildable, with_probabilities

PAIRS = [(entry.name, backbone) for entry in ARCHITECTURES.values() for backbone in entry.backbones]
EVERY_PAIR = bool(os.environ.get("EVERY_PAIR"))
"""Set by `tests/benchmarks/models.py --check`, which has all pairs tested as thoroughly as the usual ones."""

THOROUGH = [
    ("unet_separable", "custom"),
    ("unet_mini", "custom"),
    ("unet", "mobilenet"),
    ("segnet", "custom"),
    ("fcn_8", "mobilenet"),
    ("pspnet", "custom"),
    ("deeplab_v3_plus", "mobilenet_v2"),
]
"""Every architecture and every layer of our own."""
SAVED = [pair for pair in THOROUGH if pair[0] not in {"unet_mini", "unet", "pspnet"}]
"""Every kind of builder and every layer of our own once more: what is left out has no layer that these lack."""
LOOKED_AT = [
    *THOROUGH,
    ("unet", "custom"),
    ("unet", "resnet50"),
    ("unet", "convnext_tiny"),
    ("segnet", "vgg16"),
    ("segnet", "mobilenet"),
    ("fcn_8", "custom"),
    ("fcn_16", "custom"),
    ("fcn_32", "custom"),
    ("pspnet", "mobilenet"),
]
"""Of every architecture and most backbones one; the others are counted and run by the same two functions."""
if EVERY_PAIR:
    LOOKED_AT = THOROUGH = SAVED = PAIRS


def answer(model, pictures, *, training=False):
    return keras.ops.convert_to_numpy(model(pictures, training=training))


@pytest.fixture(params=THOROUGH, ids="-".join)
def model(request, built):
    return built(*request.param)


@pytest.mark.parametrize("pair", LOOKED_AT, ids="-".join)
def test_every_pair_answers_and_is_as_large_as_the_catalogue_says(pair, built, noise):
    """R36, R37, R41: pictures as they are on disk, uint8 from 0 to 255, of odd sides."""
    model = built(*pair)
    logits = answer(model, noise(1, 33, 47, 3))
    assert logits.shape == (1, 33, 47, 3)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()
    assert any(layer.name == "preprocessing" for layer in model.layers)
    assert ARCHITECTURES[pair[0]].size(pair[1]).parameters(3) == model.count_params()
    if pair[1] != "custom":
        assert model.get_layer(pair[1]).count_params() == BACKBONES[pair[1]].parameters


def test_the_custom_backbone_is_as_large_as_the_catalogue_says(built):
    stages = [layer for layer in built("unet", "custom").layers if layer.name.startswith(("down", "bottom"))]
    assert sum(layer.count_params() for layer in stages) == BACKBONES["custom"].parameters


@pytest.mark.parametrize("size", [(100, 100), (32, 32)])
def test_any_size_is_answered_at_that_size(model, noise, size):
    """R36, R41."""
    assert answer(model, noise(1, *size, 3)).shape == (1, *size, 3)


def test_a_size_that_does_not_fit_is_answered_as_part_of_one_that_fits(model, noise):
    """R36, R41: padding at the right and at the bottom shifts nothing."""
    picture = noise(33, 47, 3)
    multiple = model.get_layer("pad").multiple
    padded = np.pad(picture, [(0, -33 % multiple), (0, -47 % multiple), (0, 0)], mode="symmetric")
    whole = answer(model, padded[None])[0, :33, :47]
    np.testing.assert_allclose(answer(model, picture[None])[0], whole, atol=whole.std() * 1e-3 + 1e-12)


@pytest.mark.parametrize("pair", SAVED, ids="-".join)
def test_a_model_is_the_same_after_saving(pair, built, noise, tmp_path):
    """R39: no custom code in the caller's hands."""
    pictures = noise(1, 33, 47, 3)
    whole = with_probabilities(built(*pair))
    whole.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(loaded, pictures), answer(whole, pictures))


def test_a_step_lowers_the_loss_and_reaches_every_weight(model, monkeypatch):
    """On two small pictures of two colours, by AdamW, with batch statistics as in training.

    Without dropout: what it leaves out by chance weighs more than what one step learns.
    """
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            monkeypatch.setattr(layer, "rate", 0.0)
    pictures = np.full((2, 64, 64, 3), (60, 90, 60), np.float32)
    targets = np.zeros((2, 64, 64), np.uint8)
    pictures[:, 16:48, 8:56], targets[:, 16:48, 8:56] = (220, 60, 50), 1
    optimizer = keras.optimizers.AdamW(2e-4)

    def loss():
        return cross_entropy(targets, model(pictures, training=True))

    with tf.GradientTape() as tape:
        before = loss()
    gradients = tape.gradient(before, model.trainable_variables)
    assert all(gradient is not None for gradient in gradients)
    optimizer.apply(gradients, model.trainable_variables)
    assert float(loss()) < float(before)


CHANNELS = [
    (1, ("unet_separable", "custom")),
    (1, ("unet", "mobilenet")),
    (4, ("segnet", "vgg16")),
    (5, ("unet", "efficientnet_v2_b0")),
]
"""Every way in which backbones want their pictures scaled."""


@pytest.mark.parametrize(("channels", "pair"), CHANNELS)
def test_pictures_may_have_any_number_of_channels(channels, pair, noise):
    model = build_model(*pair, 2, (None, None, channels))
    assert answer(model, noise(1, 33, 40, channels)).shape == (1, 33, 40, 2)


def test_the_size_in_the_input_shape_binds_nobody(noise):
    model = build_model("unet_mini", "custom", 2, (64, 64, 3))
    assert answer(model, noise(1, 33, 40, 3)).shape == (1, 33, 40, 2)


@pytest.mark.parametrize(
    ("architecture", "backbone", "n_classes", "weights", "message"),
    [
        ("unet_mini", "vgg0", 2, "none", "There is no unet_mini on the backbone vgg0"),
        ("perceptron", "custom", 2, "none", "There is no perceptron"),
        ("segnet", "resnet101", 2, "none", "There is no segnet on the backbone resnet101"),
        ("unet", "custom", 1, "none", "at least 2 classes"),
        ("unet", "custom", 2, "imagenet", "“custom” has no pretrained weights"),
    ],
)
def test_what_cannot_be_built_is_refused(architecture, backbone, n_classes, weights, message):
    with pytest.raises(ModelError, match=message):
        check_buildable(architecture, backbone, n_classes, weights=weights)
