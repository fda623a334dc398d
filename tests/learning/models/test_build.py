"""Every pair that can be chosen: any size, the same after saving, and it learns."""

import keras
import numpy as np
import pytest

from segstudio.learning.catalog import ARCHITECTURES, BACKBONES
from segstudio.learning.losses import cross_entropy
from segstudio.learning.models.build import ModelError, build_model, check_buildable, with_probabilities

PAIRS = [(entry.name, backbone) for entry in ARCHITECTURES.values() for backbone in entry.backbones]


def answer(model, pictures, *, training=False):
    return keras.ops.convert_to_numpy(model(pictures, training=training))


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def pair(request):
    return request.param


@pytest.fixture(scope="module")
def model(pair):
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    return build_model(*pair, 3)


@pytest.mark.parametrize("size", [(33, 47), (100, 100)])
def test_any_size_is_answered_at_that_size(model, size):
    """R36, R41: pictures as they are on disk, uint8 from 0 to 255."""
    logits = answer(model, noise(1, *size, 3))
    assert logits.shape == (1, *size, 3)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()


def test_a_size_that_does_not_fit_is_answered_as_part_of_one_that_fits(model):
    """R36, R41: padding at the right and at the bottom shifts nothing."""
    picture = noise(33, 47, 3)
    multiple = model.get_layer("pad").multiple
    padded = np.pad(picture, [(0, -33 % multiple), (0, -47 % multiple), (0, 0)], mode="symmetric")
    whole = answer(model, padded[None])[0, :33, :47]
    np.testing.assert_allclose(answer(model, picture[None])[0], whole, atol=whole.std() * 1e-3 + 1e-12)


def test_the_model_has_as_many_parameters_as_the_catalogue_says(pair, model):
    assert ARCHITECTURES[pair[0]].size(pair[1]).parameters(3) == model.count_params()


def test_preprocessing_is_part_of_the_model(model):
    """R37."""
    assert any(layer.name == "preprocessing" for layer in model.layers)


def test_steps_lower_the_loss(pair, model):
    """Five steps on two small pictures of two colours; dropout and batch statistics as in training."""
    pictures = np.full((2, 32, 32, 3), (60, 90, 60), np.uint8)
    targets = np.zeros((2, 32, 32), np.uint8)
    pictures[:, 8:24, 8:28], targets[:, 8:24, 8:28] = (220, 60, 50), 1
    import tensorflow as tf

    # Plain descent along the direction of the gradient: no optimizer, whose state would be twice the model.
    def loss():
        return cross_entropy(targets, model(pictures, training=True))

    losses = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            value = loss()
        losses.append(float(value))
        gradients = tape.gradient(value, model.trainable_variables)
        length = tf.linalg.global_norm(gradients)
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
            if gradient is not None:
                variable.assign_sub(gradient * 0.1 / length)
    assert all(gradient is not None for gradient in gradients)
    assert losses[-1] < losses[0]


def test_a_model_is_the_same_after_saving(model, tmp_path):
    """R39: no custom code in the caller's hands."""
    pictures = noise(1, 33, 47, 3)
    whole = with_probabilities(model)
    whole.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(loaded, pictures), answer(whole, pictures))


def test_a_backbone_has_as_many_parameters_as_that_of_keras(pair, model):
    if pair[1] == "custom":
        stages = [layer for layer in model.layers if layer.name.startswith(("down", "bottom"))]
        if pair[0] != "unet_mini":
            assert sum(layer.count_params() for layer in stages) == BACKBONES["custom"].parameters
    else:
        assert model.get_layer(pair[1]).count_params() == BACKBONES[pair[1]].parameters


CHANNELS = [
    (channels, pair)
    for channels in (1, 4)
    for pair in (("unet_mini", "custom"), ("fcn_8", "custom"), ("unet", "mobilenet"), ("pspnet", "vgg16"))
] + [(5, ("deeplab_v3_plus", "mobilenet_v2")), (1, ("unet", "convnext_tiny")), (4, ("unet", "efficientnet_v2_b0"))]


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
