"""Counting pixels: exact for every depth and size, and never twice for a file that has not changed."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segstudio.dataset import statistics
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import MaskError, read_mask, write_mask
from segstudio.dataset.statistics import MaskCounter, RunningCounts, count_masks, painted_share, present_ids
from segstudio.dataset.synthetic import make_sample_dataset


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.uint16]),
        st.tuples(st.integers(1, 40), st.integers(1, 40)),
        elements=st.integers(0, 255),
    )
)
def test_counts_are_those_of_numpy(mask):
    values, counts = np.unique(mask, return_counts=True)
    assert present_ids(mask) == dict(zip(values.tolist(), counts.tolist(), strict=True))


def test_a_part_of_a_mask_is_counted_in_blocks_and_with_ids_above_255(monkeypatch):
    monkeypatch.setattr(statistics, "_COUNTED_AT_ONCE", 30)
    mask = np.random.default_rng(0).integers(0, 60_000, (37, 23)).astype(np.uint16)
    values, counts = np.unique(mask[3:30, 5:20], return_counts=True)
    assert present_ids(mask[3:30, 5:20]) == dict(zip(values.tolist(), counts.tolist(), strict=True))


def test_counts_of_one_id_above_two_to_the_24_are_exact():
    assert present_ids(np.full((4100, 4100), 7, np.uint8)) == {7: 4100 * 4100}


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path, monkeypatch):
    reads = []

    def noted(path):
        reads.append(path.name)
        return read_mask(path)

    monkeypatch.setattr(statistics, "read_mask", noted)
    path = tmp_path / "a.png"
    write_mask(path, np.zeros((4, 5), np.uint8))
    counter = MaskCounter()
    assert counter.count(path) == counter.count(path) == {0: 20}
    assert reads == ["a.png"]
    write_mask(path, np.full((4, 5), 3, np.uint8))
    os.utime(path, ns=(1, 1))
    assert counter.count(path) == {3: 20}
    assert reads == ["a.png"] * 2
    path.unlink()
    with pytest.raises(MaskError):
        counter.count(path)


def test_sums_follow_every_mask_that_changes():
    sums = RunningCounts(["a", "b", "c"])
    assert sums.totals().share(0) is None
    sums.put("a", {0: 6, 2: 4})
    sums.put("b", {0: 10})
    assert not sums.totals().complete
    sums.put("c", None)
    totals = sums.totals()
    assert totals.complete
    assert (totals.counted, totals.unreadable, totals.total) == (2, 1, 3)
    assert totals.pixels == {0: 16, 2: 4}
    assert totals.masks == {0: 2, 2: 1}
    assert totals.share(2) == pytest.approx(0.2)
    sums.put("a", {0: 10})
    assert sums.totals().pixels == {0: 20}
    assert sums.totals().masks == {0: 2}
    assert sums.totals().share(2) == 0
    sums.put("d", {5: 20})
    assert sums.totals().total == 4
    assert sums.totals().share(5) == pytest.approx(0.5)


def test_every_mask_of_a_dataset_is_counted_and_those_that_cannot_be_read_are_said(tmp_path):
    make_sample_dataset(tmp_path, train=3, val=1, test=1, size=(16, 20))
    (tmp_path / "train_segmentation" / "scene-001.png").unlink()
    (tmp_path / "train_segmentation" / "scene-002.png").write_bytes(b"broken")
    heard = {}
    count_masks(open_dataset(tmp_path), MaskCounter(), on_counted=heard.__setitem__)
    assert set(heard) == {"train/scene-002", "train/scene-003", "val/scene-001", "test/scene-001"}
    assert heard["train/scene-002"] is None
    assert all(sum(counts.values()) == 320 for counts in heard.values() if counts is not None)


def test_counting_leaves_when_it_is_asked_to(tmp_path):
    make_sample_dataset(tmp_path, train=3, val=1, test=1, size=(16, 20))
    heard = {}
    count_masks(
        open_dataset(tmp_path), MaskCounter(), on_counted=heard.__setitem__, should_stop=lambda: len(heard) == 2
    )
    assert len(heard) == 2


def test_what_is_painted_is_all_but_the_unpainted():
    assert painted_share({255: 75, 1: 25}, 255) == pytest.approx(0.25)
    assert painted_share({255: 4}, 255) == 0
    assert painted_share({1: 4}, 255) == 1
