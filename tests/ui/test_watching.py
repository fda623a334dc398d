"""Files that another program adds, renames or removes show up, and nothing that is painted is lost."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from segstudio.dataset.dataset import DatasetError, list_again, open_dataset
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.ui import autosave as autosave_module
from tests.ui.conftest import drag, open_folder

PATIENCE = 20_000


@pytest.fixture
def images(sample_folder):
    return sample_folder / "train_images"


@pytest.fixture
def never_by_itself(monkeypatch):
    """Masks are saved only when somebody asks for it."""
    monkeypatch.setattr(autosave_module, "AUTOSAVE_MILLISECONDS", 3_600_000)


def shown(program):
    return list(program.workspace.editing.dataset.samples.keys())


def paint(program):
    canvas = program.workspace.label.panel.canvas
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(60, 10))
    assert program.workspace.editing.unsaved


def test_a_picture_that_is_added_appears_and_what_is_chosen_stays(opened, images, qtbot):
    workspace = opened.workspace
    workspace.browser.select("train/scene-003")
    qtbot.waitUntil(lambda: workspace.editing.current is not None)
    current = workspace.editing.current
    shutil.copy(images / "scene-001.png", images / "a new one.png")
    qtbot.waitUntil(lambda: "train/a new one" in shown(opened), timeout=PATIENCE)
    assert workspace.browser.shown_count == 8
    assert workspace.browser.current_key == "train/scene-003"
    assert workspace.browser._list.currentIndex().data() == "scene-003"
    assert workspace.editing.current is current
    workspace.browser.select("train/a new one")
    qtbot.waitUntil(lambda: workspace.editing.current is not None)
    assert workspace.editing.current.image is not None


def test_a_picture_that_is_renamed_changes_its_name_in_the_list(opened, images, qtbot):
    (images / "scene-002.png").rename(images / "other é.png")
    qtbot.waitUntil(lambda: "train/other é" in shown(opened), timeout=PATIENCE)
    assert "train/scene-002" not in shown(opened)
    # Its mask has kept the old name, and that is said.
    said = [problem.kind for problem in opened.workspace.editing.dataset.problems]
    assert said == ["mask_without_image"]
    assert opened.workspace.browser._problems._list.count() == 1


def test_a_picture_removed_from_under_the_brush_keeps_its_strokes_and_its_undo(
    opened, images, sample_folder, qtbot, never_by_itself
):
    editing = opened.workspace.editing
    paint(opened)
    document = editing.current.document
    painted = document.mask.copy()
    (images / "scene-001.png").unlink()
    qtbot.waitUntil(lambda: "train/scene-001" not in shown(opened), timeout=PATIENCE)
    assert "scene-001.png was removed or renamed" in opened.window.status.message
    assert editing.current.document is document
    assert document.can_undo
    assert editing.unsaved == {"train/scene-001"}

    paint(opened)
    painted = document.mask.copy()
    opened.workspace.browser.select_next()
    assert opened.workspace.browser.current_key == "train/scene-002"
    qtbot.waitUntil(lambda: not editing.unsaved, timeout=PATIENCE)
    np.testing.assert_array_equal(read_mask(sample_folder / "train_segmentation" / "scene-001.png"), painted)


def test_a_picture_that_comes_back_goes_on_where_it_was(opened, images, tmp_path, qtbot, never_by_itself):
    editing = opened.workspace.editing
    paint(opened)
    document = editing.current.document
    shutil.move(images / "scene-001.png", tmp_path / "away.png")
    qtbot.waitUntil(lambda: "train/scene-001" not in shown(opened), timeout=PATIENCE)
    shutil.move(tmp_path / "away.png", images / "scene-001.png")
    qtbot.waitUntil(lambda: "train/scene-001" in shown(opened), timeout=PATIENCE)
    assert editing.current.document is document
    assert editing.flush() == {}
    assert editing.dataset.find("train/scene-001").mask is not None


def test_a_mask_that_another_program_makes_is_shown_where_nothing_was_painted(opened, sample_folder, qtbot):
    editing = opened.workspace.editing
    assert not editing.current.document.mask.any()
    made = np.full((48, 64), 2, np.uint8)
    write_mask(sample_folder / "train_segmentation" / "scene-001.png", made)
    qtbot.waitUntil(
        lambda: editing.current is not None and (editing.current.document.mask == made).all(), timeout=PATIENCE
    )
    assert editing.current.sample.mask is not None


def test_a_mask_that_another_program_makes_does_not_touch_what_is_painted(
    opened, sample_folder, qtbot, never_by_itself
):
    editing = opened.workspace.editing
    paint(opened)
    document, painted = editing.current.document, editing.current.document.mask.copy()
    target = sample_folder / "train_segmentation" / "scene-001.png"
    write_mask(target, np.full((48, 64), 2, np.uint8))
    qtbot.waitUntil(lambda: editing.dataset.find("train/scene-001").mask == target, timeout=PATIENCE)
    assert editing.current.document is document
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(target), painted)
    (kept,) = target.parent.glob("scene-001.conflict-*.png")
    assert (read_mask(kept) == 2).all()


def test_what_the_program_saves_itself_changes_nothing(opened, sample_folder, qtbot):
    changes = []
    opened.workspace.editing.files_changed.connect(changes.append)
    paint(opened)
    assert opened.workspace.editing.flush() == {}
    with qtbot.waitSignal(opened.workspace.watch.looked, timeout=PATIENCE):
        opened.workspace.watch.look_soon()
    assert changes == []
    assert opened.workspace.editing.dataset.find("train/scene-001").mask is not None


def test_folders_that_come_later_are_watched_too(program, picture_folder, qtbot):
    open_folder(program, picture_folder, qtbot)
    masks = picture_folder / "train_segmentation"
    assert str(masks) not in program.workspace.watch.folders
    write_mask(masks / "pic 0 é.png", np.ones((40, 50), np.uint8))
    qtbot.waitUntil(lambda: str(masks) in program.workspace.watch.folders, timeout=PATIENCE)
    write_mask(masks / "pic 1 é.png", np.ones((40, 50), np.uint8))
    labelled = lambda: program.workspace.editing.dataset.samples.total(labelled=True)  # noqa: E731
    qtbot.waitUntil(lambda: labelled() == 2, timeout=PATIENCE)


def test_coming_back_to_the_window_looks_where_nobody_tells(opened, images, qtbot):
    """Network drives do not tell (R20)."""
    watch = opened.workspace.watch
    watch._watch(frozenset())
    shutil.copy(images / "scene-001.png", images / "new.png")
    QApplication.instance().applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: "train/new" in shown(opened), timeout=PATIENCE)


def test_a_folder_that_cannot_be_reached_loses_no_sample(opened, sample_folder, tmp_path, qtbot):
    before = shown(opened)
    with qtbot.waitSignal(opened.workspace.watch.failed, timeout=PATIENCE) as told:
        sample_folder.rename(tmp_path / "unplugged")
        opened.workspace.watch.look_soon()  # as when the person comes back to the window
    assert "cannot be reached" in told.args[0]
    assert shown(opened) == before
    (tmp_path / "unplugged").rename(sample_folder)
    with qtbot.waitSignal(opened.workspace.watch.looked, timeout=PATIENCE):
        opened.workspace.watch.look_soon()
    assert shown(opened) == before
    assert str(sample_folder / "train_images") in opened.workspace.watch.folders


def test_the_list_keeps_its_place_when_pictures_come_above_it(program, tmp_path, qtbot):
    folder = tmp_path / "many"
    folder.mkdir()
    write_mask(folder / "b-000.png", np.zeros((4, 4), np.uint8))
    for number in range(1, 200):
        shutil.copy(folder / "b-000.png", folder / f"b-{number:03}.png")
    open_folder(program, folder, qtbot)
    grid = program.workspace.browser._list
    grid.verticalScrollBar().setValue(3000)
    first = grid.indexAt(QPoint(20, 60)).data()
    for number in range(50):
        shutil.copy(folder / "b-000.png", folder / f"a-{number:03}.png")
    qtbot.waitUntil(lambda: program.workspace.browser.shown_count == 250, timeout=PATIENCE)
    assert grid.indexAt(QPoint(20, 60)).data() == first


def test_a_listing_is_the_dataset_itself_where_nothing_has_changed(sample_folder):
    dataset = open_dataset(sample_folder)
    assert list_again(dataset) is dataset
    (sample_folder / "train_images" / "scene-004.png").unlink()
    again = list_again(dataset)
    assert [sample.key for sample in dataset if sample not in again.samples] == ["train/scene-004"]
    assert again.classes is dataset.classes


def test_a_dataset_that_is_gone_is_an_error_and_not_empty(sample_folder, tmp_path):
    dataset = open_dataset(sample_folder)
    sample_folder.rename(tmp_path / "gone")
    with pytest.raises(DatasetError, match="cannot be reached"):
        list_again(dataset)
    assert isinstance(dataset.samples[0].image, Path)
