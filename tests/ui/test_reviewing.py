"""States, tags, notes, order and splits in the browser: by key, by menu, by dragging; on the disk and undone."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.review import NO_REVIEW, Review, ReviewChange, ReviewState, load_reviews, update_reviews
from segstudio.dataset.samples import Samples, SplitTable
from segstudio.ui.browser.model import SampleModel
from segstudio.ui.browser.ordering import _natural
from segstudio.ui.browser.review_bar import SampleOrder
from segstudio.ui.browser.review_dialog import ReviewDialog
from segstudio.ui.browser.split_drop_bar import from_mime, to_mime
from segstudio.ui.jobs import Jobs
from segstudio.ui.reviewing import ReviewSession
from tests.ui.conftest import drag, open_folder


def select(program, *keys):
    """Select some tiles; the first becomes the current one."""
    browser = program.workspace.browser
    browser.select(keys[0])
    for key in keys[1:]:
        index = browser._model.index(browser._model.row_of(key))
        browser._list.selectionModel().select(QItemSelection(index, index), QItemSelectionModel.SelectionFlag.Select)


def written(folder):
    return load_reviews(folder)[0]


def shown(program):
    model = program.workspace.browser._model
    return [f"{model.index(row).data(Qt.ItemDataRole.UserRole).key}" for row in range(model.rowCount())]


def choose(box, value):
    box.setCurrentIndex(box.findData(value))


# States, tags and notes


def test_a_key_marks_every_selected_picture_and_it_is_on_the_disk(opened, sample_folder, qtbot):
    select(opened, "train/scene-001", "train/scene-003", "val/scene-002")
    opened.window.activateWindow()
    QTest.keyClick(opened.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    keys = {"train/scene-001", "train/scene-003", "val/scene-002"}
    qtbot.waitUntil(lambda: {k for k, r in written(sample_folder).items() if r.state is ReviewState.DONE} == keys)


def test_marks_are_undone_and_done_again_step_by_step(opened, sample_folder, qtbot):
    """R7."""
    menu, reviewing = opened.workspace.browser.menu, opened.workspace.reviewing
    select(opened, "train/scene-001", "train/scene-002")
    menu.states[0].trigger()
    menu.tag_chosen.emit(["train/scene-001"], "夜", True)
    assert menu.undo.text() == "Undo: Tag “scene-001” “夜”"
    menu.undo.trigger()
    assert reviewing.reviews["train/scene-001"] == Review(ReviewState.DONE)
    menu.undo.trigger()
    assert reviewing.reviews == {}
    assert not menu.undo.isEnabled()
    menu.redo.trigger()
    menu.redo.trigger()
    wanted = {"train/scene-001": Review(ReviewState.DONE, ("夜",)), "train/scene-002": Review(ReviewState.DONE)}
    assert reviewing.reviews == wanted
    assert reviewing.flush() == {}
    qtbot.waitUntil(lambda: written(sample_folder) == wanted)


def test_what_was_said_is_there_again_when_the_dataset_is_opened_anew(opened, sample_folder, qtbot):
    select(opened, "train/scene-002")
    opened.workspace.browser.menu.states[1].trigger()
    open_folder(opened, sample_folder, qtbot)
    qtbot.waitUntil(lambda: "train/scene-002" in opened.workspace.reviewing.reviews)
    model = opened.workspace.browser._model
    assert "marked as needs work" in model.index(1).data(Qt.ItemDataRole.ToolTipRole)


def test_what_another_window_said_meanwhile_is_kept_and_shown(opened, sample_folder, qtbot):
    other = Review(tags=("theirs",))
    update_reviews(sample_folder, {"val/scene-001": ReviewChange(NO_REVIEW, other)})
    select(opened, "train/scene-001")
    opened.workspace.browser.menu.states[0].trigger()
    qtbot.waitUntil(lambda: opened.workspace.reviewing.reviews.get("val/scene-001") == other)
    assert written(sample_folder) == {"val/scene-001": other, "train/scene-001": Review(ReviewState.DONE)}


def test_the_dialog_changes_what_all_have_in_common_and_leaves_the_rest(opened, qtbot):
    reviewing = opened.workspace.reviewing
    reviewing.describe({"train/scene-001": Review(tags=("a", "b"), notes="one")})
    reviewing.describe({"train/scene-002": Review(tags=("b", "c"), notes="two")})
    select(opened, "train/scene-001", "train/scene-002")
    opened.workspace.browser.menu.describe.trigger()
    (dialog,) = opened.window.findChildren(ReviewDialog)
    assert dialog.tags.text() == "b"
    dialog.tags.setText(" new , ")
    dialog.accept()
    assert reviewing.reviews["train/scene-001"] == Review(tags=("a", "new"), notes="one")
    assert reviewing.reviews["train/scene-002"] == Review(tags=("c", "new"), notes="two")


def test_what_cannot_be_written_is_said_kept_and_written_later(opened, sample_folder, qtbot, monkeypatch):
    """R2."""
    workspace = opened.workspace
    with monkeypatch.context() as patch:

        def full(*_words, **_named):
            raise OSError(28, "No space left on device")

        patch.setattr("segstudio.dataset.review.write_atomically", full)
        select(opened, "train/scene-001")
        workspace.browser.menu.states[0].trigger()
        qtbot.waitUntil(lambda: "No space left" in opened.window.status.message)
        assert list(workspace.reviewing.flush()) == ["review.json"]
    assert workspace.reviewing.reviews["train/scene-001"].state is ReviewState.DONE
    assert workspace.save_all()
    assert written(sample_folder) == {"train/scene-001": Review(ReviewState.DONE)}


def test_a_damaged_file_is_kept_aside_and_the_window_says_so(program, sample_folder, qtbot):
    """R28."""
    (sample_folder / "review.json").write_text("{", encoding="utf-8")
    open_folder(program, sample_folder, qtbot)
    qtbot.waitUntil(lambda: "damaged" in program.window.status.message)
    assert [path.read_text() for path in sample_folder.glob("review.damaged-*.json")] == ["{"]


def test_closing_at_once_loses_no_mark(opened, sample_folder):
    select(opened, "train/scene-001")
    opened.workspace.browser.menu.states[0].trigger()
    opened.window.close()
    assert json.loads((sample_folder / "review.json").read_text())["samples"] == {"train/scene-001": {"state": "done"}}


# Filters and order


def test_filters_by_review_and_tag(opened, qtbot):
    bar = opened.workspace.browser._review_bar
    opened.workspace.reviewing.set_state(["train/scene-002", "val/scene-001"], ReviewState.DONE)
    opened.workspace.reviewing.set_tag(["val/scene-001", "test/scene-001"], "night", on=True)
    choose(bar.review, ReviewState.DONE)
    assert shown(opened) == ["train/scene-002", "val/scene-001"]
    choose(bar.tag, "night")
    assert shown(opened) == ["val/scene-001"]
    choose(bar.review, ReviewState.TODO)
    assert shown(opened) == ["test/scene-001"]
    opened.workspace.browser.select("train/scene-001")
    assert len(shown(opened)) == 7, "a hidden picture that is asked for clears the filters"


def test_marking_under_a_filter_does_not_move_the_list(opened):
    choose(opened.workspace.browser._review_bar.review, ReviewState.TODO)
    select(opened, "train/scene-002")
    opened.workspace.browser.menu.states[0].trigger()
    assert "train/scene-002" in shown(opened)


def test_every_order_sorts_and_the_keys_follow_it(opened, sample_folder, qtbot):
    workspace, bar = opened.workspace, opened.workspace.browser._review_bar
    own = shown(opened)
    os.utime(sample_folder / "val_images" / "scene-002.png", (4e9, 4e9))
    choose(bar.order, SampleOrder.DATE)
    qtbot.waitUntil(lambda: shown(opened)[0] == "val/scene-002")
    choose(bar.order, SampleOrder.NAME)
    assert [key.partition("/")[2] for key in shown(opened)] == sorted(key.partition("/")[2] for key in own)
    workspace.browser.select("test/scene-001")
    workspace.browser.select_next()
    assert workspace.browser.current_key == "train/scene-001"
    workspace.reviewing.set_state(["train/scene-003"], ReviewState.NEEDS_WORK)
    workspace.reviewing.set_state(["train/scene-001"], ReviewState.DONE)
    choose(bar.order, SampleOrder.REVIEW)
    assert (shown(opened)[0], shown(opened)[-1]) == ("train/scene-003", "train/scene-001")
    workspace.reviewing.set_tag(["val/scene-001"], "x", on=True)
    choose(bar.order, SampleOrder.TAG)
    assert shown(opened)[0] == "val/scene-001"
    choose(bar.order, SampleOrder.SPLIT)
    assert shown(opened) == own


def test_samples_are_sorted_by_the_share_of_the_chosen_class(opened, sample_folder, qtbot):
    workspace = opened.workspace
    qtbot.waitUntil(lambda: workspace.counting.counts.complete, timeout=10_000)
    shares = {s.key: float((read_mask(s.mask) == 1).mean()) for s in open_dataset(sample_folder) if s.mask}
    box = workspace.browser._filters._class
    choose(workspace.browser._review_bar.order, SampleOrder.SHARE)
    choose(box, 1)
    holding = [key for key in sorted(shares, key=lambda key: -shares[key]) if shares[key]]
    qtbot.waitUntil(lambda: len(shown(opened)) == len(holding), timeout=10_000)
    assert [shares[key] for key in shown(opened)] == [shares[key] for key in holding]


def test_numbers_in_names_are_sorted_as_numbers():
    assert sorted(["b2", "b10", "a", "2", "10", "B1"], key=_natural) == ["2", "10", "a", "B1", "b2", "b10"]


def test_a_hundred_thousand_samples_cost_a_moment(qtbot):
    names = [f"{number:06}" for number in range(100_000)]
    files = [f"{name}.png" for name in names]
    samples = Samples([SplitTable("train", Path("images"), Path("masks"), names, files, list(files))])
    model = SampleModel()
    model.set_samples(samples)
    started = time.perf_counter()
    model.set_reviews({key: Review(ReviewState.DONE) for key in list(samples.keys())[:1000]})
    model.set_rank({key: -number for number, key in enumerate(samples.keys())})
    assert time.perf_counter() - started < 5
    assert model.index(0).data() == "099999"


def test_select_all_means_the_tiles_where_the_list_has_the_focus(opened, qtbot):
    view = opened.workspace.browser._list
    opened.window.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(view.selected_keys()) == 7
    assert "7 selected" in opened.workspace.browser._count.text()


# Splits


def moved(program, qtbot, act):
    """Do something that moves samples, and wait until it is over; return what was said."""
    said = []
    program.workspace.remapping.ended.connect(said.append)
    act()
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    program.workspace.remapping.ended.disconnect(said.append)
    return said[0]


def test_selected_pictures_move_with_mask_and_review_and_the_canvas_stays(program, sample_folder, qtbot):
    for folder in ("images", "segmentation"):
        for number in (1, 2):
            path = sample_folder / f"val_{folder}" / f"scene-00{number}.png"
            path.rename(path.with_name(f"other-{number}.png"))
    open_folder(program, sample_folder, qtbot)
    workspace = program.workspace
    select(program, "train/scene-002", "train/scene-003")
    qtbot.waitUntil(lambda: workspace.editing.current is not None)
    workspace.browser.menu.states[0].trigger()
    mask = read_mask(sample_folder / "train_segmentation" / "scene-002.png")
    keys = workspace.browser._list.selected_keys()
    said = moved(program, qtbot, lambda: workspace.browser.menu.move_chosen.emit(keys, "val"))
    assert said.startswith("Moved to val: 2 pictures")
    qtbot.waitUntil(lambda: workspace.editing.current is not None, timeout=10_000)
    assert workspace.editing.current.sample.key == "val/scene-002"
    assert workspace.browser.current_key == "val/scene-002"
    assert np.array_equal(workspace.editing.current.document.mask, mask)
    assert [sample.key for sample in open_dataset(sample_folder).of_split("val")] == [
        *("val/other-1", "val/other-2", "val/scene-002", "val/scene-003")
    ]
    assert {k: r.state for k, r in written(sample_folder).items()} == dict.fromkeys(
        ("val/scene-002", "val/scene-003"), ReviewState.DONE
    )
    menu = workspace.browser.menu
    qtbot.waitUntil(menu.undo_move.isEnabled)
    assert menu.undo_move.text() == "Undo: Move 2 pictures to val"
    moved(program, qtbot, menu.undo_move.trigger)
    assert len(open_dataset(sample_folder).of_split("train")) == 4
    assert set(workspace.reviewing.reviews) == {"train/scene-002", "train/scene-003"}
    menu.undo.trigger()
    assert workspace.reviewing.reviews == {}, "the marks from before the moves can still be taken back"


def test_strokes_are_saved_before_and_move_along(opened, sample_folder, qtbot):
    workspace = opened.workspace
    workspace.browser.select("train/scene-004")
    qtbot.waitUntil(lambda: workspace.editing.current is not None)
    canvas = workspace.label.panel.canvas
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(60, 10))
    painted = workspace.editing.current.document.mask.copy()
    moved(opened, qtbot, lambda: workspace.browser.menu.move_chosen.emit(["train/scene-004"], "val"))
    assert np.array_equal(read_mask(sample_folder / "val_segmentation" / "scene-004.png"), painted)
    assert not (sample_folder / "train_segmentation" / "scene-004.png").exists()
    qtbot.waitUntil(lambda: workspace.editing.current is not None)
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(-40, 10))
    assert workspace.editing.flush() == {}
    assert not (sample_folder / "train_segmentation" / "scene-004.png").exists()


def test_names_that_clash_are_said_and_everything_stays(opened, sample_folder, qtbot):
    before = sorted(sample_folder.rglob("*.png"))
    keys = ["train/scene-001", "train/scene-003"]
    said = moved(opened, qtbot, lambda: opened.workspace.browser.menu.move_chosen.emit(keys, "val"))
    assert "same name already: scene-001 (train to val). Rename" in said
    assert sorted(sample_folder.rglob("*.png")) == before
    qtbot.waitUntil(lambda: opened.workspace.editing.current is not None)
    assert not opened.workspace.editing.held


def test_a_folder_of_pictures_says_that_it_has_one_split(program, picture_folder, qtbot):
    open_folder(program, picture_folder, qtbot)
    key = program.workspace.browser.current_key
    said = moved(program, qtbot, lambda: program.workspace.browser.menu.move_chosen.emit([key], "val"))
    assert "one split only" in said


def test_samples_are_dropped_on_a_split(opened, sample_folder, qtbot):
    browser = opened.workspace.browser
    select(opened, "train/scene-002", "train/scene-003")
    browser._list.drag_started.emit()
    assert browser.drop_bar.isVisible()
    data = to_mime(browser._list.selected_keys())
    assert from_mime(data) == ["train/scene-002", "train/scene-003"]
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    moved(opened, qtbot, lambda: browser.drop_bar.fields["test"].dropEvent(drop))
    browser._list.drag_ended.emit()
    assert not browser.drop_bar.isVisible()
    assert len(open_dataset(sample_folder).of_split("test")) == 3


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb, which `make test` installs where it may")
def test_a_real_drag_shows_the_splits_and_drops_on_one(sample_folder, tmp_path):
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24"], pass_fds=[write])
    os.close(write)
    try:
        with os.fdopen(read) as display:
            environment = os.environ | {"DISPLAY": f":{display.readline().strip()}", "QT_QPA_PLATFORM": "xcb"}
        words = [sys.executable, Path(__file__).with_name("drag_program.py"), sample_folder]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    finally:
        server.terminate()
        server.wait()
    assert "fields seen: True" in done.stdout, done.stderr
    assert "said: Moved to test: 2 pictures." in done.stdout
    assert "fields seen afterwards: False" in done.stdout
    assert {"test/scene-002", "test/scene-003"} <= {sample.key for sample in open_dataset(sample_folder)}


@pytest.mark.parametrize(
    ("owner", "name", "words"),
    [
        ("learning", "is_training", "learned from"),
        ("learning", "is_predicting", "predicted"),
        ("recovery", "pictures", "lost strokes"),
    ],
)
def test_nothing_is_moved_under_the_feet_of_others(opened, sample_folder, monkeypatch, owner, name, words):
    before = sorted(sample_folder.rglob("*.png"))
    monkeypatch.setattr(type(getattr(opened.workspace, owner)), name, property(lambda _self: ("something",)))
    opened.workspace.browser.menu.move_chosen.emit(["train/scene-004"], "val")
    assert words in opened.window.status.message
    assert not opened.workspace.remapping.is_running
    monkeypatch.undo()
    assert sorted(sample_folder.rglob("*.png")) == before


def test_marks_are_refused_while_files_are_moved(opened, sample_folder, qtbot):
    reviewing = opened.workspace.reviewing
    assert opened.workspace.editing.hold() == {}
    reviewing.set_state(["train/scene-001"], ReviewState.DONE)
    assert reviewing.reviews == {}
    assert "being rewritten" in opened.window.status.message
    opened.workspace.editing.release(opened.workspace.editing.dataset)
    reviewing.set_state(["train/scene-001"], ReviewState.DONE)
    assert reviewing.reviews != {}


def test_the_menu_offers_what_fits_the_selection(opened):
    menu = opened.workspace.browser.menu
    opened.workspace.reviewing.set_tag(["train/scene-002"], "x", on=True)
    select(opened, "train/scene-002")
    built = menu.build()
    submenus = {action.text().replace("&", ""): action.menu() for action in built.actions() if action.menu()}
    assert [action.isEnabled() for action in submenus["Move to"].actions()] == [False, True, True]
    assert [(action.text(), action.isChecked()) for action in submenus["Tag"].actions()] == [("x", True)]
    built.deleteLater()


def test_thumbnails_of_moved_pictures_are_those_of_their_files(program, sample_folder, qtbot):
    write_mask(sample_folder / "train_segmentation" / "scene-004.png", np.full((48, 64), 2, np.uint8))
    open_folder(program, sample_folder, qtbot)
    browser = program.workspace.browser
    moved(program, qtbot, lambda: browser.menu.move_chosen.emit(["train/scene-004"], "test"))
    sample = program.workspace.editing.dataset.find("test/scene-004")
    qtbot.waitUntil(lambda: browser._thumbnails.get(sample) is not None, timeout=5000)
    assert not browser._thumbnails.get(sample).isNull()
    assert read_image(sample.image).shape == (48, 64, 3)


def test_a_problem_follows_its_picture(program, sample_folder, qtbot):
    (sample_folder / "train_segmentation" / "scene-004.png").write_bytes(b"no mask")
    open_folder(program, sample_folder, qtbot)
    browser = program.workspace.browser
    qtbot.waitUntil(lambda: "train/scene-004" in browser._model._problems, timeout=10_000)
    moved(program, qtbot, lambda: browser.menu.move_chosen.emit(["train/scene-004"], "test"))
    assert set(browser._model._problems) == {"test/scene-004"}


# Very many at once


@pytest.fixture
def many(tmp_path, qtbot):
    """Return a session of reviews, the list that shows them, and the keys of 100,000 samples."""
    names = [f"{number:06}" for number in range(100_000)]
    files = [f"{name}.png" for name in names]
    model = SampleModel()
    model.set_samples(Samples([SplitTable("train", Path("images"), Path("masks"), names, files, list(files))]))
    jobs = Jobs()
    reviewing = ReviewSession(jobs)
    reviewing._output = tmp_path
    reviewing.reviews_changed.connect(model.set_reviews)
    yield reviewing, model, model.keys_of(range(100_000))
    jobs.stop_all()
    qtbot.wait(0)


def test_marking_very_many_goes_on_between_what_a_person_does_and_is_one_step(many, tmp_path, qtbot):
    reviewing, model, keys = many
    reviewing.set_state(keys, ReviewState.DONE)
    assert model.review(keys[0]).state is ReviewState.DONE, "what is in sight at once"
    assert model.review(keys[-1]) is NO_REVIEW, "the rest when nothing else is to be done"
    qtbot.waitUntil(lambda: bool(reviewing.undo_title), timeout=10_000)
    assert all(model.review(key).state is ReviewState.DONE for key in keys)
    reviewing.set_tag(keys, "night", on=True)
    reviewing.undo()  # in the middle of it: first it is done, then taken back
    assert reviewing.undo_title.startswith("Mark 100,000 pictures")
    reviewing.undo()
    assert reviewing.flush() == {}
    reviewing._jobs.wait_all()
    assert (reviewing.reviews, reviewing.tags) == ({}, ())
    assert load_reviews(tmp_path) == ({}, "")
    reviewing.redo()
    reviewing.redo()
    assert reviewing.flush() == {}
    assert load_reviews(tmp_path)[0] == dict.fromkeys(keys, Review(ReviewState.DONE, ("night",)))


def test_what_others_say_meanwhile_is_not_lost_when_very_many_are_marked(many, tmp_path, qtbot):
    reviewing, _model, keys = many
    update_reviews(tmp_path, {keys[5]: ReviewChange(NO_REVIEW, Review(notes="theirs"))})
    reviewing.set_state(keys, ReviewState.NEEDS_WORK)
    qtbot.waitUntil(lambda: reviewing.reviews.get(keys[5], NO_REVIEW).notes == "theirs", timeout=20_000)
    assert reviewing.reviews[keys[5]].state is ReviewState.NEEDS_WORK
    assert len(reviewing.reviews) == 100_000
