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
_GRADES = 4096


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

    Pixels are ranked by how wrong they are in `_GRADES` grades, without sorting, which takes several times as long.
    Those of one grade share what the two extreme orders among them would give, which is a subgradient as well; the
    value differs from that of a sort by less than a grade.

    Source:
        Berman, Triki and Blaschko, "The Lovász-Softmax loss", CVPR 2018, arXiv:1705.08790.
    """
    probabilities, truth = _by_class(targets, logits)
    counted = ops.reshape(ops.not_equal(targets, IGNORED_TARGET), (1, -1))
    errors = ops.abs(truth - probabilities)
    losses = ops.sum(errors * _steepness(ops.stop_gradient(errors), truth, counted), axis=1)
    return _mean_of_classes(losses, ops.sum(truth, axis=1), class_weights)


def _steepness(errors: Any, truth: Any, counted: Any) -> Any:
    """Return by how much the Jaccard loss of a class grows as its pixels turn wrong, the most wrong ones first.

    Args:
        errors: (classes, pixels), 0 to 1.
        truth: (classes, pixels), 1 where a pixel is of the class.
        counted: (1, pixels) bool.

    Returns:
        (classes, pixels) float32; 0 where not counted. The differences of Berman's algorithm 1, written out: as
        differences of numbers near 1 they would lose their digits where there are many pixels.
    """
    n_classes = errors.shape[0]
    grades = ops.clip(_GRADES - 1 - ops.cast(errors * _GRADES, "int32"), 0, _GRADES - 1)
    places = ops.arange(n_classes, dtype="int32")[:, None] * _GRADES + grades
    # Whether a pixel is of the class is the last digit. Ignored ones are counted in a place behind all others.
    places = ops.where(counted, places * 2 + ops.cast(truth, "int32"), 2 * n_classes * _GRADES)
    numbers = _count(ops.reshape(places, (-1,)), 2 * n_classes * _GRADES + 1)
    # Whole numbers until here: float32 cannot count beyond 2^24 pixels.
    numbers = ops.reshape(numbers[: 2 * n_classes * _GRADES], (n_classes, _GRADES, 2))
    after = ops.cumsum(numbers, axis=1)
    before = ops.cast(after - numbers, "float32")
    after = ops.cast(after, "float32")
    pixels = after[:, -1:, 1]
    union_before, union_after = pixels + before[..., 0], pixels + after[..., 0]
    union_before, union_after = ops.maximum(union_before, 1.0), ops.maximum(union_after, 1.0)
    inside = (1 / union_before + 1 / union_after) / 2
    outside = (pixels - (before[..., 1] + after[..., 1]) / 2) / (union_before * union_after)
    table = ops.reshape(ops.stack([outside, inside], axis=-1), (-1,))
    return ops.take(ops.concatenate([table, ops.zeros((1,))]), places)


def _count(places: Any, n_places: int) -> Any:
    """Return how often each number from 0 to below ``n_places`` occurs, int32."""
    if keras.backend.backend() == "jax":  # its bincount cannot be compiled; that of TensorFlow is ten times as fast
        return ops.segment_sum(ops.ones_like(places), places, num_segments=n_places)
    return ops.cast(ops.bincount(places, minlength=n_places), "int32")


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
