"""From files to batches: the right pixels, every sample once an epoch, and problems told by name."""

import threading

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import ImageError
from segstudio.learning.division import DataError, divide, fingerprint, sample_digest
from segstudio.learning.pipeline import Batches, SampleReader
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding, TargetError


def reader_of(folder, *, split="train", size=(32, 32), **options):
    dataset = open_dataset(folder)
    return SampleReader(dataset.labelled(split), TargetCoding(dataset.classes), size, **options)


def all_of(reader):
    return [reader.read(position) for position in range(len(reader))]


class Numbered:
    """Stands where a reader stands; sample ``n`` is a picture of one pixel with the number in it."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    n_windows = property(__len__)

    def window(self, position, random=None):
        image = np.array([[[position // 256, position % 256, 0]]], dtype=np.uint8)
        return image, np.zeros((1, 1), dtype=np.uint8)


def numbers(batches):
    return [int(picture[0, 0, 0]) * 256 + int(picture[0, 0, 1]) for pictures, _ in batches for picture in pictures]


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "tif", "webp"])
def test_a_red_picture_is_a_red_tensor(tmp_path, add_sample, ending):
    """R32."""
    red = np.zeros((40, 50, 3), dtype=np.uint8)
    red[..., 0] = 255
    add_sample(tmp_path, "train", "red", red, np.zeros((40, 50), dtype=np.uint8))
    (tmp_path / "train_images" / "red.png").unlink()
    cv2.imwrite(str(tmp_path / "train_images" / f"red.{ending}"), red[..., ::-1])
    (pictures, _targets) = next(Batches(reader_of(tmp_path), 1).epoch(0))
    assert pictures.shape == (1, 32, 32, 3)
    assert pictures.dtype == np.uint8
    assert (pictures[..., 0] > 250).all()
    assert (pictures[..., 1:] < 5).all()


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 300), batch_size=st.integers(1, 40), seed=st.integers(0, 5))
def test_an_epoch_is_the_dataset_each_sample_exactly_once_in_a_new_order(count, batch_size, seed):
    """R38."""
    batches = Batches(Numbered(count), batch_size, seed=seed)
    epochs = [list(batches.epoch(number)) for number in range(3)]
    orders = [numbers(epoch) for epoch in epochs]
    for epoch, order in zip(epochs, orders, strict=True):
        assert len(epoch) == len(batches)
        assert sorted(order) == list(range(count))
        assert all(len(pictures) == batch_size for pictures, _ in epoch[:-1])
    if count > 8:
        assert orders[0] != orders[1] != orders[2]
        assert orders[0] != numbers(Batches(Numbered(count), batch_size, seed=seed + 1).epoch(0))
    again = Batches(Numbered(count), batch_size, seed=seed)
    assert [numbers(again.epoch(number)) for number in (2, 0, 1)] == [orders[2], orders[0], orders[1]]


def test_without_a_seed_the_samples_keep_their_order():
    batches = Batches(Numbered(10), 3)
    assert numbers(batches.epoch(0)) == numbers(batches.epoch(1)) == list(range(10))


def test_two_pipelines_with_one_seed_give_the_same_batches(blocks):
    def series():
        batches = Batches(reader_of(blocks), 4, augmentation=AugmentationSettings(), seed=9)
        return [batch for number in range(3) for batch in batches.epoch(number)]

    for (pictures_a, targets_a), (pictures_b, targets_b) in zip(series(), series(), strict=True):
        np.testing.assert_array_equal(pictures_a, pictures_b)
        np.testing.assert_array_equal(targets_a, targets_b)


def test_what_does_not_fit_into_memory_is_read_anew_and_is_the_same(blocks):
    roomy, tight, none = (reader_of(blocks, cache_bytes=room) for room in (1 << 20, 2 * 32 * 32 * 4, 0))
    first = all_of(roomy)
    for other in (all_of(tight), all_of(tight), all_of(none)):
        for (image_a, target_a), (image_b, target_b) in zip(first, other, strict=True):
            np.testing.assert_array_equal(image_a, image_b)
            np.testing.assert_array_equal(target_a, target_b)
    assert [len(reader._cache) for reader in (roomy, tight, none)] == [6, 2, 0]


def test_ids_become_indices_and_ignored_ids_do_not_count(blocks):
    _image, target = reader_of(blocks, size=(40, 56)).read(0)
    assert set(np.unique(target)) == {0, 1, IGNORED_TARGET}
    assert (target[-3:] == IGNORED_TARGET).all()


def test_a_reader_knows_which_classes_it_has_seen(blocks):
    reader = reader_of(blocks)
    assert reader.seen == ()
    all_of(reader)
    assert reader.seen == (0, 1)


def test_an_image_and_a_mask_of_different_sizes_are_refused_with_both_sizes(blocks, add_sample):
    add_sample(blocks, "train", "odd", np.zeros((10, 20, 3), np.uint8), np.full((20, 10), 4, np.uint16))
    with pytest.raises(DataError, match=r"odd\.png is 10 × 20 pixels, its picture 20 × 10"):
        all_of(reader_of(blocks))


def test_an_unknown_id_is_refused_with_file_pixel_and_value(blocks, add_sample):
    """R33."""
    mask = np.full((40, 56), 4, np.uint16)
    mask[7, 9] = 3
    add_sample(blocks, "train", "stray", np.zeros((40, 56, 3), np.uint8), mask)
    with pytest.raises(TargetError, match=r"stray\.png: pixel x=9, y=7 has the id 3"):
        all_of(reader_of(blocks))


def test_an_unreadable_picture_is_refused_by_name(blocks):
    picture = blocks / "train_images" / "train-2.png"
    picture.write_bytes(picture.read_bytes()[:200])
    with pytest.raises(ImageError, match=r"train-2\.png"):
        all_of(reader_of(blocks))


def test_the_first_problem_in_the_order_of_the_samples_is_told(blocks):
    for name in ("train-4", "train-1", "train-3"):
        (blocks / "train_images" / f"{name}.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"train-1\.png"):
        reader_of(blocks).read_all(progress=lambda done: None, should_stop=lambda: False)


def test_reading_all_tells_how_far_it_is_and_leaves_when_asked(blocks):
    told = []
    digests = reader_of(blocks).read_all(progress=told.append, should_stop=lambda: False)
    assert told == [1, 2, 3, 4, 5, 6]
    assert len(digests) == 6
    reader = reader_of(blocks)
    assert reader.read_all(progress=lambda done: None, should_stop=lambda: True) == []
    assert reader.seen == ()


def test_the_hash_of_the_data_changes_with_every_byte_and_name_of_it(blocks):
    def current():
        return fingerprint(sample_digest(sample) for sample in open_dataset(blocks))

    first = current()
    assert current() == first
    mask = blocks / "train_segmentation" / "train-1.png"
    mask.write_bytes(mask.read_bytes() + b"\0")
    second = current()
    (blocks / "val_images" / "val-0.png").rename(blocks / "val_images" / "val-9.png")
    (blocks / "val_segmentation" / "val-0.png").rename(blocks / "val_segmentation" / "val-9.png")
    assert len({first, second, current()}) == 3


def test_a_picture_that_vanished_is_told_by_name_when_the_data_are_hashed(blocks):
    sample = open_dataset(blocks).samples[0]
    sample.image.unlink()
    sample.image.symlink_to(blocks / "nowhere.png")
    with pytest.raises(DataError, match=r"train-0\.png cannot be read"):
        sample_digest(sample)


def pipeline_threads():
    return [thread for thread in threading.enumerate() if thread.name == "batches ahead"]


def test_an_error_in_the_thread_that_reads_ahead_arrives_where_the_batches_are_used(blocks):
    (blocks / "train_images" / "train-5.png").write_bytes(b"no picture")
    batches = Batches(reader_of(blocks), 2)
    with pytest.raises(ImageError, match=r"train-5\.png"):
        list(batches.epoch(0))
    assert pipeline_threads() == []


def test_leaving_an_epoch_in_its_middle_ends_its_thread():
    epoch = Batches(Numbered(1000), 1).epoch(0)
    next(epoch)
    assert len(pipeline_threads()) == 1
    epoch.close()
    assert pipeline_threads() == []


def labelled_counts(division):
    return len(division.train), len(division.val)


def test_a_val_split_with_masks_is_used_as_it_stands(blocks):
    division = divide(open_dataset(blocks), validation_fraction=0.5, seed=0)
    assert labelled_counts(division) == (6, 3)
    assert {sample.split for sample in division.val} == {"val"}


@pytest.mark.parametrize(("count", "fraction", "expected"), [(6, 0.2, (5, 1)), (2, 0.9, (1, 1)), (1, 0.5, (1, 0))])
def test_without_val_masks_a_part_of_train_is_held_out_and_never_all_of_it(
    tmp_path, make_blocks, count, fraction, expected
):
    dataset = open_dataset(make_blocks(tmp_path, train=count, val=0))
    division = divide(dataset, validation_fraction=fraction, seed=0)
    assert labelled_counts(division) == expected
    assert not set(division.train) & set(division.val)
    assert set(division.train) | set(division.val) == set(dataset.samples)


def test_the_seed_decides_what_is_held_out(tmp_path, make_blocks):
    dataset = open_dataset(make_blocks(tmp_path, train=12, val=0))
    held = [divide(dataset, validation_fraction=0.25, seed=seed).val for seed in (0, 0, 1, 2)]
    assert held[0] == held[1]
    assert len(set(held)) > 1


def test_a_dataset_without_masks_is_refused(tmp_path, make_blocks):
    folder = make_blocks(tmp_path)
    for mask in (folder / "train_segmentation").iterdir():
        mask.unlink()
    with pytest.raises(DataError, match=r"No picture in the train split .* Paint at least one"):
        divide(open_dataset(folder), validation_fraction=0.2, seed=0)
