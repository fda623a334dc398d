"""One gate for every save: nothing painted is lost, whatever the disk, other programs or a hurried person do."""

import errno
import os
import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from segstudio.app import Program
from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.stored_masks import read_stored_mask
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.painting.brush import covered
from segstudio.painting.dead_journals import find_dead_journals
from segstudio.painting.document import MaskDocument
from segstudio.painting.journal import Journal
from segstudio.painting.records import Origin
from segstudio.painting.recovery import assess
from segstudio.ui import autosave as autosave_module
from segstudio.ui import reading
from segstudio.ui.editing import EditingSession
from segstudio.ui.jobs import Jobs
from segstudio.ui.save_state import SaveState

PATIENCE = 30_000
SHAPE = (24, 32)


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "dataset"
    make_sample_dataset(folder, train=20, val=2, test=1, size=SHAPE)
    return open_dataset(folder)


@pytest.fixture
def jobs(qapp):
    jobs = Jobs()
    yield jobs
    jobs.stop_all()
    QApplication.processEvents()


@pytest.fixture
def journals(tmp_path):
    return tmp_path / "journals"


@pytest.fixture
def editing(jobs, journals, dataset, monkeypatch):
    """Return a session that saves only when it is told to, by somebody who looks."""
    monkeypatch.setattr(autosave_module, "AUTOSAVE_MILLISECONDS", 3_600_000)
    monkeypatch.setattr(autosave_module, "RETRY_MILLISECONDS", 3_600_000)
    session = EditingSession(jobs, journals)
    session.set_dataset(dataset)
    yield session
    session.close()


@pytest.fixture
def disk(monkeypatch):
    """Return a disk that can be made read-only for masks."""
    return Disk(monkeypatch)


class Disk:
    def __init__(self, monkeypatch):
        self.broken = False
        replace = os.replace

        def replaced(source, target):
            if self.broken and str(target).endswith(".png"):
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            replace(source, target)

        monkeypatch.setattr(os, "replace", replaced)


def open_sample(qtbot, editing, number=0):
    sample = editing.dataset.samples[number]
    with qtbot.waitSignal(editing.sample_opened, timeout=PATIENCE):
        editing.open(sample)
    return editing.current


def paint(editing, class_id=4, row=4):
    """Paint a row on the canvas's sample as the painter does, and return the mask as it is then."""
    document = editing.current.document
    region = covered((0, row), (document.width, row), diameter=3, width=document.width, height=document.height)
    document.apply(region, class_id)
    editing.note_change()
    return document.mask.copy()


def save(qtbot, editing):
    editing.save()
    qtbot.waitUntil(lambda: not editing._autosave.writing, timeout=PATIENCE)


# -- R2: what could not be written is kept, on every way


def test_a_failed_save_keeps_the_strokes_and_says_so(qtbot, editing, disk):
    opened = open_sample(qtbot, editing)
    before = read_mask(opened.sample.target)
    painted = paint(editing)
    states = []
    editing.save_state_changed.connect(lambda state, reason: states.append((state, reason)))
    disk.broken = True
    save(qtbot, editing)
    assert states[-1][0] is SaveState.FAILED
    assert "Read-only" in states[-1][1]
    assert editing.unsaved == {opened.sample.key}
    np.testing.assert_array_equal(read_mask(opened.sample.target), before)
    disk.broken = False
    save(qtbot, editing)
    assert states[-1][0] is SaveState.SAVED
    assert not editing.unsaved
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)


def test_a_picture_that_could_not_be_saved_is_still_there_after_many_others(qtbot, editing, disk):
    disk.broken = True
    opened = open_sample(qtbot, editing, 0)
    painted = paint(editing)
    for number in range(1, 16):  # more than are kept
        open_sample(qtbot, editing, number)
    again = open_sample(qtbot, editing, 0)
    assert again.document is opened.document
    np.testing.assert_array_equal(again.document.mask, painted)
    assert again.document.can_undo
    disk.broken = False
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)


def test_closing_hears_what_could_not_be_written(qtbot, editing, disk):
    opened = open_sample(qtbot, editing)
    painted = paint(editing)
    disk.broken = True
    assert list(editing.flush()) == [opened.sample.key]
    assert editing.unsaved == {opened.sample.key}
    disk.broken = False
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)


def test_autosave_tries_again_until_the_disk_is_back(qtbot, editing, disk, monkeypatch):
    monkeypatch.setattr(autosave_module, "AUTOSAVE_MILLISECONDS", 1)
    monkeypatch.setattr(autosave_module, "RETRY_MILLISECONDS", 5)
    opened = open_sample(qtbot, editing)
    failures = []
    editing.save_state_changed.connect(lambda state, reason: failures.append(reason) if reason else None)
    disk.broken = True
    painted = paint(editing)
    qtbot.waitUntil(lambda: len(failures) >= 2, timeout=PATIENCE)
    disk.broken = False
    qtbot.waitUntil(lambda: not editing.unsaved, timeout=PATIENCE)
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)


# -- R3: undo is an edit


def test_stroke_save_undo_switch_and_the_undone_mask_is_on_the_disk(qtbot, editing):
    opened = open_sample(qtbot, editing)
    before = read_mask(opened.sample.target)
    painted = paint(editing)
    save(qtbot, editing)
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)
    opened.document.undo()
    editing.note_change()
    open_sample(qtbot, editing, 1)
    qtbot.waitUntil(lambda: not editing.unsaved, timeout=PATIENCE)
    np.testing.assert_array_equal(read_mask(opened.sample.target), before)


def test_undo_while_the_stroke_is_being_written_is_written_next(qtbot, editing, monkeypatch):
    """The mask is as it was on the disk for a moment, but no longer when the write has ended."""
    opened = open_sample(qtbot, editing)
    before = read_mask(opened.sample.target)
    paint(editing)
    go = threading.Event()
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda source, target: (go.wait(30), replace(source, target)))
    editing.save()
    opened.document.undo()
    editing.note_change()
    assert not editing.unsaved
    go.set()
    qtbot.waitUntil(lambda: bool(editing.unsaved), timeout=PATIENCE)
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(opened.sample.target), before)


def test_a_picture_opened_again_while_it_is_being_written_keeps_its_history(qtbot, editing, monkeypatch):
    opened = open_sample(qtbot, editing)
    before = opened.document.mask.copy()
    paint(editing)
    landed, go = threading.Event(), threading.Event()
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda source, target: (replace(source, target), landed.set(), go.wait(30)))
    editing.save()
    opened.document.undo()
    editing.note_change()
    assert landed.wait(30)
    with qtbot.waitSignal(editing.sample_opened, timeout=PATIENCE):
        editing.reload()
    assert editing.current.document is opened.document
    go.set()
    qtbot.waitUntil(lambda: bool(editing.unsaved), timeout=PATIENCE)
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(opened.sample.target), before)


# -- R5: every way of leaving a picture goes through the gate


def leave_by_switching(qtbot, editing):
    open_sample(qtbot, editing, 1)
    qtbot.waitUntil(lambda: not editing.unsaved, timeout=PATIENCE)


def leave_by_reloading(qtbot, editing):
    with qtbot.waitSignal(editing.sample_opened, timeout=PATIENCE):
        editing.reload()
    qtbot.waitUntil(lambda: not editing.unsaved, timeout=PATIENCE)


def leave_by_closing(qtbot, editing):
    assert editing.flush() == {}


def leave_for_another_dataset(qtbot, editing):
    assert editing.flush() == {}
    editing.set_dataset(None)


@pytest.mark.parametrize("leave", [leave_by_switching, leave_by_reloading, leave_by_closing, leave_for_another_dataset])
def test_every_way_of_leaving_a_picture_saves_it(qtbot, editing, journals, leave):
    opened = open_sample(qtbot, editing)
    painted = paint(editing)
    leave(qtbot, editing)
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)
    editing.close()
    assert list(journals.glob("*")) == []


def test_a_write_under_way_is_waited_for_before_another_dataset_is_shown(qtbot, editing, dataset, monkeypatch):
    opened = open_sample(qtbot, editing)
    painted = paint(editing)
    editing.save()
    editing.set_dataset(dataset)
    assert not editing._autosave.writing
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)


# -- other programs


def test_what_another_program_wrote_is_kept_beside_before_ours_is_written(qtbot, editing):
    opened = open_sample(qtbot, editing)
    painted = paint(editing)
    theirs = np.full(SHAPE, 2, np.uint8)
    write_mask(opened.sample.target, theirs)
    said = []
    editing.message_raised.connect(said.append)
    save(qtbot, editing)
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)
    (copy,) = opened.sample.target.parent.glob(f"{opened.sample.name}.conflict-*.png")
    np.testing.assert_array_equal(read_mask(copy), theirs)
    assert len(said) == 1
    assert copy.name in said[0]
    assert open_dataset(editing.dataset.root).problems == (), "the copy is not taken for the mask of a missing picture"
    paint(editing, row=9)
    save(qtbot, editing)
    assert len(list(opened.sample.target.parent.glob("*.conflict-*"))) == 1, "one change, one copy"


def test_a_mask_that_appears_where_there_was_none_is_kept_too(qtbot, editing, dataset):
    dataset.samples[0].target.unlink()
    editing.set_dataset(open_dataset(dataset.root))
    opened = open_sample(qtbot, editing)
    painted = paint(editing)
    write_mask(opened.sample.target, np.full(SHAPE, 2, np.uint8))
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)
    (copy,) = opened.sample.target.parent.glob("*.conflict-*.png")
    assert (read_mask(copy) == 2).all()


def test_even_what_is_no_mask_is_kept_byte_by_byte(qtbot, editing):
    opened = open_sample(qtbot, editing)
    paint(editing)
    opened.sample.target.write_bytes(b"half a picture")
    assert editing.flush() == {}
    (copy,) = opened.sample.target.parent.glob("*.conflict-*.png")
    assert copy.read_bytes() == b"half a picture"


def test_a_mask_that_was_only_touched_leaves_no_copy(qtbot, editing):
    opened = open_sample(qtbot, editing)
    paint(editing)
    write_mask(opened.sample.target, read_mask(opened.sample.target))
    assert editing.flush() == {}
    assert list(opened.sample.target.parent.glob("*.conflict-*")) == []


def test_a_failing_disk_makes_no_copy_with_every_try(qtbot, editing, disk):
    opened = open_sample(qtbot, editing)
    paint(editing)
    write_mask(opened.sample.target, np.full(SHAPE, 2, np.uint8))
    disk.broken = True
    said = []
    editing.message_raised.connect(said.append)
    for _ in range(3):
        assert list(editing.flush()) == [opened.sample.key]
    (copy,) = opened.sample.target.parent.glob("*.conflict-*")
    assert len(said) == 1
    assert copy.name in said[0]


def test_a_mask_changed_by_another_program_is_shown_when_nothing_of_ours_is_unsaved(qtbot, editing):
    opened = open_sample(qtbot, editing)
    theirs = np.full(SHAPE, 2, np.uint8)
    write_mask(opened.sample.target, theirs)
    open_sample(qtbot, editing, 1)
    np.testing.assert_array_equal(open_sample(qtbot, editing, 0).document.mask, theirs)


# -- the journal's side


def test_undoing_to_what_is_on_the_disk_leaves_nothing_in_the_journal(qtbot, editing, journals):
    opened = open_sample(qtbot, editing)
    paint(editing)
    assert editing._journal.unsettled == {opened.sample.key}
    opened.document.undo()
    editing.note_change()
    assert not editing._journal.unsettled
    editing.close()
    assert list(journals.glob("*")) == []


def test_the_picture_on_the_canvas_stays_in_hand_while_many_others_are_brought_back(qtbot, editing, journals):
    dataset = editing.dataset
    journal = Journal(journals, dataset.output)
    for sample in dataset.samples[1:18]:
        mask, file = read_stored_mask(sample.target)
        document = MaskDocument(mask, key=sample.key)
        origin = Origin(sample.key, sample.target, document.width, document.height, file.fingerprint, 0)
        document.stepped = lambda step, back, origin=origin: journal.step(origin, step, back=back)
        document.apply(covered((0, 4), (30, 4), diameter=3, width=document.width, height=document.height), 4)
    journal.close()
    opened = open_sample(qtbot, editing, 0)
    (dead,) = find_dead_journals(journals, dataset.output)
    for lost in dead.lost:
        recovery = assess(lost, dataset)
        editing.restore(recovery.sample, recovery)
    dead.remove()
    painted = paint(editing)
    assert len(editing.unsaved) == 18
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)
    assert (read_mask(dataset.samples[9].target)[4, :30] == 4).all()


# -- ids above 255 (R14)


def wide_classes(classes):
    return ClassList((*classes, ClassInfo(300, "rare", (1, 2, 3))))


def test_a_narrow_mask_has_room_for_the_ids_of_its_classes(qtbot, editing):
    editing.set_classes(wide_classes(editing.dataset.classes))
    opened = open_sample(qtbot, editing)
    painted = paint(editing, class_id=300)
    assert (painted == 300).any()
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(opened.sample.target), painted)


def test_a_class_above_255_can_be_added_and_painted_while_a_picture_is_open(qtbot, dataset, own_home):
    program = Program(QApplication.instance())
    try:
        program.show(dataset.root)
        qtbot.waitUntil(lambda: program.workspace is not None and program.workspace.label is not None, timeout=PATIENCE)
        editing = program.workspace.editing
        qtbot.waitUntil(lambda: editing.current is not None, timeout=PATIENCE)
        panel = program.workspace.label.panel
        before = panel.canvas._frame.scene.mask.copy()
        panel.classes_edited.emit(wide_classes(editing.dataset.classes))
        position = len(editing.dataset.classes) - 1
        panel.classes.choose_position(position)
        QTest.mouseClick(panel.canvas, Qt.MouseButton.LeftButton, pos=panel.canvas.rect().center())
        shown = panel.canvas._frame.scene.mask
        assert (shown == 300).any(), "the canvas shows what is painted"
        np.testing.assert_array_equal(shown[shown != 300], before[shown != 300])
        assert editing.flush() == {}
        saved = read_mask(editing.current.sample.target)
        assert saved.dtype == np.uint16
        np.testing.assert_array_equal(saved, shown)
        QTest.keyClick(panel.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        np.testing.assert_array_equal(panel.canvas._frame.scene.mask, before)
    finally:
        program.window.close()
        program.close()
        QApplication.processEvents()


# -- reading


def test_flicking_through_pictures_reads_few_and_shows_the_last(qtbot, editing, monkeypatch):
    go, begun, most = threading.Event(), [], []
    read_pyramid = reading.read_pyramid

    def slow(path):
        begun.append(path)
        go.wait(30)
        return read_pyramid(path)

    monkeypatch.setattr(reading, "read_pyramid", slow)
    opened = []
    editing.sample_opened.connect(opened.append)
    for _ in range(3):
        for sample in editing.dataset.samples:
            editing.open(sample)
            most.append(editing._reader.running)
    assert max(most) <= 2
    go.set()
    last = editing.dataset.samples[-1]
    qtbot.waitUntil(lambda: bool(opened), timeout=PATIENCE)
    assert [one.sample.key for one in opened] == [last.key]
    qtbot.waitUntil(lambda: editing._reader.running == 0, timeout=PATIENCE)
    assert len(begun) <= 3
    assert len(opened) == 1
    assert editing.current.sample.key == last.key
