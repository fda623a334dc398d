"""Pretrained weights: through the loader of keras.applications, from its cache or from a file."""

import os
import shutil

import keras
import numpy as np
import pytest
from keras.src.backend import config as keras_config

from segstudio.learning.models.build import build_model
from segstudio.learning.models.weights import WeightsError, weights_folder

MOBILENET_FILE = "mobilenet_1_0_224_tf_no_top.h5"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache of this test's own, and a network that answers nothing."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(keras_config, "_KERAS_DIR", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    keras.backend.clear_session()
    return tmp_path


def numbers(variables):
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def backbone_of(model, name="mobilenet"):
    return model.get_layer(name)


@pytest.fixture(scope="module")
def mobilenet(tmp_path_factory):
    """MobileNet with weights of its own, and a folder with two files of them."""
    keras.utils.set_random_seed(7)
    model = keras.applications.MobileNet(include_top=False, weights=None, input_shape=(224, 224, 3))
    folder = tmp_path_factory.mktemp("weights")
    model.save_weights(str(folder / "own.weights.h5"))
    write_in_the_old_form(model, folder / MOBILENET_FILE)
    return model, folder


@pytest.fixture
def trained(mobilenet, home):
    """The same, with the files in the place where keras.applications looks for ImageNet's."""
    model, folder = mobilenet
    shutil.copytree(folder, weights_folder())
    return model


def write_in_the_old_form(model, path):
    """Write the weights as keras.applications keeps them: HDF5, a group a layer in the order of layers."""
    import h5py

    with h5py.File(path, "w") as file:
        layers = [layer for layer in model.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{number}".encode() for number in range(len(layer.weights))]
            group.attrs["weight_names"] = names
            for name, variable in zip(names, layer.weights, strict=True):
                group[name.decode()] = keras.ops.convert_to_numpy(variable)


@pytest.mark.parametrize("pair", [("unet", "mobilenet"), ("pspnet", "mobilenet")])
def test_imagenet_is_read_from_the_cache_of_keras(pair, trained):
    model = build_model(*pair, 2, weights="imagenet")
    for own, other in zip(numbers(backbone_of(model).weights), numbers(trained.weights), strict=True):
        np.testing.assert_array_equal(own, other)


def test_grey_pictures_use_all_weights(trained):
    model = build_model("unet", "mobilenet", 2, (None, None, 1), weights="imagenet")
    np.testing.assert_array_equal(numbers(backbone_of(model).weights)[0], numbers(trained.weights)[0])
    picture = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 1), dtype=np.uint8)
    grey = keras.Model(model.input, model.get_layer("grey_to_rgb").output)(picture)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(grey), np.repeat(picture, 3, axis=3))


def test_with_four_channels_only_the_first_layer_starts_anew(trained):
    model = build_model("unet", "mobilenet", 2, (None, None, 4), weights="imagenet")
    first, *others = numbers(backbone_of(model).weights)
    assert first.shape == (3, 3, 4, 32)
    for own, other in zip(others, numbers(trained.weights)[1:], strict=True):
        np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("name", [MOBILENET_FILE, "own.weights.h5"])
def test_a_file_of_weights_is_read(name, trained):
    model = build_model("fcn_8", "mobilenet", 2, weights=str(weights_folder() / name))
    for own, other in zip(numbers(backbone_of(model).weights), numbers(trained.weights), strict=True):
        np.testing.assert_array_equal(own, other)


FILES = [
    ("vgg16", "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"),
    ("mobilenet", MOBILENET_FILE),
    ("resnet50", "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"),
    ("convnext_tiny", "convnext_tiny_notop.h5"),
]


@pytest.mark.parametrize(("backbone", "file"), FILES if os.environ.get("EVERY_PAIR") else FILES[:2])
def test_without_a_network_the_message_names_the_file_and_its_place(backbone, file, home, capsys):
    with pytest.raises(WeightsError, match="train without pretrained weights") as failure:
        build_model("unet", backbone, 2, weights="imagenet")
    message = str(failure.value)
    assert f"/{file} elsewhere" in message
    assert str(home / "models") in message
    assert "\n" not in message
    assert not capsys.readouterr().out


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(WeightsError, match=r"no weight file /nowhere/w\.h5"):
        build_model("unet", "mobilenet", 2, weights="/nowhere/w.h5")


def test_a_file_of_another_backbone_is_refused(trained):
    with pytest.raises(WeightsError, match="do not fit it or are damaged"):
        build_model("unet", "vgg16", 2, weights=str(weights_folder() / MOBILENET_FILE))


def test_a_file_that_is_no_weights_is_refused(home):
    path = home / "w.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(WeightsError, match=r"w\.h5"):
        build_model("unet", "mobilenet", 2, weights=str(path))
