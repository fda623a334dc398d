"""Optimizers and schedules: what they do to a weight, step by step."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.learning.optimizer import FLOOR, WARM_UP_FROM, Plateau, Schedule, learning_rate_of, make_optimizer
from segstudio.learning.settings.optimization import OPTIMIZERS, SCHEDULES, OptimizationSettings

PEAK = 0.01


def rates(schedule, steps, warm_up):
    return np.array([float(Schedule(schedule, peak=PEAK, steps=steps, warm_up=warm_up)(step)) for step in range(steps)])


def followed(optimizer, gradients, start=(1.0, -2.0)):
    """Return a weight, (2,), after an optimizer has followed some gradients."""
    weight = keras.Variable(np.array(start, np.float32))
    optimizer.build([weight])
    for gradient in gradients:
        optimizer.apply([np.array(gradient, np.float32)], [weight])
    return weight.numpy()


@pytest.mark.parametrize("name", SCHEDULES)
@settings(deadline=None, max_examples=15)
@given(steps=st.integers(1, 60), warm_up=st.floats(0, 0.9))
def test_a_rate_rises_in_a_line_to_its_peak_and_never_leaves_its_bounds(name, steps, warm_up):
    found = rates(name, steps, warm_up)
    rising = min(max(1, round(steps * warm_up)), steps - 1) if warm_up else 0
    assert found[: rising + 1] == pytest.approx(
        np.linspace(WARM_UP_FROM if rising else 1, 1, rising + 1) * PEAK, rel=1e-4
    )
    assert (found <= PEAK * 1.0001).all()
    assert (found > 0).all()
    assert (np.diff(found[rising:]) <= PEAK * 1e-6).all()


def test_cosine_is_at_half_after_half_and_ends_at_its_floor():
    found = rates("cosine", 101, 0)
    assert found[50] == pytest.approx(PEAK * ((1 + FLOOR) / 2), rel=0.03)
    assert found[-1] == pytest.approx(PEAK * FLOOR, rel=0.1)
    expected = FLOOR + (1 - FLOOR) * (1 + np.cos(np.pi * np.arange(101) / 101)) / 2
    assert found == pytest.approx(PEAK * expected, rel=1e-4)


def test_poly_falls_as_a_power_of_0_9():
    expected = FLOOR + (1 - FLOOR) * (1 - np.arange(80) / 80) ** 0.9
    assert rates("poly", 80, 0) == pytest.approx(PEAK * expected, rel=1e-4)


@pytest.mark.parametrize("name", ["constant", "plateau"])
def test_constant_and_plateau_stay_by_themselves(name):
    assert rates(name, 50, 0.2)[10:] == pytest.approx(np.full(40, PEAK))


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_finds_a_valley_under_every_schedule(name, schedule):
    optimizer = make_optimizer(OptimizationSettings(optimizer=name, schedule=schedule), 0.05, 200)
    weight = keras.Variable(np.array([1.0, -2.0], np.float32))
    optimizer.build([weight])
    for _ in range(200):
        optimizer.apply([2 * weight.value], [weight])
    assert np.abs(weight.numpy()).max() < 0.1


@pytest.mark.parametrize("accumulation", [1, 4])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_is_as_long_as_the_run_has_batches(schedule, accumulation):
    """Keras asks a schedule by batch even where it accumulates, so the length needs no dividing."""
    steps = 40
    chosen = OptimizationSettings(schedule=schedule, accumulation=accumulation, warm_up=0.1)
    optimizer = make_optimizer(chosen, PEAK, steps)
    weight = keras.Variable(np.zeros(2, np.float32))
    optimizer.build([weight])
    seen = []
    for _ in range(steps):
        seen.append(learning_rate_of(optimizer))
        optimizer.apply([np.ones(2, np.float32)], [weight])
    assert seen == pytest.approx(rates(schedule, steps, 0.1), rel=1e-5)


@settings(deadline=None, max_examples=20)
@given(
    gradients=st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=8, max_size=8),
    accumulation=st.sampled_from([2, 4, 8]),
)
def test_small_batches_accumulated_equal_one_large_batch(gradients, accumulation):
    plain = {"optimizer": "sgd", "schedule": "constant", "warm_up": 0.0}
    small = make_optimizer(OptimizationSettings(**plain, accumulation=accumulation), 0.1, 8)
    large = make_optimizer(OptimizationSettings(**plain), 0.1, 8 // accumulation)
    means = np.array(gradients).reshape(8 // accumulation, accumulation, 2).mean(axis=1)
    assert followed(small, gradients) == pytest.approx(followed(large, means), rel=1e-4, abs=1e-5)


def test_accumulated_batches_of_a_real_model_equal_one_large_batch():
    random = np.random.default_rng(0)
    pictures, targets = random.random((8, 4)).astype(np.float32), random.integers(0, 3, 8)
    plain = {"optimizer": "sgd", "schedule": "constant", "warm_up": 0.0}

    def trained(batch, accumulation):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3)])
        optimizer = make_optimizer(OptimizationSettings(**plain, accumulation=accumulation), 0.1, 100)
        for _ in range(3):
            for start in range(0, 8, batch):
                rows = slice(start, start + batch)
                with tf.GradientTape() as tape:
                    answer = model(pictures[rows])
                    loss = keras.ops.mean(
                        keras.losses.sparse_categorical_crossentropy(targets[rows], answer, from_logits=True)
                    )
                gradients = tape.gradient(loss, model.trainable_variables)
                optimizer.apply(gradients, model.trainable_variables)
        return [variable.numpy() for variable in model.trainable_variables]

    for one, other in zip(trained(8, 1), trained(2, 4), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_until_enough_batches_are_accumulated_nothing_moves():
    optimizer = make_optimizer(OptimizationSettings(accumulation=3), 0.1, 30)
    assert followed(optimizer, [(1, 1)] * 2).tolist() == [1, -2]


def test_weight_decay_makes_weights_smaller_without_a_gradient_and_adam_has_none():
    def left(name):
        chosen = OptimizationSettings(optimizer=name, schedule="constant", warm_up=0.0, weight_decay=0.5)
        return followed(make_optimizer(chosen, 0.1, 10), [(0, 0)])

    assert left("adamw") == pytest.approx([0.95, -1.9])
    assert left("sgd") == pytest.approx([0.95, -1.9])
    assert left("adam") == pytest.approx([1, -2])


def test_a_saved_and_loaded_optimizer_goes_on_at_the_same_rate(tmp_path):
    """R40."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer=make_optimizer(OptimizationSettings(), PEAK, 20))
    model.optimizer.build(model.trainable_variables)
    for _ in range(7):
        model.optimizer.apply([np.ones(v.shape, np.float32) for v in model.trainable_variables])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert learning_rate_of(loaded.optimizer) == pytest.approx(learning_rate_of(model.optimizer))
    assert learning_rate_of(loaded.optimizer) == pytest.approx(rates("cosine", 20, 0.08)[7], rel=1e-5)


def plateau(**changes):
    optimizer = make_optimizer(OptimizationSettings(schedule="plateau", warm_up=0.0), PEAK, 100)
    return optimizer, Plateau(optimizer, patience=3, factor=0.3, **changes)


def test_a_plateau_makes_the_rate_smaller_after_some_epochs_without_a_better_figure():
    optimizer, watcher = plateau()
    fell = [watcher.epoch_ended(0.5, better=number == 0) for number in range(8)]
    assert fell == [False, False, False, True, False, False, True, False]
    assert learning_rate_of(optimizer) == pytest.approx(PEAK * 0.09)


def test_better_epochs_keep_the_rate():
    optimizer, watcher = plateau()
    assert not any(watcher.epoch_ended(0.01 * number, better=True) for number in range(20))
    assert learning_rate_of(optimizer) == pytest.approx(PEAK)


def test_a_figure_that_creeps_on_is_a_plateau():
    """But one that creeps for long enough has come somewhere."""
    _optimizer, watcher = plateau()
    assert [watcher.epoch_ended(0.5 + 1e-5 * number, better=True) for number in range(4)] == [False] * 3 + [True]
    _optimizer, watcher = plateau()
    assert not any(watcher.epoch_ended(0.5 + 3e-4 * number, better=True) for number in range(20))


def test_a_rate_does_not_fall_below_its_least():
    optimizer, watcher = plateau(least=0.2)
    for _ in range(30):
        watcher.epoch_ended(0.5, better=False)
    assert learning_rate_of(optimizer) == pytest.approx(PEAK * 0.2)


@given(better=st.lists(st.booleans(), max_size=25), cut=st.integers(0, 25))
@settings(deadline=None, max_examples=25)
def test_a_plateau_that_is_saved_and_restored_goes_on_as_if_nothing_had_been(better, cut):
    """R40."""
    one_optimizer, one = plateau()
    other_optimizer, other = plateau()
    for number, is_better in enumerate(better):
        if number == cut:
            state = json.loads(json.dumps(other.to_json()))
            other_optimizer, other = plateau()
            other.restore(state)
        assert one.epoch_ended(number / 10, better=is_better) == other.epoch_ended(number / 10, better=is_better)
    assert learning_rate_of(one_optimizer) == learning_rate_of(other_optimizer)


def test_a_plateau_leaves_other_schedules_alone():
    optimizer = make_optimizer(OptimizationSettings(schedule="constant", warm_up=0.0), PEAK, 10)
    watcher = Plateau(optimizer, patience=1)
    assert not any(watcher.epoch_ended(0.5, better=False) for _ in range(5))
    assert learning_rate_of(optimizer) == pytest.approx(PEAK)


def test_a_compiled_step_sees_the_rate_that_fell_in_mixed_precision_too():
    inner, _watcher = plateau()
    optimizer = keras.optimizers.LossScaleOptimizer(inner)
    watcher = Plateau(optimizer, patience=1, factor=0.5)
    weight = keras.Variable(np.zeros(1, np.float32))
    optimizer.build([weight])

    @tf.function
    def rate():
        return tf.convert_to_tensor(optimizer.learning_rate)

    assert float(rate()) == pytest.approx(PEAK)
    assert watcher.epoch_ended(0.5, better=False)
    assert float(rate()) == pytest.approx(PEAK / 2)
    assert learning_rate_of(optimizer) == pytest.approx(PEAK / 2)
