"""Pictures at their own resolution: windows out of them, decoded once, counted whole."""

import numpy as np
import pytest

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.learning import sample_reader
from segstudio.learning.pipeline import Batches, SampleReader
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding


@pytest.fixture
def mixed(tmp_path, add_sample, classes):
    """Pictures of 70 x 90, 20 x 100 and 40 x 40 of noise, all of whose pixels count."""
    from segstudio.dataset.classes import save_classes

    random = np.random.default_rng(1)
    for number, size in enumerate([(70, 90), (20, 100), (40, 40)]):
        image = random.integers(0, 256, (*size, 3), dtype=np.uint8)
        add_sample(tmp_path, "train", f"{number}", image, random.choice([4, 300], size).astype(np.uint16))
    save_classes(tmp_path, classes)
    return open_dataset(tmp_path)


@pytest.fixture
def decoded(monkeypatch):
    """The pictures that were decoded, in order."""
    seen = []

    def read(path):
        seen.append(path.stem)
        return read_image(path)

    monkeypatch.setattr(sample_reader, "read_image", read)
    return seen


def reader_of(dataset, **options):
    return SampleReader(dataset.labelled("train"), TargetCoding(dataset.classes), (32, 32), fit="crop", **options)


def test_an_epoch_has_as_many_windows_as_cover_the_pictures(mixed):
    reader = reader_of(mixed)
    assert len(reader) == 3
    assert reader.n_windows == 3 * 3 + 1 * 4 + 2 * 2
    assert len(Batches(reader, 4)) == 5


def test_the_grid_counts_every_pixel_of_every_picture_once(mixed):
    reader = reader_of(mixed)
    reader.read_all(progress=lambda done: None, should_stop=lambda: False)
    targets = np.concatenate([targets for _, targets in Batches(reader, 4).epoch(0)])
    counts = [int((targets == index).sum()) for index in range(2)]
    assert counts == reader.counts.sum(axis=0).tolist()
    assert sum(counts) == 70 * 90 + 20 * 100 + 40 * 40


def test_counts_are_those_of_the_masks_on_disk(mixed):
    reader = reader_of(mixed)
    assert reader.counts.dtype == np.int64
    assert not reader.counts.any()
    reader.read_all(progress=lambda done: None, should_stop=lambda: False)
    masks = [read_mask(sample.mask) for sample in reader.samples]
    assert reader.counts.tolist() == [[int((mask == 4).sum()), int((mask == 300).sum())] for mask in masks]


def test_training_windows_are_pieces_of_the_pictures_that_change_with_the_epoch(mixed):
    reader, dataset_images = reader_of(mixed), [read_image(sample.image) for sample in mixed.labelled("train")]

    def series(number):
        batches = list(Batches(reader, 4, seed=7).epoch(number))
        return np.concatenate([p for p, _ in batches]), np.concatenate([t for _, t in batches])

    pictures, targets = series(1)
    assert (pictures == series(1)[0]).all()
    assert (pictures != series(2)[0]).any()
    sizes = set()
    for picture, target in zip(pictures, targets, strict=True):
        counted = target != IGNORED_TARGET
        height, width = counted.any(axis=1).sum(), counted.any(axis=0).sum()
        sizes.add((height, width))
        corner = picture[:height, :width].tobytes()
        assert any(
            image[top : top + height, left : left + width].tobytes() == corner
            for image in dataset_images
            for top in range(image.shape[0] - height + 1)
            for left in range(image.shape[1] - width + 1)
        )
    assert sizes == {(32, 32), (20, 32)}


def test_a_picture_is_decoded_once_where_it_fits_into_memory(mixed, decoded):
    batches = Batches(reader_of(mixed), 4, seed=0)
    for number in range(3):
        list(batches.epoch(number))
    assert sorted(decoded) == ["0", "1", "2"]


def test_what_does_not_fit_is_the_same_and_windows_of_one_picture_share_a_decoding(mixed, decoded):
    roomy = list(Batches(reader_of(mixed), 4).epoch(0))
    decoded.clear()
    tight = reader_of(mixed, cache_bytes=0)
    for (image_a, target_a), (image_b, target_b) in zip(roomy, Batches(tight, 4).epoch(0), strict=True):
        np.testing.assert_array_equal(image_a, image_b)
        np.testing.assert_array_equal(target_a, target_b)
    assert len(decoded) < tight.n_windows


def test_what_is_kept_stays_within_its_budget_in_bytes(mixed):
    budget = (40 * 40 + 20 * 100) * 4
    reader = reader_of(mixed, cache_bytes=budget)
    list(Batches(reader, 4, seed=0).epoch(0))
    kept = sum(image.nbytes + target.nbytes for image, target in reader._cache.values())
    assert kept == budget


def test_a_sample_is_shown_by_a_window_of_the_inputs_size(mixed):
    for position in range(3):
        image, target = reader_of(mixed).read(position)
        assert image.shape == (32, 32, 3)
        assert target.shape == (32, 32)
