"""The figures of epochs as event files for TensorBoard, beside the run's own."""

import dataclasses
from pathlib import Path

import tensorflow as tf

from segstudio.learning.events import EpochEnded, Figures

FOLDER = "tensorboard"


class Scalars:
    """Writes ``tensorboard/train`` and ``tensorboard/val`` of a run.

    A run that goes on writes a file more; what an epoch says twice is the same, and TensorBoard shows it once.

    Args:
        folder: the run's; None to write nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._writers = (
            {}
            if folder is None
            else {part: tf.summary.create_file_writer(str(folder / FOLDER / part)) for part in ("train", "val")}
        )

    def write(self, epoch: EpochEnded) -> None:
        """Write the figures of an epoch, and the learning rate beside those of train."""
        for part, writer in self._writers.items():
            figures: Figures | None = getattr(epoch, part)
            if figures is None:
                continue
            with writer.as_default(step=epoch.epoch):
                for field in dataclasses.fields(figures):
                    value = getattr(figures, field.name)
                    if isinstance(value, float):
                        _write(field.name, value)
                if part == "train" and epoch.learning_rate is not None:
                    _write("learning_rate", epoch.learning_rate)
            writer.flush()

    def close(self) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()


def _write(name: str, value: float) -> None:
    """As ``tf.summary.scalar`` does, which wants TensorBoard itself to be installed."""
    kinds = tf.compat.v1.SummaryMetadata
    metadata = kinds(plugin_data=kinds.PluginData(plugin_name="scalars"))
    tf.summary.write(name, tf.constant(value, tf.float32), metadata=metadata)
