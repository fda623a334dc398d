"""The commands that show a dataset: visualize and statistics."""

import csv
import io
import shutil

import numpy as np
import pytest

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.dataset.synthetic import make_sample_dataset


@pytest.fixture
def scenes(tmp_path):
    make_sample_dataset(tmp_path / "scenes", train=4, val=3, test=1, size=(40, 56))
    return tmp_path / "scenes"


def test_visualize_writes_sheets_into_the_dataset_and_says_where(segstudio, scenes):
    done = segstudio("visualize", scenes, "--json")
    assert done.code == 0
    assert len(done.answer["pictures"]) == 8
    assert done.answer["sheets"] == [str(scenes / "contact-sheets" / "all-001.png")]
    assert read_image(scenes / "contact-sheets" / "all-001.png").shape[1] > 1000
    assert [sample.key for sample in open_dataset(scenes)] == done.answer["pictures"], "sheets are no pictures of it"


def test_visualize_takes_split_count_and_folder(segstudio, scenes, tmp_path):
    done = segstudio("visualize", scenes, "--split", "val", "--count", 2, "--output", tmp_path / "out")
    assert done.out.splitlines() == [str(tmp_path / "out" / "val-001.png")]
    assert not (scenes / "contact-sheets").exists()


def test_visualize_shows_augmented_pictures_beside_and_the_seed_decides(segstudio, scenes, tmp_path):
    def sheet(seed, folder):
        words = ["--split", "train", "--augment", "light", "--seed", seed, "--output", tmp_path / folder]
        (path,) = segstudio("visualize", scenes, *words, "--json").answer["sheets"]
        assert path.endswith(f"train-light-seed{seed}-001.png")
        return read_image(tmp_path / folder / f"train-light-seed{seed}-001.png")

    assert np.array_equal(sheet(3, "a"), sheet(3, "b"))
    assert not np.array_equal(sheet(3, "a"), sheet(4, "a"))


def test_visualize_shows_single_changes_alone_or_beside_a_preset(segstudio, scenes, tmp_path):
    def sheet(*words):
        words = ["--split", "train", *words, "--output", tmp_path / "out"]
        (path,) = segstudio("visualize", scenes, *words, "--json").answer["sheets"]
        return path.rpartition("/")[2], read_image(tmp_path / "out" / path.rpartition("/")[2])

    light = sheet("--augment", "light")[1]
    name, turned = sheet("--augment", "light", "--change", "rotation=0.5", "noise=0")
    assert name == "train-light-rotation=0.5-noise=0-seed0-001.png"
    assert not np.array_equal(light, turned)
    assert sheet("--change", "hue=1")[0] == "train-none-hue=1-seed0-001.png"
    for change, said in (("spin=1", "spin"), ("hue=2", "must be 0 to 1"), ("hue", "no change of pictures")):
        done = segstudio("visualize", scenes, "--change", change)
        assert (done.code, done.out) == (1, "")
        assert said in done.err


def test_visualize_says_what_it_cannot_show(segstudio, scenes, tmp_path):
    shutil.rmtree(scenes / "test_segmentation")
    for words, said in (
        (["--count", "0"], "at least 1"),
        (["--split", "test", "--augment", "light"], "no picture with a mask in test"),
    ):
        done = segstudio("visualize", scenes, *words)
        assert (done.code, done.out) == (1, "")
        assert said in done.err


def test_statistics_answers_in_json_what_the_masks_hold(segstudio, scenes):
    done = segstudio("statistics", scenes, "--json")
    assert done.code == 0
    masks = np.stack([read_mask(sample.mask) for sample in open_dataset(scenes).labelled("val")])
    val = done.answer["splits"]["val"]
    assert (val["pictures"], val["masks"]) == (3, 3)
    assert {entry["class_id"]: entry["pixels"] for entry in val["classes"]} == {
        entry.id: int((masks == entry.id).sum()) for entry in open_dataset(scenes).classes
    }
    assert val["sizes"] == [{"width": 56, "height": 40, "pictures": 3}]


@pytest.mark.parametrize("table", ["classes", "together", "sizes"])
def test_statistics_prints_each_table_as_csv(segstudio, scenes, table):
    done = segstudio("statistics", scenes, "--csv", "--table", table)
    header, *lines = csv.reader(io.StringIO(done.out))
    assert header[0] == "split"
    assert {line[0] for line in lines} == {"train", "val", "test", "all"}


def test_statistics_tells_people_every_class_and_weight(segstudio, scenes):
    done = segstudio("statistics", scenes)
    assert done.code == 0
    assert "all: 8 pictures, 8 masks\n" in done.out
    assert all(done.out.count(entry.name) == 4 for entry in open_dataset(scenes).classes)


def test_statistics_lists_what_it_cannot_read_and_exits_with_1(segstudio, scenes):
    (scenes / "val_segmentation" / "scene-002.png").write_bytes(b"no mask")
    done = segstudio("statistics", scenes)
    assert done.code == 1
    assert "cannot be read: val/scene-002" in done.out
    assert segstudio("statistics", scenes, "--json").answer["splits"]["val"]["unreadable"] == ["val/scene-002"]
