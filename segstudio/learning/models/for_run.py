"""The model that a run begins with: of the catalogue or of a person, anew or with the weights of an earlier run."""

import dataclasses
from pathlib import Path

import keras

from segstudio.dataset.classes import ClassList
from segstudio.learning.catalog import OWN, UNPRETRAINED
from segstudio.learning.config import TrainingConfig
from segstudio.learning.models.build import ModelError, build_model, check_buildable
from segstudio.learning.models.own import build_own
from segstudio.learning.models.own_code import OwnModelError
from segstudio.learning.models.taking_over import take_over

_POOLING_BACKBONES = {"custom", "vgg16"}


def check_model(config: TrainingConfig, n_classes: int) -> None:
    """Refuse what cannot be built, before a run has a folder.

    Raises:
        ModelError: there is no such model, or XLA cannot compile it.
    """
    if config.architecture == OWN:
        if config.model_file is None or not config.model_file.is_file():
            raise OwnModelError(f"There is no file {config.model_file}. Choose the Python file of your model.")
        return
    check_buildable(config.architecture, config.backbone, n_classes, weights=config.weights)
    if config.execution.xla and config.architecture == "segnet" and config.backbone in _POOLING_BACKBONES:
        # tf.nn.max_pool_with_argmax has no XLA kernel.
        raise ModelError("XLA cannot compile SegNet’s unpooling. Switch XLA off, or choose another architecture.")


def build_for_run(config: TrainingConfig, classes: ClassList, *, model_file: Path | None) -> keras.Model:
    """Build the model of a run.

    Args:
        config: the run's settings.
        classes: those that it tells apart.
        model_file: the run's copy of a person's file; None for an architecture of the catalogue.

    Returns:
        A model from pictures to logits.

    Raises:
        ModelError, WeightsError, TakeOverError, RunError: it cannot be built, or what it begins with cannot be had.
    """
    n_classes = len(classes.counted)
    if model_file is not None:
        model = build_own(model_file, n_classes, (*config.input_size, 3))
    else:
        model = build_model(config.architecture, config.backbone, n_classes, weights=config.weights)
    if config.start_from is not None:
        take_over(model, config.start_from, classes)
    return model


def without_beginnings(config: TrainingConfig) -> TrainingConfig:
    """Return settings for a model whose weights are about to be replaced: it need not begin with any in particular."""
    return dataclasses.replace(config, weights=UNPRETRAINED, start_from=None)
