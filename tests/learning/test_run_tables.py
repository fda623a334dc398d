"""What is told of runs beside their curves: confusion, settings side by side, sample files; and folders as wholes."""

import json
from pathlib import Path

import numpy as np
import pytest

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.config import TrainingConfig
from segstudio.learning.confusion_file import read_confusion, write_confusion_csv
from segstudio.learning.run_folders import import_run, rename_run
from segstudio.learning.run_samples import find_sample_files
from segstudio.learning.runs import RunError, open_run
from segstudio.learning.settings.checks import ConfigError
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.settings_table import differing_settings, settings_in_words
from tests.learning.run_support import CLASSES, history, write_run


def write_confusion(folder, matrix, *, ids=(7, 3), epoch=4):
    folder.mkdir(parents=True, exist_ok=True)
    data = {"epoch": epoch, "classes": list(ids), "matrix": matrix}
    (folder / "confusion.json").write_text(json.dumps(data))


def test_confusion_is_told_in_sentences(tmp_path):
    write_confusion(tmp_path, [[88, 12], [0, 0]])
    confusion = read_confusion(tmp_path, CLASSES)
    assert confusion.epoch == 4
    assert confusion.sentence(0, 1) == "12 % of “road” was taken for “sidewalk”: 12 of 100 pixels"
    assert confusion.sentence(0, 0) == "88 % of “road” was found: 88 of 100 pixels"
    assert confusion.sentence(1, 0) == "No pixel of “sidewalk” in val"
    np.testing.assert_allclose(confusion.shares, [[0.88, 0.12], [0, 0]])


@pytest.mark.parametrize(("wrong", "said"), [(1, "Less than 0.1 %"), (150, "1.5 %"), (1200, "12 %")])
def test_small_shares_are_told_as_small_ones(tmp_path, wrong, said):
    write_confusion(tmp_path, [[10_000 - wrong, wrong], [0, 0]])
    assert read_confusion(tmp_path, CLASSES).sentence(0, 1).startswith(said)


def test_a_run_without_confusion_has_none(tmp_path):
    assert read_confusion(tmp_path, CLASSES) is None


@pytest.mark.parametrize("matrix", [[[1]], [[1, 2]], [["a", 2], [1, 1]], [[1, -2], [3, 4]], 7])
def test_a_damaged_confusion_is_refused_by_name(tmp_path, matrix):
    write_confusion(tmp_path, matrix)
    with pytest.raises(RunError, match=r"confusion\.json"):
        read_confusion(tmp_path, CLASSES)


def test_confusion_as_a_table_and_classes_that_the_list_has_lost(tmp_path):
    write_confusion(tmp_path, [[1, 2], [3, 4]], ids=(7, 99))
    write_confusion_csv(tmp_path / "c.csv", read_confusion(tmp_path, CLASSES))
    lines = (tmp_path / "c.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["truth \\ prediction,road,99", "road,1,2", "99,3,4"]


def test_only_settings_that_differ_stand_side_by_side():
    first = TrainingConfig(dataset=Path("a"), run="x")
    second = TrainingConfig(dataset=Path("a"), run="y", epochs=7, loss=LossSettings(name="dice"), input_size=(64, 96))
    assert differing_settings([first, second]) == {
        "Height × width": ("128 × 128", "64 × 96"),
        "Epochs": ("20", "7"),
        "Loss": ("Cross-entropy", "Dice"),
    }
    assert differing_settings([first, first]) == {}


def test_every_setting_has_a_title_of_its_own():
    config = TrainingConfig(dataset=Path("a"))
    words = settings_in_words(config)
    groups = [value for value in config.to_json().values() if isinstance(value, dict)]
    assert len(words) == len(config.to_json()) - len(groups) + sum(map(len, groups)) - 2  # name and output


def test_files_of_samples_are_found_where_the_run_had_them_or_in_the_open_dataset(tmp_path):
    make_sample_dataset(tmp_path / "d", train=1, val=2, test=0, size=(48, 64))
    dataset = open_dataset(tmp_path / "d")
    first, second = (sample.key for sample in dataset.of_split("val"))
    folder = write_run(tmp_path / "r" / "runs", "a", history(1))
    config = json.loads((folder / "config.json").read_text())
    mine = tmp_path / "mine.png"
    mine.write_bytes(b"")
    config["data"] = {
        "train": [],
        "val": [
            {"sample": first, "image": str(mine), "mask": "/gone/m.png"},
            {"sample": second, "image": "X:\\gone\\i.png", "mask": "\0"},
        ],
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "data" / "val").mkdir(parents=True)
    (folder / "data" / f"{first}.png").write_bytes(b"")
    found = find_sample_files(folder, [first, second, "val/unknown"], dataset=dataset)
    assert (found[first].image, found[first].mask) == (mine, folder / "data" / f"{first}.png")
    assert found[second].image == dataset.find(second).image
    assert found[second].mask == dataset.find(second).mask
    assert (found["val/unknown"].image, found["val/unknown"].mask) == (None, None)
    assert find_sample_files(tmp_path, [first], dataset=None)[first].image is None


def test_a_run_of_another_machine_is_copied_in_whole_under_a_free_name(tmp_path):
    source = write_run(tmp_path / "usb é" / "x", "a", history(2), outcome="finished", epochs=2)
    (source / "samples").mkdir()
    (source / "samples" / "s.png").write_bytes(b"png")
    runs = tmp_path / "d" / "runs"
    assert [import_run(source, runs).name for _ in range(2)] == ["a", "a-2"]
    assert (runs / "a-2" / "samples" / "s.png").read_bytes() == b"png"
    assert open_run(runs / "a").epochs == open_run(source).epochs
    assert sorted(path.name for path in runs.iterdir()) == ["a", "a-2"]


def test_a_run_that_lies_there_already_is_not_copied(tmp_path):
    folder = write_run(tmp_path / "runs", "a")
    assert import_run(folder, tmp_path / "runs") == folder
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["a"]


def test_what_is_no_run_is_not_copied(tmp_path):
    with pytest.raises(RunError, match="not the folder of a run"):
        import_run(tmp_path, tmp_path / "runs")


def test_a_copy_that_is_stopped_or_fails_leaves_nothing(tmp_path):
    source = write_run(tmp_path / "x", "a", history(2))
    runs = tmp_path / "d" / "runs"
    assert import_run(source, runs, should_stop=lambda: True) is None
    assert list(runs.iterdir()) == []
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match="could not be copied"):
        import_run(source, tmp_path / "file" / "runs")


def test_a_run_is_renamed_with_its_predictions(tmp_path):
    folder = write_run(tmp_path / "runs", "a", history(2))
    (tmp_path / "predictions" / "a" / "val").mkdir(parents=True)
    renamed = rename_run(folder, "b é", predictions=tmp_path / "predictions")
    assert renamed == tmp_path / "runs" / "b é"
    assert open_run(renamed).name == "b é"
    assert (tmp_path / "predictions" / "b é" / "val").is_dir()
    assert not folder.exists()


def test_a_name_that_is_taken_or_none_is_refused_and_nothing_is_moved(tmp_path):
    folder = write_run(tmp_path / "runs", "a")
    write_run(tmp_path / "runs", "b")
    for name, error in (("b", RunError), ("", RunError), ("x/y", ConfigError), (".x", ConfigError)):
        with pytest.raises(error):
            rename_run(folder, name)
    (tmp_path / "predictions" / "a").mkdir(parents=True)
    (tmp_path / "predictions" / "c").mkdir()
    with pytest.raises(RunError, match="already a folder"):
        rename_run(folder, "c", predictions=tmp_path / "predictions")
    assert folder.is_dir()
