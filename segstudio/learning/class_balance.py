"""What the classes of a run weigh in its loss. No Keras."""

import numpy as np
import numpy.typing as npt

from segstudio.dataset.class_weights import Weights, inverse_frequency, median_frequency
from segstudio.learning.settings.checks import ConfigError
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.targets import TargetCoding

MOST_TIMES = 100.0
"""How many times as much as the lightest class the heaviest may weigh where frequencies decide: the few pixels of a
class that hardly occurs would else shake the whole model, and a slip of the brush among them most of all."""


def class_weights(
    settings: LossSettings, coding: TargetCoding, counts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32] | None:
    """Return what a pixel of each class weighs.

    The weights are such that a pixel of train weighs 1 on average, so that a learning rate means what it means without
    weights; only what they are to each other comes from the settings. Where frequencies decide, classes that do not
    occur weigh 1, and no class more than `MOST_TIMES` another.

    Args:
        settings: how the classes are weighted.
        coding: class ids to indices.
        counts: (samples, classes) pixels by class index of each train sample, ignored ones left out.

    Returns:
        (classes,) float32 by class index, or None where all weigh alike.

    Raises:
        ConfigError: every class that occurs in train weighs 0.
    """
    pixels = counts.sum(axis=0)
    if settings.class_weighting == "none" or not pixels.any():
        return None
    if settings.class_weighting == "by_hand":
        by_id = dict(settings.weights)
        weights = np.array([by_id.get(entry.id, 1.0) for entry in coding.classes.counted])
    else:
        formula = median_frequency if settings.class_weighting == "median_frequency" else inverse_frequency
        weights = _capped(formula(counts))
    average = float(np.average(np.nan_to_num(weights), weights=pixels))
    if average == 0:
        raise ConfigError("Every class that occurs in train weighs 0. Give at least one of them a weight above 0.")
    weights = np.where(np.isnan(weights), 1.0, weights / average)
    return None if np.allclose(weights, 1.0) else weights.astype(np.float32)


def _capped(weights: Weights) -> Weights:
    return np.asarray(np.minimum(weights, MOST_TIMES * np.nanmin(weights)))
