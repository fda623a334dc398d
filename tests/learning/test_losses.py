"""Losses against their definitions; ignored pixels leave them, and what follows from them, exactly unchanged."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segstudio.learning import losses
from segstudio.learning.losses import cross_entropy, dice, focal, lovasz, make_loss
from segstudio.learning.settings.loss import LOSSES, LossSettings
from segstudio.learning.targets import IGNORED_TARGET

SHAPE = (2, 3, 4)
LOGITS = hnp.arrays(np.float32, (*SHAPE, 3), elements=st.floats(-30, 30, width=32))
CALM = hnp.arrays(np.float32, (*SHAPE, 3), elements=st.floats(-5, 5, width=32))
TARGETS = hnp.arrays(np.uint8, SHAPE, elements=st.sampled_from([0, 1, 2, IGNORED_TARGET]))
ANYTHING = hnp.arrays(np.float32, (*SHAPE, 3), elements=st.floats(width=32))
WEIGHTS = st.none() | hnp.arrays(np.float32, 3, elements=st.floats(0, 10, width=32))

every_loss = pytest.mark.parametrize("name", LOSSES)


def value_and_gradient(loss, targets, logits):
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = loss(targets, logits)
    return value, tape.gradient(value, logits)


def loss_and_gradient(loss, targets, logits):
    value, gradient = value_and_gradient(loss, tf.constant(targets), tf.constant(logits))
    return value.numpy(), gradient.numpy()


def counted_pixels(targets, logits):
    """Return targets (pixels,) and probabilities (pixels, classes) in float64 of the pixels that count."""
    counted = targets != IGNORED_TARGET
    chosen = logits[counted].astype(np.float64)
    powers = np.exp(chosen - chosen.max(axis=-1, keepdims=True, initial=-100))
    return targets[counted].astype(int), powers / powers.sum(axis=-1, keepdims=True)


def right(truth, probabilities):
    return np.maximum(probabilities[np.arange(len(truth)), truth], 1e-300)


def mean_of_occurring(truth, weights, one):
    """Return the weighted mean of ``one`` over the classes that occur; 0 where none does."""
    occurring = sorted(set(truth.tolist()))
    of_classes = np.ones(3) if weights is None else weights.astype(float)
    total = sum(of_classes[i] for i in occurring)
    return sum(of_classes[i] * one(i) for i in occurring) / total if total else 0.0


def cross_entropy_directly(truth, probabilities, weights, focus=0.0):
    if not len(truth):
        return 0.0
    of_pixels = 1.0 if weights is None else weights[truth].astype(float)
    chance = right(truth, probabilities)
    return np.mean(of_pixels * (1 - chance) ** focus * -np.log(chance))


def dice_directly(truth, probabilities, weights):
    def one(index):
        chance = probabilities[:, index]
        return 1 - 2 * chance[truth == index].sum() / (chance.sum() + (truth == index).sum())

    return mean_of_occurring(truth, weights, one)


def jaccard_loss(wrong, inside):
    """The loss of a class whose pixels are ``inside`` when those of ``wrong`` are predicted wrongly (equation 6)."""
    return wrong.sum() / (inside | wrong).sum()


def lovasz_directly(truth, probabilities, weights):
    """By the definition of the extension (equation 8): pixel by pixel, the worst first, each time the whole set."""

    def one(index):
        inside = truth == index
        errors = np.where(inside, 1 - probabilities[:, index], probabilities[:, index])
        wrong, before, total = np.zeros(len(truth), dtype=bool), 0.0, 0.0
        for pixel in np.argsort(-errors, kind="stable"):
            wrong[pixel] = True
            now = jaccard_loss(wrong, inside)
            total += errors[pixel] * (now - before)
            before = now
        return total

    return mean_of_occurring(truth, weights, one)


DIRECTLY = {
    "cross_entropy": cross_entropy_directly,
    "dice": dice_directly,
    "cross_entropy_dice": lambda *of: cross_entropy_directly(*of) + dice_directly(*of),
    "focal": lambda *of: cross_entropy_directly(*of, focus=2.0),
    "lovasz": lovasz_directly,
}


@every_loss
@settings(deadline=None, max_examples=40)
@given(targets=TARGETS, logits=LOGITS, weights=WEIGHTS)
def test_a_loss_agrees_with_its_definition_over_the_counted_pixels(name, targets, logits, weights):
    found, _gradient = loss_and_gradient(make_loss(LossSettings(name=name), weights), targets, logits)
    # Lovász ranks in grades of 1/4096.
    assert found == pytest.approx(DIRECTLY[name](*counted_pixels(targets, logits), weights), rel=1e-3, abs=3e-4)


@every_loss
@settings(deadline=None, max_examples=60)
@given(targets=TARGETS, logits=LOGITS, anything=ANYTHING, weights=WEIGHTS)
def test_logits_of_ignored_pixels_change_neither_loss_nor_gradient_at_all(name, targets, logits, anything, weights):
    """Whatever they are: infinite and not-a-number included."""
    loss = make_loss(LossSettings(name=name), weights)
    ignored = targets == IGNORED_TARGET
    changed = np.where(ignored[..., None], anything, logits)
    value, gradient = loss_and_gradient(loss, targets, logits)
    other_value, other_gradient = loss_and_gradient(loss, targets, changed)
    assert np.isfinite(value)
    assert value == other_value
    np.testing.assert_array_equal(gradient, other_gradient)
    assert np.isfinite(gradient).all()
    assert not gradient[ignored].any()


@every_loss
@settings(deadline=None, max_examples=20)
@given(targets=TARGETS, logits=CALM)
def test_a_loss_of_a_picture_is_that_of_its_painted_half(name, targets, logits):
    loss = make_loss(LossSettings(name=name), None)
    halved = targets.copy()
    halved[:, 2:] = IGNORED_TARGET
    whole, gradient = loss_and_gradient(loss, halved, logits)
    painted, painted_gradient = loss_and_gradient(loss, targets[:, :2], logits[:, :2])
    assert whole == pytest.approx(painted, rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(gradient[:, :2], painted_gradient, rtol=1e-4, atol=1e-6)


@every_loss
@pytest.mark.parametrize("logit", [1.0, np.inf, np.nan])
def test_where_nothing_counts_the_loss_is_zero(name, logit):
    loss = make_loss(LossSettings(name=name), np.array([1, 2, 3], np.float32))
    targets = np.full(SHAPE, IGNORED_TARGET, np.uint8)
    value, gradient = loss_and_gradient(loss, targets, np.full((*SHAPE, 3), logit, np.float32))
    assert value == 0
    assert np.array_equal(gradient, np.zeros_like(gradient))


@every_loss
def test_what_is_no_number_in_a_counted_pixel_shows(name):
    logits = np.zeros((*SHAPE, 3), np.float32)
    logits[0, 0, 0, 1] = np.nan
    value, _gradient = loss_and_gradient(make_loss(LossSettings(name=name), None), np.zeros(SHAPE, np.uint8), logits)
    assert np.isnan(value)


@every_loss
def test_a_perfect_and_certain_answer_has_a_loss_of_zero_and_no_broken_gradient(name):
    targets = np.random.default_rng(0).integers(0, 3, SHAPE).astype(np.uint8)
    logits = (np.eye(3, dtype=np.float32)[targets] - 0.5) * 200
    value, gradient = loss_and_gradient(make_loss(LossSettings(name=name, focus=0.5), None), targets, logits)
    assert value == pytest.approx(0, abs=1e-6)
    assert np.isfinite(gradient).all()


@every_loss
def test_following_the_gradient_makes_a_loss_small(name):
    random = np.random.default_rng(1)
    targets, logits = random.integers(0, 3, (2, 8, 8)).astype(np.uint8), random.normal(0, 1, (2, 8, 8, 3))
    logits = logits.astype(np.float32)
    loss = make_loss(LossSettings(name=name), np.array([1, 3, 0.5], np.float32))
    first, gradient = loss_and_gradient(loss, targets, logits)
    for _ in range(200):
        logits -= 20 * gradient
        last, gradient = loss_and_gradient(loss, targets, logits)
    assert last < first / 3


@every_loss
def test_half_precision_logits_have_the_loss_of_full_ones(name):
    """Mixed precision: 65,536 pixels do not fit a sum in float16."""
    random = np.random.default_rng(2)
    targets = random.integers(0, 3, (4, 128, 128)).astype(np.uint8)
    logits = random.normal(0, 2, (4, 128, 128, 3)).astype(np.float16)
    loss = make_loss(LossSettings(name=name), None)
    half, gradient = loss_and_gradient(loss, targets, logits)
    assert half.dtype == np.float32
    assert gradient.dtype == np.float16
    assert half == pytest.approx(loss_and_gradient(loss, targets, logits.astype(np.float32))[0], rel=1e-6)


@every_loss
@pytest.mark.parametrize("xla", [False, True])
def test_a_compiled_loss_takes_batches_of_any_size(name, xla):
    loss = make_loss(LossSettings(name=name), np.array([1, 2, 3], np.float32))
    signature = [tf.TensorSpec((None, 3, 4), tf.uint8), tf.TensorSpec((None, 3, 4, 3), tf.float32)]

    @tf.function(input_signature=signature, jit_compile=xla)
    def compiled(targets, logits):
        return value_and_gradient(loss, targets, logits)

    random = np.random.default_rng(3)
    for batch in (1, 5):
        targets = random.choice([0, 1, 2, IGNORED_TARGET], (batch, 3, 4)).astype(np.uint8)
        logits = random.normal(0, 2, (batch, 3, 4, 3)).astype(np.float32)
        expected_value, expected_gradient = loss_and_gradient(loss, targets, logits)
        value, gradient = compiled(targets, logits)
        assert value.numpy() == pytest.approx(expected_value, rel=1e-5)
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-4, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(targets=TARGETS, logits=CALM)
def test_cross_entropy_is_that_of_keras_and_focal_without_focus_is_cross_entropy(targets, logits):
    value, gradient = loss_and_gradient(cross_entropy, targets, logits)
    keras_own = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=IGNORED_TARGET)
    assume((targets != IGNORED_TARGET).any())
    # Keras divides by all pixels of the batch.
    every = float(keras_own(targets.astype(np.int32), logits))
    assert value == pytest.approx(every, rel=1e-4, abs=1e-6)
    flat, flat_gradient = loss_and_gradient(make_loss(LossSettings(name="focal", focus=0.0), None), targets, logits)
    assert flat == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(flat_gradient, gradient, rtol=1e-5, atol=1e-7)


def test_a_pixel_weighs_the_same_in_every_batch():
    """The sum is divided by pixels, not by weights: else a batch of the lightest class alone would count in full."""
    logits = np.zeros((1, 2, 2, 2), np.float32)
    weights = np.array([0.25, 4], np.float32)
    light = cross_entropy(np.zeros((1, 2, 2), np.uint8), logits, class_weights=weights)
    heavy = cross_entropy(np.ones((1, 2, 2), np.uint8), logits, class_weights=weights)
    assert float(light) == pytest.approx(0.25 * np.log(2))
    assert float(heavy) == pytest.approx(4 * np.log(2))


def test_focal_looks_away_from_pixels_that_are_right():
    logits = np.array([[[[3.0, 0.0], [0.0, 3.0]]]], np.float32)
    targets = np.zeros((1, 1, 2), np.uint8)
    _value, gradient = loss_and_gradient(lambda t, y: focal(t, y, focus=2.0), targets, logits)
    _value, plain = loss_and_gradient(cross_entropy, targets, logits)
    assert np.abs(gradient[0, 0, 0]).max() / np.abs(gradient[0, 0, 1]).max() < 0.1
    assert np.abs(plain[0, 0, 0]).max() / np.abs(plain[0, 0, 1]).max() > 0.04


@pytest.mark.parametrize("loss", [dice, lovasz])
def test_a_class_that_does_not_occur_has_no_part_in_the_mean(loss):
    targets = np.array([[[0, 0, 1, 1]]], np.uint8)
    logits = np.random.default_rng(4).normal(0, 1, (1, 1, 4, 3)).astype(np.float32)
    found, _ = loss_and_gradient(loss, targets, logits)
    heavy, _ = loss_and_gradient(lambda t, y: loss(t, y, class_weights=np.float32([1, 1, 50])), targets, logits)
    assert found == pytest.approx(heavy)
    # And answering it is wrong all the same.
    logits[..., 2] = 30
    assert loss_and_gradient(loss, targets, logits)[0] == pytest.approx(1, abs=1e-3)


def test_the_gradient_of_lovasz_is_that_of_an_exact_sort():
    """Where no two pixels are of one grade, the ranks are those of a sort."""
    random = np.random.default_rng(5)
    errors = random.permutation(np.linspace(0.1, 0.9, 60))
    inside = random.random(60) < 0.3
    chances = np.where(inside, 1 - errors, errors)
    logits = np.stack([np.zeros(60), np.log(chances / (1 - chances))], axis=-1).astype(np.float32)
    _value, gradient = loss_and_gradient(lovasz, inside.astype(np.uint8).reshape(1, 6, 10), logits.reshape(1, 6, 10, 2))

    def by_chance(of_class):
        slopes, wrong, before = np.zeros(60), np.zeros(60, dtype=bool), 0.0
        for pixel in np.argsort(-errors):
            wrong[pixel] = True
            now = jaccard_loss(wrong, of_class)
            slopes[pixel] = (now - before) * (-1 if of_class[pixel] else 1)
            before = now
        return slopes

    both = (by_chance(inside) - by_chance(~inside)) / 2
    np.testing.assert_allclose(gradient.reshape(60, 2)[:, 1], both * chances * (1 - chances), rtol=1e-3, atol=1e-7)


def test_lovasz_of_hard_answers_is_the_jaccard_loss():
    random = np.random.default_rng(6)
    targets, answer = random.integers(0, 3, (2, 40, 40)), random.integers(0, 3, (2, 40, 40))
    logits = np.eye(3, dtype=np.float32)[answer] * 100
    ious = [((targets == i) & (answer == i)).sum() / ((targets == i) | (answer == i)).sum() for i in range(3)]
    assert float(lovasz(targets.astype(np.uint8), logits)) == pytest.approx(1 - np.mean(ious), rel=1e-5)


ELSEWHERE = """
import sys
import numpy as np
from segstudio.learning import losses
from segstudio.learning.losses import make_loss
from segstudio.learning.settings.loss import LOSSES, LossSettings
random = np.random.default_rng(7)
targets = random.choice([0, 1, 2, 255], (2, 5, 6)).astype(np.uint8)
logits = random.normal(0, 2, (2, 5, 6, 3)).astype(np.float32)
for name in LOSSES:
    print(float(make_loss(LossSettings(name=name), np.float32([1, 2, 3]))(targets, logits)))
assert "tensorflow" not in sys.modules
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_losses_are_the_same_under_other_backends_of_keras(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    random = np.random.default_rng(7)
    targets = random.choice([0, 1, 2, 255], (2, 5, 6)).astype(np.uint8)
    logits = random.normal(0, 2, (2, 5, 6, 3)).astype(np.float32)
    here = [float(make_loss(LossSettings(name=name), np.float32([1, 2, 3]))(targets, logits)) for name in LOSSES]
    assert [float(line) for line in done.stdout.split()] == pytest.approx(here, rel=1e-5)


def test_losses_need_no_tensorflow():
    source = Path(losses.__file__).read_text(encoding="utf-8")
    assert "tensorflow" not in source
