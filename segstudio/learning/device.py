"""What the training runs on: naming it, and leaving a core to the window."""

import os

import tensorflow as tf


def limit_threads(threads: int) -> None:
    """Let TensorFlow use so many threads; only before it has computed anything."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def describe_device() -> str:
    """Name the device for people: ``GPU (NVIDIA …)`` or ``CPU, 2 threads``."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", gpus[0].name)
        return f"GPU ({name})"
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    return f"CPU, {threads} {'thread' if threads == 1 else 'threads'}"
