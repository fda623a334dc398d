"""Loads TensorFlow without the notes that its C++ parts write past Python to stderr."""

import contextlib
import os
import sys
from collections.abc import Iterator

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


def load_tensorflow() -> None:
    """Import TensorFlow and let it look for devices, quietly.

    On a machine without a GPU it reports, as errors, that it found none; people take that for the trouble they have.
    ``TF_CPP_MIN_LOG_LEVEL`` does not reach these notes (TensorFlow 2.21), and where it is set everything is shown.
    Failures to import are exceptions and still arrive.
    """
    if _LEVEL in os.environ:
        import tensorflow as tf

        tf.config.list_physical_devices()
        return
    # 3, not 2: at its first step oneDNN reports as an error which integers a processor has no instructions for.
    os.environ[_LEVEL] = "3"
    try:
        with _stderr_shut():
            import tensorflow as tf

            tf.config.list_physical_devices()
    finally:
        # It was read at the import; left there, a child would take it for the wish to see everything.
        del os.environ[_LEVEL]


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
