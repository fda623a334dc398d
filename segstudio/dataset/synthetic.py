"""The sample dataset: made by the program itself, the same on every machine."""

from pathlib import Path

import numpy as np

from segstudio.dataset.classes import save_classes
from segstudio.dataset.dataset import SPLITS
from segstudio.dataset.masks import write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.dataset.scenes import SCENE_CLASSES, draw_scene
from segstudio.errors import SegstudioError


class SampleDatasetError(SegstudioError):
    """The sample dataset cannot be made there."""


def make_sample_dataset(
    folder: Path, *, seed: int = 0, train: int = 24, val: int = 8, test: int = 4, size: tuple[int, int] = (192, 256)
) -> None:
    """Make a dataset of street scenes with exact masks, in segstudio's own layout.

    Args:
        folder: a new or empty folder.
        seed: decides all scenes; the same seed makes the same pictures.
        train: how many for training.
        val: how many for validation.
        test: how many for testing.
        size: (height, width) of each, in pixels.

    Raises:
        SampleDatasetError: the folder holds something already, or cannot be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SampleDatasetError(f"{folder} is there already and not empty. Choose a new folder.")
    random = np.random.default_rng(seed)
    try:
        for split, count in zip(SPLITS, (train, val, test), strict=True):
            for number in range(1, count + 1):
                picture, mask = draw_scene(size, random)
                name = f"scene-{number:03d}.png"
                write_picture(folder / f"{split}_images" / name, picture)
                write_mask(folder / f"{split}_segmentation" / name, mask)
        save_classes(folder, SCENE_CLASSES)
    except OSError as error:
        raise SampleDatasetError(f"{folder} cannot be written to: {error.strerror or error}.") from error
