"""Loads TensorFlow without the notes that its C++ parts write past Python to stderr."""

import contextlib
import os
import sys
from collections.abc import Iterator


def load_tensorflow() -> None:
    """Import TensorFlow and let it look for devices, quietly.

    On a machine without a GPU it reports, as errors, that it found none; people take that for the trouble they have.
    ``TF_CPP_MIN_LOG_LEVEL`` does not reach these notes (TensorFlow 2.21); where it is set to 0 or 1, they are shown.
    Failures to import are exceptions and still arrive.
    """
    # Only 0 and 1 ask to be told more: a child finds here what its parent has set.
    told = os.environ.get("TF_CPP_MIN_LOG_LEVEL") in {"0", "1"}
    with contextlib.nullcontext() if told else _stderr_shut():
        # 3, not 2: at its first step oneDNN reports as an error which integers a processor has no instructions for.
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import tensorflow as tf

        tf.config.list_physical_devices()


@contextlib.contextmanager
def _stderr_shut() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
