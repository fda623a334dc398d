"""Mixed precision: float16 where it is quicker, float32 where it must be."""

import contextlib
from collections.abc import Iterator

import keras
import tensorflow as tf

from segstudio.learning.settings.execution import ExecutionSettings

_TENSOR_CORES = (7, 0)


def is_mixed(settings: ExecutionSettings) -> bool:
    """Return whether a training computes in mixed precision: ``auto`` does where there are tensor cores.

    Source:
        Micikevicius et al. 2018, arXiv:1710.03740; tensor cores come with compute capability 7.0.
    """
    if settings.precision != "auto":
        return settings.precision == "mixed"
    gpus = tf.config.list_physical_devices("GPU")
    capabilities = [tf.config.experimental.get_device_details(gpu).get("compute_capability") for gpu in gpus]
    return bool(gpus) and all(capability is not None and capability >= _TENSOR_CORES for capability in capabilities)


@contextlib.contextmanager
def computing_in(policy: str) -> Iterator[None]:
    """Let layers that are made meanwhile compute in ``float32`` or ``mixed_float16``. Of this thread only."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
