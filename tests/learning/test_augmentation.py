"""What is done to a picture is done to its mask, every time in the same way."""

import cv2
import numpy as np
import pytest

from segstudio.learning.augmentation import Augmenter, iaa, make_augmenter, steps_within
from segstudio.learning.settings.augmentation import CHANGES, PRESET_TITLES, PRESETS, AugmentationSettings
from segstudio.learning.targets import IGNORED_TARGET

COLOURING = ("blur", "noise", "hue", "saturation", "brightness", "contrast", "gamma")
MOVING = tuple(name for name in CHANGES if name not in (*COLOURING, "cutout"))
STRENGTHS = (0.1, 0.5, 1.0)
SIZES = [(33, 47), (100, 100), (1, 40), (40, 1), (1, 1), (2, 3)]
CHANGING_PRESETS = [preset for preset in PRESETS if preset != "none"]


def only(name, strength):
    return make_augmenter(AugmentationSettings(preset="none", changes=((name, strength),)))


def of_preset(preset):
    return make_augmenter(AugmentationSettings(preset=preset))


def halves(size):
    """A picture whose brightness tells the class: 0 at the left, 1 at the right, 2 in a block, ignored at the top."""
    target = np.zeros(size, dtype=np.uint8)
    target[:, size[1] // 2 :] = 1
    target[size[0] // 3 : size[0] // 3 * 2, size[1] // 4 : size[1] // 2] = 2
    target[: size[0] // 8] = IGNORED_TARGET
    levels = np.zeros(256, dtype=np.uint8)
    levels[[1, 2, IGNORED_TARGET]] = 80, 160, 240
    return np.repeat(levels[target][..., None], 3, axis=2), target


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("name", CHANGES)
def test_every_change_runs_clean_on_every_size_and_invents_no_class(name, strength):
    """Warnings are errors in these tests; each step is also run alone, so that chance leaves none out."""
    augmenter = only(name, strength)
    if augmenter.moving is not None:
        alone = [Augmenter(moving=step) for step in steps_within(augmenter.moving)]
    else:
        alone = [Augmenter(colouring=step) for step in steps_within(augmenter.colouring)]
    for size in SIZES:
        image, target = halves(size)
        kept = image.copy(), target.copy()
        for tried in (augmenter, *alone):
            for number in range(6):
                changed, moved = tried(image, target, seed=(1, number))
                assert (changed.shape, changed.dtype) == (image.shape, np.uint8)
                assert (moved.shape, moved.dtype) == (target.shape, np.uint8)
                assert set(np.unique(moved)) <= {*np.unique(target), IGNORED_TARGET}
        np.testing.assert_array_equal(image, kept[0])
        np.testing.assert_array_equal(target, kept[1])


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_grows_with_its_strength(name):
    image, target = scene()

    def difference(strength):
        augmenter = only(name, strength)
        changed = [augmenter(image, target, seed=(number,))[0].astype(int) for number in range(30)]
        return np.mean([np.abs(one - image).mean() for one in changed])

    weak, middle, full = (difference(strength) for strength in STRENGTHS)
    assert 0 < weak < full
    assert weak <= middle * 1.05


def scene():
    """A smooth picture of many colours, and a mask of three classes with a hole that is ignored."""
    random = np.random.default_rng(3)
    image = cv2.resize(random.integers(0, 256, (5, 7, 3), dtype=np.uint8), (70, 50), interpolation=cv2.INTER_CUBIC)
    target = cv2.resize(random.integers(0, 3, (3, 4), dtype=np.uint8), (70, 50), interpolation=cv2.INTER_NEAREST)
    target[10:20, 30:40] = IGNORED_TARGET
    image[40:, 20:60:3] //= 2
    return image, target


def test_no_augmentation_is_none():
    assert make_augmenter(AugmentationSettings(preset="none")) is None
    assert PRESET_TITLES.keys() == PRESETS.keys()


@pytest.mark.parametrize("preset", CHANGING_PRESETS)
def test_the_answer_depends_on_the_seed_and_on_nothing_that_came_before(preset):
    """R40."""
    image, target = scene()
    first, other = of_preset(preset), of_preset(preset)
    series = [first(image, target, seed=(5, 1, place)) for place in range(10)]
    other(image[:20], target[:20], seed=(8,))
    for place in reversed(range(10)):
        changed, moved = other(image, target, seed=(5, 1, place))
        np.testing.assert_array_equal(changed, series[place][0])
        np.testing.assert_array_equal(moved, series[place][1])
    assert len({changed.tobytes() for changed, _ in series}) > 5
    assert any((first(image, target, seed=(6, 1, place))[0] != series[place][0]).any() for place in range(10))


def away_from_seams(target):
    """Where a picture of `halves` is not mixed of two classes: nothing else within two pixels."""
    kernel = np.ones((5, 5), np.uint8)
    return cv2.erode(target, kernel) == cv2.dilate(target, kernel)


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("name", MOVING)
def test_a_picture_and_its_mask_move_alike(name, strength):
    """R42: what is known of a pixel after a move is what the picture shows there."""
    image, target = halves((91, 120))
    right, counted = 0, 0
    for number in range(30):
        changed, moved = only(name, strength)(image, target, seed=(number,))
        told = np.array([0, 1, 2, IGNORED_TARGET])[np.rint(changed[..., 0] / 80).astype(int)]
        inside = away_from_seams(moved) & (moved != IGNORED_TARGET)
        right += (told == moved)[inside].sum()
        counted += inside.sum()
    assert counted > 30 * 91 * 120 * 0.2
    assert right / counted > 0.995


@pytest.mark.parametrize("preset", CHANGING_PRESETS)
def test_presets_keep_most_of_a_picture_to_learn_from(preset):
    image, _target = scene()
    whole = np.zeros(image.shape[:2], np.uint8)
    kept = [(of_preset(preset)(image, whole, seed=(n,))[1] == 0).mean() for n in range(30)]
    assert np.mean(kept) > 0.6


def test_edges_stay_within_half_a_pixel_of_their_masks():
    """R36 for moved pictures: a bright half and its mask have their common border in one place, on average."""
    target = np.zeros((60, 90), np.uint8)
    target[:, 41:] = 1
    image = np.repeat(target[..., None] * np.uint8(200), 3, axis=2)
    for name in ("crop", "scale", "perspective", "elastic"):
        augmenter = only(name, 0.5)
        shifts = []
        for number in range(60):
            changed, moved = augmenter(image, target, seed=(number,))
            counted = moved != IGNORED_TARGET
            shifts.append((changed[..., 0] / 200.0 - moved)[counted].sum() / 60)
        assert abs(np.mean(shifts)) < 0.15, name


def test_pixels_from_outside_the_picture_are_mirrored_and_ignored_and_class_0_is_not():
    """R42."""
    target = np.zeros((20, 30), dtype=np.uint8)
    target[:, 20:] = 254
    image = np.full((20, 30, 3), 200, dtype=np.uint8)
    _changed, moved = Augmenter(iaa.Affine(translate_px={"x": 7, "y": 0}))(image, target, seed=(0,))
    assert (moved[:, :7] == IGNORED_TARGET).all()
    assert (moved[:, 7:27] == 0).all()
    assert (moved[:, 27:] == 254).all()
    for name in ("rotation", "scale", "elastic", "shear"):
        answers = [only(name, 0.5)(image, np.zeros_like(target), seed=(number,)) for number in range(20)]
        assert any((moved == IGNORED_TARGET).any() for _, moved in answers), name
        assert all(changed.min() >= 199 for changed, _ in answers), f"{name} leaves black borders"


def test_ignored_pixels_stay_ignored_wherever_they_go():
    image, target = halves((32, 32))
    _changed, moved = Augmenter(iaa.Flipud(1.0))(image, target, seed=(0,))
    np.testing.assert_array_equal(moved, target[::-1])


@pytest.mark.parametrize("name", COLOURING)
def test_a_change_of_colours_leaves_masks_as_they_are(name):
    image, target = scene()
    changed = []
    for number in range(12):
        answer, moved = only(name, 1.0)(image, target, seed=(number,))
        np.testing.assert_array_equal(moved, target)
        changed.append((answer != image).any())
    assert any(changed)


@pytest.mark.parametrize("name", COLOURING)
@pytest.mark.parametrize("channel", [0, 1, 2])
def test_a_slight_change_of_colours_swaps_no_channels(name, channel):
    """R32."""
    image = np.full((20, 20, 3), 60, dtype=np.uint8)
    image[..., channel] = 200
    for number in range(20):
        changed, _ = only(name, 0.1)(image, np.zeros((20, 20), np.uint8), seed=(number,))
        assert changed.mean(axis=(0, 1)).argmax() == channel


def test_what_is_cut_out_has_one_colour_and_is_ignored():
    image, target = scene()
    before = target == IGNORED_TARGET
    hidden = 0
    for number in range(20):
        changed, moved = only("cutout", 0.5)(image, target, seed=(number,))
        cut = (changed != image).any(axis=2)
        assert (moved[cut] == IGNORED_TARGET).all()
        elsewhere = moved != IGNORED_TARGET
        np.testing.assert_array_equal(moved[elsewhere], target[elsewhere])
        assert (moved[before] == IGNORED_TARGET).all()
        assert len(np.unique(changed[cut], axis=0)) <= 1
        hidden += cut.any()
    assert 4 <= hidden <= 16
