"""Counting the pixels of a mask while it is painted on: only what changed is counted, and the sums are exact."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.statistics import count_ids, present_ids
from segstudio.painting import tally as module
from segstudio.painting.boxes import Box
from segstudio.painting.document import MaskDocument
from segstudio.painting.regions import Region
from segstudio.painting.tally import MaskTally

boxes = st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(1, 15), st.integers(1, 15)).map(
    lambda b: Box(b[0], b[1], b[0] + b[2], b[1] + b[3]).clipped(37, 29)
)


@pytest.fixture(autouse=True)
def small_tiles():
    before, module._TILE = module._TILE, 8
    yield
    module._TILE = before


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(boxes, st.integers(0, 300), st.sampled_from(["paint", "undo", "redo"])), max_size=12))
def test_after_any_strokes_undos_and_redos_the_counts_are_those_of_the_whole_mask(steps):
    document = MaskDocument(np.zeros((29, 37), np.uint16), key="k")
    tally = MaskTally(document.mask)
    for box, class_id, action in steps:
        if action == "paint":
            changed = document.apply(Region(box, np.ones((box.height, box.width), bool)), class_id)
        else:
            changed = getattr(document, action)()
        tally.spoil(changed)
        assert tally.counts() == present_ids(document.mask)


def test_only_the_tiles_under_the_box_are_counted_again(monkeypatch):
    mask = np.zeros((64, 64), np.uint8)
    tally = MaskTally(mask)
    tally.counts()
    sizes = []
    monkeypatch.setattr(module, "count_ids", lambda part: sizes.append(part.size) or count_ids(part))
    mask[10:12, 10:20] = 3
    tally.spoil(Box(10, 10, 20, 12))
    assert tally.counts() == {0: 64 * 64 - 20, 3: 20}
    assert sum(sizes) == 2 * 64
    tally.spoil(None)
    tally.counts()
    assert sum(sizes) == 2 * 64
