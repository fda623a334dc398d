"""What the sheet of augmented pictures shows is what a training gets."""

import numpy as np

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.overlay import blend
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.augmentation import make_augmenter
from segstudio.learning.augmented_sheet import augmented_pairs
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import TargetCoding


def opened(tmp_path, **words):
    make_sample_dataset(tmp_path / "a", train=3, val=1, test=1, size=(40, 56), **words)
    return open_dataset(tmp_path / "a")


def test_pairs_are_made_by_the_augmenter_of_a_training(tmp_path):
    dataset = opened(tmp_path)
    samples = dataset.labelled("train")
    tiles = list(augmented_pairs(samples, dataset.classes, AugmentationSettings(preset="light"), seed=5))
    augmenter, coding = make_augmenter(AugmentationSettings(preset="light")), TargetCoding(dataset.classes)
    for number, (sample, before, after) in enumerate(zip(samples, tiles[::2], tiles[1::2], strict=True)):
        image, mask = read_image(sample.image), read_mask(sample.mask)
        assert np.array_equal(before.picture, blend(image, mask, dataset.classes, 0.5))
        changed, target = augmenter(image, coding.encode(mask, sample.mask), seed=(5, number))
        assert np.array_equal(after.picture, blend(changed, coding.decode(target), dataset.classes, 0.5))
        assert before.caption == sample.name
    pairs = zip(tiles[::2], tiles[1::2], strict=True)
    assert any(not np.array_equal(one.picture, other.picture) for one, other in pairs)


def test_one_seed_gives_one_sheet_and_another_gives_another(tmp_path):
    dataset = opened(tmp_path)

    def pictures(seed):
        return np.stack(
            [
                t.picture
                for t in augmented_pairs(
                    dataset.samples, dataset.classes, AugmentationSettings(preset="light"), seed=seed
                )
            ]
        )

    assert np.array_equal(pictures(1), pictures(1))
    assert not np.array_equal(pictures(1), pictures(2))


def test_without_augmentation_both_are_the_same(tmp_path):
    dataset = opened(tmp_path)
    before, after = augmented_pairs(dataset.samples[:1], dataset.classes, AugmentationSettings(preset="none"), seed=0)
    assert np.array_equal(before.picture, after.picture)


def test_unpainted_pixels_stay_clear_and_ignored_ones_have_their_colour(tmp_path):
    sample = opened(tmp_path).samples[0]
    void = ClassInfo(7, "void", (250, 0, 0), ignored=True)
    unpainted = ClassInfo(255, "unpainted", (0, 250, 0), ignored=True)
    background = ClassInfo(0, "background", (0, 0, 0))
    mask = np.full((40, 56), 255, np.uint8)
    write_mask(sample.mask, mask)
    before, _ = augmented_pairs(
        [sample], ClassList((background, unpainted), 255), AugmentationSettings(preset="none"), seed=0
    )
    assert np.array_equal(before.picture, read_image(sample.image))
    write_mask(sample.mask, np.full((40, 56), 7, np.uint8))
    before, _ = augmented_pairs([sample], ClassList((background, void)), AugmentationSettings(preset="none"), seed=0)
    assert (before.picture[..., 0] >= 125).all()


def test_a_mask_with_an_unknown_id_is_said_and_the_others_are_shown(tmp_path):
    dataset = opened(tmp_path)
    write_mask(dataset.samples[0].mask, np.full((40, 56), 99, np.uint8))
    tiles = list(
        augmented_pairs(dataset.labelled("train"), dataset.classes, AugmentationSettings(preset="light"), seed=0)
    )
    assert [tile.picture is None for tile in tiles] == [True, True, False, False, False, False]
