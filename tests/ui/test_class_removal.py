"""Classes through the whole window: removed from every mask on the disk, undone, stopped, failing; and their locks."""

import errno
import os
import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from segstudio.dataset import remap as remap_module
from segstudio.dataset.classes import load_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.ui.browser.model import SampleState
from segstudio.ui.painter.class_rows import percent
from segstudio.ui.rail import Place
from tests.ui.conftest import drag, open_folder

TREE, ROAD = 3, 1


def masks(folder):
    """Return every mask on the disk, by path."""
    return {path.relative_to(folder): read_mask(path) for path in sorted(folder.glob("*_segmentation/*.png"))}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def without_tree(before):
    return {name: np.where(mask == TREE, ROAD, mask) for name, mask in before.items()}


def show(program, qtbot, key):
    program.workspace.browser.select(key)
    editing = program.workspace.editing
    qtbot.waitUntil(lambda: editing.current is not None and editing.current.sample.key == key)


def ask_to_remove_tree(program):
    """Choose the class in the panel, press Delete, and choose what its pixels become."""
    panel = program.workspace.label.panel.classes
    panel.choose_position([entry.id for entry in panel._classes].index(TREE))
    panel._list.setFocus()
    QTest.keyClick(panel._list, Qt.Key.Key_Delete)
    choice = panel._dialog.replacement_choice
    choice.setCurrentIndex(choice.findData(ROAD))
    QTest.mouseClick(panel._dialog.remove_button, Qt.MouseButton.LeftButton)


def ended(program):
    """Return a list that fills with how changes ended."""
    said = []
    program.workspace.remapping.ended.connect(said.append)
    return said


def paint(program, class_id=2):
    """Draw a line and return the canvas."""
    panel = program.workspace.label.panel
    panel.classes.choose_position([entry.id for entry in panel.classes._classes].index(class_id))
    canvas = panel.canvas
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(60, 10))
    return canvas


def test_removing_a_class_rewrites_every_mask_on_the_disk_and_can_be_undone(opened, sample_folder, qtbot):
    show(opened, qtbot, "train/scene-002")
    workspace = opened.workspace
    paint(opened, TREE)  # not saved yet: the removal saves it first
    assert workspace.editing.unsaved == {"train/scene-002"}
    painted = workspace.editing.current.document.mask.copy()
    before = masks(sample_folder)
    before[next(name for name in before if name.match("train_*/scene-002.png"))] = painted
    said = ended(opened)
    ask_to_remove_tree(opened)
    assert workspace.editing.current is None
    assert not workspace.label.panel.isVisible()
    qtbot.waitUntil(lambda: bool(said) and workspace.editing.current is not None)
    assert "Removed “tree”" in said[0]
    assert same(masks(sample_folder), without_tree(before))
    assert load_classes(sample_folder).ids == (0, 1, 2, 4, 5)
    assert workspace.editing.current.sample.key == "train/scene-002"
    np.testing.assert_array_equal(workspace.editing.current.document.mask, np.where(painted == TREE, ROAD, painted))
    assert not workspace.label.panel._actions["undo"].isEnabled()
    assert open_dataset(sample_folder) == workspace.editing.dataset
    panel = workspace.label.panel.classes
    qtbot.waitUntil(panel._menu.undo.isEnabled)
    panel._menu.undo.trigger()
    qtbot.waitUntil(lambda: len(said) == 2 and workspace.editing.current is not None)
    assert same(masks(sample_folder), before)
    assert load_classes(sample_folder).ids == (0, 1, 2, 3, 4, 5)
    assert [row.entry.name for row in panel._rows._rows] == ["ground", "road", "house", "tree", "car", "sky"]
    qtbot.waitUntil(lambda: not panel._menu.undo.isEnabled())


def test_the_dialog_says_how_many_masks_are_concerned(opened, sample_folder, qtbot):
    panel = opened.workspace.label.panel.classes
    held = [mask for mask in masks(sample_folder).values() if (mask == TREE).any()]
    pixels = sum(int((mask == TREE).sum()) for mask in held)
    qtbot.waitUntil(lambda: panel._overall is not None and panel._overall.complete)
    panel.choose_position(TREE)
    panel._list.setFocus()
    QTest.keyClick(panel._list, Qt.Key.Key_Delete)
    assert panel._dialog.concerned == f"{pixels:,} pixels in {len(held)} masks are of this class."
    panel._dialog.reject()


@pytest.fixture
def held_up(monkeypatch):
    """Let the removal wait at its first mask until the event is set."""
    gate, there = threading.Event(), threading.Event()

    def slow(path):
        there.set()
        gate.wait(20)
        return read_mask(path)

    monkeypatch.setattr(remap_module, "read_mask", slow)
    yield gate, there
    gate.set()


def test_stopped_from_the_status_line_nothing_has_changed_and_painting_goes_on(opened, sample_folder, qtbot, held_up):
    gate, there = held_up
    before = masks(sample_folder)
    said = ended(opened)
    ask_to_remove_tree(opened)
    qtbot.waitUntil(there.is_set)
    status = opened.window.status
    assert status._stop.isVisible()
    assert "Removing “tree”" in status._job.text()
    # Whoever goes elsewhere meanwhile finds no mask to paint on, and that picture afterwards.
    opened.workspace.browser.select("train/scene-003")
    assert opened.workspace.editing.current is None
    QTest.mouseClick(status._stop, Qt.MouseButton.LeftButton)
    gate.set()
    qtbot.waitUntil(lambda: bool(said) and opened.workspace.editing.current is not None)
    assert "stopped" in said[0]
    assert not status._stop.isVisible()
    assert same(masks(sample_folder), before)
    assert opened.workspace.editing.current.sample.key == "train/scene-003"
    paint(opened)
    qtbot.waitUntil(lambda: not same(masks(sample_folder), before), timeout=10_000)


def test_a_mask_that_cannot_be_read_is_named_and_nothing_is_changed(opened, sample_folder, qtbot):
    before = masks(sample_folder)
    broken = sample_folder / "val_segmentation" / "scene-002.png"
    broken.write_bytes(b"broken")
    said = ended(opened)
    ask_to_remove_tree(opened)
    qtbot.waitUntil(lambda: bool(said) and opened.workspace.editing.current is not None)
    assert "scene-002.png" in said[0]
    broken.write_bytes((sample_folder / "val_segmentation" / "scene-001.png").read_bytes())
    before[broken.relative_to(sample_folder)] = read_mask(broken)
    assert same(masks(sample_folder), before)
    assert len(load_classes(sample_folder)) == 6


def test_strokes_that_cannot_be_saved_keep_the_removal_from_beginning(opened, sample_folder, qtbot, monkeypatch):
    """R2."""
    show(opened, qtbot, "train/scene-002")
    before = masks(sample_folder)
    replace = os.replace
    monkeypatch.setattr(os, "replace", full_disk)
    paint(opened)
    said = ended(opened)
    ask_to_remove_tree(opened)
    assert "not begun" in said[0]
    assert opened.workspace.editing.current is not None
    assert same(masks(sample_folder), before)
    monkeypatch.setattr(os, "replace", replace)
    opened.window.save_action.trigger()
    qtbot.waitUntil(lambda: not opened.workspace.editing.unsaved)


def full_disk(*_words):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_where_masks_cannot_be_put_back_nobody_paints_until_the_dataset_is_opened_again(
    opened, sample_folder, qtbot, monkeypatch
):
    before = masks(sample_folder)
    replace = os.replace

    def unplugged(source, target):
        if gone or str(target).endswith("scene-003.png"):
            gone.append(target)
            raise OSError(errno.EIO, "Input/output error")
        replace(source, target)

    gone = []
    monkeypatch.setattr("segstudio.dataset.steps._WORKERS", 1)
    monkeypatch.setattr(os, "replace", unplugged)
    said = ended(opened)
    ask_to_remove_tree(opened)
    qtbot.waitUntil(lambda: bool(said))
    assert "Open the dataset again" in said[0]
    assert opened.workspace.editing.held
    assert opened.workspace.editing.current is None
    monkeypatch.setattr(os, "replace", replace)
    opened.opener.open(sample_folder)
    qtbot.waitUntil(lambda: opened.workspace.editing.current is not None)
    assert same(masks(sample_folder), before)
    assert "Remove class “tree”" in opened.workspace.browser._problems._list.item(0).text()


def test_closing_the_window_in_the_middle_puts_everything_back(opened, sample_folder, qtbot, held_up):
    """R26."""
    gate, there = held_up
    before = masks(sample_folder)
    ask_to_remove_tree(opened)
    qtbot.waitUntil(there.is_set)
    timer = threading.Timer(0.3, gate.set)
    timer.start()
    opened.window.close()
    opened.close()
    timer.join()
    assert same(masks(sample_folder), before)
    assert open_dataset(sample_folder).problems == ()


def test_another_dataset_may_be_opened_meanwhile(opened, sample_folder, picture_folder, qtbot, held_up):
    gate, there = held_up
    before = masks(sample_folder)
    said = ended(opened)
    ask_to_remove_tree(opened)
    qtbot.waitUntil(there.is_set)
    open_folder(opened, picture_folder, qtbot)
    gate.set()
    qtbot.waitUntil(lambda: bool(said))
    assert same(masks(sample_folder), without_tree(before))
    assert opened.workspace.editing.dataset.root == picture_folder
    assert not (picture_folder / "classes.json").exists()
    paint(opened, 1)
    qtbot.waitUntil((picture_folder / "classes.json").is_file, timeout=10_000)


def test_digits_and_alt_with_digits_choose_classes_wherever_the_focus_is(opened, qtbot):
    panel = opened.workspace.label.panel
    for number in range(8):
        panel.classes.classes_edited.emit(panel.classes._classes.with_new(f"n{number}"))
    assert len(panel.classes._classes) == 14
    QTest.keyClick(panel.canvas, Qt.Key.Key_0)
    assert panel.classes.chosen == 9
    QTest.keyClick(panel.canvas, Qt.Key.Key_4, Qt.KeyboardModifier.AltModifier)
    assert panel.classes.chosen == 13
    QTest.keyClick(panel.canvas, Qt.Key.Key_2)
    assert panel.classes.chosen == 1
    # The places keep their keys, and no key means two things.
    QTest.keyClick(panel.canvas, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.place is Place.REVIEW
    keys = [
        keys.toString(QKeySequence.SequenceFormat.PortableText)
        for action in opened.window.all_actions()
        if action.shortcutContext() is Qt.ShortcutContext.WindowShortcut
        for keys in action.shortcuts()
    ]
    in_label = [key for key in keys if key not in ("T", "F")]  # Review has these two as well, on its own page
    assert len(in_label) == len(set(in_label))


def test_a_protected_class_is_not_painted_over_and_its_share_stays(opened, sample_folder, qtbot):
    show(opened, qtbot, "train/scene-002")
    panel = opened.workspace.label.panel
    document = opened.workspace.editing.current.document
    before = document.mask.copy()
    panel.context.change(size=40)
    panel.classes._mark(panel.classes._marks.with_protection(ROAD))
    paint(opened, 2)
    changed = document.mask != before
    assert changed.any()
    assert not (changed & (before == ROAD)).any()
    row = panel.classes._rows._rows[ROAD]
    assert row.here == pytest.approx((before == ROAD).mean())
    house = panel.classes._rows._rows[2]
    assert house.here == pytest.approx((document.mask == 2).mean())
    QTest.keyClick(panel.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert panel.classes._rows._rows[2].here == pytest.approx((before == 2).mean())


def test_painting_only_over_a_class_leaves_all_others(opened, qtbot):
    show(opened, qtbot, "train/scene-002")
    panel = opened.workspace.label.panel
    document = opened.workspace.editing.current.document
    before = document.mask.copy()
    panel.context.change(size=60)
    panel.classes._mark(panel.classes._marks.with_only(0))
    paint(opened, 2)
    changed = document.mask != before
    assert changed.any()
    assert set(np.unique(before[changed])) == {0}
    # The lock holds for the next picture too.
    show(opened, qtbot, "train/scene-003")
    assert opened.workspace.editing.current.document.gate.locks.only == {0}


def test_a_hidden_class_is_not_drawn(opened, qtbot):
    show(opened, qtbot, "train/scene-002")
    panel = opened.workspace.label.panel
    canvas = panel.canvas
    mask = opened.workspace.editing.current.document.mask
    y, x = (int(value) for value in np.argwhere(mask == 5)[0])
    panel.classes._mark(panel.classes._marks.with_shown_or_hidden(5))
    bare = opened.workspace.editing.current.image[y, x]

    def drawn():
        picture = canvas.grab().toImage()
        at = canvas.view.to_screen((x + 0.5, y + 0.5))
        return np.array(picture.pixelColor(int(at[0]), int(at[1])).getRgb()[:3])

    hidden = drawn()
    panel.classes._mark(panel.classes._marks.with_all_shown())
    assert np.abs(hidden.astype(int) - bare).max() <= 12
    assert np.abs(hidden.astype(int) - drawn()).max() > 3


def test_shares_of_the_dataset_follow_what_is_saved(opened, sample_folder, qtbot):
    workspace = opened.workspace
    qtbot.waitUntil(lambda: workspace.counting.counts.complete)
    assert workspace.counting.counts.total == 6
    paint(opened, 4)
    qtbot.waitUntil(lambda: workspace.counting.counts.total == 7, timeout=10_000)
    expected = sum(int((mask == 4).sum()) for mask in masks(sample_folder).values())
    qtbot.waitUntil(lambda: workspace.counting.counts.pixels[4] == expected)
    row = workspace.label.panel.classes._rows._rows[4]
    assert row.overall == pytest.approx(expected / (7 * 48 * 64))


def test_a_new_mask_starts_unpainted_where_the_dataset_says_so(opened, sample_folder, qtbot):
    workspace = opened.workspace
    panel = workspace.label.panel
    target = sample_folder / "train_segmentation" / "scene-001.png"
    assert not target.exists()
    panel.classes._menu.as_unpainted.trigger()
    assert load_classes(sample_folder).unpainted == 255
    qtbot.waitUntil(lambda: workspace.editing.current is not None)
    assert (workspace.editing.current.document.mask == 255).all()
    assert panel.classes._coverage_note.text == "0 % of this picture is painted"
    state = workspace.browser._model.state
    assert state(workspace.editing.current.sample) is SampleState.UNLABELLED
    paint(opened, 2)
    share = float((workspace.editing.current.document.mask != 255).mean())
    assert panel.classes._coverage_note.text == f"{percent(share)} of this picture is painted"
    qtbot.waitUntil(target.is_file, timeout=10_000)
    assert set(np.unique(read_mask(target))) == {2, 255}
    qtbot.waitUntil(lambda: workspace.browser._model._coverage["train/scene-001"] == pytest.approx(share))
    sample = workspace.editing.dataset.find("train/scene-001")
    assert state(sample) is SampleState.MASKED
    # The eraser gives pixels back to nobody.
    panel.choose_tool("eraser")
    panel.context.change(size=200)
    drag(panel.canvas, panel.canvas.rect().center(), panel.canvas.rect().center() + QPoint(60, 10))
    assert (workspace.editing.current.document.mask == 255).all()
    qtbot.waitUntil(lambda: workspace.browser._model._coverage["train/scene-001"] == 0, timeout=10_000)
    assert state(sample) is SampleState.UNLABELLED


def test_a_wholly_unpainted_mask_counts_as_unlabelled_in_the_browser(program, sample_folder, qtbot):
    from segstudio.dataset.classes import save_classes

    save_classes(sample_folder, load_classes(sample_folder).starting_unpainted())
    write_mask(sample_folder / "train_segmentation" / "scene-002.png", np.full((48, 64), 255, np.uint8))
    open_folder(program, sample_folder, qtbot)
    model = program.workspace.browser._model
    qtbot.waitUntil(lambda: program.workspace.counting.counts.complete)
    sample = program.workspace.editing.dataset.find("train/scene-002")
    assert model.state(sample) is SampleState.UNLABELLED
    assert "0% painted" in model.index(1).data(Qt.ItemDataRole.ToolTipRole)
    assert "100% painted" in model.index(2).data(Qt.ItemDataRole.ToolTipRole)
