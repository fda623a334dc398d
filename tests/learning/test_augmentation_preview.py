"""The preview shows what a training would meet: its input size, its changes, its ignored pixels."""

import numpy as np
import pytest

from segstudio.dataset.images import read_image
from segstudio.errors import SegstudioError
from segstudio.learning.augmentation_preview import write_preview
from segstudio.learning.config import TrainingConfig
from segstudio.learning.isolated import Worker
from segstudio.learning.settings.augmentation import PRESETS, AugmentationSettings


def never():
    return False


def preview(folder, output, *, preset="strong", seed=1, **options):
    config = TrainingConfig(
        dataset=folder, input_size=(32, 48), augmentation=AugmentationSettings(preset=preset), **options
    )
    return write_preview(config, output, count=2, variants=3, seed=seed, emit=lambda event: None, should_stop=never)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("fit", ["resize", "crop"])
def test_each_sample_is_shown_unchanged_and_as_it_may_come_out(blocks, tmp_path, preset, fit):
    rows = preview(blocks, tmp_path / "out", preset=preset, fit=fit)
    assert [name for name, _ in rows] == ["train-0", "train-3"]
    for _name, paths in rows:
        first, *changed = [read_image(path) for path in paths]
        assert first.shape == (32, 48, 3)
        assert len(changed) == 3
        assert all(picture.shape == first.shape for picture in changed)
        assert any((picture != first).any() for picture in changed) == (preset != "none")


def test_a_seed_shows_the_same_again_and_another_shows_others(blocks, tmp_path):
    def pictures(seed, folder):
        return np.stack(
            [read_image(path) for _, paths in preview(blocks, tmp_path / folder, seed=seed) for path in paths]
        )

    first = pictures(1, "a")
    assert (pictures(1, "b") == first).all()
    assert (pictures(2, "c") != first).any()


def test_ignored_pixels_are_grey(blocks, tmp_path):
    """The lowest three of forty rows are of the ignored class."""
    ((_name, (first, *_)), _other) = preview(blocks, tmp_path / "out", preset="none")
    last = read_image(first)[-1].astype(int)
    image = read_image(blocks / "train_images" / "train-0.png")[-1].astype(int)
    assert abs(last.mean() - (image.mean() + 128) / 2) < 3


def test_the_worker_makes_the_same_pictures(blocks, tmp_path):
    config = TrainingConfig(dataset=blocks, input_size=(32, 48), augmentation=AugmentationSettings(preset="strong"))
    events = []
    words = {"count": 2, "variants": 3, "seed": 1, "emit": events.append, "should_stop": never}
    expected = write_preview(config, tmp_path / "here", **words)
    worker = Worker()
    try:
        rows = worker.preview_augmentation(config, tmp_path / "there", **words)
        with pytest.raises(SegstudioError, match="no picture with a mask"):
            worker.preview_augmentation(TrainingConfig(dataset=_without_masks(blocks)), tmp_path / "there", **words)
    finally:
        worker.close()
    assert [name for name, _ in rows] == [name for name, _ in expected]
    for (_, here), (_, there) in zip(expected, rows, strict=True):
        for one, other in zip(here, there, strict=True):
            assert one.read_bytes() == other.read_bytes()
    assert [event.done for event in events] == [1, 2, 1, 2]


def _without_masks(folder):
    for mask in (folder / "train_segmentation").iterdir():
        mask.unlink()
    return folder
