"""The edge brush stays on the side of an edge where it was pressed, and misses little there."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.painting.assist.edge_brush import EdgeBrush
from segstudio.painting.boxes import Box
from segstudio.painting.brush import covered

HEIGHT, WIDTH, EDGE = 200, 300, 150
WHOLE = Box(0, 0, WIDTH, HEIGHT)


def halves(noise, contrast, *, grey=False, seed=3):
    dark, step = ([100] * 3, [contrast] * 3) if grey else ([90, 100, 110], [contrast, 0, contrast // 2])
    clean = np.where(np.arange(WIDTH)[None, :, None] < EDGE, np.array(dark), np.array(dark) + step)
    scatter = np.random.default_rng(seed).normal(0, noise, (HEIGHT, WIDTH, 1 if grey else 3))
    return (clean + scatter).clip(0, 255).round().astype(np.uint8)


def stroked(brush, points, diameter):
    """Return what the edge brush and what a plain one paints, (HEIGHT, WIDTH) bool each."""
    kept, plain = np.zeros((HEIGHT, WIDTH), dtype=bool), np.zeros((HEIGHT, WIDTH), dtype=bool)
    last = points[0]
    for point in points:
        kept |= brush.along(last, point, diameter=diameter).within(WHOLE)
        plain |= covered(last, point, diameter=diameter, width=WIDTH, height=HEIGHT).within(WHOLE)
        last = point
    return kept, plain


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("noise", "contrast"), [(0, 30), (4, 40), (8, 60)])
@pytest.mark.parametrize(
    ("diameter", "from_edge", "grey"), [(10, 2, False), (20, 5, True), (40, 3, False), (64, 20, True)]
)
def test_a_stroke_along_an_edge_never_crosses_it(noise, contrast, diameter, from_edge, grey, seed):
    picture = halves(noise, contrast, grey=grey, seed=seed)
    way = [(EDGE - from_edge + 0.5, y + 0.5) for y in range(60, 140, 8)]
    kept, plain = stroked(EdgeBrush(picture), way, diameter)
    assert plain[:, EDGE:].any()
    assert not kept[:, EDGE:].any()
    assert kept[:, :EDGE].sum() > 0.97 * plain[:, :EDGE].sum()


def test_a_stroke_away_from_edges_paints_all_that_a_plain_brush_does():
    kept, plain = stroked(EdgeBrush(halves(8, 60)), [(60, 60), (75, 90), (60, 130)], 41)
    assert kept.sum() > 0.999 * plain.sum()


def test_across_the_edge_the_stroke_rests_and_back_on_its_side_it_goes_on():
    brush = EdgeBrush(halves(4, 60))
    assert not brush.along((100, 100), (100, 100), diameter=15).empty
    assert brush.along((200, 100), (210, 100), diameter=15).empty
    assert not brush.along((120, 100), (110, 100), diameter=15).empty


def test_a_thin_slanted_line_holds():
    picture = np.full((HEIGHT, WIDTH, 3), 180, dtype=np.uint8)
    cv2.line(picture, (0, 150), (299, 20), (20, 20, 20), 3)
    below = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    cv2.fillPoly(below, [np.array([(0, 150), (299, 20), (299, 199), (0, 199)])], 1)
    kept, _ = stroked(EdgeBrush(picture), [(140, 60), (150, 60)], 80)
    assert kept.any()
    assert not (kept & (below > 0)).any()


def test_slow_shade_is_followed():
    ramp = np.linspace(60, 200, WIDTH)[None, :, None] + np.random.default_rng(0).normal(0, 3, (HEIGHT, WIDTH, 3))
    kept, plain = stroked(EdgeBrush(ramp.astype(np.uint8)), [(float(x), 100.0) for x in range(20, 280, 6)], 30)
    assert kept.sum() > 0.9 * plain.sum()


def test_more_tolerance_takes_more():
    picture = np.repeat(np.linspace(40, 220, WIDTH).astype(np.uint8)[None, :, None], 3, axis=2)
    picture = np.repeat(picture, HEIGHT, axis=0)
    amounts = [EdgeBrush(picture, tolerance=t).along((150, 100), (150, 100), diameter=200).count for t in (0.5, 1, 2)]
    assert amounts[0] < amounts[1] < amounts[2]


@settings(max_examples=60, deadline=None)
@given(
    start=st.tuples(st.floats(-40, WIDTH + 40), st.floats(-40, HEIGHT + 40)),
    end=st.tuples(st.floats(-40, WIDTH + 40), st.floats(-40, HEIGHT + 40)),
    diameter=st.integers(1, 90),
)
def test_it_paints_a_part_of_what_a_plain_brush_does_and_the_same_twice(start, end, diameter):
    picture = halves(10, 50)
    kept, again = (EdgeBrush(picture).along(start, end, diameter=diameter).within(WHOLE) for _ in range(2))
    plain = covered(start, end, diameter=diameter, width=WIDTH, height=HEIGHT).within(WHOLE)
    assert not (kept & ~plain).any()
    np.testing.assert_array_equal(kept, again)


def test_a_press_outside_the_picture_paints_nothing_until_the_way_comes_in():
    brush = EdgeBrush(halves(4, 60))
    assert brush.along((-30, 100), (-30, 100), diameter=9).empty
    assert brush.along((-30, 100), (-20, 100), diameter=60).empty
    assert brush.along((-20, 100), (40, 100), diameter=20).count > 500


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (1, 9)])
@pytest.mark.parametrize("diameter", [1, 2, 50])
def test_tiny_pictures_are_painted(size, diameter):
    picture = np.full((*size, 3), 80, dtype=np.uint8)
    answer = EdgeBrush(picture).along((0.2, 0.2), (0.2, 0.2), diameter=diameter)
    plain = covered((0.2, 0.2), (0.2, 0.2), diameter=diameter, width=size[1], height=size[0])
    np.testing.assert_array_equal(answer.within(plain.box), plain.inside)


def test_strokes_inside_real_nuclei_spill_less_than_plain_ones(real_data):
    kept_right = kept_wrong = plain_right = plain_wrong = 0
    for path in sorted((real_data / "nuclei" / "val_images").iterdir())[:12]:
        picture = read_image(path)
        truth = read_mask(real_data / "nuclei" / "val_segmentation" / f"{path.stem}.png") == 1
        depth = cv2.distanceTransform(truth.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
        point, diameter = (column + 0.5, row + 0.5), max(5, int(3 * depth[row, column]))
        box = Box(0, 0, truth.shape[1], truth.shape[0])
        kept = EdgeBrush(picture, tolerance=1.5).along(point, point, diameter=diameter).within(box)
        plain = covered(point, point, diameter=diameter, width=box.width, height=box.height).within(box)
        kept_right, kept_wrong = kept_right + (kept & truth).sum(), kept_wrong + (kept & ~truth).sum()
        plain_right, plain_wrong = plain_right + (plain & truth).sum(), plain_wrong + (plain & ~truth).sum()
    assert kept_wrong < 0.3 * plain_wrong
    assert kept_right > 0.7 * plain_right


def test_large_strokes_near_borders_of_street_scenes_keep_most_and_spill_less(real_data):
    """Of 48 pixels across, where a plain brush paints more wrong than right."""
    right, wrong, plain_right, plain_wrong = 0, 0, 0, 0
    for path in sorted((real_data / "camvid" / "val_images").iterdir())[::25]:
        picture = read_image(path)
        mask = read_mask(real_data / "camvid" / "val_segmentation" / f"{path.stem}.png")
        box = Box(0, 0, mask.shape[1], mask.shape[0])
        for class_id in np.unique(mask[mask != 11]):
            truth = mask == class_id
            depth = cv2.distanceTransform(np.pad(truth, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
            rows, columns = np.nonzero(np.abs(depth - min(12, 0.7 * depth.max())) < 0.8)
            for row, column in list(zip(rows, columns, strict=True))[:: max(1, len(rows) // 6)]:
                point = (column + 0.5, row + 0.5)
                kept = EdgeBrush(picture).along(point, point, diameter=48).within(box)
                plain = covered(point, point, diameter=48, width=box.width, height=box.height).within(box)
                right, wrong = right + (kept & truth).sum(), wrong + (kept & ~truth & (mask != 11)).sum()
                plain_right, plain_wrong = plain_right + (plain & truth).sum(), plain_wrong + (plain & ~truth).sum()
    assert right > 0.65 * plain_right
    assert wrong < 0.5 * plain_wrong
