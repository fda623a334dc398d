"""Which learning rate suits a model and a dataset: the range test. It leaves no run behind.

Source:
    Smith, "Cyclical Learning Rates for Training Neural Networks", 2015, arXiv:1506.01186, section 3.3.
"""

import dataclasses
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.augmentation import make_augmenter
from segstudio.learning.class_balance import class_weights
from segstudio.learning.config import TrainingConfig
from segstudio.learning.division import divide
from segstudio.learning.events import Emit, Progress, ShouldStop
from segstudio.learning.losses import Loss, make_loss
from segstudio.learning.models.build import build_model, check_buildable
from segstudio.learning.optimizer import make_optimizer, schedule_of
from segstudio.learning.pipeline import Batch, Batches, SampleReader
from segstudio.learning.range_test import HIGHEST, LOWEST, RateSearch, conclude, has_diverged
from segstudio.learning.targets import TargetCoding

STEPS = 100
"""How many rates are tried."""


def find_rate(config: TrainingConfig, *, emit: Emit, should_stop: ShouldStop) -> RateSearch:
    """Train with ever higher rates, one step each, until the loss diverges; nothing is written.

    Data, model, loss and optimizer are those of a training with this config; its rate and schedule do not matter. With
    accumulation each rate has as many batches as a step accumulates.

    Args:
        config: all settings.
        emit: gets `Progress`, in the calling thread.
        should_stop: asked before every step; the search then suggests nothing.

    Raises:
        SegstudioError: the dataset or the settings do not allow it.
    """
    emit(Progress(0, STEPS, "building the model"))
    dataset = with_found_classes(open_dataset(config.dataset, output=config.output))
    division = divide(dataset, validation_fraction=config.validation_fraction, seed=config.seed)
    coding = TargetCoding(dataset.classes)
    check_buildable(config.architecture, config.backbone, coding.n_classes, weights=config.weights)
    reader = SampleReader(division.train, coding, config.input_size)
    loss = make_loss(config.loss, _weights(config, coding, reader, should_stop))
    keras.utils.set_random_seed(config.seed)
    model = build_model(config.architecture, config.backbone, coding.n_classes, weights=config.weights)
    augmenter = make_augmenter(config.augmentation, seed=config.seed)
    batches = Batches(reader, config.batch_size, augmenter=augmenter, seed=config.seed)
    with closing(_endless(batches)) as endless:
        return _search(config, _Learner(model, config, loss), endless, emit, should_stop)


class _Learner:
    """A model that learns from a batch at a rate that is told each time."""

    def __init__(self, model: keras.Model, config: TrainingConfig, loss: Loss) -> None:
        settings = dataclasses.replace(config.optimization, schedule="constant", warm_up=0.0)
        optimizer = make_optimizer(settings, HIGHEST, STEPS)
        optimizer.build(model.trainable_variables)
        self._schedule = schedule_of(optimizer)
        self._learn = _compile(model, optimizer, loss, config.input_size)

    def __call__(self, batch: Batch, rate: float) -> float:
        """Return the loss before the weights followed."""
        if self._schedule is not None:
            self._schedule.share.assign(rate / HIGHEST)
        return float(self._learn(*batch))


def _search(
    config: TrainingConfig, learner: _Learner, batches: Iterator[Batch], emit: Emit, should_stop: ShouldStop
) -> RateSearch:
    losses: list[float] = []
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    for done, rate in enumerate(rates, start=1):
        if should_stop():
            return conclude(rates.tolist(), losses, stopped=True)
        losses.append(float(np.mean([learner(next(batches), rate) for _ in range(config.optimization.accumulation)])))
        emit(Progress(done, STEPS, f"rate {rate:.1e}, loss {losses[-1]:.4f}"))
        if has_diverged(losses):
            break
    return conclude(rates.tolist(), losses)


def _compile(model: keras.Model, optimizer: Any, loss: Loss, size: tuple[int, int]) -> Callable[[Any, Any], Any]:
    signature = [tf.TensorSpec((None, *size, 3), tf.uint8), tf.TensorSpec((None, *size), tf.uint8)]

    @tf.function(input_signature=signature)
    def learn(pictures: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            value = loss(targets, model(tf.cast(pictures, tf.float32), training=True))
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    return learn  # type: ignore[no-any-return] # TensorFlow has no types


def _weights(
    config: TrainingConfig, coding: TargetCoding, reader: SampleReader, should_stop: ShouldStop
) -> npt.NDArray[np.float32] | None:
    """Return the class weights; they need every mask to be read."""
    if config.loss.class_weighting == "none":
        return None
    reader.read_all(progress=lambda _done: None, should_stop=should_stop)
    return class_weights(config.loss, coding, reader.counts)


def _endless(batches: Batches) -> Generator[Batch, None, None]:
    while True:
        yield from batches.epoch()
