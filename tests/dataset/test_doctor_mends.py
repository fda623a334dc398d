"""What the doctor mends is right to the pixel, keeps what was there, touches no picture, and can be undone."""

import errno
import os
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset.classes import load_classes, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.doctor import mending
from segstudio.dataset.doctor.mended_masks import MASK_MENDS, MendError, NothingToMendError
from segstudio.dataset.doctor.mending import DECISIONS, TITLES, mend, mend_all, undo
from segstudio.dataset.doctor.verify import verify
from segstudio.dataset.exif import exif_orientation
from segstudio.dataset.files import is_kept_copy
from segstudio.dataset.images import upright
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.statistics import present_ids
from tests.dataset.doctor_support import CLASSES, HEIGHT, WIDTH, healthy, ids, mask_of, opened, picture
from tests.dataset.test_doctor import CASES

MENDABLE = [kind for kind, (_severity, name, _harm) in CASES.items() if name is not None]
RIGHT = {
    "unrotated_mask": lambda: upright(ids(), 6),
    "unknown_id": lambda: ids() * 7,
    "soft_mask": None,
    "extra_mask": ids,
}


def everything(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def of_kind(folder, kind):
    return next(problem for problem in verify(opened(folder)) if problem.kind == kind)


@pytest.mark.parametrize("kind", MENDABLE)
def test_a_mend_is_right_keeps_what_was_there_and_can_be_undone(tmp_path, kind):
    """R12, R13, R14, R15, R33."""
    folder = healthy(tmp_path / "データ é 空 白")
    CASES[kind][2](folder)
    before = everything(folder)
    problem = of_kind(folder, kind)
    done = mend(problem, opened(folder))
    after = everything(folder)
    # No picture was touched, and every byte that was there is there still.
    assert {n: b for n, b in after.items() if "images" in str(n)} == {
        n: b for n, b in before.items() if "images" in str(n)
    }
    assert set(before.values()) <= set(after.values())
    assert done.kept is not None
    assert is_kept_copy(done.kept.stem)
    problems = verify(opened(folder))
    assert kind not in {each.kind for each in problems}
    assert not any(each.severity.value == "error" for each in problems)
    if done.written is not None and done.written.suffix == ".png":
        sample = opened(folder).find(problem.sample)
        assert sample.mask == done.written == sample.target
        expected = RIGHT.get(kind, ids)
        if expected is not None:
            np.testing.assert_array_equal(read_mask(done.written), expected())
    undo(done)
    assert everything(folder) == before


def test_every_mend_has_a_title_and_a_test():
    tested = {CASES[kind][1] for kind in MENDABLE} | {"resize"}
    assert tested == set(TITLES)
    assert set(MASK_MENDS) | DECISIONS | {"put_aside", "give_to_picture"} == set(TITLES)


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_mask_of_a_multiple_size_is_brought_to_its_pictures_size(tmp_path, factor):
    folder = healthy(tmp_path)
    write_mask(mask_of(folder, "a"), ids().repeat(factor, axis=0).repeat(factor, axis=1))
    picture(folder / "train_images" / "b.png", size=(HEIGHT * factor, WIDTH * factor), seed=5)
    problems = [problem for problem in verify(opened(folder)) if problem.kind == "size_mismatch"]
    assert [problem.mend for problem in problems] == ["resize", "resize"]
    mend_all(problems, opened(folder))
    np.testing.assert_array_equal(read_mask(mask_of(folder, "a")), ids())
    np.testing.assert_array_equal(read_mask(mask_of(folder, "b")), ids().repeat(factor, axis=0).repeat(factor, axis=1))
    assert not [problem for problem in verify(opened(folder)) if problem.kind == "size_mismatch"]


@settings(max_examples=25, deadline=None)
@given(
    orientation=st.integers(5, 8),
    size=st.tuples(st.integers(2, 9), st.integers(10, 17)),
    seed=st.integers(0, 1000),
)
def test_a_turned_mask_lies_on_its_picture_as_the_stored_ones_did(tmp_path_factory, orientation, size, seed):
    """R12: whatever was under a pixel of the stored picture is under it after both are upright."""
    folder = tmp_path_factory.mktemp("turn")
    mask = np.random.default_rng(seed).integers(0, 2, size, dtype=np.uint8)
    shown = np.dstack([mask * 255] * 3)
    (folder / "train_images").mkdir()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(shown).save(folder / "train_images" / "a.png", exif=exif)
    write_mask(mask_of(folder), mask)
    save_classes(folder, CLASSES)
    dataset = open_dataset(folder)
    (problem,) = [problem for problem in verify(dataset) if problem.kind == "unrotated_mask"]
    mend(problem, dataset)
    assert exif_orientation(dataset.samples[0].image) == orientation
    np.testing.assert_array_equal(read_mask(mask_of(folder)) * 255, upright(shown, orientation)[..., 0])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000))
def test_colours_become_the_ids_of_their_classes_to_the_pixel(tmp_path_factory, seed):
    folder = healthy(tmp_path_factory.mktemp("colours"))
    mask = np.random.default_rng(seed).integers(0, 2, (HEIGHT, WIDTH), dtype=np.uint8)
    mask[0, :2] = 0, 1
    table = np.array([entry.colour for entry in CLASSES], dtype=np.uint8)
    Image.fromarray(table[mask]).save(mask_of(folder))
    mend(of_kind(folder, "colour_mask"), opened(folder))
    np.testing.assert_array_equal(read_mask(mask_of(folder)), mask)


def test_a_soft_mask_is_cut_at_half_of_its_brightest(tmp_path):
    folder = healthy(tmp_path)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[5:20, 5:30] = 200
    mask[5:20, 4], mask[5:20, 30] = 99, 100
    write_mask(mask_of(folder), mask)
    mend(of_kind(folder, "soft_mask"), opened(folder))
    np.testing.assert_array_equal(read_mask(mask_of(folder)), (mask >= 100).astype(np.uint8))


def test_one_mask_with_two_problems_is_mended_of_both(tmp_path):
    folder = healthy(tmp_path)
    cv2.imwrite(str(mask_of(folder)), ids().repeat(2, 0).repeat(2, 1).astype(np.uint16))
    problems = verify(opened(folder))
    assert {problem.kind for problem in problems} == {"size_mismatch", "deep_mask"}
    report = mend_all(problems, opened(folder))
    assert len(report.mended) == 1  # written with 8 bits at once: the other is not there any more
    assert report.failures == ()
    assert [problem.kind for problem in verify(opened(folder))] == ["kept_copies"]


def test_new_classes_are_added_once_and_the_list_is_kept(tmp_path):
    folder = healthy(tmp_path)
    for name in ("a", "b"):
        write_mask(mask_of(folder, name), ids() * 7)
    dataset = opened(folder)
    report = mend_all(verify(dataset), dataset)
    assert len(report.mended) == 1
    assert load_classes(folder).ids == (0, 1, 7)
    assert load_classes(folder).blank == 0
    undo(report.mended[0])
    assert load_classes(folder) == CLASSES


def test_what_was_painted_after_a_mend_is_not_undone(tmp_path):
    """R3: nothing that a person did is lost."""
    folder = healthy(tmp_path)
    CASES["colour_mask"][2](folder)
    done = mend(of_kind(folder, "colour_mask"), opened(folder))
    write_mask(mask_of(folder), 1 - ids())
    with pytest.raises(MendError, match="changed after"):
        undo(done)
    np.testing.assert_array_equal(read_mask(mask_of(folder)), 1 - ids())
    assert done.kept.is_file()


def test_a_mend_of_what_has_changed_since_is_refused(tmp_path):
    folder = healthy(tmp_path)
    dataset = opened(folder)
    for kind in ("colour_mask", "binary_mask", "unrotated_mask", "deep_mask", "unknown_id"):
        CASES[kind][2](folder)
        problem = of_kind(folder, kind)
        picture(folder / "train_images" / "a.png")
        write_mask(mask_of(folder), ids())
        before = everything(folder)
        with pytest.raises(NothingToMendError):
            mend(problem, dataset)
        assert everything(folder) == before


def test_what_only_a_person_can_mend_is_refused_in_words(tmp_path):
    folder = healthy(tmp_path)
    write_mask(mask_of(folder), ids((HEIGHT - 1, WIDTH)))
    with pytest.raises(MendError, match="only you"):
        mend(of_kind(folder, "size_mismatch"), opened(folder))


@pytest.mark.parametrize("kind", MENDABLE)
def test_a_full_disk_leaves_every_file_as_it_was(tmp_path, monkeypatch, kind):
    """R1."""
    folder = healthy(tmp_path)
    CASES[kind][2](folder)
    problem, dataset = of_kind(folder, kind), opened(folder)
    before = everything(folder)

    def full(*_arguments, **_words):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for name in ("write_mask", "save_classes"):
        monkeypatch.setattr(mending, name, full)
    monkeypatch.setattr(mending.Path, "rename", full)
    report = mend_all([problem], dataset)
    assert report.mended == ()
    assert "No space" in report.failures[0][1]
    left = {name: data for name, data in everything(folder).items() if not is_kept_copy(name.stem)}
    assert left == before


def test_a_dataset_that_is_only_read_stays_as_it_is(tmp_path):
    there, here = healthy(tmp_path / "there"), tmp_path / "here"
    CASES["binary_mask"][2](there)
    before = everything(there)
    dataset = open_dataset(there, output=here)
    (problem,) = [problem for problem in verify(dataset) if problem.kind == "binary_mask"]
    done = mend(problem, dataset)
    assert everything(there) == before
    again = open_dataset(there, output=here)
    np.testing.assert_array_equal(read_mask(again.find("train/a").mask), ids())
    assert not [problem for problem in verify(again) if problem.severity.value == "error"]
    undo(done)
    assert open_dataset(there, output=here).find("train/a").mask == mask_of(there)


def test_a_mask_is_not_given_to_a_picture_of_another_size(tmp_path):
    folder = healthy(tmp_path)
    CASES["mask_in_wrong_folder"][2](folder)
    picture(folder / "train_images" / "a.png", size=(7, 8))
    before = everything(folder)
    with pytest.raises(MendError, match="hardly"):
        mend(of_kind(folder, "mask_in_wrong_folder"), opened(folder))
    assert everything(folder) == before


def test_mending_goes_on_after_a_failure_and_stops_when_asked(tmp_path):
    folder = healthy(tmp_path, train=("a", "b", "c"))
    for name in ("a", "b", "c"):
        write_mask(mask_of(folder, name), ids() * 255)
    dataset = opened(folder)
    problems = [problem for problem in verify(dataset) if problem.kind == "binary_mask"]
    mask_of(folder, "a").write_bytes(b"no mask")
    told = []
    report = mend_all(problems, dataset, on_progress=lambda *p: told.append(p), should_stop=lambda: len(told) == 2)
    assert [each.problem.sample for each in report.mended] == ["train/b"]
    assert [problem.sample for problem, _reason in report.failures] == ["train/a"]
    assert told == [(1, 3), (2, 3)]
    assert present_ids(read_mask(mask_of(folder, "c"))).keys() == {0, 255}


def test_a_mend_as_json_names_what_was_written_and_kept(tmp_path):
    folder = healthy(tmp_path)
    CASES["binary_mask"][2](folder)
    done = mend(of_kind(folder, "binary_mask"), opened(folder))
    assert done.to_json() == {
        "kind": "binary_mask",
        "mend": "threshold",
        "path": str(mask_of(folder)),
        "sample": "train/a",
        "written": str(mask_of(folder)),
        "kept": str(done.kept),
    }
    assert replace(done, written=None, kept=None).to_json()["kept"] is None
