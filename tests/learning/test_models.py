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


@pytest.mark.parametrize("size", [(33, 47), (100, 100)])
def test_one_bright_pixel_is_answered_around_that_pixel(model, size):
    """R36: on average over pixels, the answer is shifted by less than half a pixel."""
    rows, columns = np.meshgrid(np.arange(14, size[0] - 14, 3), np.arange(14, size[1] - 14, 9), indexing="ij")
    pixels = np.stack([rows.ravel(), columns.ravel()], axis=1)[:24]
    pictures = np.zeros((len(pixels) + 1, *size, 3))
    for number, (row, column) in enumerate(pixels):
        pictures[number, row, column] = 255
    logits = answer(model, pictures)
    change = ((logits[:-1] - logits[-1]) ** 2).sum(axis=-1)
    peaks = np.stack(np.unravel_index(change.reshape(len(pixels), -1).argmax(axis=1), size), axis=1)
    assert np.abs(peaks - pixels).max() <= 3
    assert np.abs((peaks - pixels).mean(axis=0)).max() < 0.5


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
