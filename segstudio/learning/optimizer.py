"""How weights follow their gradients."""

from typing import Any

import keras

WEIGHT_DECAY = 1e-4
WARM_UP_SHARE = 0.08


def make_optimizer(learning_rate: float, steps: int) -> Any:
    """Return AdamW with a short linear warm-up and cosine decay to a hundredth, a step at a time.

    Args:
        learning_rate: the peak.
        steps: how many the whole run has.

    Source:
        Loshchilov and Hutter 2019, arXiv:1711.05101 (AdamW); 2017, arXiv:1608.03983 (cosine decay).
    """
    warm_up = min(max(1, round(steps * WARM_UP_SHARE)), max(steps - 1, 1))
    schedule = keras.optimizers.schedules.CosineDecay(
        learning_rate / 20,
        decay_steps=max(steps - warm_up, 1),
        alpha=0.01,
        warmup_target=learning_rate,
        warmup_steps=warm_up,
    )
    return keras.optimizers.AdamW(schedule, weight_decay=WEIGHT_DECAY)
