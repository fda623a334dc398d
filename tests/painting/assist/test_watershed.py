"""The watershed gives every pixel of a picture to a scribble, along its edges."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.painting.assist import watershed as module
from segstudio.painting.assist.watershed import watershed
from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered
from segstudio.painting.regions import Region

HEIGHT, WIDTH = 120, 160
TRUTH = np.where(np.hypot(*(np.mgrid[:HEIGHT, :WIDTH] - np.array([60, 80])[:, None, None])) < 40, 300, 7)


def line(start, end, diameter=3, width=WIDTH, height=HEIGHT):
    return covered(start, end, diameter=diameter, width=width, height=height)


def noisy(truth, noise, *, grey=False):
    clean = np.where(truth[..., None] == 300, [150, 100, 90], [90, 110, 90]).astype(float)
    if grey:
        clean = clean[..., :1]
    picture = clean + np.random.default_rng(0).normal(0, noise, clean.shape)
    return np.broadcast_to(picture.clip(0, 255).astype(np.uint8), (*truth.shape, 3)).copy()


SCRIBBLES = {300: line((60, 60), (100, 60)), 7: line((5, 5), (150, 5))}


@pytest.mark.parametrize(
    ("noise", "grey", "least"), [(0, False, 1.0), (8, False, 0.999), (8, True, 0.995), (20, False, 0.995)]
)
def test_two_flat_areas_are_recovered_through_noise(noise, grey, least):
    answer = watershed(noisy(TRUTH, noise, grey=grey), SCRIBBLES)
    assert answer.region.count == TRUTH.size
    assert answer.ids.dtype == np.uint16
    assert (answer.ids == TRUTH).mean() >= least


@settings(max_examples=30, deadline=None)
@given(
    ids=st.lists(st.integers(0, 65535), min_size=1, max_size=4, unique=True),
    seed=st.integers(0, 999),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
)
def test_every_pixel_gets_a_scribbled_id_and_scribbles_stay_as_drawn(ids, seed, size):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    scribbles = {class_id: Region.of(rng.random(size) < 0.2) for class_id in ids}
    drawn = np.full(size, -1)
    for class_id, region in scribbles.items():
        drawn[region.within(Box(0, 0, size[1], size[0]))] = class_id
    answer = watershed(picture, scribbles)
    if (drawn < 0).all():
        assert answer.region.empty
        return
    assert answer.region.box == Box(0, 0, size[1], size[0])
    assert answer.region.inside.all()
    assert set(np.unique(answer.ids)) <= set(np.unique(drawn[drawn >= 0]))
    np.testing.assert_array_equal(answer.ids[drawn >= 0], drawn[drawn >= 0])


def test_only_the_box_is_flooded_and_scribbles_outside_do_not_count():
    box = Box(30, 20, 130, 110)
    answer = watershed(noisy(TRUTH, 5), {**SCRIBBLES, 9: line((32, 100), (60, 105))}, box=box)
    assert answer.region.box == box
    # The scribble of 7 lies above the box.
    assert set(np.unique(answer.ids)) == {9, 300}
    np.testing.assert_array_equal(answer.ids == 300, TRUTH[box.slices] == 300)


def test_a_box_outside_or_no_scribble_or_a_stop_gives_nothing():
    picture = noisy(TRUTH, 5)
    assert watershed(picture, SCRIBBLES, box=Box(500, 500, 600, 600)).region.empty
    assert watershed(picture, {}).region.empty
    assert watershed(picture, {1: Region.nowhere()}).region.empty
    assert watershed(picture, SCRIBBLES, should_stop=lambda: True).region.empty


def test_a_large_picture_is_flooded_in_steps_with_the_same_answer(monkeypatch):
    truth = cv2.resize(TRUTH.astype(np.uint16), (960, 720), interpolation=cv2.INTER_NEAREST)
    scribbles = {
        300: line((360, 360), (600, 360), width=960, height=720),
        7: line((9, 30), (900, 30), width=960, height=720),
    }
    picture = noisy(truth, 8)
    monkeypatch.setattr(module, "_BUDGET", 60_000)
    answer = watershed(picture, scribbles)
    assert answer.region.count == truth.size
    assert (answer.ids == truth).mean() > 0.999
    for class_id, region in scribbles.items():
        assert (answer.ids[region.box.slices][region.inside] == class_id).all()


def test_a_large_picture_stops_between_tiles(monkeypatch):
    monkeypatch.setattr(module, "_BUDGET", 3_000)
    asked = []

    def third_time():
        asked.append(True)
        return len(asked) >= 3

    assert watershed(noisy(TRUTH, 5), SCRIBBLES, should_stop=third_time).region.empty
    assert len(asked) == 3


def test_thin_scribbles_share_out_real_street_scenes(real_data):
    right = known = 0
    for path in sorted((real_data / "camvid" / "val_images").iterdir())[::25]:
        picture, truth = read_image(path), read_mask(real_data / "camvid" / "val_segmentation" / f"{path.stem}.png")
        scribbles = {}
        for class_id in range(11):
            deep = cv2.erode((truth == class_id).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            deep[np.arange(truth.shape[0]) % 24 >= 2] = False
            scribbles[class_id] = Region.of(deep)
        open_pixels = truth < 11
        answer = watershed(picture, scribbles)
        right += ((answer.ids == truth) & open_pixels).sum()
        known += open_pixels.sum()
    assert right / known > 0.88
