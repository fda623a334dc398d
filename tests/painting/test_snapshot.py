"""A snapshot is the mask at one moment, however it is painted on while it is copied."""

import threading

import numpy as np
import pytest

from segstudio.painting.boxes import Box
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region

SIDE = 1500


def random_mask(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 250, (SIDE, SIDE), dtype=np.uint8)


def test_painting_while_a_snapshot_is_copied_in_another_thread_does_not_show_in_it():
    before = random_mask(1)
    document = MaskDocument(before.copy(), key="train/a")
    places = np.random.default_rng(2)
    for _ in range(20):
        expected = document.mask.copy()
        snapshot = document.snapshot()
        copied: list[np.ndarray] = []
        thread = threading.Thread(target=lambda snapshot=snapshot, copied=copied: copied.append(snapshot.mask()))
        thread.start()
        while thread.is_alive():
            left, top = (int(place) for place in places.integers(0, SIDE - 200, 2))
            inside = np.ones((200, 200), dtype=bool)
            document.apply(Region(Box(left, top, left + 200, top + 200), inside), int(places.integers(250)))
        thread.join()
        np.testing.assert_array_equal(copied[0], expected)
        document.undo()


def test_a_stroke_under_way_is_not_in_a_snapshot_even_where_it_goes_on():
    document = MaskDocument(np.zeros((600, 600), np.uint8), key="train/a")
    document.begin_stroke()
    document.paint(Region(Box(10, 10, 50, 50), np.ones((40, 40), dtype=bool)), 1)
    snapshot = document.snapshot()
    document.paint(Region(Box(40, 40, 590, 590), np.ones((550, 550), dtype=bool)), 2)
    document.end_stroke()

    assert not snapshot.mask().any()
    assert document.snapshot().mask().any()


@pytest.mark.parametrize("change", ["undo", "redo", "abort", "widen"])
def test_whatever_changes_the_mask_leaves_a_snapshot_as_it_was(change: str):
    document = MaskDocument(np.zeros((600, 600), np.uint8), key="train/a")
    everything = Region(Box(0, 0, 600, 600), np.ones((600, 600), dtype=bool))
    document.apply(everything, 1)
    if change == "redo":
        document.undo()
    if change == "abort":
        document.begin_stroke()
        document.paint(everything, 2)
    expected = 0 if change == "redo" else 1
    snapshot = document.snapshot()

    {"undo": document.undo, "redo": document.redo, "abort": document.abort_stroke, "widen": document.widen}[change]()
    if change == "widen":
        document.apply(everything, 300)

    assert (snapshot.mask() == expected).all()


def test_what_nobody_wants_any_more_costs_nothing():
    document = MaskDocument(random_mask(1), key="train/a")
    snapshot = document.snapshot()
    finished = document.snapshot()
    finished.mask()
    del snapshot

    assert [each for each in document._snapshots if not each.complete] == []
