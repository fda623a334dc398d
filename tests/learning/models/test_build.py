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
USUAL = [
    ("unet_mini", "custom"),
    ("unet", "mobilenet"),
    ("segnet", "custom"),
    ("fcn_8", "mobilenet"),
    ("fcn_16", "custom"),
    ("pspnet", "mobilenet"),
    ("deeplab_v3_plus", "mobilenet_v2"),
]
"""Every architecture and every layer of our own; `tests/benchmarks/models.py` has all pairs tested as thoroughly."""
LIGHTLY = [
    (architecture, backbone)
    for architecture, backbone in PAIRS
    if (backbone in {"custom", "vgg16", "mobilenet"} and architecture not in {"fcn_16", "fcn_32"})
    or (architecture, backbone) in {*USUAL, ("unet", "resnet50"), ("unet", "convnext_tiny"), ("fcn_32", "custom")}
]
LOOKED_AT = PAIRS if os.environ.get("EVERY_PAIR") else LIGHTLY
THOROUGH = PAIRS if os.environ.get("EVERY_PAIR") else USUAL


def answer(model, pictures, *, training=False):
    return keras.ops.convert_to_numpy(model(pictures, training=training))


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def built(pair, *arguments):
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    return build_model(*pair, *arguments)


@pytest.fixture(scope="module", params=THOROUGH, ids="-".join)
def model(request):
    return built(request.param, 3)


@pytest.mark.parametrize("pair", LOOKED_AT, ids="-".join)
def test_every_pair_answers_and_is_as_large_as_the_catalogue_says(pair):
    """R36, R37, R41: pictures as they are on disk, uint8 from 0 to 255, of odd sides."""
    model = built(pair, 3)
    logits = answer(model, noise(1, 33, 47, 3))
    assert logits.shape == (1, 33, 47, 3)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()
    assert any(layer.name == "preprocessing" for layer in model.layers)
    assert ARCHITECTURES[pair[0]].size(pair[1]).parameters(3) == model.count_params()
    if pair[1] != "custom":
        assert model.get_layer(pair[1]).count_params() == BACKBONES[pair[1]].parameters


def test_the_custom_backbone_is_as_large_as_the_catalogue_says():
    stages = [layer for layer in built(("unet", "custom"), 2).layers if layer.name.startswith(("down", "bottom"))]
    assert sum(layer.count_params() for layer in stages) == BACKBONES["custom"].parameters


@pytest.mark.parametrize("size", [(100, 100), (32, 32)])
def test_any_size_is_answered_at_that_size(model, size):
    """R36, R41."""
    assert answer(model, noise(2, *size, 3)).shape == (2, *size, 3)


def test_a_size_that_does_not_fit_is_answered_as_part_of_one_that_fits(model):
    """R36, R41: padding at the right and at the bottom shifts nothing."""
    picture = noise(33, 47, 3)
    multiple = model.get_layer("pad").multiple
    padded = np.pad(picture, [(0, -33 % multiple), (0, -47 % multiple), (0, 0)], mode="symmetric")
    whole = answer(model, padded[None])[0, :33, :47]
    np.testing.assert_allclose(answer(model, picture[None])[0], whole, atol=whole.std() * 1e-3 + 1e-12)


def test_a_model_is_the_same_after_saving(model, tmp_path):
    """R39: no custom code in the caller's hands."""
    pictures = noise(1, 33, 47, 3)
    whole = with_probabilities(model)
    whole.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(loaded, pictures), answer(whole, pictures))


def test_a_few_steps_lower_the_loss_and_reach_every_weight(model):
    """On two small pictures of two colours, by AdamW; dropout and batch statistics as in training."""
    pictures = np.full((2, 64, 64, 3), (60, 90, 60), np.float32)
    targets = np.zeros((2, 64, 64), np.uint8)
    pictures[:, 16:48, 8:56], targets[:, 16:48, 8:56] = (220, 60, 50), 1
    optimizer = keras.optimizers.AdamW(2e-4)

    losses = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = cross_entropy(targets, model(pictures, training=True))
        losses.append(float(loss))
        gradients = tape.gradient(loss, model.trainable_variables)
        assert all(gradient is not None for gradient in gradients)
        optimizer.apply(gradients, model.trainable_variables)
    assert min(losses[1:]) < losses[0]


CHANNELS = [
    (1, ("unet_mini", "custom")),
    (4, ("fcn_32", "custom")),
    (1, ("unet", "mobilenet")),
    (4, ("pspnet", "vgg16")),
    (5, ("deeplab_v3_plus", "mobilenet_v2")),
    (4, ("unet", "efficientnet_v2_b0")),
]


@pytest.mark.parametrize(("channels", "pair"), CHANNELS)
def test_pictures_may_have_any_number_of_channels(channels, pair):
    model = build_model(*pair, 2, (None, None, channels))
    assert answer(model, noise(1, 33, 40, channels)).shape == (1, 33, 40, 2)


def test_the_size_in_the_input_shape_binds_nobody():
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
