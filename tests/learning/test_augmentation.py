"""What is done to a picture is done to its mask, every time in the same way."""

import cv2
import numpy as np
import pytest

from segstudio.learning.augmentation import Augmenter, iaa, make_augmenter
from segstudio.learning.settings.augmentation import PRESETS, AugmentationSettings
from segstudio.learning.targets import IGNORED_TARGET

SIZES = [(33, 47), (100, 100), (32, 32)]


def halves(size):
    """A picture whose brightness tells the class: 0 at the left, 1 at the right, 2 in a block, ignored at the top."""
    target = np.zeros(size, dtype=np.uint8)
    target[:, size[1] // 2 :] = 1
    target[size[0] // 3 : size[0] // 3 * 2, size[1] // 4 : size[1] // 2] = 2
    target[: size[0] // 8] = IGNORED_TARGET
    levels = np.zeros(256, dtype=np.uint8)
    levels[[1, 2, IGNORED_TARGET]] = 80, 160, 240
    return np.repeat(levels[target][..., None], 3, axis=2), target


def steps_of(augmenter):
    found = []
    waiting = [augmenter._change]
    while waiting:
        step = waiting.pop()
        found.append(step)
        waiting += [child for children in step.get_children_lists() for child in children]
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("preset", [preset for preset in PRESETS if preset != "none"])
def test_every_augmenter_offered_runs_clean_under_numpy_2(preset, size):
    """Warnings are errors in these tests; each step is also run alone, so that chance leaves none out."""
    image, target = halves(size)
    for step in steps_of(make_augmenter(AugmentationSettings(preset=preset), seed=0)):
        augmenter = Augmenter(step, seed=1)
        for _ in range(10):
            changed, moved = augmenter(image, target)
            assert (changed.shape, changed.dtype) == (image.shape, np.uint8)
            assert (moved.shape, moved.dtype) == (target.shape, np.uint8)
            assert set(np.unique(moved)) <= {0, 1, 2, IGNORED_TARGET}


def test_no_augmentation_is_none():
    assert make_augmenter(AugmentationSettings(preset="none"), seed=0) is None


def test_one_seed_gives_the_same_pictures_in_the_same_order_and_another_gives_others():
    image, target = halves((33, 47))

    def series(seed):
        augmenter = make_augmenter(AugmentationSettings(preset="light"), seed=seed)
        return [augmenter(image, target) for _ in range(10)]

    first, again, other = series(5), series(5), series(6)
    for (image_a, target_a), (image_b, target_b) in zip(first, again, strict=True):
        np.testing.assert_array_equal(image_a, image_b)
        np.testing.assert_array_equal(target_a, target_b)
    assert any(not np.array_equal(a, b) for (a, _), (b, _) in zip(first, other, strict=True))
    assert len({image.tobytes() for image, _ in first}) > 5


def away_from_seams(target):
    """Where a picture of `halves` is not mixed of two classes: nothing else within two pixels."""
    kernel = np.ones((5, 5), np.uint8)
    return cv2.erode(target, kernel) == cv2.dilate(target, kernel)


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_and_its_mask_move_alike(size):
    """R42."""
    image, target = halves(size)
    augmenter = make_augmenter(AugmentationSettings(preset="light"), seed=0)
    moved_away = 0
    for _ in range(40):
        changed, moved = augmenter(image, target)
        told = np.array([0, 1, 2, IGNORED_TARGET])[np.rint(changed[..., 0] / 80).astype(int)]
        inside = away_from_seams(moved)
        assert inside.mean() > 0.3
        assert (told == moved)[inside].mean() > 0.98
        moved_away += (told == target)[inside].mean() < 0.9
    assert moved_away > 10


def test_pixels_from_outside_the_picture_are_ignored_and_class_0_is_not():
    """R42."""
    target = np.zeros((20, 30), dtype=np.uint8)
    target[:, 20:] = 254
    image = np.full((20, 30, 3), 200, dtype=np.uint8)
    _changed, moved = Augmenter(iaa.Affine(translate_px={"x": 7, "y": 0}), seed=0)(image, target)
    assert (moved[:, :7] == IGNORED_TARGET).all()
    assert (moved[:, 7:27] == 0).all()
    assert (moved[:, 27:] == 254).all()


def test_ignored_pixels_stay_ignored_wherever_they_go():
    image, target = halves((32, 32))
    _changed, moved = Augmenter(iaa.Flipud(1.0), seed=0)(image, target)
    np.testing.assert_array_equal(moved, target[::-1])


def test_a_blur_changes_the_picture_only():
    image, target = halves((32, 32))
    changed, moved = Augmenter(iaa.GaussianBlur(sigma=2.0), seed=0)(image, target)
    assert (changed != image).any()
    np.testing.assert_array_equal(moved, target)
