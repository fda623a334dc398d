"""A few predictions after every epoch, so that people see the model grow better."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segstudio.dataset.images import read_image
from segstudio.dataset.masks import write_mask
from segstudio.learning.events import SampleSaved
from segstudio.learning.learner import Learner
from segstudio.learning.pipeline import SampleReader
from segstudio.learning.targets import TargetCoding
from segstudio.learning.windows import n_windows, predict_by_windows

_SHOWN = 4
_MOST_WINDOWS = 16


def save_shown_samples(
    learner: Learner, reader: SampleReader, coding: TargetCoding, folder: Path, *, epoch: int
) -> Iterator[SampleSaved]:
    """Predict samples that lie evenly spread in the reader, and yield what was written.

    Where the model learns from crops, whole pictures are predicted window by window; those of more than sixteen
    windows are left out, since every epoch would wait for them.

    Raises:
        SegstudioError: a picture cannot be read any more.
        OSError: the disk is full, read-only or gone.
    """
    for position in np.unique(np.linspace(0, len(reader) - 1, _SHOWN).round().astype(int)):
        sample = reader.samples[int(position)]
        if reader.fit == "resize":
            predicted = _look(learner, reader.read(int(position))[0])
        else:
            image = read_image(sample.image)
            if n_windows((image.shape[0], image.shape[1]), reader.size) > _MOST_WINDOWS:
                continue
            predicted = predict_by_windows(image, reader.size, lambda window: _look(learner, window))
        path = f"samples/{epoch:04d}/{sample.key}.png"
        write_mask(folder / path, coding.decode(predicted))
        yield SampleSaved(epoch, sample.key, path)


def _look(learner: Learner, picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.integer]:
    """Return the predicted indices (height, width) of a picture of the input's size."""
    unknown = np.zeros((1, *picture.shape[:2]), dtype=np.uint8)
    _loss, predicted = learner.look((picture[None], unknown))
    return np.asarray(predicted[0])
