"""Strokes, undo and redo: nothing that was painted is lost, nothing comes back wrong."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from segstudio.painting.brush import covered
from segstudio.painting.document import MaskDocument

WIDTH, HEIGHT = 90, 70
POINTS = st.tuples(st.floats(-20, WIDTH + 20), st.floats(-20, HEIGHT + 20))


class PaintingMachine(RuleBasedStateMachine):
    """Paints, undoes, redoes, aborts and saves in any order, beside a list of whole masks."""

    @initialize()
    def begin(self):
        self.document = MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/a")
        self.states = [self.document.mask.copy()]
        self.at = 0
        self.saved = self.states[0]
        self.snapshots = []

    @rule(start=POINTS, end=POINTS, diameter=st.integers(1, 40), class_id=st.integers(0, 3))
    def stroke(self, start, end, diameter, class_id):
        expected = self.states[self.at].copy()
        region = covered(start, end, diameter=diameter, width=WIDTH, height=HEIGHT)
        expected[region.box.slices][region.inside] = class_id
        self.document.begin_stroke()
        self.document.paint(region, class_id)
        changed = self.document.end_stroke()
        assert changed == (not np.array_equal(expected, self.states[self.at])), "R7: only what changed is a step"
        if changed:
            del self.states[self.at + 1 :]
            self.states.append(expected)
            self.at += 1

    @rule(start=POINTS, end=POINTS)
    def aborted_stroke(self, start, end):
        self.document.begin_stroke()
        self.document.paint(covered(start, end, diameter=9, width=WIDTH, height=HEIGHT), 3)
        snapshot = self.document.snapshot()
        self.document.abort_stroke()
        np.testing.assert_array_equal(snapshot.mask(), self.states[self.at])

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo(self):
        assert self.document.undo() is not None
        self.at -= 1

    @precondition(lambda self: self.at < len(self.states) - 1)
    @rule()
    def redo(self):
        assert self.document.redo() is not None
        self.at += 1

    @rule()
    def save(self):
        snapshot = self.document.snapshot()
        self.saved = self.states[self.at]
        self.snapshots.append((snapshot, self.states[self.at]))
        self.document.mark_saved(snapshot.revision)
        assert not self.document.unsaved

    @precondition(lambda self: self.snapshots)
    @rule()
    def take_the_oldest_snapshot(self):
        snapshot, then = self.snapshots.pop(0)
        np.testing.assert_array_equal(snapshot.mask(), then)

    @invariant()
    def is_as_expected(self):
        if not hasattr(self, "document"):
            return
        np.testing.assert_array_equal(self.document.mask, self.states[self.at])
        assert self.document.can_undo == (self.at > 0)
        assert self.document.can_redo == (self.at < len(self.states) - 1)
        if not self.document.unsaved:  # R3: what counts as saved is on the disk, undo included
            np.testing.assert_array_equal(self.document.mask, self.saved)


PaintingMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestPainting = PaintingMachine.TestCase


def test_painting_needs_a_stroke():
    document = MaskDocument(np.zeros((4, 4), np.uint8), key="train/a")
    with pytest.raises(RuntimeError, match="begin_stroke"):
        document.paint(covered((1, 1), (1, 1), diameter=1, width=4, height=4), 1)


def test_the_mask_cannot_be_changed_behind_the_documents_back():
    document = MaskDocument(np.zeros((4, 4), np.uint8), key="train/a")
    with pytest.raises(ValueError, match="read-only"):
        document.mask[0, 0] = 1


def test_undo_keeps_to_its_budget_and_always_keeps_the_last_stroke():
    document = MaskDocument(np.zeros((256, 256), np.uint8), key="train/a", budget=2000)
    for number in range(40):
        document.begin_stroke()
        way = covered((number * 6, 0), (number * 6, 255), diameter=5, width=256, height=256)
        document.paint(way, number % 5 + 1)
        document.end_stroke()
    assert document.can_undo
    assert document.history_bytes <= 2000


def test_ids_above_255_find_room_and_the_history_still_fits():
    """R14: a mask of 8 bits is made wide, with all that was painted before."""
    document = MaskDocument(np.zeros((8, 8), np.uint8), key="train/a")
    region = covered((2, 2), (5, 2), diameter=1, width=8, height=8)
    document.apply(region, 9)
    narrow = document.mask.copy()
    document.widen()
    document.apply(region, 300)
    assert document.mask.max() == 300
    document.undo()
    np.testing.assert_array_equal(document.mask, narrow)
    document.undo()
    assert not document.mask.any()
    document.redo()
    document.redo()
    assert document.mask.max() == 300


def test_a_stroke_may_be_under_way_when_the_mask_is_made_wide():
    document = MaskDocument(np.zeros((8, 8), np.uint8), key="train/a")
    document.begin_stroke()
    document.paint(covered((2, 2), (5, 2), diameter=1, width=8, height=8), 9)
    document.widen()
    document.paint(covered((2, 6), (5, 6), diameter=1, width=8, height=8), 300)
    assert document.end_stroke()
    assert set(np.unique(document.mask)) == {0, 9, 300}
    document.undo()
    assert not document.mask.any()


def test_whoever_listens_hears_of_every_step_that_changed_something():
    document = MaskDocument(np.zeros((8, 8), np.uint8), key="train/a")
    heard = []
    document.stepped = lambda step, back: heard.append((step.box, back))
    region = covered((2, 2), (5, 2), diameter=1, width=8, height=8)
    document.apply(region, 1)
    document.apply(region, 1)  # changes nothing
    document.undo()
    document.undo()  # there is nothing
    document.redo()
    assert heard == [(region.box, False), (region.box, True), (region.box, False)]


def test_painting_says_how_little_it_has_changed():
    """R8: where a large dab lies over the one before, only the new rim is drawn."""
    document = MaskDocument(np.zeros((400, 400), np.uint8), key="train/a")
    document.begin_stroke()
    first = covered((150, 200), (150, 200), diameter=201, width=400, height=400)
    assert document.paint(first, 1) == first.box
    assert document.paint(first, 1) is None
    moved = covered((155, 200), (155, 200), diameter=201, width=400, height=400)
    box = document.paint(moved, 1)
    assert box.right == moved.box.right
    assert box.left > 150
