"""The layers that architectures are made of, against plain computations."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.learning.models.preprocessing import preprocess
from segstudio.learning.models.pyramid import BinPooling, ResizeLike
from segstudio.learning.models.unpooling import MaxUnpooling, PoolingIndices
from segstudio.learning.models.upsampling import TransposedUpsample, Upsample

ANCHORS = (0.0, 0.5, 1.0)


def random(*shape):
    return np.random.default_rng(0).normal(0, 1, shape).astype(np.float32)


def numbers(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("anchor", ANCHORS)
@pytest.mark.parametrize("factor", [2, 4, 8])
@pytest.mark.parametrize("layer", [Upsample, TransposedUpsample])
def test_a_slope_stays_over_its_pixels(layer, factor, anchor):
    """R36: samples at factor * i + anchor * (factor - 1), of which bilinear enlarging gives every value in between."""
    rows, columns = np.mgrid[:6, :5]
    coarse = (factor * np.stack([rows, columns], axis=-1) + anchor * (factor - 1)).astype(np.float32)
    fine = numbers(layer(factor, anchor)(coarse[None]))[0]
    assert fine.shape == (6 * factor, 5 * factor, 2)
    wanted = np.moveaxis(np.mgrid[: 6 * factor, : 5 * factor], 0, -1)
    inside = np.s_[factor:-factor, factor:-factor]
    np.testing.assert_allclose(fine[inside], wanted[inside], atol=1e-4)
    np.testing.assert_allclose(fine, np.clip(wanted, coarse.min((0, 1)), coarse.max((0, 1))), atol=1e-4)


@pytest.mark.parametrize("anchor", ANCHORS)
def test_a_transposed_convolution_begins_as_bilinear_enlarging(anchor):
    features = random(2, 4, 3, 2)
    layer = TransposedUpsample(4, anchor)
    np.testing.assert_allclose(numbers(layer(features)), numbers(Upsample(4, anchor)(features)), atol=1e-5)
    assert [tuple(variable.shape) for variable in layer.trainable_variables] == [(2, 2, 2, 16)]


def test_a_transposed_convolution_is_that_of_keras():
    """With any filter: as Keras' own, of kernel twice the stride, on features whose border is repeated."""
    features, kernel = random(1, 4, 5, 1), random(4, 4, 1, 1)
    layer = TransposedUpsample(2)
    layer.build(features.shape)
    # Ours is kept by cell corner and place: tap t of the kernel is corner 1 - t // 2 and place t % 2.
    ours = np.empty((2, 2, 1, 2, 2), np.float32)
    for y in range(4):
        for x in range(4):
            ours[1 - y // 2, 1 - x // 2, 0, y % 2, x % 2] = kernel[y, x, 0, 0]
    layer.kernel.assign(ours.reshape(2, 2, 1, 4))
    padded = np.pad(features, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="symmetric")
    whole = numbers(keras.ops.conv_transpose(padded, kernel, strides=2, padding="valid"))
    np.testing.assert_allclose(numbers(layer(features)), whole[:, 3:-3, 3:-3], atol=1e-5)


@pytest.mark.parametrize("size", [2, 8])
def test_plain_enlarging_is_that_of_keras(size):
    features = random(1, 5, 7, 3)
    wanted = keras.ops.image.resize(features, (5 * size, 7 * size), interpolation="bilinear")
    np.testing.assert_allclose(numbers(Upsample(size)(features)), numbers(wanted), atol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_unpooling_puts_values_where_the_maxima_were(seed):
    features = np.random.default_rng(seed).integers(-9, 9, (2, 6, 8, 3)).astype(np.float32)
    pooled = keras.layers.MaxPooling2D(2)(features)
    unpooled = numbers(MaxUnpooling()([pooled, PoolingIndices()(features)]))
    kept = unpooled != 0
    np.testing.assert_array_equal(unpooled[kept], features[kept])
    windows = unpooled.reshape(2, 3, 2, 4, 2, 3)
    assert ((windows != 0).sum(axis=(2, 4)) <= 1).all()
    np.testing.assert_array_equal(windows.sum(axis=(2, 4)), numbers(pooled))


def test_unpooling_follows_the_indices_of_tensorflow():
    import tensorflow as tf

    features = random(1, 8, 6, 2)
    pooled, flat = tf.nn.max_pool_with_argmax(features, 2, 2, "VALID")
    wanted = np.zeros(features.size, np.float32)
    wanted[flat.numpy().ravel()] = pooled.numpy().ravel()
    unpooled = numbers(MaxUnpooling()([pooled, PoolingIndices()(features)]))
    np.testing.assert_array_equal(unpooled, wanted.reshape(features.shape))


def test_unpooling_compiles_under_xla():
    import tensorflow as tf

    features = random(1, 8, 6, 2)

    @tf.function(jit_compile=True)
    def there_and_back(values):
        return MaxUnpooling(name="u")([values[:, ::2, ::2], PoolingIndices(name="p")(values)])

    assert there_and_back(tf.constant(features)).shape == features.shape


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 20), st.integers(1, 20), st.sampled_from([1, 2, 3, 6]))
def test_bins_are_the_means_of_their_parts(height, width, bins):
    features = random(1, height, width, 2)
    pooled = numbers(BinPooling(bins)(features))
    for row in range(bins):
        for column in range(bins):
            rows = slice(row * height // bins, -(-(row + 1) * height // bins))
            columns = slice(column * width // bins, -(-(column + 1) * width // bins))
            wanted = features[0, rows, columns].mean(axis=(0, 1))
            np.testing.assert_allclose(pooled[0, row, column], wanted, atol=1e-5)


@pytest.mark.parametrize("bins", [1, 2, 3, 6])
def test_bins_come_back_bilinearly(bins):
    small, like = random(1, bins, bins, 2), np.zeros((1, 13, 8, 1), np.float32)
    wanted = keras.ops.image.resize(small, (13, 8), interpolation="bilinear")
    np.testing.assert_allclose(numbers(ResizeLike()([small, like])), numbers(wanted), atol=1e-5)


@pytest.mark.parametrize("layer", [Upsample(4, 1.0), TransposedUpsample(2, 0.0), BinPooling(3)])
def test_a_layer_is_made_again_from_its_settings(layer):
    again = type(layer).from_config(layer.get_config())
    features = random(1, 4, 6, 2)
    np.testing.assert_array_equal(numbers(again(features)), numbers(layer(features)))


@pytest.mark.parametrize(
    ("scaling", "module"), [("caffe", "vgg16"), ("caffe", "resnet50"), ("tf", "mobilenet"), ("tf", "mobilenet_v2")]
)
def test_preprocessing_is_that_of_the_weights(scaling, module):
    """R37."""
    picture = np.random.default_rng(0).integers(0, 256, (1, 5, 6, 3)).astype(np.float32)
    wanted = getattr(keras.applications, module).preprocess_input(picture.copy())
    np.testing.assert_allclose(numbers(preprocess(picture, scaling)), wanted, atol=1e-4)
