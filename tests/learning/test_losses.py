"""Ignored pixels leave the loss, and what follows from it, exactly unchanged."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from segstudio.learning.losses import cross_entropy
from segstudio.learning.targets import IGNORED_TARGET

SHAPE = (2, 3, 4)
LOGITS = hnp.arrays(np.float32, (*SHAPE, 3), elements=st.floats(-30, 30, width=32))
TARGETS = hnp.arrays(np.uint8, SHAPE, elements=st.sampled_from([0, 1, 2, IGNORED_TARGET]))
ANYTHING = hnp.arrays(np.float32, (*SHAPE, 3), elements=st.floats(width=32))


def loss_and_gradient(targets, logits):
    variable = tf.Variable(logits)
    with tf.GradientTape() as tape:
        loss = cross_entropy(tf.constant(targets), variable)
    return loss.numpy(), tape.gradient(loss, variable).numpy()


@settings(deadline=None)
@given(targets=TARGETS, logits=LOGITS)
def test_the_loss_is_the_mean_over_the_counted_pixels(targets, logits):
    counted = targets != IGNORED_TARGET
    chosen = logits[counted].astype(np.float64)
    losses = np.log(np.exp(chosen).sum(axis=-1)) - chosen[np.arange(len(chosen)), targets[counted]]
    expected = losses.mean() if counted.any() else 0.0
    assert loss_and_gradient(targets, logits)[0] == pytest.approx(expected, rel=1e-4, abs=1e-5)


@settings(deadline=None)
@given(targets=TARGETS, logits=LOGITS, anything=ANYTHING)
def test_logits_of_ignored_pixels_change_neither_loss_nor_gradient_at_all(targets, logits, anything):
    """Whatever they are: infinite and not-a-number included."""
    ignored = targets == IGNORED_TARGET
    changed = np.where(ignored[..., None], anything, logits)
    loss, gradient = loss_and_gradient(targets, logits)
    other_loss, other_gradient = loss_and_gradient(targets, changed)
    assert loss == other_loss
    np.testing.assert_array_equal(gradient, other_gradient)
    assert not gradient[ignored].any()


def test_where_nothing_counts_the_loss_is_zero():
    loss, gradient = loss_and_gradient(np.full(SHAPE, IGNORED_TARGET, np.uint8), np.ones((*SHAPE, 3), np.float32))
    assert loss == 0
    assert not gradient.any()
