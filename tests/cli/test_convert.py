"""``segstudio convert``: formats are changed, and it is said what was left out."""

import json
import shutil

import numpy as np

from segstudio.dataset.classes import load_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask, write_mask


def masks(folder):
    return {sample.key: read_mask(sample.mask) for sample in open_dataset(folder) if sample.mask is not None}


def test_there_and_back_by_way_of_another_format(segstudio, dataset, tmp_path):
    out = segstudio("convert", dataset, tmp_path / "coco", "--to", "coco", "--json")
    back = segstudio("convert", tmp_path / "coco", tmp_path / "back", "--json")

    assert (out.code, back.code) == (0, 0)
    assert (out.answer["format"], back.answer["source_format"]) == ("coco", "coco")
    assert out.answer["pictures"] == back.answer["pictures"] == len(open_dataset(dataset))
    before, after = masks(dataset), masks(tmp_path / "back")
    assert before.keys() == after.keys()
    names = [{entry.id: entry.name for entry in load_classes(folder)} for folder in (dataset, tmp_path / "back")]
    for key, mask in before.items():
        for class_id in np.unique(mask):
            (theirs,) = [i for i, name in names[1].items() if name == names[0][class_id]]
            np.testing.assert_array_equal(mask == class_id, after[key] == theirs)


def test_between_two_other_formats_at_once(segstudio, dataset, tmp_path):
    segstudio("convert", dataset, tmp_path / "voc", "--to", "voc")

    done = segstudio("convert", tmp_path / "voc", tmp_path / "labelme", "--to", "labelme", "--json")

    assert done.code == 0
    assert (done.answer["source_format"], done.answer["format"]) == ("voc", "labelme")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
    assert list((tmp_path / "labelme").rglob("*.json"))


def test_what_is_left_out_is_named_and_the_code_is_1(segstudio, dataset, tmp_path):
    """R18."""
    dataset = shutil.copytree(dataset, tmp_path / "copy")
    sample = next(iter(open_dataset(dataset)))
    mask = read_mask(sample.mask).copy()
    mask[0, 0] = 99
    write_mask(sample.mask, mask)

    done = segstudio("convert", dataset, tmp_path / "out", "--to", "voc")

    assert done.code == 1
    assert f"skipped: {sample.image}" in done.out
    assert "99" in done.out
    assert f"{len(open_dataset(dataset)) - 1} pictures written" in done.out


def test_a_dry_run_writes_nothing_and_says_what_would_be(segstudio, dataset, tmp_path):
    done = segstudio("convert", dataset, tmp_path / "out", "--dry-run", "--json")

    assert done.code == 0
    assert done.answer["pictures"] == len(open_dataset(dataset))
    assert not (tmp_path / "out").exists()
    assert json.dumps(done.answer["mapping"])


def test_what_makes_no_sense_is_refused_in_one_line(segstudio, dataset, tmp_path):
    (tmp_path / "nothing").mkdir()
    for words, said in (
        ((tmp_path / "nothing", tmp_path / "out"), "nothing that looks like annotated pictures"),
        ((dataset, tmp_path / "out", "--to", "gimp"), "no format “gimp”"),
        ((dataset, dataset, "--to", "voc"), "has something in it"),
        ((dataset, tmp_path / "out", "--new-splits", "--val", "2"), "between 0 and 1"),
    ):
        done = segstudio("convert", *words)
        assert done.code == 1
        assert said in done.err
        assert done.err.count("\n") == 1
        assert not (tmp_path / "out").exists()


def test_classes_are_renamed_merged_and_left_out(segstudio, dataset, tmp_path):
    first, second, third, *rest = [entry.name for entry in load_classes(dataset)]

    done = segstudio(
        "convert",
        dataset,
        tmp_path / "out",
        "--map",
        f"{second}=thing",
        f"{third}=thing",
        "--skip",
        *rest[:1],
        "--json",
    )

    assert done.code == 0
    names = [entry.name for entry in load_classes(tmp_path / "out")]
    assert names == [first, "thing", *rest[1:], "left out"]
    wrong = segstudio("convert", dataset, tmp_path / "out2", "--map", "dragon=thing")
    assert wrong.code == 1
    assert "dragon=thing" in wrong.err


def test_one_class_is_written_in_black_and_white_and_read_again_by_its_name(segstudio, dataset, tmp_path):
    out = tmp_path / "white"
    name = [entry.name for entry in load_classes(dataset)][2]
    done = segstudio("convert", dataset, out, "--to", "binary_masks", "--class", name, "--json")

    assert (done.code, done.answer["masks"]) == (0, len(masks(dataset)))
    for key, mask in masks(dataset).items():
        np.testing.assert_array_equal(read_mask(out / "masks" / f"{key}.png"), np.where(mask == 2, 255, 0))
    back = segstudio("convert", out, tmp_path / "back", "--json")
    assert (back.code, back.answer["source_format"]) == (0, "pairs")
    assert [entry.name for entry in load_classes(tmp_path / "back")] == ["background", name]
    assert {key: (mask == 1).sum() for key, mask in masks(tmp_path / "back").items()} == {
        key: (mask == 2).sum() for key, mask in masks(dataset).items()
    }


def test_which_class_is_meant_must_be_said_where_there_are_several(segstudio, dataset, tmp_path):
    for words, said in (
        (["--to", "binary_masks"], "say which of"),
        (["--to", "binary_masks", "--class", "moon"], "no class “moon”"),
        (["--to", "voc", "--class", "background"], "holds all classes"),
        (["--class", "background"], "holds all classes"),
    ):
        done = segstudio("convert", dataset, tmp_path / "out", *words)
        assert (done.code, done.out) == (1, "")
        assert said in done.err
        assert not (tmp_path / "out").exists()


def test_the_only_class_beside_the_background_need_not_be_named(segstudio, dataset, tmp_path):
    names = [entry.name for entry in load_classes(dataset)]
    merged = [f"{names[0]}=background", *(f"{name}=thing" for name in names[1:])]
    done = segstudio("convert", dataset, tmp_path / "out", "--to", "binary_masks", "--map", *merged, "--json")
    assert done.code == 0
    assert (tmp_path / "out" / "classes.txt").read_text().split() == ["background", "thing"]
