"""What the training runs on: naming it, and leaving a core to the window."""

import os
import subprocess

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


def device_facts() -> dict[str, object]:
    """Say what trainings run on, as plain data.

    Returns:
        ``name`` as `describe_device`, ``gpu`` whether it is one, ``memory_bytes`` of the GPU (None where that is not
        known, and for a CPU), ``cores`` of the CPU.
    """
    gpus = tf.config.list_physical_devices("GPU")
    return {
        "name": describe_device(),
        "gpu": bool(gpus),
        "memory_bytes": _gpu_bytes(gpus[0]) if gpus else None,
        "cores": os.cpu_count() or 1,
    }


def _gpu_bytes(gpu: tf.config.PhysicalDevice) -> int | None:
    """Ask the driver's own tool: TensorFlow tells the memory that it uses, not the memory that there is."""
    command = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
        return int(answer.splitlines()[int(gpu.name.rsplit(":", 1)[-1])]) * 2**20
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None
