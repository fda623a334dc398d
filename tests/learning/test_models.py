"""Every architecture that can be chosen: any size, aligned to the pixel, and the same after saving."""

import keras
import numpy as np
import pytest

from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.models.build import ModelError, build_model, check_buildable, with_probabilities

CHOICES = [(entry.name, backbone) for entry in ARCHITECTURES.values() for backbone in entry.backbones]


@pytest.fixture(scope="module", params=CHOICES, ids="-".join)
def model(request):
    keras.utils.set_random_seed(0)
    return build_model(*request.param, 3)


def answer(model, pictures):
    return keras.ops.convert_to_numpy(model(pictures.astype(np.float32), training=False))


@pytest.mark.parametrize("size", [(33, 47), (100, 100), (32, 32)])
def test_any_size_is_answered_at_that_size(model, size):
    """R36, R41."""
    pictures = np.random.default_rng(0).integers(0, 256, (2, *size, 3))
    logits = answer(model, pictures)
    assert logits.shape == (2, *size, 3)
    assert logits.dtype == np.float32
    assert np.isfinite(logits).all()


def test_a_mirrored_picture_is_answered_mirrored(model):
    """R36: with kernels that are symmetric, a grid shifted by any part of a pixel would show here."""
    symmetric = keras.models.clone_model(model)
    for variable in symmetric.trainable_variables:
        if len(variable.shape) == 4:
            kernel = keras.ops.convert_to_numpy(variable)
            variable.assign((kernel + kernel[::-1] + kernel[:, ::-1] + kernel[::-1, ::-1]) / 4)
    pictures = np.random.default_rng(0).integers(0, 256, (1, 64, 96, 3))
    logits = answer(symmetric, pictures)
    assert logits.std() > 0.01
    for flip in (np.s_[:, ::-1], np.s_[:, :, ::-1]):
        np.testing.assert_allclose(answer(symmetric, pictures[flip])[flip], logits, atol=logits.std() * 1e-3)


@pytest.mark.parametrize("size", [(33, 47), (100, 100)])
def test_a_size_that_does_not_fit_is_answered_as_part_of_one_that_fits(model, size):
    """R36, R41: padding at the right and at the bottom shifts nothing."""
    multiple = model.get_layer("pad").multiple
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3))
    padded = np.pad(picture, [(0, -size[0] % multiple), (0, -size[1] % multiple), (0, 0)], mode="symmetric")
    whole = answer(model, padded[None])[0, : size[0], : size[1]]
    np.testing.assert_allclose(answer(model, picture[None])[0], whole, atol=whole.std() * 1e-3)


@pytest.mark.parametrize("channels", [1, 5])
def test_pictures_may_have_any_number_of_channels(channels):
    assert answer(build_model("unet_mini", "custom", 2, channels=channels), np.zeros((1, 33, 40, channels))).shape == (
        (1, 33, 40, 2)
    )


def test_a_model_is_the_same_after_saving(model, tmp_path):
    """R39: no custom code in the caller's hands."""
    pictures = np.random.default_rng(0).integers(0, 256, (1, 33, 47, 3))
    whole = with_probabilities(model)
    whole.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(answer(loaded, pictures), answer(whole, pictures))


def test_preprocessing_is_part_of_the_model(model):
    """R37."""
    assert any(layer.name == "preprocessing" for layer in model.layers)


@pytest.mark.parametrize(
    ("architecture", "backbone", "n_classes", "message"),
    [
        ("unet_mini", "vgg0", 2, "There is no unet_mini on the backbone vgg0"),
        ("perceptron", "custom", 2, "There is no perceptron"),
        ("unet", "custom", 1, "at least 2 classes"),
    ],
)
def test_what_cannot_be_built_is_refused(architecture, backbone, n_classes, message):
    with pytest.raises(ModelError, match=message):
        check_buildable(architecture, backbone, n_classes)
