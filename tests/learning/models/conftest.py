"""Models that many tests look at, built once."""

from functools import cache

import keras
import numpy as np
import pytest

from segstudio.learning.models.build import build_model


@cache
def _built(architecture, backbone):
    keras.utils.set_random_seed(0)
    model = build_model(architecture, backbone, 3)
    return model, [keras.ops.convert_to_numpy(weight) for weight in model.weights]


@pytest.fixture(scope="session")
def built():
    """Return ``built(architecture, backbone)``: a model of three classes, with the weights that it was built with.

    It is one for all tests; a test may change its weights, which are put back for the next one that asks.
    """

    def built(architecture, backbone):
        model, weights = _built(architecture, backbone)
        for own, first in zip(model.weights, weights, strict=True):
            own.assign(first)
        return model

    yield built
    _built.cache_clear()


@pytest.fixture(scope="session")
def noise():
    """Return ``noise(*shape)``: uint8 pictures, the same each time."""
    return lambda *shape: np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
