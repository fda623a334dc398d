"""What is counted in a dataset agrees with counting by hand, and comes back from CSV and JSON."""

import csv
import io
import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.dataset.class_weights import inverse_weights, median_frequency_weights
from segstudio.dataset.classes import ClassInfo
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.statistics import MaskCounter
from segstudio.dataset.statistics_tables import TABLES, rows, to_csv, to_json, write_csv, write_json
from segstudio.dataset.survey import SplitStatistics, survey
from segstudio.dataset.synthetic import make_sample_dataset


def quiet(_step):
    """Emit nothing."""


def never():
    return False


def surveyed(folder, **words):
    return survey(open_dataset(folder), emit=quiet, should_stop=never, **words)


def split_of(*masks, ignored=(), unpainted=None):
    ids = sorted({class_id for mask in masks for class_id in mask})
    classes = tuple(ClassInfo(class_id, f"c{class_id}", (1, 2, 3), class_id in ignored) for class_id in ids)
    return SplitStatistics("train", len(masks), masks, (), {}, classes, unpainted)


@pytest.fixture
def folder(tmp_path):
    make_sample_dataset(tmp_path / "a", train=4, val=2, test=1, size=(40, 56))
    (tmp_path / "a" / "train_segmentation" / "scene-001.png").unlink()
    return tmp_path / "a"


def test_pixels_pictures_and_pairs_agree_with_counting_by_hand(folder):
    found = surveyed(folder)
    assert [each.split for each in found.splits] == ["train", "val", "test", "all"]
    dataset = open_dataset(folder)
    for split in ("train", "val", "test"):
        masks = [read_mask(sample.mask) for sample in dataset.labelled(split)]
        statistics = found.find(split)
        assert statistics.pictures == len(dataset.of_split(split))
        for i, entry in enumerate(statistics.classes):
            assert statistics.pixels[i] == sum(int((mask == entry.id).sum()) for mask in masks)
            assert statistics.holding[i] == sum(bool((mask == entry.id).any()) for mask in masks)
        for (i, one), (j, other) in itertools.product(enumerate(statistics.classes), repeat=2):
            both = sum(bool((mask == one.id).any() and (mask == other.id).any()) for mask in masks)
            assert statistics.together[i, j] == both
    assert np.array_equal(found.all.pixels, sum(found.find(split).pixels for split in ("train", "val", "test")))
    assert found.all.sizes == {(56, 40): 7}


def test_what_cannot_be_read_is_listed_and_the_rest_is_counted(folder):
    (folder / "val_segmentation" / "scene-001.png").write_bytes(b"no mask")
    (folder / "train_images" / "scene-002.png").write_bytes(b"no picture")
    found = surveyed(folder)
    assert found.all.unreadable == ("train/scene-002", "val/scene-001")
    assert len(found.all.masks) == 5
    assert sum(found.all.sizes.values()) == 6


def test_an_id_without_a_class_has_a_row_of_its_own(folder):
    write_mask(folder / "val_segmentation" / "scene-001.png", np.full((40, 56), 999, np.uint16))
    found = surveyed(folder)
    assert found.all.classes[-1].name == "999 (no class)"
    assert found.find("val").pixels[-1] == 40 * 56


def test_counting_can_be_stopped_and_says_how_far_it_is(folder):
    told = []
    assert survey(open_dataset(folder), emit=told.append, should_stop=lambda: True) is None
    assert surveyed(folder) is not None
    survey(open_dataset(folder), emit=told.append, should_stop=never)
    assert {step.total for step in told} == {7}


def test_masks_that_were_counted_are_not_read_again(folder, monkeypatch):
    counter = MaskCounter()
    before = surveyed(folder, counter=counter)
    monkeypatch.setattr("segstudio.dataset.statistics.read_mask", lambda path: pytest.fail(f"{path} was read again"))
    assert np.array_equal(surveyed(folder, counter=counter).all.pixels, before.all.pixels)


def test_a_dataset_without_masks_has_figures_too(tmp_path):
    make_sample_dataset(tmp_path / "a", train=2, val=1, test=1, size=(40, 56))
    for mask in (tmp_path / "a").glob("*_segmentation/*"):
        mask.unlink()
    found = surveyed(tmp_path / "a")
    assert found.all.coverage is None
    assert found.all.together.sum() == 0
    assert np.isnan(median_frequency_weights(found.all)).all()
    assert np.isnan(inverse_weights(found.all)).all()
    assert to_json(found)["splits"]["all"]["coverage"] is None


def test_coverage_is_the_share_that_is_painted():
    split = split_of({0: 30, 255: 70}, {1: 50, 255: 50}, ignored={255}, unpainted=255)
    assert split.coverage == pytest.approx(0.4)


def test_median_frequency_weights_are_those_of_the_article():
    """Frequencies: 60/100, 40/100 of the first and 100/200 of both; by hand: c0 60/200, c1 40/100, c2 100/100."""
    split = split_of({0: 60, 1: 40}, {0: 20, 2: 80, 9: 5}, ignored={9})
    # Pixels: 80, 40, 80; in pictures of 200, 100, 100 that count: frequencies .4, .4, .8; median .4.
    assert median_frequency_weights(split)[:3].tolist() == pytest.approx([1.0, 1.0, 0.5])
    assert math.isnan(median_frequency_weights(split)[3])


@given(
    st.lists(st.dictionaries(st.integers(0, 6), st.integers(1, 10**9), min_size=1, max_size=5), min_size=1, max_size=8)
)
def test_weights_make_every_class_weigh_the_same(masks):
    split = split_of(*masks)
    weighed = inverse_weights(split) * split.pixels
    assert np.allclose(weighed, split.pixels.sum() / len(split.classes))
    median = median_frequency_weights(split)
    assert (median > 0).all()
    assert np.nanmin(median) <= 1 <= np.nanmax(median)


def test_csv_and_json_say_the_same(folder, tmp_path):
    found = surveyed(folder)
    for table in TABLES:
        header, *lines = csv.reader(io.StringIO(to_csv(found, table)))
        assert header == rows(found, table)[0]
        assert len(lines) == len(rows(found, table)) - 1
    write_json(found, tmp_path / "s.json")
    paths = write_csv(found, tmp_path / "s.csv")
    assert [path.name for path in paths] == ["s.csv", "s-together.csv", "s-sizes.csv"]
    data = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    for row, entry in zip(
        [row for row in table if row["split"] == "val"], data["splits"]["val"]["classes"], strict=True
    ):
        assert int(row["pixels"]) == entry["pixels"]
        assert (row["inverse_weight"] or "None") == str(entry["inverse_weight"])


def test_camvid_is_as_unbalanced_as_its_notes_say(real_data):
    found = surveyed(real_data / "camvid")
    assert found.all.pictures == 507
    assert found.all.sizes == {(480, 360): 507}
    assert found.all.pixels.sum() == 507 * 480 * 360
    shares = dict(zip([c.name for c in found.all.classes], found.all.pixels / found.all.pixels.sum(), strict=True))
    assert shares["Road"] > 0.25 > 0.01 > shares["Pole"]
