"""Which layers stand still in the first epochs."""

import keras
import pytest

from segstudio.learning.models.build import build_model
from segstudio.learning.models.encoders import encoder_layers


def parameters(layers):
    return sum(layer.count_params() for layer in layers)


@pytest.mark.parametrize("architecture", ["unet", "fcn_8", "pspnet"])
def test_a_backbone_of_keras_applications_is_one_layer(architecture):
    model = build_model(architecture, "mobilenet", 2)
    assert [layer.name for layer in encoder_layers(model, "mobilenet")] == ["mobilenet"]


@pytest.mark.parametrize("architecture", ["unet", "segnet", "pspnet"])
def test_the_custom_backbone_is_all_its_stages_and_nothing_of_the_decoder(architecture):
    layers = encoder_layers(build_model(architecture, "custom", 2), "custom")
    assert parameters(layers) == 4_718_176
    assert not [layer for layer in layers if layer.name.startswith(("up", "logits", "fuse", "bins"))]


@pytest.mark.parametrize("architecture", ["unet_mini", "unet_separable"])
def test_a_small_unet_has_an_encoder_of_its_own(architecture):
    model = build_model(architecture, "custom", 2)
    layers = encoder_layers(model, "custom")
    encoder = keras.Model(model.input, model.get_layer("bottom_2_relu").output)
    assert parameters(layers) == encoder.count_params()


def test_a_frozen_encoder_learns_nothing_and_the_decoder_does():
    model = build_model("unet", "mobilenet", 2)
    everything = len(model.trainable_variables)
    for layer in encoder_layers(model, "mobilenet"):
        layer.trainable = False
    names = {variable.path.partition("/")[0] for variable in model.trainable_variables}
    assert 0 < len(model.trainable_variables) < everything
    assert "mobilenet" not in names


def test_of_a_model_that_a_person_wrote_the_models_within_are_the_encoder():
    inner = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(4, 1)], name="mine")
    pictures = keras.Input((None, None, 3))
    with_inner = keras.Model(pictures, keras.layers.Conv2D(2, 1)(inner(pictures)))
    plain = keras.Model(pictures, keras.layers.Conv2D(2, 1)(pictures))
    assert encoder_layers(with_inner, "custom") == [inner]
    assert encoder_layers(plain, "custom") == []
