"""The doctor's window: problems by kind, mends while a mask is open, undo, and nothing lost on the way."""

import shutil
import threading

import cv2
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from segstudio.dataset.classes import load_classes
from segstudio.dataset.doctor import mended_masks
from segstudio.dataset.doctor.mended_record import load_mended
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.ui.rail import Place
from tests.ui.conftest import drag, open_folder

KEY = "train/scene-002"


def mask_path(folder, number=2):
    return folder / "train_segmentation" / f"scene-00{number}.png"


@pytest.fixture
def ailing(sample_folder):
    """Return the small dataset with a mask of colours, one of 16 bits, one with an unknown id; and the sound masks."""
    sound = {number: read_mask(mask_path(sample_folder, number)) for number in (2, 3, 4)}
    table = np.zeros((256, 3), np.uint8)
    for entry in load_classes(sample_folder):
        table[entry.id] = entry.colour
    Image.fromarray(table[sound[2]]).save(mask_path(sample_folder, 2))
    cv2.imwrite(str(mask_path(sample_folder, 3)), sound[3].astype(np.uint16))
    strange = sound[4].copy()
    strange[4:6, 7] = 99
    write_mask(mask_path(sample_folder, 4), strange)
    return sample_folder, sound


@pytest.fixture
def doctor(program, ailing, qtbot):
    """Return the doctor's window over the ailing dataset, once that is checked."""
    open_folder(program, ailing[0], qtbot)
    qtbot.waitUntil(lambda: program.workspace.doctor.complete, timeout=20_000)
    return program.workspace.show_doctor()


def branches(dialog):
    tree = dialog.tree
    return {tree.topLevelItem(row).text(0): tree.topLevelItem(row) for row in range(tree.topLevelItemCount())}


def branch(dialog, start):
    return next(item for title, item in branches(dialog).items() if title.startswith(start))


def button(dialog, item):
    found = dialog.tree.itemWidget(item, 2)
    assert isinstance(found, QPushButton)
    return found


def press(dialog, item):
    QTest.mouseClick(button(dialog, item), Qt.MouseButton.LeftButton)


def settled(program):
    session = program.workspace.doctor
    return lambda: not session.is_mending and not session.is_checking


def show(program, qtbot, key):
    program.workspace.browser.select(key)
    editing = program.workspace.editing
    qtbot.waitUntil(lambda: editing.current is not None and editing.current.sample.key == key)
    return editing.current


def test_problems_stand_by_kind_with_counts_and_buttons(doctor):
    titles = list(branches(doctor))
    assert titles[:2] == ["Ids that no class has  (1)", "Masks of colours, not ids  (1)"]
    assert "16-bit masks without need  (1)" in titles
    assert "Pictures without a mask  (1)" in titles
    colours = branch(doctor, "Masks of colours")
    assert colours.child(0).text(0) == "train_segmentation/scene-002.png"
    assert "picture of colours" in colours.child(0).text(1)
    assert button(doctor, colours).text() == button(doctor, colours.child(0)).text() == "Convert its colours to ids"
    assert doctor.tree.itemWidget(branch(doctor, "Pictures without a mask"), 2) is None
    assert doctor._heading.text().startswith("sample: 2 errors")


def test_a_click_on_a_problem_shows_its_sample_in_the_browser(program, doctor, qtbot):
    program.window.go_to(Place.TRAIN)
    row = branch(doctor, "Ids that no class has").child(0)
    place = doctor.tree.visualItemRect(row).center()
    QTest.mouseClick(doctor.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, place.y()))
    assert program.workspace.browser.current_key == "train/scene-004"
    assert program.window.place is Place.LABEL


def test_a_mend_reloads_the_open_mask_and_undo_brings_the_old_file_back(program, doctor, ailing, qtbot):
    folder, sound = ailing
    before = mask_path(folder).read_bytes()
    assert show(program, qtbot, KEY).document is None  # colours cannot be painted on
    press(doctor, branch(doctor, "Masks of colours").child(0))
    qtbot.waitUntil(settled(program), timeout=20_000)
    editing = program.workspace.editing
    qtbot.waitUntil(lambda: editing.current is not None and editing.current.document is not None)
    assert not editing.held
    np.testing.assert_array_equal(read_mask(mask_path(folder)), sound[2])
    np.testing.assert_array_equal(editing.current.document.mask, sound[2])
    assert not any(title.startswith("Masks of colours") for title in branches(doctor))
    assert KEY not in program.workspace.browser._model._problems
    mended = branch(doctor, "Mended")
    mended.setExpanded(True)
    press(doctor, mended.child(0))
    qtbot.waitUntil(settled(program), timeout=20_000)
    assert mask_path(folder).read_bytes() == before
    assert len(list(mask_path(folder).parent.iterdir())) == 3  # no copy is left
    assert any(title.startswith("Masks of colours") for title in branches(doctor))
    qtbot.waitUntil(lambda: editing.current is not None and editing.current.document is None)


def test_strokes_that_were_not_saved_are_saved_before_a_mend(program, doctor, ailing, qtbot):
    """R2, R5."""
    folder, sound = ailing
    show(program, qtbot, "train/scene-003")
    canvas = program.workspace.label.panel.canvas
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(60, 10))
    painted = program.workspace.editing.current.document.mask.copy()
    assert (painted != sound[3]).any()
    press(doctor, branch(doctor, "Masks of colours"))
    qtbot.waitUntil(settled(program), timeout=20_000)
    np.testing.assert_array_equal(read_mask(mask_path(folder, 3)), painted)
    np.testing.assert_array_equal(read_mask(mask_path(folder, 2)), sound[2])


def test_mend_all_that_is_safe_adds_no_class_and_check_again_finds_the_rest(program, doctor, ailing, qtbot):
    folder, sound = ailing
    QTest.mouseClick(doctor.mend_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(settled(program), timeout=20_000)
    assert {each.problem.kind for each in program.workspace.doctor.mended} == {"colour_mask", "deep_mask"}
    np.testing.assert_array_equal(read_mask(mask_path(folder, 3)), sound[3])
    assert 99 not in load_classes(folder).ids
    assert not doctor.mend_button.isEnabled()
    QTest.mouseClick(doctor.check_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: program.workspace.doctor.complete, timeout=20_000)
    kinds = {problem.kind for problem in program.workspace.doctor.problems}
    assert "unknown_id" in kinds
    assert not kinds & {"colour_mask", "deep_mask"}
    assert any(title.startswith("Mended  (2)") for title in branches(doctor))


def test_adding_a_class_shows_it_in_the_window(program, doctor, ailing, qtbot):
    press(doctor, branch(doctor, "Ids that no class has"))
    qtbot.waitUntil(settled(program), timeout=20_000)
    assert 99 in program.workspace.editing.dataset.classes.ids
    assert 99 in [entry.id for entry in program.workspace.label.panel.classes._classes]


def test_what_cannot_be_mended_any_more_is_said_and_the_masks_are_free_again(program, doctor, ailing, qtbot):
    folder, _sound = ailing
    mask_path(folder).write_bytes(b"no mask")
    press(doctor, branch(doctor, "Masks of colours"))
    qtbot.waitUntil(settled(program), timeout=20_000)
    assert "damaged" in doctor._said.text()
    assert not program.workspace.editing.held
    assert any(title.startswith("Masks of colours") for title in branches(doctor))


def test_nobody_paints_while_masks_are_mended_and_it_can_be_stopped(program, doctor, ailing, qtbot, monkeypatch):
    go_on, begun = threading.Event(), threading.Event()
    narrow = mended_masks.MASK_MENDS["narrow"]

    def slow(path, sample, dataset):
        begun.set()
        assert go_on.wait(20)
        return narrow(path, sample, dataset)

    monkeypatch.setitem(mended_masks.MASK_MENDS, "narrow", slow)
    session, editing = program.workspace.doctor, program.workspace.editing
    deep = [problem for problem in session.problems if problem.kind == "deep_mask"]
    colours = [problem for problem in session.problems if problem.kind == "colour_mask"]
    session.mend([*deep, *colours])
    qtbot.waitUntil(begun.is_set)
    assert editing.held
    assert doctor.stop_button.isVisible()
    program.workspace.remapping.remove(1, 0)  # not now
    assert not program.workspace.remapping.is_running
    QTest.mouseClick(doctor.stop_button, Qt.MouseButton.LeftButton)
    go_on.set()
    qtbot.waitUntil(settled(program), timeout=20_000)
    assert not editing.held
    assert [each.problem.kind for each in session.mended] == ["deep_mask"]
    assert "then stopped" in doctor._said.text()
    assert any(title.startswith("Masks of colours") for title in branches(doctor))


def test_the_list_in_the_browser_shows_no_notes_and_leads_to_the_window(program, doctor, qtbot):
    shown = program.workspace.browser._problems
    assert shown._list.count() == 2
    doctor.close()
    QTest.mouseClick(shown.all_button, Qt.MouseButton.LeftButton)
    assert doctor.isVisible()
    doctor.close()
    program.window.check_action.trigger()
    assert doctor.isVisible()


def test_another_dataset_forgets_the_problems_and_mends_of_the_first(program, doctor, ailing, tmp_path, qtbot):
    session = program.workspace.doctor
    press(doctor, branch(doctor, "Masks of colours"))
    qtbot.waitUntil(settled(program), timeout=20_000)
    other = tmp_path / "other"
    shutil.copytree(ailing[0], other)
    for path in other.glob("*_segmentation/*"):
        path.unlink()
    open_folder(program, other, qtbot)
    qtbot.waitUntil(lambda: session.complete, timeout=20_000)
    assert session.mended == ()
    assert {problem.kind for problem in session.problems} == {"no_masks", "unlabelled"}


def test_a_branch_of_very_many_shows_the_first_and_says_how_many_more(program, doctor, qtbot):
    problem = program.workspace.doctor.problems[0]
    doctor.tree.set_content([problem] * 1234, [])
    last = doctor.tree.topLevelItem(0).child(doctor.tree.topLevelItem(0).childCount() - 1)
    assert last.text(1) == "… and 1,034 more"


def test_every_control_of_the_window_has_a_name(doctor):
    from tests.ui.test_accessibility import CONTROLS, is_part_of_another

    nameless = [
        widget
        for kind in CONTROLS
        for widget in doctor.findChildren(kind)
        if not is_part_of_another(widget)
        and not (widget.accessibleName() or (isinstance(widget, QPushButton) and widget.text()) or widget.toolTip())
    ]
    assert not nameless


def test_a_mend_is_undone_after_the_dataset_was_closed_and_opened_again(program, doctor, ailing, tmp_path, qtbot):
    folder, _sound = ailing
    before = mask_path(folder).read_bytes()
    press(doctor, branch(doctor, "Masks of colours").child(0))
    qtbot.waitUntil(settled(program), timeout=20_000)
    assert mask_path(folder).read_bytes() != before

    make_sample_dataset(tmp_path / "other", train=2, val=1, test=1, size=(48, 64))
    open_folder(program, tmp_path / "other", qtbot)
    qtbot.waitUntil(lambda: program.workspace.doctor.complete, timeout=20_000)
    assert program.workspace.doctor.mended == ()
    open_folder(program, folder, qtbot)
    qtbot.waitUntil(lambda: program.workspace.doctor.complete, timeout=20_000)
    qtbot.waitUntil(lambda: len(program.workspace.doctor.mended) == 1, timeout=20_000)

    mended = branch(doctor, "Mended")
    mended.setExpanded(True)
    press(doctor, mended.child(0))
    qtbot.waitUntil(settled(program), timeout=20_000)
    assert mask_path(folder).read_bytes() == before
    assert program.workspace.doctor.mended == ()
    assert any(title.startswith("Masks of colours") for title in branches(doctor))
    assert load_mended(folder) == []


def test_what_another_program_adds_is_checked_as_well(program, doctor, ailing, qtbot):
    folder, sound = ailing
    strange = sound[4].copy()
    strange[0, 0] = 77
    shutil.copy(folder / "train_images" / "scene-004.png", folder / "train_images" / "new.png")
    write_mask(folder / "train_segmentation" / "new.png", strange)
    (folder / "val_images" / "broken.png").write_bytes(b"no picture")
    program.workspace.watch.look()
    session = program.workspace.doctor

    def kinds():
        return {problem.sample: problem.kind for problem in session.problems if problem.sample}

    qtbot.waitUntil(lambda: kinds().get("val/broken") == "unreadable_image", timeout=20_000)
    assert kinds()["train/new"] == "unknown_id"
    assert kinds()["train/scene-004"] == "unknown_id", "what was known stays"
    assert "train/new" in program.workspace.browser._model._problems
    (folder / "val_images" / "broken.png").unlink()
    program.workspace.watch.look()
    qtbot.waitUntil(lambda: "val/broken" not in kinds(), timeout=20_000)
