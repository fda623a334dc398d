"""A few predictions after every epoch, so that people see the model grow better."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segstudio.dataset.masks import write_mask
from segstudio.learning.events import SampleSaved
from segstudio.learning.learner import Learner
from segstudio.learning.pipeline import SampleReader
from segstudio.learning.targets import TargetCoding

_SHOWN = 4


def save_shown_samples(
    learner: Learner, reader: SampleReader, coding: TargetCoding, folder: Path, *, epoch: int
) -> Iterator[SampleSaved]:
    """Predict samples that lie evenly spread in the reader, and yield what was written.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    for position in np.unique(np.linspace(0, len(reader) - 1, _SHOWN).round().astype(int)):
        picture, target = reader.read(int(position))
        _loss, predicted = learner.look((picture[None], target[None]))
        sample = reader.samples[int(position)]
        path = f"samples/{epoch:04d}/{sample.key}.png"
        write_mask(folder / path, coding.decode(predicted[0]))
        yield SampleSaved(epoch, sample.key, path)
