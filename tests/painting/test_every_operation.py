"""All ways to change a mask, in any order, over two pictures: undo, redo, saving and reading back lose nothing."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from segstudio.dataset.masks import read_mask, write_mask
from segstudio.painting import cleanup, shapes
from segstudio.painting.brush import covered
from segstudio.painting.copying import copied
from segstudio.painting.document import MaskDocument
from segstudio.painting.fill import flood, wand
from segstudio.painting.locks import Gate, Locks
from segstudio.painting.regions import Region

WIDTH, HEIGHT = 47, 33
POINTS = st.tuples(st.floats(-6, WIDTH + 6), st.floats(-6, HEIGHT + 6))
IDS = st.integers(0, 3)
PICTURE = np.random.default_rng(0).integers(0, 4, (HEIGHT, WIDTH, 1), dtype=np.uint8).repeat(3, axis=2) * 40


class Painter(RuleBasedStateMachine):
    """Works on two documents as the window does; beside each stands the list of its whole masks."""

    @initialize(folder=st.uuids())
    def begin(self, folder):
        self.folder = FOLDER / str(folder)
        self.documents = [
            MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key="train/a"),
            MaskDocument(np.full((HEIGHT, WIDTH), 300, np.uint16), key="train/b"),
        ]
        self.states = [[document.mask.copy()] for document in self.documents]
        self.at = [0, 0]
        self.on_disk = [None, None]
        self.current = 0

    @property
    def document(self):
        return self.documents[self.current]

    def do(self, region, ids):
        """Apply one step, and work out what it has to give pixel by pixel."""
        before = self.states[self.current][self.at[self.current]]
        allowed = self.document.gate.allowed(before, region.box) if not region.box.empty else None
        expected = before.copy()
        where = region.inside if allowed is None else region.inside & allowed
        part = expected[region.box.slices]
        part[where] = ids if isinstance(ids, int) else ids[where]
        self.document.apply(region, ids)
        if not np.array_equal(expected, before):
            del self.states[self.current][self.at[self.current] + 1 :]
            self.states[self.current].append(expected)
            self.at[self.current] += 1

    @rule(start=POINTS, end=POINTS, size=st.integers(1, 20), shape=st.sampled_from(["round", "square"]), id_=IDS)
    def brush(self, start, end, size, shape, id_):
        self.do(covered(start, end, diameter=size, width=WIDTH, height=HEIGHT, shape=shape), id_)

    @rule(points=st.lists(POINTS, max_size=7), id_=IDS)
    def polygon(self, points, id_):
        self.do(shapes.polygon(points, width=WIDTH, height=HEIGHT), id_)

    @rule(corner=POINTS, opposite=POINTS, make=st.sampled_from([shapes.rectangle, shapes.ellipse]), id_=IDS)
    def box(self, corner, opposite, make, id_):
        self.do(make(corner, opposite, width=WIDTH, height=HEIGHT), id_)

    @rule(ways=st.lists(st.tuples(POINTS, POINTS), min_size=1, max_size=5), id_=IDS)
    def encircle(self, ways, id_):
        parts = [covered(a, b, diameter=2, width=WIDTH, height=HEIGHT) for a, b in ways]
        whole = shapes.encircle(Region.union(parts), ends=(ways[0][0], ways[-1][1]), width=WIDTH, height=HEIGHT)
        self.do(whole, id_)

    @rule(at=POINTS, contiguous=st.booleans(), id_=IDS)
    def fill(self, at, contiguous, id_):
        self.do(flood(self.document.mask, at, contiguous=contiguous), id_)

    @rule(at=POINTS, tolerance=st.integers(0, 130), id_=IDS)
    def magic_wand(self, at, tolerance, id_):
        self.do(wand(PICTURE, at, tolerance=tolerance), id_)

    @rule(id_=IDS, amount=st.integers(1, 4), within=st.none() | st.tuples(POINTS, POINTS), which=st.integers(0, 4))
    def clean_up(self, id_, amount, within, which):
        selection = None if within is None else shapes.rectangle(*within, width=WIDTH, height=HEIGHT)
        mask = self.document.mask
        change = (
            lambda: cleanup.fill_holes(mask, id_, within=selection),
            lambda: cleanup.remove_islands(mask, id_, below=amount * 5, within=selection),
            lambda: cleanup.grow(mask, id_, pixels=amount, within=selection),
            lambda: cleanup.shrink(mask, id_, pixels=amount, within=selection),
            lambda: cleanup.smooth(mask, id_, radius=amount, within=selection),
        )[which]
        self.do(*change())

    @rule()
    def copy_from_the_narrow_picture_to_the_wide_one(self):
        self.current = 1
        self.do(*copied(self.documents[0].mask, None, self.document.mask.shape))

    @rule(protected=st.frozensets(IDS, max_size=2), selection=st.none() | st.tuples(POINTS, POINTS))
    def lock(self, protected, selection):
        region = None if selection is None else shapes.ellipse(*selection, width=WIDTH, height=HEIGHT)
        for document in self.documents:
            document.gate = Gate(Locks(protected=protected), selection=region)

    @rule()
    def switch(self):
        self.current = 1 - self.current

    @precondition(lambda self: self.at[self.current] > 0)
    @rule()
    def undo(self):
        assert self.document.undo() is not None
        self.at[self.current] -= 1

    @precondition(lambda self: self.at[self.current] < len(self.states[self.current]) - 1)
    @rule()
    def redo(self):
        assert self.document.redo() is not None
        self.at[self.current] += 1

    @rule()
    def save(self):
        snapshot = self.document.snapshot()
        write_mask(self.folder / f"{self.current}.png", snapshot.mask())
        self.document.mark_saved(snapshot.revision)
        self.on_disk[self.current] = self.states[self.current][self.at[self.current]]

    @precondition(lambda self: self.on_disk[self.current] is not None)
    @rule()
    def read_back(self):
        np.testing.assert_array_equal(read_mask(self.folder / f"{self.current}.png"), self.on_disk[self.current])

    @invariant()
    def both_pictures_are_as_expected(self):
        if not hasattr(self, "documents"):
            return
        for document, states, at, on_disk in zip(self.documents, self.states, self.at, self.on_disk, strict=True):
            np.testing.assert_array_equal(document.mask, states[at])
            assert document.can_undo == (at > 0), "R7: undo never leaves its picture, and no step does nothing"
            if on_disk is not None and not document.unsaved:  # R3
                np.testing.assert_array_equal(document.mask, on_disk)

    def teardown(self):
        for document, states in zip(getattr(self, "documents", ()), self.states, strict=True):
            while document.undo() is not None:
                pass
            np.testing.assert_array_equal(document.mask, states[0])
            while document.redo() is not None:
                pass
            np.testing.assert_array_equal(document.mask, states[-1])


FOLDER = None
Painter.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_every_operation_in_any_order(tmp_path, monkeypatch):
    """R7: any number of operations, then as many undos, is the beginning; then as many redos is the end."""
    monkeypatch.setitem(globals(), "FOLDER", tmp_path)
    Painter.TestCase("runTest").runTest()
