"""What training makes small. Ignored pixels leave every loss and its gradient exactly unchanged.

All losses take targets (batch, height, width) of integer class indices, in which `IGNORED_TARGET` does not count, and
logits (batch, height, width, classes) of any floating type, and answer a float32 scalar: 0 where no pixel counts.
``class_weights``, (classes,) float32 or None for 1 each, are what a pixel of a class (cross-entropy, focal) or the
class as a whole (Dice, Lovász) weighs.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from segstudio.learning.settings.loss import LossName, LossSettings
from segstudio.learning.targets import IGNORED_TARGET

Loss = Callable[[Any, Any], Any]
"""From targets and logits to a scalar."""

ClassWeights = npt.NDArray[np.float32] | None

_LEAST_DOUBT = 1e-7


def make_loss(settings: LossSettings, class_weights: ClassWeights) -> Loss:
    """Return the loss of some settings.

    Args:
        settings: which one.
        class_weights: (classes,) float32 by class index, see `class_balance.class_weights`; None for 1 each.
    """
    losses: dict[LossName, Callable[..., Any]] = {
        "cross_entropy": cross_entropy,
        "cross_entropy_dice": cross_entropy_dice,
        "dice": dice,
        "focal": partial(focal, focus=settings.focus),
        "lovasz": lovasz,
    }
    return partial(losses[settings.name], class_weights=class_weights)


def cross_entropy(targets: Any, logits: Any, *, class_weights: ClassWeights = None) -> Any:
    """Mean cross-entropy over the pixels that count, each weighing as its class.

    The sum is divided by the number of pixels, not by what they weigh: a pixel weighs the same in every batch.
    """
    counted, indices, logits = _cleaned(targets, logits)
    return _mean_of_pixels(_surprise(indices, logits), counted, indices, class_weights)


def focal(targets: Any, logits: Any, *, focus: float, class_weights: ClassWeights = None) -> Any:
    """Cross-entropy in which a pixel weighs by ``doubt ** focus``, doubt being the probability that it is wrong.

    Source:
        Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, arXiv:1708.02002; alpha is ``class_weights``.
    """
    counted, indices, logits = _cleaned(targets, logits)
    surprise = _surprise(indices, logits)
    # Below 1 a power is infinitely steep at 0, where a pixel is certain.
    doubt = ops.maximum(-ops.expm1(-surprise), _LEAST_DOUBT)
    return _mean_of_pixels(doubt**focus * surprise, counted, indices, class_weights)


def dice(targets: Any, logits: Any, *, class_weights: ClassWeights = None) -> Any:
    """1 - soft Dice coefficient, 2 ∑pt / (∑p + ∑t) over all pixels of the batch; the mean of the classes that occur.

    Only classes that occur in the batch's targets have a coefficient: of one that does not, it would be 0 whatever the
    model answers. What is wrongly taken for such a class costs the class that it is.

    Source:
        Milletari et al., "V-Net", 3DV 2016, arXiv:1606.04797; sums without squares as in Drozdzal et al. 2016,
        arXiv:1608.04117.
    """
    probabilities, truth = _by_class(targets, logits)
    pixels = ops.sum(truth, axis=1)
    overlap = ops.sum(probabilities * truth, axis=1)
    both = ops.sum(probabilities, axis=1) + pixels
    return _mean_of_classes(1.0 - 2.0 * overlap / ops.maximum(both, 1.0), pixels, class_weights)


def cross_entropy_dice(targets: Any, logits: Any, *, class_weights: ClassWeights = None) -> Any:
    """Sum of `cross_entropy` and `dice`: the first is steady, the second minds small classes."""
    pixels = cross_entropy(targets, logits, class_weights=class_weights)
    return pixels + dice(targets, logits, class_weights=class_weights)


def lovasz(targets: Any, logits: Any, *, class_weights: ClassWeights = None) -> Any:
    """Lovász-softmax over all pixels of the batch: the mean of the classes that occur in its targets.

    Source:
        Berman, Triki and Blaschko, "The Lovász-Softmax loss", CVPR 2018, arXiv:1705.08790.
    """
    probabilities, truth = _by_class(targets, logits)
    # Ignored pixels are 0 in both, so they come behind the others, or among those that are just as right: they add
    # nothing, but would move the ranks of these. Below all of them they move none.
    counted = ops.cast(ops.reshape(ops.not_equal(targets, IGNORED_TARGET), (1, -1)), "float32")
    errors = ops.abs(truth - probabilities)
    ranking = ops.argsort(ops.stop_gradient(1.0 - counted - errors), axis=1)
    steepness = _steepness(ops.take_along_axis(truth, ranking, axis=1))
    losses = ops.sum(ops.take_along_axis(errors, ranking, axis=1) * ops.stop_gradient(steepness), axis=1)
    return _mean_of_classes(losses, ops.sum(truth, axis=1), class_weights)


def _steepness(truth: Any) -> Any:
    """Return by how much the Jaccard loss of each class grows as its pixels turn wrong one after another.

    Args:
        truth: (classes, pixels), 1 where a pixel is of the class, the most wrong ones first.

    Returns:
        (classes, pixels) float32. The differences of Berman's algorithm 1, written out: as differences of numbers near
        1 they would lose their digits where there are many pixels.
    """
    # Whole numbers: float32 cannot count beyond 2^24 pixels.
    inside = ops.cumsum(ops.cast(truth, "int32"), axis=1)
    outside = ops.cumsum(1 - ops.cast(truth, "int32"), axis=1)
    pixels = ops.cast(inside[:, -1:], "float32")
    missed, union = ops.cast(inside, "float32"), pixels + ops.cast(outside, "float32")
    found = (pixels - missed) / (ops.maximum(union, 1.0) * ops.maximum(union - 1.0, 1.0))
    return ops.where(truth > 0, 1.0 / ops.maximum(union, 1.0), found)


def _cleaned(targets: Any, logits: Any) -> tuple[Any, Any, Any]:
    """Return which pixels count, class indices, and float32 logits; the last two 0 where a pixel is ignored.

    Before a loss as well as behind it: an infinite logit of an ignored pixel would still spoil the gradient.
    """
    counted = ops.not_equal(targets, IGNORED_TARGET)
    indices = ops.where(counted, ops.cast(targets, "int32"), 0)
    return counted, indices, ops.where(counted[..., None], ops.cast(logits, "float32"), 0.0)


def _surprise(indices: Any, logits: Any) -> Any:
    """Return the cross-entropy of each pixel."""
    return keras.losses.sparse_categorical_crossentropy(indices, logits, from_logits=True)


def _by_class(targets: Any, logits: Any) -> tuple[Any, Any]:
    """Return probabilities and truth, (classes, pixels) float32 each; both 0 where a pixel is ignored."""
    counted, indices, logits = _cleaned(targets, logits)
    n_classes = logits.shape[-1]
    counted = ops.cast(ops.reshape(counted, (1, -1)), "float32")
    probabilities = ops.transpose(ops.reshape(ops.softmax(logits, axis=-1), (-1, n_classes))) * counted
    classes = ops.arange(n_classes, dtype="int32")[:, None]
    return probabilities, ops.cast(ops.equal(ops.reshape(indices, (1, -1)), classes), "float32") * counted


def _mean_of_pixels(losses: Any, counted: Any, indices: Any, class_weights: ClassWeights) -> Any:
    if class_weights is not None:
        losses = losses * ops.take(ops.convert_to_tensor(class_weights, "float32"), indices)
    losses = ops.where(counted, losses, 0.0)
    return ops.sum(losses) / ops.maximum(ops.sum(ops.cast(counted, "float32")), 1.0)


def _mean_of_classes(losses: Any, pixels: Any, class_weights: ClassWeights) -> Any:
    """Return the weighted mean over the classes that have pixels."""
    weights = ops.cast(pixels > 0, "float32")
    if class_weights is not None:
        weights = weights * ops.convert_to_tensor(class_weights, "float32")
    total = ops.sum(weights)
    return ops.sum(losses * weights) / ops.where(total > 0, total, 1.0)
