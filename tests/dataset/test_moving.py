"""Samples moved between splits: all of them or none, whatever happens, and back again."""

import os
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.dataset import DatasetError, open_dataset
from segstudio.dataset.masks import write_mask
from segstudio.dataset.moving import MoveError, move_samples, undo_move, undoable_move
from segstudio.dataset.overlay import write_picture
from segstudio.dataset.remap import remove_class, undoable_remap
from segstudio.dataset.review import NO_REVIEW, Review, ReviewChange, ReviewState, load_reviews, update_reviews
from segstudio.dataset.rewriting import RewriteError
from segstudio.dataset.synthetic import make_sample_dataset
from tests.dataset import killing

DONE = Review(ReviewState.DONE, ("夜",), "ok")


def quiet(_step):
    """Emit nothing."""


WORDS = {"emit": quiet, "should_stop": lambda: False}


def make(folder, layout=("{}_images", "{}_segmentation"), names=("a", "b é", "データ")):
    """Three pictures in train, the last without a mask, and one in val; the first is reviewed and predicted."""
    for number, name in enumerate(names):
        write_picture(folder / layout[0].format("train") / f"{name}.png", np.full((4, 5, 3), number, np.uint8))
        if number < 2:
            write_mask(folder / layout[1].format("train") / f"{name}.png", np.full((4, 5), number, np.uint8))
    write_picture(folder / layout[0].format("val") / "v.png", np.full((4, 5, 3), 9, np.uint8))
    write_mask(folder / "predictions" / "unet-1" / "train" / f"{names[0]}.png", np.full((4, 5), 1, np.uint8))
    update_reviews(folder, {f"train/{names[0]}": ReviewChange(NO_REVIEW, DONE)})
    return folder


def state(folder):
    """Return the bytes of every file but those of `.segstudio/`."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".segstudio" not in path.relative_to(folder).parts[0]
    }


def move(folder, keys, split="val"):
    return move_samples(open_dataset(folder), keys, split, **WORDS)


def undo(folder):
    return undo_move(open_dataset(folder), **WORDS)


@pytest.mark.parametrize(
    "layout", [("{}_images", "{}_segmentation"), ("images_prepped_{}", "annotations_prepped_{}")], ids=["own", "keras"]
)
@pytest.mark.parametrize("split", ["val", "test"])
def test_picture_mask_prediction_and_review_move_together(tmp_path, layout, split):
    before = state(make(tmp_path, layout))
    result = move(tmp_path, ["train/a", "train/データ"], split)
    assert result.keys == {"train/a": f"{split}/a", "train/データ": f"{split}/データ"}
    assert result.dataset == open_dataset(tmp_path)
    after = state(tmp_path)
    folders = [layout[0], layout[1], "predictions/unet-1/{}"]
    for folder in folders:
        assert after[f"{folder.format(split)}/a.png"] == before[f"{folder.format('train')}/a.png"]
        assert f"{folder.format('train')}/a.png" not in after
    assert f"{layout[0].format(split)}/データ.png" in after
    assert len(after) == len(before)
    assert load_reviews(tmp_path)[0] == {f"{split}/a": DONE}


def test_a_move_is_undone_as_a_whole_also_after_the_program_was_started_anew(tmp_path):
    before = state(make(tmp_path))
    move(tmp_path, ["train/a", "train/b é"], "test")
    assert undoable_move(tmp_path) == "Move 2 pictures to test"
    assert undo(tmp_path).dataset == open_dataset(tmp_path)
    after = state(tmp_path)
    assert set(before) == set(after)
    assert all(after[name] == before[name] for name in before if name != "review.json")
    assert load_reviews(tmp_path)[0] == {"train/a": DONE}
    assert undoable_move(tmp_path) is None
    with pytest.raises(MoveError, match="no move to undo"):
        undo(tmp_path)


def test_undo_takes_along_what_was_painted_since_and_leaves_what_was_deleted(tmp_path):
    make(tmp_path)
    moved = move(tmp_path, ["train/a", "train/b é", "train/データ"], "test").dataset
    write_mask(moved.find("test/データ").target, np.full((4, 5), 3, np.uint8))
    write_mask(moved.find("test/a").target, np.full((4, 5), 3, np.uint8))
    for path in (moved.find("test/b é").image, moved.find("test/b é").mask):
        path.unlink()
    assert undo(tmp_path).keys == {"test/a": "train/a", "test/データ": "train/データ"}
    train = open_dataset(tmp_path).of_split("train")
    assert [(sample.name, sample.mask is not None) for sample in train] == [("a", True), ("データ", True)]


def test_what_is_in_the_split_already_stays_and_nothing_is_noted(tmp_path):
    before = state(make(tmp_path))
    assert move(tmp_path, ["val/v"]).keys == {}
    assert move(tmp_path, []).keys == {}
    assert state(tmp_path) == before
    assert undoable_move(tmp_path) is None


def test_names_that_clash_are_all_named_and_nothing_is_moved(tmp_path):
    make(tmp_path)
    write_picture(tmp_path / "val_images" / "a.tiff", np.zeros((4, 5, 3), np.uint8))
    write_mask(tmp_path / "val_segmentation" / "B É.png", np.zeros((4, 5), np.uint8))  # a mask without a picture
    before = state(tmp_path)
    with pytest.raises(MoveError, match=r"same name already: a \(train to val\), b é \(train to val\)") as caught:
        move(tmp_path, ["train/a", "train/b é", "train/データ"])
    assert "データ" not in str(caught.value)
    assert state(tmp_path) == before


def test_two_of_one_name_cannot_go_to_one_split(tmp_path):
    make(tmp_path)
    write_picture(tmp_path / "val_images" / "a.png", np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(MoveError, match="same name already: a "):
        move(tmp_path, ["train/a", "val/a"], "test")


def test_a_dataset_of_one_split_says_what_to_do(tmp_path):
    write_picture(tmp_path / "a.png", np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(MoveError, match="one split only"):
        move(tmp_path, ["train/a"])
    write_picture(tmp_path / "b" / "images" / "a.png", np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(MoveError, match="one split only"):
        move(tmp_path / "b", ["train/a"])


def test_a_dataset_that_is_written_elsewhere_stays_as_it_is(tmp_path):
    make(tmp_path / "a")
    dataset = open_dataset(tmp_path / "a", output=tmp_path / "out")
    with pytest.raises(MoveError, match="cannot be written to"):
        move_samples(dataset, ["train/a"], "val", **WORDS)


def test_a_sample_that_is_gone_is_named(tmp_path):
    make(tmp_path)
    with pytest.raises(MoveError, match="train/x"):
        move(tmp_path, ["train/x"])


def test_stopped_in_the_middle_every_file_is_where_it_was(tmp_path, monkeypatch):
    before = state(make(tmp_path))
    monkeypatch.setattr("segstudio.dataset.steps._WORKERS", 1)
    asked = iter([False, True])
    stopped = move_samples(
        open_dataset(tmp_path), ["train/a", "train/b é"], "val", emit=quiet, should_stop=lambda: next(asked)
    )
    assert stopped is None
    assert state(tmp_path) == before
    assert undoable_move(tmp_path) is None


def test_a_file_that_cannot_be_moved_is_named_and_every_file_is_where_it_was(tmp_path, monkeypatch):
    before = state(make(tmp_path))
    replace = os.replace

    def failing(source, target):
        if str(target).endswith("val_images/データ.png"):
            raise OSError(13, "Permission denied", str(source))
        replace(source, target)

    monkeypatch.setattr("segstudio.dataset.moving.os.replace", failing)
    with pytest.raises(MoveError, match=r"データ.png could not be moved: Permission denied"):
        move(tmp_path, ["train/a", "train/データ"])
    assert state(tmp_path) == before


def test_a_move_and_a_removed_class_do_not_undo_each_other(tmp_path):
    make_sample_dataset(tmp_path / "a", train=2, val=1, test=1, size=(40, 56))
    remove_class(open_dataset(tmp_path / "a"), 3, 0, **WORDS)
    move(tmp_path / "a", ["train/scene-002"], "val")
    assert undoable_remap(tmp_path / "a") is None
    assert undoable_move(tmp_path / "a") == "Move “scene-002” to val"


def test_pictures_put_aside_take_no_room_afterwards(tmp_path):
    make(tmp_path)
    move(tmp_path, ["train/a"])
    assert not list((tmp_path / ".segstudio").rglob("*.png"))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from(["a", "b", "c", "d"]), min_size=1), st.sampled_from(["train", "val", "test"])
        ),
        max_size=5,
    )
)
def test_any_moves_lose_no_file_and_undo_leads_back(tmp_path_factory, steps):
    folder = make(tmp_path_factory.mktemp("moves"), names=("a", "b", "c", "d"))
    contents = sorted(state(folder).values())
    for names, split in steps:
        before, splits = state(folder), {sample.name: sample.key for sample in open_dataset(folder)}
        moved = move(folder, [splits[name] for name in names], split).keys
        assert len(state(folder)) == len(contents)
        if moved:
            undo(folder)
            assert state(folder).keys() == before.keys()
            move(folder, [splits[name] for name in names], split)
    now = [data for name, data in state(folder).items() if name != "review.json"]
    assert sorted(now) == sorted(data for data in contents if b'"samples"' not in data)
    assert list(load_reviews(folder)[0].values()) == [DONE]


_IMPORTS = "from segstudio.dataset.moving import move_samples, undo_move"
_ACTIONS = {
    "move": 'lambda folder: move_samples(open_dataset(folder), ["train/a", "train/b é"], "test", **words)',
    "undo": "lambda folder: undo_move(open_dataset(folder), **words)",
    "open": "open_dataset",
}


def kill_everywhere(origin, work, action, links="linked"):
    """Do something to copies of a dataset, killed at its first, second, third … step; return the copies."""
    return killing.kill_everywhere(origin, work, _ACTIONS[action], links=links, imports=_IMPORTS)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are POSIX")
@pytest.mark.parametrize("links", ["linked", "copied"])
def test_killed_at_any_moment_it_has_happened_or_it_has_not(tmp_path, links):
    """R1: every picture, mask and review is where it was or where it goes, and whole."""
    before = state(make(tmp_path / "origin"))
    make(tmp_path / "done")
    move(tmp_path / "done", ["train/a", "train/b é"], "test")
    after = state(tmp_path / "done")
    answers, torn = [], 0
    for folder in kill_everywhere(tmp_path / "origin", tmp_path / "killed", "move", links):
        torn += state(folder) not in (before, after)
        open_dataset(folder)
        assert state(folder) in (before, after), folder
        answers.append(state(folder) == after)
        assert not list(folder.rglob("plan.json"))
        if not answers[-1]:
            assert len(move(folder, ["train/a", "train/b é"], "test").keys) == 2
            assert state(folder) == after
    assert torn >= 3
    assert answers == sorted(answers)
    assert any(answers)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are POSIX")
def test_killed_while_it_is_taken_back_it_is_taken_back_the_next_time(tmp_path):
    before = state(make(tmp_path / "origin"))
    killed = kill_everywhere(tmp_path / "origin", tmp_path / "killed", "move")
    torn = [folder for folder in killed if state(folder) != before and list(folder.rglob("plan.json"))]
    for folder in kill_everywhere(torn[-1], tmp_path / "again", "open"):
        open_dataset(folder)
        assert state(folder) == before


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are POSIX")
def test_killed_while_it_is_undone_it_is_undone_or_it_is_not(tmp_path):
    make(tmp_path / "origin")
    move(tmp_path / "origin", ["train/a", "train/b é"], "test")
    moved = state(tmp_path / "origin")
    make(tmp_path / "back")
    move(tmp_path / "back", ["train/a", "train/b é"], "test")
    undo(tmp_path / "back")
    back = state(tmp_path / "back")
    for folder in kill_everywhere(tmp_path / "origin", tmp_path / "killed", "undo"):
        open_dataset(folder)
        assert state(folder) in (moved, back)


def test_a_folder_that_is_being_rewritten_is_left_alone(tmp_path):
    from segstudio.dataset.file_lock import locked

    make(tmp_path)
    dataset = open_dataset(tmp_path)
    before = state(tmp_path)
    with locked(tmp_path / ".segstudio" / "remap.lock"), pytest.raises(RewriteError, match="just now"):
        move_samples(dataset, ["train/a"], "val", **WORDS)
    assert state(tmp_path) == before
    with pytest.raises(DatasetError):
        open_dataset(tmp_path / "nowhere")
