"""The catalogue: names, what fits together, and figures that agree with the models."""

import os

import keras
import pytest

from segstudio.learning.catalog import (
    ARCHITECTURES,
    BACKBONES,
    LEGACY_NAMES,
    check_weights,
    note_on_channels,
    resolve,
)
from segstudio.learning.model_sizes import ModelSize

OLD_NAMES = (
    "fcn_8 fcn_32 fcn_8_vgg fcn_32_vgg fcn_8_resnet50 fcn_32_resnet50 fcn_8_mobilenet fcn_32_mobilenet pspnet "
    "vgg_pspnet resnet50_pspnet pspnet_50 pspnet_101 unet_mini unet vgg_unet resnet50_unet mobilenet_unet segnet "
    "vgg_segnet resnet50_segnet mobilenet_segnet"
)
APPLICATIONS = {
    "vgg16": "VGG16",
    "resnet50": "ResNet50",
    "resnet101": "ResNet101",
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_large": "MobileNetV3Large",
    "efficientnet_v2_b0": "EfficientNetV2B0",
    "convnext_tiny": "ConvNeXtTiny",
}


@pytest.mark.parametrize("name", OLD_NAMES.split())
def test_every_name_of_keras_segmentation_is_a_pair_that_can_be_chosen(name):
    architecture, backbone = resolve(name)
    assert backbone in ARCHITECTURES[architecture].backbones


def test_no_other_legacy_names_are_claimed():
    assert sorted(LEGACY_NAMES) == sorted(OLD_NAMES.split())


@pytest.mark.parametrize(
    ("words", "pair"),
    [
        (("vgg_unet", None), ("unet", "vgg16")),
        (("pspnet_50", None), ("pspnet", "resnet50")),
        (("unet", "resnet50"), ("unet", "resnet50")),
        (("deeplab_v3_plus", None), ("deeplab_v3_plus", "mobilenet_v2")),
        (("perceptron", None), ("perceptron", "custom")),
    ],
)
def test_a_name_stands_for_an_architecture_and_a_backbone(words, pair):
    assert resolve(*words) == pair


BUILT_NOWHERE_ELSE = ["mobilenet_v3_large", "efficientnet_v2_b0"]
"""Of all others `test_build` counts the parameters."""


@pytest.mark.parametrize("name", APPLICATIONS if os.environ.get("EVERY_PAIR") else BUILT_NOWHERE_ELSE)
def test_the_parameters_of_a_backbone_are_those_that_keras_counts(name):
    keras.backend.clear_session()
    build = getattr(keras.applications, APPLICATIONS[name])
    model = build(include_top=False, weights=None, input_shape=(32, 32, 3))
    assert BACKBONES[name].parameters == model.count_params()


def test_every_backbone_can_be_chosen_somewhere():
    assert {name for entry in ARCHITECTURES.values() for name in entry.backbones} == set(BACKBONES)


def test_an_entry_is_complete():
    for entry in ARCHITECTURES.values():
        data = entry.to_json()
        assert data["advice"]
        assert data["source"]
        assert list(data["parameters"]) == list(data["training_bytes"]) == list(entry.backbones)


def test_memory_grows_with_the_batch_the_padded_size_and_the_classes():
    size = ModelSize(weights=1000, weights_per_class=10, values=5.0, values_per_class=2.0)
    assert size.parameters(3) == 1030
    one = size.training_bytes(3, height=32, width=64, batch_size=1)
    assert one == 4 * (4 * 1030 + 32 * 64 * 11)
    assert size.training_bytes(3, height=32, width=64, batch_size=4) - one == 3 * 4 * 32 * 64 * 11
    assert size.training_bytes(3, height=20, width=33, batch_size=1) == one


def test_weights_that_a_backbone_does_not_have_are_named():
    assert not check_weights("vgg16", "imagenet")
    assert not check_weights("custom", "none")
    assert "custom" in check_weights("custom", "imagenet")


@pytest.mark.parametrize(
    ("backbone", "channels", "weights", "words"),
    [
        ("vgg16", 3, "imagenet", ""),
        ("vgg16", 4, "none", ""),
        ("vgg16", 1, "imagenet", "repeated in three channels"),
        ("vgg16", 4, "imagenet", "with 4 the first layer starts anew"),
    ],
)
def test_what_becomes_of_the_weights_is_said(backbone, channels, weights, words):
    note = note_on_channels(backbone, channels, weights)
    assert words in note
    assert bool(note) == bool(words)
