"""The record of mends: undone on another day, in another place, whatever became of the record."""

import json
import shutil

import cv2
import numpy as np
import pytest

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.doctor.mended_record import load_mended, mend_all_recorded, undo_all_recorded
from segstudio.dataset.doctor.verify import verify
from segstudio.dataset.masks import read_mask
from segstudio.dataset.synthetic import make_sample_dataset


@pytest.fixture
def mended(tmp_path):
    """Return a dataset, in a folder that is hard on paths, with three masks that were narrowed from 16 bits."""
    folder = tmp_path / "データ é @[%"
    make_sample_dataset(folder, train=3, val=1, test=1, size=(40, 50))
    before = {}
    for path in sorted((folder / "train_segmentation").iterdir()):
        cv2.imencode(".png", read_mask(path).astype(np.uint16))[1].tofile(path)
        before[path.name] = path.read_bytes()
    dataset = open_dataset(folder)
    wanted = [problem for problem in verify(dataset) if problem.kind == "deep_mask"]
    assert len(mend_all_recorded(wanted, dataset).mended) == 3
    return folder, before


def stored(folder):
    return {name.name: name.read_bytes() for name in (folder / "train_segmentation").glob("scene-???.png")}


def test_all_is_put_back_also_where_the_folder_was_moved(mended, tmp_path):
    folder, before = mended
    moved = tmp_path / "elsewhere"
    shutil.move(folder, moved)
    found = load_mended(moved)
    assert [each.written.parent.parent for each in found] == [moved] * 3
    report = undo_all_recorded(found[::-1], moved)
    assert (len(report.mended), report.failures) == (3, ())
    assert stored(moved) == before
    assert load_mended(moved) == []


def test_what_was_painted_since_stays_and_so_does_its_record(mended):
    folder, before = mended
    found = load_mended(folder)
    found[1].written.write_bytes(before["scene-001.png"])
    report = undo_all_recorded(found, folder)
    assert [problem.path.name for problem, _reason in report.failures] == ["scene-002.png"]
    assert load_mended(folder) == [found[1]]


def test_what_is_gone_is_not_offered_and_a_damaged_line_takes_nothing_along(mended):
    folder, _before = mended
    found = load_mended(folder)
    found[0].kept.unlink()
    record = folder / ".segstudio" / "mends.jsonl"
    lines = record.read_text().splitlines()
    record.write_text("\n".join([lines[0], "{", json.dumps({"problem": {}}), "7", lines[1], lines[2][:40]]))
    assert load_mended(folder) == [found[1]]
    record.write_bytes(b"\xff\x00")
    assert load_mended(folder) == []


def test_stopping_in_between_forgets_only_what_was_undone(mended):
    folder, _before = mended
    found = load_mended(folder)
    asked = iter([False, True])
    report = undo_all_recorded(found, folder, should_stop=lambda: next(asked))
    assert report.stopped
    assert load_mended(folder) == found[1:]
