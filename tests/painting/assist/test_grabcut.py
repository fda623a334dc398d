"""GrabCut finds what the box is around, obeys strokes, and answers the same twice."""

import time

import cv2
import numpy as np
import pytest

from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.painting.assist.grabcut import grabcut
from segstudio.painting.assist.grabcut_hints import Hints
from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered
from segstudio.painting.regions import Region


def disc(height, width, *, radius, x=None, y=None):
    rows, columns = np.mgrid[:height, :width]
    x, y = width / 2 if x is None else x, height / 2 if y is None else y
    return np.hypot(columns + 0.5 - x, rows + 0.5 - y) < radius


def picture_of(truth, *, dark=(60, 90, 70), bright=(150, 110, 160), noise=10, seed=0):
    clean = np.where(truth[..., None], np.array(bright), np.array(dark)).astype(float)
    return np.clip(clean + np.random.default_rng(seed).normal(0, noise, clean.shape), 0, 255).astype(np.uint8)


def iou(region, truth):
    found = region.within(Box(0, 0, truth.shape[1], truth.shape[0]))
    return (found & truth).sum() / (found | truth).sum()


@pytest.mark.parametrize(("height", "width", "radius"), [(40, 60, 12), (240, 320, 70), (900, 1200, 300)])
def test_the_disc_in_a_box_is_found(height, width, radius):
    truth = disc(height, width, radius=radius)
    answer = grabcut(picture_of(truth), Hints(box=Region.of(truth).box.grown(max(3, radius // 8))))
    assert iou(answer, truth) > 0.95


def test_the_disc_in_a_grey_picture_is_found():
    truth = disc(200, 260, radius=60)
    picture = picture_of(truth, dark=(90, 90, 90), bright=(160, 160, 160), noise=0)
    grey = picture[..., :1].astype(float) + np.random.default_rng(1).normal(0, 8, (200, 260, 1))
    answer = grabcut(np.repeat(grey.clip(0, 255).astype(np.uint8), 3, axis=2), Hints(box=Region.of(truth).box.grown(9)))
    assert iou(answer, truth) > 0.95


def test_a_picture_that_is_all_box_still_has_a_rim_to_learn_from():
    truth = disc(200, 260, radius=80)
    assert iou(grabcut(picture_of(truth), Hints(box=Box(0, 0, 260, 200))), truth) > 0.95


def test_strokes_alone_find_the_disc():
    truth = disc(240, 320, radius=70)
    foreground = covered((140, 120), (180, 120), diameter=9, width=320, height=240)
    background = covered((60, 30), (60, 210), diameter=9, width=320, height=240)
    assert iou(grabcut(picture_of(truth), Hints(foreground=foreground, background=background)), truth) > 0.95


def test_strokes_mend_an_earlier_answer():
    wanted, other = disc(200, 300, radius=40, x=90), disc(200, 300, radius=40, x=210)
    picture = picture_of(wanted | other)
    picture[other] = picture_of(other, bright=(220, 210, 60))[other]
    box = Region.of(wanted | other).box.grown(8)
    both = grabcut(picture, Hints(box=box))
    assert iou(both, wanted | other) > 0.9
    against = covered((190, 100), (230, 100), diameter=15, width=300, height=200)
    assert iou(grabcut(picture, Hints(box=box, background=against, earlier=both)), wanted) > 0.95
    more = covered((230, 100), (230, 100), diameter=15, width=300, height=200)
    assert iou(grabcut(picture, Hints(Region.of(wanted).box, foreground=more)), wanted | other) > 0.9


def test_a_stroke_takes_a_patch_of_the_very_same_colour_back_but_not_the_one_apart():
    wanted, other = disc(200, 300, radius=40, x=90), disc(200, 300, radius=35, x=210)
    picture = picture_of(wanted | other)
    box = Region.of(wanted | other).box.grown(8)
    against = covered((190, 100), (230, 100), diameter=15, width=300, height=200)
    hints = Hints(box=box, background=against, earlier=grabcut(picture, Hints(box=box)))
    found = grabcut(picture, hints).within(Box(0, 0, 300, 200))
    assert (found & wanted).sum() > 0.9 * wanted.sum()
    assert not found[against.box.slices][against.inside].any()


def test_strokes_are_obeyed_even_against_the_colours_and_to_the_pixel():
    truth = disc(900, 1200, radius=250)
    picture = picture_of(truth)
    added = covered((250, 200), (260, 200), diameter=3, width=1200, height=900)
    removed = covered((600, 450), (640, 450), diameter=3, width=1200, height=900)
    answer = grabcut(picture, Hints(Region.of(truth).box.grown(30), foreground=added, background=removed))
    assert answer.within(added.box)[added.inside].all()
    assert not answer.within(removed.box)[removed.inside].any()


def test_nothing_lies_outside_the_box():
    truth = disc(240, 320, radius=90)
    box = Box(100, 60, 200, 160)
    answer = grabcut(picture_of(truth), Hints(box=box))
    assert answer.box == answer.box.clipped(box.right, box.bottom)
    assert answer.box.left >= box.left
    assert answer.box.top >= box.top


def test_the_same_hints_give_the_same_answer_whatever_was_random_before():
    truth = disc(500, 700, radius=150)
    picture, hints = picture_of(truth, noise=40), Hints(box=Region.of(truth).box.grown(40))
    first = grabcut(picture, hints)
    cv2.setRNGSeed(99)
    np.testing.assert_array_equal(
        first.within(Box(0, 0, 700, 500)), grabcut(picture, hints).within(Box(0, 0, 700, 500))
    )


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (2, 40)])
def test_tiny_pictures_have_an_answer(size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    whole = Box(0, 0, size[1], size[0])
    for hints in (
        Hints(box=whole),
        Hints(box=Box(0, 0, 1, 1)),
        Hints(foreground=Region.of(np.ones((1, 1), dtype=bool))),
    ):
        answer = grabcut(picture, hints)
        assert answer.box == answer.box.clipped(*size[::-1])


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_picture_of_one_colour_has_an_answer_within_the_box(value):
    picture = np.full((60, 80, 3), value, dtype=np.uint8)
    answer = grabcut(picture, Hints(box=Box(20, 20, 40, 40)))
    assert answer.count == answer.within(Box(20, 20, 40, 40)).sum()


def test_hints_outside_the_picture_or_none_give_nothing():
    picture = picture_of(disc(40, 60, radius=12))
    assert grabcut(picture, Hints(box=Box(100, 100, 120, 120))).empty
    assert grabcut(picture, Hints()).empty
    assert grabcut(picture, Hints(background=Region.of(np.ones((5, 5), dtype=bool)))).empty


def test_a_stop_between_steps_gives_nothing():
    truth = disc(900, 1200, radius=300)
    asked = []

    def third_time():
        asked.append(True)
        return len(asked) >= 3

    assert grabcut(picture_of(truth), Hints(box=Region.of(truth).box), should_stop=third_time).empty
    assert len(asked) < 6


def test_boxes_around_real_nuclei_find_most_of_them(real_data):
    found = []
    for path in sorted((real_data / "nuclei" / "val_images").iterdir())[:10]:
        picture = read_image(path)
        mask = read_mask(real_data / "nuclei" / "val_segmentation" / f"{path.stem}.png")
        count, parts, figures, _ = cv2.connectedComponentsWithStats((mask == 1).astype(np.uint8))
        for part in [part for part in range(1, count) if figures[part, cv2.CC_STAT_AREA] >= 80][:4]:
            nucleus = parts == part
            found.append(iou(grabcut(picture, Hints(box=Region.of(nucleus).box.grown(2))), nucleus))
    assert len(found) > 20
    assert np.median(found) > 0.8
    assert np.mean(np.array(found) < 0.2) < 0.1


@pytest.fixture(scope="module")
def street_objects(real_data):
    """Return some pictures of CamVid, each with its cars, people and signs of 80 pixels or more."""
    folder = real_data / "camvid"
    found = []
    for path in sorted((folder / "val_images").iterdir())[::20]:
        mask = read_mask(folder / "val_segmentation" / f"{path.stem}.png")
        for class_id in (6, 8, 9, 10):
            count, parts, figures, _ = cv2.connectedComponentsWithStats((mask == class_id).astype(np.uint8))
            found += [
                (read_image(path), class_id, parts == part)
                for part in range(1, count)
                if figures[part, cv2.CC_STAT_AREA] >= 80
            ]
    return found


def box_around(truth):
    return Region.of(truth).box.grown(2)


def test_boxes_around_street_objects_find_more_of_them_than_the_boxes_are(street_objects):
    """On 114 objects the mean IoU is .69 (cars .67, under 400 pixels .68), a box's .49."""
    ious = np.array([iou(grabcut(image, Hints(box=box_around(t))), t) for image, _, t in street_objects])
    boxes = np.array([t.sum() / (box_around(t).width * box_around(t).height) for _, _, t in street_objects])
    cars = np.array([class_id == 8 for _, class_id, _ in street_objects])
    small = np.array([truth.sum() < 400 for _, _, truth in street_objects])
    assert cars.sum() > 5
    assert small.sum() > 5
    assert ious.mean() > 0.62
    assert ious[cars].mean() > 0.6
    assert ious[small].mean() > 0.6
    assert ious.mean() > boxes.mean() + 0.12
    assert ious.min() > 0.1


def dab_in_the_largest_fault(found, truth):
    """Return a dab half as wide as the largest fault, and whether it is for the object."""
    depth = cv2.distanceTransform(np.pad(found ^ truth, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    point = (column + 0.5, row + 0.5)
    diameter = max(1, int(depth.max()))
    return covered(point, point, diameter=diameter, width=truth.shape[1], height=truth.shape[0]), truth[row, column]


@pytest.mark.slow
def test_each_of_three_strokes_mends_street_objects_and_hardly_one_makes_worse(street_objects):
    """On 114 objects three strokes bring the mean IoU from .69 to .79."""
    steps = []
    for image, _, truth in street_objects:
        whole, box = Box(0, 0, truth.shape[1], truth.shape[0]), box_around(truth)
        foreground = background = Region.nowhere()
        answer = grabcut(image, Hints(box=box))
        steps.append([iou(answer, truth)])
        for _ in range(3):
            dab, belongs = dab_in_the_largest_fault(answer.within(whole), truth)
            foreground = foreground.united(dab) if belongs else foreground.without(dab)
            background = background.without(dab) if belongs else background.united(dab)
            answer = grabcut(image, Hints(box, foreground, background, answer))
            steps[-1].append(iou(answer, truth))
    gained = np.diff(steps, axis=1)
    assert (gained.mean(axis=0) > 0).all()
    assert (gained < -0.02).mean() < 0.06
    assert gained.sum(axis=1).mean() > 0.06


def test_a_stroke_that_an_earlier_answer_already_obeys_changes_nothing(street_objects):
    image, _, truth = street_objects[0]
    box = box_around(truth)
    earlier = grabcut(image, Hints(box=box))
    row, column = np.argwhere(earlier.within(box))[earlier.count // 2] + (box.top, box.left)
    said = covered((column, row), (column, row), diameter=1, width=truth.shape[1], height=truth.shape[0])
    again = grabcut(image, Hints(box, foreground=said, earlier=earlier.united(said)))
    np.testing.assert_array_equal(again.within(box), earlier.united(said).within(box))


def test_a_stroke_without_a_box_mends_what_was_found_in_one():
    truth = disc(240, 320, radius=60)
    picture = picture_of(truth)
    part = Region.of(truth & (np.arange(320) < 160))
    stroke = covered((150, 120), (190, 120), diameter=9, width=320, height=240)
    assert iou(grabcut(picture, Hints(foreground=stroke, earlier=part)), truth) > 0.9


@pytest.mark.parametrize(
    "box", [Box(30, 40, 30, 90), Box(-50, -50, 20, 20), Box(0, 0, 320, 1), Box(7, 0, 8, 240), Box(300, 220, 900, 900)]
)
def test_an_odd_box_has_an_answer_within_it(box):
    answer = grabcut(picture_of(disc(240, 320, radius=70)), Hints(box=box))
    assert answer.count == answer.within(box.clipped(320, 240)).sum() if not box.empty else answer.empty


@pytest.fixture(scope="module")
def huge():
    """Return the truth and a picture of 8192 x 8192: a large disc and one of 900 pixels, in noise."""
    truth = np.zeros((8192, 8192), dtype=np.uint8)
    cv2.circle(truth, (2500, 2500), 2000, 1, -1)
    cv2.circle(truth, (6000, 6500), 450, 1, -1)
    tile = np.random.default_rng(0).integers(0, 40, (512, 512, 3), dtype=np.uint8)
    picture = np.tile(tile, (16, 16, 1))
    picture[truth > 0] += np.array((90, 50, 120), dtype=np.uint8)
    return truth > 0, picture + np.uint8(40)


def test_an_object_in_a_huge_picture_is_cut_out_to_the_pixel_at_once(huge):
    """R8: 0.2 s here for a box of a thousand pixels, 0.4 to 0.5 s in an enlarged street scene."""
    truth, picture = huge
    box = Box(5500, 6000, 6500, 7000)
    grabcut(picture, Hints(box=box))
    began = time.process_time()
    answer = grabcut(picture, Hints(box=box))
    assert time.process_time() - began < 1.5
    assert iou(Region.of(answer.within(box)), truth[box.slices]) > 0.99


def test_most_of_a_huge_picture_is_cut_out_too(huge):
    truth, picture = huge
    box = Box(300, 300, 4700, 4700)
    answer = grabcut(picture, Hints(box=box))
    assert iou(Region.of(answer.within(box)), truth[box.slices]) > 0.97
