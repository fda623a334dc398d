"""Rewriting ids in all masks of a dataset: all of it or nothing, and back again as a whole."""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset import files, rewriting
from segstudio.dataset.classes import ClassesError, ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.remap import (
    RemapError,
    UnreadableMasksError,
    remap,
    remove_class,
    undo_remap,
    undoable_remap,
)
from segstudio.dataset.rewriting import RewriteError, UnfinishedRewriteError, last_rewrite
from segstudio.dataset.steps import StepProgress
from tests.dataset import killing

CLASSES = ClassList(tuple(ClassInfo(i, f"class {i}", (i, 0, 0)) for i in range(4)))
WITHOUT_2 = CLASSES.removed(2, 0)


def make(folder, masks=5, size=(12, 16)):
    """Make a dataset; every mask but the last holds class 2."""
    random = np.random.default_rng(0)
    for number in range(masks):
        (folder / "train_images").mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (*size, 3), dtype=np.uint8)).save(
            folder / "train_images" / f"{number}.png"
        )
        ids = random.integers(0, 4, size).astype(np.uint8)
        if number == masks - 1:
            ids[ids == 2] = 1
        write_mask(folder / "train_segmentation" / f"{number}.png", ids)
    save_classes(folder, CLASSES)
    return folder


def quiet(_progress):
    pass


def never():
    return False


def remove(folder, class_id=2, replacement=0, emit=quiet, should_stop=never, output=None):
    return remove_class(open_dataset(folder, output=output), class_id, replacement, emit=emit, should_stop=should_stop)


def undo(folder):
    return undo_remap(open_dataset(folder), emit=quiet, should_stop=never)


def state(folder):
    """Return the bytes of every mask and of the classes."""
    found = {path.name: path.read_bytes() for path in (folder / "train_segmentation").iterdir()}
    return found | {"classes.json": (folder / "classes.json").read_bytes()}


def masks(folder):
    return {path.stem: read_mask(path) for path in sorted((folder / "train_segmentation").iterdir())}


def test_removing_a_class_rewrites_its_pixels_and_nothing_else(tmp_path):
    before = masks(make(tmp_path))
    untouched = state(tmp_path)["4.png"]
    result = remove(tmp_path)
    for name, mask in masks(tmp_path).items():
        np.testing.assert_array_equal(mask, np.where(before[name] == 2, 0, before[name]))
    assert state(tmp_path)["4.png"] == untouched
    assert result.masks == 4
    assert result.pixels == sum(int((mask == 2).sum()) for mask in before.values())
    assert open_dataset(tmp_path) == result.dataset
    assert result.dataset.classes == WITHOUT_2


def test_ids_may_change_places_and_go_above_255(tmp_path):
    before = masks(make(tmp_path))
    classes = ClassList((*CLASSES.removed(3, 0).entries, ClassInfo(700, "far", (1, 1, 1))))
    remap(open_dataset(tmp_path), {1: 2, 2: 1, 3: 700}, classes, title="Renumber", emit=quiet, should_stop=never)
    expected = np.array([0, 2, 1, 700])
    for name, mask in masks(tmp_path).items():
        np.testing.assert_array_equal(mask, expected[before[name]])


def test_what_does_not_fit_is_refused_before_anything_is_written(tmp_path):
    before = state(make(tmp_path))
    dataset = open_dataset(tmp_path)
    for mapping, classes, said in (
        ({2: 9}, CLASSES, "become 9"),
        ({2: 70_000}, CLASSES, "65535"),
        ({}, WITHOUT_2, "class 2"),
    ):
        with pytest.raises(RemapError, match=said):
            remap(dataset, mapping, classes, title="x", emit=quiet, should_stop=never)
    with pytest.raises(ClassesError):
        remove(tmp_path, 2, 2)
    assert state(tmp_path) == before


def test_masks_that_cannot_be_read_are_all_listed_and_nothing_is_changed(tmp_path):
    make(tmp_path)
    (tmp_path / "train_segmentation" / "1.png").write_bytes(b"broken")
    Image.fromarray(np.full((12, 16, 3), (9, 0, 0), np.uint8)).save(tmp_path / "train_segmentation" / "3.png")
    before = state(tmp_path)
    with pytest.raises(UnreadableMasksError, match=r"(?s)2 masks.*1\.png.*3\.png") as caught:
        remove(tmp_path)
    assert [path.name for path, _reason in caught.value.failures] == ["1.png", "3.png"]
    assert state(tmp_path) == before
    assert undoable_remap(tmp_path) is None


def test_progress_is_told_and_ends_where_it_said(tmp_path, monkeypatch):
    monkeypatch.setattr("segstudio.dataset.steps._SECONDS_BETWEEN_EVENTS", 0)
    heard = []
    make(tmp_path)
    remove(tmp_path, emit=heard.append)
    assert heard[0] == StepProgress(1, 10, "reading the masks")
    assert heard[-1] == StepProgress(9, 9, "rewriting the masks")
    assert [event.done for event in heard] == list(range(1, 10))


@pytest.mark.parametrize("steps", [1, 4, 6, 8])
def test_stopped_in_its_middle_everything_is_as_before(tmp_path, steps):
    before = state(make(tmp_path))
    asked = []

    def should_stop():
        asked.append(1)
        return len(asked) >= steps

    assert remove(tmp_path, should_stop=should_stop) is None
    assert state(tmp_path) == before
    assert undoable_remap(tmp_path) is None
    assert remove(tmp_path).masks == 4


@pytest.mark.parametrize("links", [True, False], ids=["linked", "copied"])
@pytest.mark.parametrize("failing", range(1, 14))
def test_a_full_disk_at_any_write_leaves_everything_as_before(tmp_path, monkeypatch, failing, links):
    """R1, R2. Without hard links (as on FAT) originals are copied, and that can fail too."""
    before = state(make(tmp_path))
    monkeypatch.setattr("segstudio.dataset.steps._WORKERS", 1)
    if not links:
        monkeypatch.setattr(rewriting.os, "link", refuse_links)
    calls = []
    write = files.tempfile.mkstemp

    def limited(**words):
        calls.append(words["dir"])
        if len(calls) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(**words)

    monkeypatch.setattr(files.tempfile, "mkstemp", limited)
    if failing <= (6 if links else 11):
        with pytest.raises(RemapError if failing > (1 if links else 6) else RewriteError, match="No space"):
            remove(tmp_path)
        assert state(tmp_path) == before
    else:
        assert remove(tmp_path).masks == 4


def refuse_links(*_words, **_named):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_what_cannot_be_put_back_is_put_back_on_the_next_opening(tmp_path, monkeypatch):
    before = state(make(tmp_path))
    gone = [False]
    replace = os.replace

    def unplugged(source, target):
        # The third mask cannot be written, and from then on nothing can.
        if str(target).endswith("2.png"):
            gone[0] = True
        if gone[0]:
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    monkeypatch.setattr("segstudio.dataset.steps._WORKERS", 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", unplugged)
        with pytest.raises(UnfinishedRewriteError, match="Open the dataset again"):
            remove(tmp_path)
        assert state(tmp_path) != before
        with pytest.raises(UnfinishedRewriteError):
            open_dataset(tmp_path)
    (problem,) = open_dataset(tmp_path).problems
    assert problem.kind == "interrupted_rewrite"
    assert "Remove class “class 2”" in problem.message
    assert state(tmp_path) == before
    assert open_dataset(tmp_path).problems == ()


def test_it_can_be_undone_as_a_whole_until_the_next_one(tmp_path):
    before = masks(make(tmp_path))
    remove(tmp_path)
    assert undoable_remap(tmp_path) == "Remove class “class 2”"
    result = undo(tmp_path)
    for name, mask in masks(tmp_path).items():
        np.testing.assert_array_equal(mask, before[name])
    assert result.dataset.classes == CLASSES
    assert open_dataset(tmp_path) == result.dataset
    assert undoable_remap(tmp_path) is None
    with pytest.raises(RemapError, match="nothing to undo"):
        undo(tmp_path)
    remove(tmp_path, 2, 0)
    remove(tmp_path, 1, 3)
    undo(tmp_path)
    assert open_dataset(tmp_path).classes == WITHOUT_2
    assert not any((mask == 2).any() for mask in masks(tmp_path).values())


def test_undo_keeps_what_was_painted_edited_and_deleted_since(tmp_path):
    before = masks(make(tmp_path))
    remove(tmp_path)
    painted = masks(tmp_path)["0"].copy()
    painted[:3] = 3
    write_mask(tmp_path / "train_segmentation" / "0.png", painted)
    (tmp_path / "train_segmentation" / "1.png").unlink()
    dataset = open_dataset(tmp_path)
    edited = dataset.classes.replaced(ClassInfo(1, "class 2", (7, 7, 7)))
    edited = ClassList((*edited.entries, ClassInfo(9, "new", (8, 8, 8))))
    save_classes(tmp_path, edited)
    undo(tmp_path)
    expected = before["0"].copy()
    expected[:3] = 3
    np.testing.assert_array_equal(masks(tmp_path)["0"], expected)
    assert sorted(masks(tmp_path)) == ["0", "2", "3", "4"]
    classes = open_dataset(tmp_path).classes
    assert [(entry.id, entry.name) for entry in classes] == [
        (0, "class 0"),
        (1, "class 2"),
        (2, "class 2 2"),
        (3, "class 3"),
        (9, "new"),
    ]


def test_undo_is_refused_where_the_id_was_given_to_another_class(tmp_path):
    make(tmp_path)
    remove(tmp_path)
    dataset = open_dataset(tmp_path)
    save_classes(tmp_path, dataset.classes.with_new("newcomer"))
    before = state(tmp_path)
    with pytest.raises(RemapError, match="newcomer"):
        undo(tmp_path)
    assert state(tmp_path) == before


def test_undo_is_refused_where_a_mask_has_another_size_now(tmp_path):
    make(tmp_path)
    remove(tmp_path)
    write_mask(tmp_path / "train_segmentation" / "0.png", np.zeros((3, 3), np.uint8))
    before = state(tmp_path)
    with pytest.raises(UnreadableMasksError, match=r"0\.png.*size"):
        undo(tmp_path)
    assert state(tmp_path) == before


def test_undo_brings_back_what_new_masks_started_as(tmp_path):
    make(tmp_path)
    unpainted = CLASSES.starting_unpainted()
    save_classes(tmp_path, unpainted)
    remove(tmp_path, 255, 3)
    assert open_dataset(tmp_path).classes.blank == 3
    undo(tmp_path)
    assert open_dataset(tmp_path).classes == unpainted


def test_masks_elsewhere_and_in_other_formats_are_written_as_png_where_masks_are_written(tmp_path):
    there, here = make(tmp_path / "there"), tmp_path / "here"
    here.mkdir()
    ids = read_mask(there / "train_segmentation" / "0.png")
    (there / "train_segmentation" / "0.png").unlink()
    Image.fromarray(ids.astype(np.uint8)).save(there / "train_segmentation" / "0.BMP")
    before = state(there)
    result = remove(there, output=here)
    assert state(there) == before
    assert {path.name for path in (here / "train_segmentation").iterdir()} == {f"{i}.png" for i in range(4)}
    assert open_dataset(there, output=here) == result.dataset
    np.testing.assert_array_equal(read_mask(result.dataset.find("train/0").mask), np.where(ids == 2, 0, ids))
    undo_remap(open_dataset(there, output=here), emit=quiet, should_stop=never)
    np.testing.assert_array_equal(read_mask(open_dataset(there, output=here).find("train/0").mask), ids)


def test_a_mask_in_capitals_does_not_hide_the_one_that_is_written(tmp_path):
    make(tmp_path)
    (tmp_path / "train_segmentation" / "0.png").rename(tmp_path / "train_segmentation" / "0.PNG")
    result = remove(tmp_path)
    assert open_dataset(tmp_path) == result.dataset
    assert not (read_mask(open_dataset(tmp_path).find("train/0").mask) == 2).any()


def test_a_dataset_that_was_moved_can_still_be_undone(tmp_path):
    before = masks(make(tmp_path / "a"))
    remove(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "データ é")
    undo(tmp_path / "データ é")
    for name, mask in masks(tmp_path / "データ é").items():
        np.testing.assert_array_equal(mask, before[name])


def test_nobody_else_opens_the_dataset_or_rewrites_it_meanwhile(tmp_path):
    make(tmp_path)
    refused = []

    def meddle(_progress):
        if last_rewrite(tmp_path) is None and (tmp_path / ".segstudio" / "remap-1" / "plan.json").is_file():
            with pytest.raises(RewriteError, match="just now"):
                open_dataset(tmp_path)
            with (
                pytest.raises(RewriteError, match="just now"),
                rewriting.rewriting(tmp_path, [], title="x", facts={}),
            ):
                pass
            refused.append(threading.current_thread())

    remove(tmp_path, emit=meddle, should_stop=never)
    if not refused:
        pytest.fail("the remap was over before anybody could meddle")


@pytest.fixture(autouse=True)
def every_event(monkeypatch):
    monkeypatch.setattr("segstudio.dataset.steps._SECONDS_BETWEEN_EVENTS", 0)


def test_a_damaged_plan_is_named_and_nothing_is_guessed(tmp_path):
    make(tmp_path)
    folder = tmp_path / ".segstudio" / "remap-3"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text("{")
    with pytest.raises(UnfinishedRewriteError, match=r"plan\.json"):
        open_dataset(tmp_path)


def test_a_folder_without_a_plan_was_not_begun(tmp_path):
    make(tmp_path)
    (tmp_path / ".segstudio" / "remap-3").mkdir(parents=True)
    assert open_dataset(tmp_path).problems == ()
    assert not (tmp_path / ".segstudio" / "remap-3").exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ids=st.lists(st.integers(0, 3), min_size=12, max_size=12), target=st.sampled_from([0, 1, 3]))
def test_a_remap_and_its_undo_give_back_every_pixel(tmp_path_factory, ids, target):
    folder = make(tmp_path_factory.mktemp("dataset"), masks=1)
    mask = np.array(ids, np.uint8).reshape(3, 4)
    Image.fromarray(np.zeros((3, 4, 3), np.uint8)).save(folder / "train_images" / "0.png")
    write_mask(folder / "train_segmentation" / "0.png", mask)
    remove(folder, 2, target)
    np.testing.assert_array_equal(masks(folder)["0"], np.where(mask == 2, target, mask))
    if undoable_remap(folder):
        undo(folder)
    np.testing.assert_array_equal(masks(folder)["0"], mask)
    shutil.rmtree(folder)


# --- killed ---------------------------------------------------------------------------------------------------------

_IMPORTS = "from segstudio.dataset.remap import remove_class, undo_remap"
_ACTIONS = {
    "remove": "lambda folder: remove_class(open_dataset(folder), 2, 0, **words)",
    "undo": "lambda folder: undo_remap(open_dataset(folder), **words)",
    "open": "open_dataset",
}


def kill_everywhere(origin, work, action, links="linked"):
    """Do something to copies of a dataset, killed at its first, second, third … step; return the copies."""
    return killing.kill_everywhere(origin, work, _ACTIONS[action], links=links, imports=_IMPORTS)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are POSIX")
@pytest.mark.parametrize("links", ["linked", "copied"])
def test_killed_at_any_moment_it_has_happened_or_it_has_not(tmp_path, links):
    """R1: the bytes of every mask and of the classes are those before or those after, never a part."""
    before = state(make(tmp_path / "origin", masks=3))
    make(tmp_path / "done", masks=3)
    remove(tmp_path / "done")
    after = state(tmp_path / "done")
    answers = []
    torn = 0
    for folder in kill_everywhere(tmp_path / "origin", tmp_path / "killed", "remove", links):
        torn += state(folder) not in (before, after)
        open_dataset(folder)
        assert state(folder) in (before, after), folder
        answers.append(state(folder) == after)
        assert not list(folder.rglob("plan.json"))
        assert open_dataset(folder).problems == ()
        if not answers[-1]:
            assert remove(folder).masks == 2
            assert state(folder) == after
    # Some were killed with half of the masks rewritten, most before it had happened, the last few after that.
    assert torn >= 2
    assert answers == sorted(answers)
    assert 20 < answers.index(True) < len(answers)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are POSIX")
def test_killed_while_it_is_taken_back_it_is_taken_back_the_next_time(tmp_path):
    before = state(make(tmp_path / "origin", masks=3))
    killed = kill_everywhere(tmp_path / "origin", tmp_path / "killed", "remove")
    torn = [folder for folder in killed if state(folder) != before and list(folder.rglob("plan.json"))]
    for folder in kill_everywhere(torn[-1], tmp_path / "again", "open"):
        open_dataset(folder)
        assert state(folder) == before, folder
        assert not list(folder.rglob("plan.json"))


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 and fork are POSIX")
def test_killed_while_it_is_undone_it_is_undone_or_it_is_not(tmp_path):
    before = masks(make(tmp_path / "origin", masks=3))
    remove(tmp_path / "origin")
    after = state(tmp_path / "origin")
    answers = []
    for folder in kill_everywhere(tmp_path / "origin", tmp_path / "killed", "undo"):
        classes = open_dataset(folder).classes
        answers.append(classes == CLASSES)
        if answers[-1]:
            assert all(np.array_equal(mask, before[name]) for name, mask in masks(folder).items())
        else:
            assert state(folder) == after
            undo(folder)
            assert open_dataset(folder).classes == CLASSES
    assert answers == sorted(answers)
    assert True in answers
    assert False in answers


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_killed_from_outside_in_the_middle_of_many_masks(tmp_path):
    before = state(make(tmp_path, masks=80, size=(60, 80)))
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom segstudio.dataset import steps\n"
        "from segstudio.dataset.dataset import open_dataset\nfrom segstudio.dataset.remap import remove_class\n"
        "steps._SECONDS_BETWEEN_EVENTS = 0\n"
        "remove_class(open_dataset(Path(sys.argv[1])), 2, 0, emit=lambda p: print(p.done, p.what, flush=True), "
        "should_stop=lambda: False)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        rewritten = 0
        for line in process.stdout:
            rewritten += "rewriting" in line
            if rewritten == 10:
                process.kill()
                break
    assert process.returncode == -9
    assert state(tmp_path) != before
    assert json.loads((tmp_path / ".segstudio" / "remap-1" / "plan.json").read_text())["files"]
    assert [problem.kind for problem in open_dataset(tmp_path).problems] == ["interrupted_rewrite"]
    assert state(tmp_path) == before
