"""What makes each architecture that architecture."""

import os

import keras
import numpy as np
import pytest

from segstudio.learning.catalog import BACKBONES
from segstudio.learning.models.dilation import dilate
from segstudio.learning.models.upsampling import bilinear_filters


def numbers(tensor):
    return keras.ops.convert_to_numpy(tensor)


def within(model, *names, size=(64, 96)):
    """Return what the named layers answer to a random picture."""
    picture = np.random.default_rng(0).integers(0, 256, (1, *size, 3), dtype=np.uint8)
    return [numbers(keras.Model(model.input, model.get_layer(name).output)(picture)) for name in names]


def sources(model, name):
    """Return the names of the layers whose answers a layer reads."""
    inputs = model.get_layer(name).input
    return [tensor._keras_history.operation.name for tensor in (inputs if isinstance(inputs, list) else [inputs])]


def parents(model, name):
    """Return the names of all layers that a layer depends on."""
    return {operation.name for operation in keras.Model(model.input, model.get_layer(name).output).operations}


# FCN


@pytest.mark.parametrize("backbone", ["custom", "mobilenet"])
def test_fcn_8_adds_the_scores_of_pool4_and_pool3(backbone, built):
    model = built("fcn_8", backbone)
    assert sources(model, "add_pool4") == ["upscore16", "score_pool4"]
    assert sources(model, "add_pool3") == ["upscore8", "score_pool3"]
    four, three, seven = within(model, "score_pool4", "score_pool3", "score_fc7")
    assert [values.shape for values in (seven, four, three)] == [(1, 2, 3, 3), (1, 4, 6, 3), (1, 8, 12, 3)]
    for name in ("score_pool4", "score_pool3"):
        assert tuple(model.get_layer(name).kernel_size) == (1, 1)


def test_the_pools_of_fcn_8_on_vgg16_are_those_of_vgg16(built):
    model = built("fcn_8", "vgg16")
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    encoder = model.get_layer("vgg16")
    scaled = keras.Model(model.input, model.get_layer("preprocessing").output)(picture)
    names = ("block3_pool", "block4_pool", "block5_pool")
    pools = keras.Model(encoder.input, [encoder.get_layer(name).output for name in names])(scaled)
    layers = [model.get_layer(name) for name in ("score_pool3", "score_pool4", "fc6")]
    read = keras.Model(model.input, [layer.input for layer in layers])(picture)
    for own, other in zip(read, pools, strict=True):
        np.testing.assert_array_equal(numbers(own), numbers(other))


def test_fcn_16_has_the_skip_of_pool4_only_and_fcn_32_none(built):
    assert [layer.name for layer in built("fcn_16", "custom").layers if "score_pool" in layer.name] == ["score_pool4"]
    assert not [layer for layer in built("fcn_32", "custom").layers if "score_pool" in layer.name]


@pytest.mark.parametrize(("name", "factors"), [("fcn_32", [32]), ("fcn_16", [2, 16]), ("fcn_8", [2, 2, 8])])
@pytest.mark.parametrize("backbone", ["custom", "mobilenet"])
def test_an_fcn_is_enlarged_by_transposed_convolutions_that_begin_bilinear_and_learn(name, factors, backbone, built):
    model = built(name, backbone)
    enlarging = [layer for layer in model.layers if hasattr(layer, "factor")]
    assert [layer.factor for layer in enlarging] == factors
    for layer in enlarging:
        assert layer.trainable_variables
        start = bilinear_filters(layer.factor, layer.anchor)
        for number in range(3):
            np.testing.assert_array_equal(numbers(layer.kernel)[:, :, number], start)


def test_the_fully_connected_layers_of_an_fcn_are_convolutions(built):
    model = built("fcn_32", "vgg16")
    assert [tuple(model.get_layer(name).kernel_size) for name in ("fc6", "fc7")] == [(7, 7), (1, 1)]


# SegNet


@pytest.mark.parametrize("backbone", ["custom", "vgg16"])
def test_segnet_unpools_where_the_maxima_of_its_encoder_were(backbone, built):
    model = built("segnet", backbone)
    for stride in (16, 8, 4, 2, 1):
        unpool = model.get_layer(f"unpool{stride}")
        values, indices = unpool.input
        stage = model.get_layer(f"indices{stride}").input
        picture = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
        part = keras.Model(model.input, [stage, values, indices, unpool.output])
        stage, values, _indices, unpooled = (numbers(answer) for answer in part(picture, training=False))
        count, channels = values.shape[1], values.shape[3]
        windows = np.moveaxis(stage.reshape(count, 2, count, 2, channels), (1, 3), (0, 1)).reshape(4, -1)
        placed = np.moveaxis(unpooled.reshape(count, 2, count, 2, channels), (1, 3), (0, 1)).reshape(4, -1)
        wanted = np.zeros_like(windows)
        wanted[windows.argmax(axis=0), np.arange(windows.shape[1])] = values.ravel()
        np.testing.assert_array_equal(placed, wanted)


def test_the_pooling_of_segnet_takes_the_maxima_that_the_indices_name(built):
    model = built("segnet", "custom")
    stage, pooled, indices = within(model, "down1_2_relu", "pool1", "indices1")
    corners = np.stack([stage[:, y::2, x::2] for y in (0, 1) for x in (0, 1)])
    np.testing.assert_array_equal(np.take_along_axis(corners, indices[None], axis=0)[0], pooled)


@pytest.mark.parametrize("backbone", ["custom", "vgg16", "mobilenet"])
def test_segnet_has_no_skips_and_learns_no_enlarging(backbone, built):
    model = built("segnet", backbone)
    assert not [layer for layer in model.layers if isinstance(layer, keras.layers.Concatenate | keras.layers.Add)]
    assert not [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2DTranspose)]
    assert not [layer for layer in model.layers if hasattr(layer, "factor") and layer.trainable_variables]


def test_the_decoder_of_segnet_mirrors_vgg16(built):
    model = built("segnet", "vgg16")
    convolutions = [layer for layer in model.layers if layer.name.startswith("up") and layer.name.endswith("_conv")]
    assert [layer.filters for layer in convolutions] == [512] * 5 + [256] * 3 + [128] * 2 + [64] * 3
    assert len(convolutions) == 13


# U-Net


@pytest.mark.parametrize(("backbone", "deepest"), [("custom", 16), ("vgg16", 16), ("mobilenet", 32)])
def test_unet_concatenates_at_every_level_from_the_deepest_stage_up(backbone, deepest, built):
    model = built("unet", backbone)
    strides = [2**level for level in range(6) if 2**level < deepest]
    for stride in strides:
        assert isinstance(model.get_layer(f"skip{stride}"), keras.layers.Concatenate)
        skip, coarse = model.get_layer(f"skip{stride}").input
        part = keras.Model(model.input, [skip, coarse])(np.zeros((1, 64, 64, 3), np.uint8))
        assert [values.shape[1] for values in part] == [64 // stride] * 2
    assert len([layer for layer in model.layers if layer.name.startswith("skip")]) == len(strides)


def test_unet_uses_the_deepest_stage_of_its_backbone(built):
    """All weights of the backbone have a say."""
    model = built("unet", "mobilenet")
    encoder = model.get_layer("mobilenet")
    assert encoder.get_layer("conv_pw_13_relu").output is encoder.outputs[-1]
    assert encoder.count_params() == BACKBONES["mobilenet"].parameters


def test_unet_mini_is_the_net_of_the_articles(built):
    model = built("unet_mini", "custom")
    convolutions = [
        layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D) and layer.name != "logits"
    ]
    assert [layer.filters for layer in convolutions] == [32, 32, 64, 64, 128, 128, 64, 64, 32, 32]
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [0.2]


def test_the_separable_unet_works_at_half_size_and_below(built):
    model = built("unet_separable", "custom")
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.SeparableConv2D)]
    assert [layer.filters for layer in convolutions] == [32, 64, 64, 128, 128, 256, 256, 128, 128, 64, 64, 32, 32]
    levels = within(model, "stem_relu", "down2_2_relu", "bottom_2_relu", "logits")
    assert [level.shape[1:3] for level in levels] == [(32, 48), (16, 24), (4, 6), (32, 48)]
    for level in (1, 2, 3):
        assert isinstance(model.get_layer(f"skip{level}"), keras.layers.Concatenate)


# PSPNet and DeepLabv3+


@pytest.mark.parametrize("backbone", ["custom", "vgg16", "mobilenet"])
def test_pspnet_pools_over_bins_of_1_2_3_and_6_at_stride_8(backbone, built):
    model = built("pspnet", backbone)
    bins = [layer for layer in model.layers if hasattr(layer, "bins")]
    assert [layer.bins for layer in bins] == [1, 2, 3, 6]
    (pyramid,) = within(model, "pyramid", size=(96, 64))
    features = bins[0].input.shape[-1]
    assert pyramid.shape == (1, 96 // 8, 64 // 8, features + 4 * (features // 4))
    assert len(sources(model, "pyramid")) == 5


def test_a_dilated_backbone_has_the_weights_and_steps_wider():
    plain = keras.applications.MobileNet(include_top=False, weights=None, input_shape=(224, 224, 3))
    dilated = dilate(plain, 8)
    for own, other in zip(dilated.weights, plain.weights, strict=True):
        np.testing.assert_array_equal(numbers(own), numbers(other))
    assert dilated(np.zeros((1, 96, 64, 3))).shape == (1, 12, 8, 1024)
    rates = {
        layer.name: layer.dilation_rate for layer in dilated.layers if isinstance(layer, keras.layers.DepthwiseConv2D)
    }
    assert [tuple(rates[f"conv_dw_{number}"]) for number in (4, 5, 6, 7, 11, 12, 13)] == [
        (1, 1), (1, 1), (1, 1), (2, 2), (2, 2), (2, 2), (4, 4)
    ]  # fmt: skip


DILATED = [("MobileNet", 8, 3), ("MobileNetV2", 16, 1), ("ResNet50", 16, 0)]


@pytest.mark.parametrize(("name", "output_stride", "first"), DILATED if os.environ.get("EVERY_PAIR") else DILATED[:2])
def test_a_dilated_backbone_gives_the_plain_samples_and_others_between(name, output_stride, first):
    plain = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(224, 224, 3))
    picture = np.random.default_rng(0).normal(0, 1, (1, 224, 224, 3)).astype(np.float32)
    samples, step = numbers(plain(picture)), 32 // output_stride
    finer = numbers(dilate(plain, output_stride)(picture))
    assert finer.shape[1] == 224 // output_stride
    np.testing.assert_allclose(finer[:, first::step, first::step], samples, atol=np.abs(samples).max() * 1e-4)


def test_deeplab_has_rates_for_stride_16_and_one_skip_of_stride_4(built):
    model = built("deeplab_v3_plus", "mobilenet_v2")
    rates = [model.get_layer(f"aspp{rate}_depthwise_conv").dilation_rate for rate in (6, 12, 18)]
    assert [tuple(rate) for rate in rates] == [(6, 6), (12, 12), (18, 18)]
    aspp, low, skip = within(model, "aspp", "low_level_conv", "skip4", size=(64, 96))
    assert aspp.shape == (1, 4, 6, 5 * 256)
    assert low.shape == (1, 16, 24, 48)
    assert skip.shape == (1, 16, 24, 256 + 48)
