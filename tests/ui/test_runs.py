"""Runs in the window: listed, compared, looked into, written about, thrown away and brought in."""

import json
import os
import time

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import write_mask
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import (
    BatchEnded,
    RunContinued,
    RunEnded,
    RunPaused,
    RunPreparing,
    RunStarted,
    SampleSaved,
)
from segstudio.learning.run_summary import RunSummaries
from segstudio.learning.runs import open_run
from segstudio.learning.settings.selection import SelectionSettings
from segstudio.ui.jobs import Jobs
from segstudio.ui.training.panel import TrainingPanel
from segstudio.ui.training.run_model import COLUMNS
from segstudio.ui.trash import move_to_trash
from tests.learning.run_support import CLASSES, history, write_run

LONG_AGO = time.time() - 10_000


@pytest.fixture(autouse=True)
def own_trash(tmp_path, monkeypatch):
    (tmp_path / "share").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))


@pytest.fixture
def dataset(tmp_path):
    make_sample_dataset(tmp_path / "d", train=1, val=2, test=0, size=(48, 64))
    return open_dataset(tmp_path / "d")


@pytest.fixture
def panel(qtbot, tmp_path, dataset):
    """Return the panel over the runs of a small dataset, read anew whenever it asks for that."""
    jobs = Jobs()
    panel = TrainingPanel(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat), jobs)
    qtbot.addWidget(panel)
    summaries = RunSummaries()
    panel.runs_outdated.connect(lambda: panel.set_runs(summaries.read(dataset.runs)))
    panel.set_dataset(dataset)
    panel.resize(1200, 760)
    yield panel
    panel.flush()
    jobs.stop_all()


def show(panel, qtbot):
    panel.show()
    qtbot.waitExposed(panel)


def add_run(dataset, name, done=3, *, outcome="finished", **words):
    folder = write_run(dataset.runs, name, history(done, samples=("val/scene-001",)), outcome=outcome, **words)
    os.utime(folder / "events.jsonl", (LONG_AGO, LONG_AGO))
    return folder


def choose(panel, qtbot, *folders):
    panel.runs.select(folders)
    qtbot.waitUntil(lambda: not panel.reading.is_reading)
    qtbot.waitUntil(lambda: all(run.curves.epochs for run in panel.details.runs))


def cells(panel):
    proxy = panel.runs.view.model()
    return [[proxy.index(row, column).data() for column in range(len(COLUMNS))] for row in range(proxy.rowCount())]


def test_the_list_says_of_each_run_what_became_of_it(panel, qtbot, dataset):
    add_run(dataset, "a", 3, epochs=3, changed=100)
    by_loss = SelectionSettings(criterion="loss")
    add_run(dataset, "b", 2, outcome=None, epochs=9, changed=200, selection=by_loss)
    add_run(dataset, "c", 4, epochs=9, changed=300, architecture="unet", backbone="mobilenet")
    show(panel, qtbot)
    rows = cells(panel)
    assert [row[:5] for row in rows] == [
        ["c", "0.140", "4 / 9", "stopped early", "8.0 s"],
        ["b", "loss 0.880", "2 / 9", "interrupted", "4.0 s"],
        ["a", "0.130", "3 / 3", "finished", "6.0 s"],
    ]
    assert "MobileNet" in rows[0][6]
    tip = panel.runs.view.model().index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Best by loss" in tip
    assert "Learning rate: 0.003" in tip


def test_the_list_is_sorted_by_values_and_not_by_words(panel, qtbot, dataset):
    for name, epochs in (("a", 9), ("b", 10), ("c", 2)):
        add_run(dataset, name, epochs, epochs=10)
    show(panel, qtbot)
    for column in (1, 2, 4):
        panel.runs.view.sortByColumn(column, Qt.SortOrder.AscendingOrder)
        assert [row[0] for row in cells(panel)] == ["c", "a", "b"]


def test_several_runs_are_drawn_together_and_their_settings_compared(panel, qtbot, dataset):
    folders = [add_run(dataset, name, epochs, epochs=epochs) for name, epochs in (("a", 3), ("b", 5))]
    show(panel, qtbot)
    choose(panel, qtbot, *folders)
    plots = panel.plots
    plots.figure.setCurrentIndex(plots.figure.findText("Mean IoU"))
    qtbot.waitUntil(lambda: [len(line.val[0]) for line in plots.plots[0].lines] == [3, 5])
    assert [line.name for line in plots.plots[0].lines] == ["a", "b"]
    assert len({line.colour.name() for line in plots.plots[0].lines}) == 2
    assert [plot.isVisible() for plot in plots.plots] == [True, False, False, False]
    plots.plots[0].hovered.emit(2.2)
    assert "Epoch 2" in plots.plots[0].words
    assert "b: val 0.120, train 0.070" in plots.plots[0].words
    table = panel.details.settings.table
    assert [table.item(0, column).text() for column in range(3)] == ["Epochs", "3", "5"]
    assert table.rowCount() == 1


def test_the_iou_of_a_class_is_that_of_its_name_in_every_run(panel, qtbot, dataset):
    from segstudio.dataset.classes import ClassList

    first = add_run(dataset, "a", 8, epochs=8)
    second = add_run(dataset, "b", 8, epochs=8, classes=ClassList(tuple(reversed(CLASSES.entries))))
    show(panel, qtbot)
    choose(panel, qtbot, first, second)
    panel.plots.figure.setCurrentIndex(panel.plots.figure.findText("IoU of road"))
    qtbot.waitUntil(lambda: len(panel.plots.plots[0].lines) == 2)
    a, b = panel.plots.plots[0].lines
    assert (len(a.val[0]), len(b.val[0])) == (8, 4)


@pytest.mark.parametrize(("axis", "last"), [("epoch", 3), ("step", 12), ("minutes", 0.1)])
def test_curves_over_epochs_steps_and_minutes(panel, qtbot, dataset, axis, last):
    folder = add_run(dataset, "a")
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    panel.plots.axis.setCurrentIndex(panel.plots.axis.findData(axis))
    plot = panel.plots.plots[0]
    qtbot.waitUntil(lambda: bool(plot.lines) and len(plot.lines[0].train[0]) > 0)
    assert plot.lines[0].train[0][-1] == pytest.approx(last)


def test_curves_are_saved_as_a_picture_and_as_tables(panel, qtbot, dataset, tmp_path):
    folder = add_run(dataset, "a")
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    panel.plots.save_png(tmp_path / "c é.png")
    panel.plots.save_csv(tmp_path / "c é.csv")
    assert np.fromfile(tmp_path / "c é.png", np.uint8)[:4].tobytes() == b"\x89PNG"
    assert len((tmp_path / "c é.csv").read_text(encoding="utf-8-sig").splitlines()) == 4
    panel.plots.save_csv(tmp_path / "d" / "runs" / "a" / "config.json" / "x.csv")
    assert "could not be written" in panel.plots._said.text()


def test_classes_of_a_run_at_its_best_and_last_epoch(panel, qtbot, dataset):
    folder = add_run(dataset, "a", 8, epochs=8)
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    table = panel.details.classes.table
    rows = [[table.item(row, column).text() for column in range(4)] for row in range(table.rowCount())]
    assert rows == [["road", "0.180", "0.180", "+0.010"], ["sidewalk", "0.090", "0.090", "+0.005"]]
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert table.item(0, 0).text() == "sidewalk"


def test_a_run_of_an_older_version_says_that_it_has_no_figures_by_class(panel, qtbot, dataset):
    folder = add_run(dataset, "a")
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    for line in lines:
        if line["event"] == "EpochEnded":
            line["val"] = line["train"] = {"loss": 1.0, "pixel_accuracy": 0.5, "mean_iou": 0.5}
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    assert "older version" in panel.details.classes.said
    assert not panel.details.classes.table.isVisibleTo(panel.details.classes)


def test_pointing_at_a_field_of_the_confusion_matrix_says_what_it_stands_for(panel, qtbot, dataset, tmp_path):
    folder = add_run(dataset, "a")
    data = {"epoch": 2, "classes": [7, 3], "matrix": [[88, 12], [5, 95]]}
    (folder / "confusion.json").write_text(json.dumps(data))
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    tab = panel.details.confusion
    panel.details.setCurrentWidget(tab)
    qtbot.waitUntil(lambda: tab.confusion is not None)
    QTest.mouseMove(tab.matrix, tab.matrix.centre_of(0, 1).toPoint())
    qtbot.waitUntil(lambda: tab.sentence.startswith("12 % of “road” was taken for “sidewalk”"))
    assert tab.matrix.field_at(QPointF(0, 0)) == (-1, -1)
    tab.save_png(tmp_path / "m.png")
    tab.save_csv(tmp_path / "m.csv")
    assert cv2.imread(str(tmp_path / "m.png")).std() > 0
    assert "road,88,12" in (tmp_path / "m.csv").read_text(encoding="utf-8-sig")


def test_a_run_without_confusion_or_with_a_damaged_one_says_so(panel, qtbot, dataset):
    folders = [add_run(dataset, name) for name in "ab"]
    (folders[1] / "confusion.json").write_text("{")
    show(panel, qtbot)
    tab = panel.details.confusion
    for folder, said in zip(folders, ("has no confusion matrix", "cannot be read"), strict=True):
        choose(panel, qtbot, folder)
        qtbot.waitUntil(lambda said=said: said in tab.said)


def add_predictions(folder, epochs):
    for epoch in range(1, epochs + 1):
        mask = np.full((12, 16), 7, np.uint8)
        mask[:epoch] = 3
        write_mask(folder / "samples" / f"{epoch:04d}" / "val" / "scene-001.png", mask)


def test_sample_predictions_are_played_from_the_first_epoch_to_the_last(panel, qtbot, dataset):
    folder = add_run(dataset, "a", 4)
    add_predictions(folder, 4)
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    player = panel.details.samples
    panel.details.setCurrentWidget(player)
    qtbot.waitUntil(lambda: player.epoch == 4)
    last, mask = player.pictures("val/scene-001")
    assert (last.width(), last.height(), mask.width()) == (64, 48, 64)
    player._play_timer.setInterval(200)
    seen = []
    QTest.mouseClick(player.play, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: player.epoch == 1)
    first, _mask = player.pictures("val/scene-001")
    assert first != last
    qtbot.waitUntil(lambda: (seen.append(player.epoch), player.epoch == 4 and not player.is_playing)[1])
    assert set(seen) == {1, 2, 3, 4}
    assert player.pictures("val/scene-001")[0] == last


def test_where_pictures_or_predictions_are_gone_there_are_words(panel, qtbot, dataset):
    folder = add_run(dataset, "a", 2)
    add_predictions(folder, 2)
    sample = dataset.find("val/scene-001")
    sample.image.unlink()
    sample.mask.unlink()
    (folder / "samples" / "0001" / "val" / "scene-001.png").unlink()
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    player = panel.details.samples
    panel.details.setCurrentWidget(player)
    qtbot.waitUntil(lambda: player.epoch == 2)
    prediction, mask = player.pictures("val/scene-001")
    assert (prediction.width(), mask) == (16, None)
    player._slider.setValue(0)
    qtbot.waitUntil(lambda: player.epoch == 1)
    assert player.pictures("val/scene-001") == (None, None)
    assert not player.grab().isNull()


def test_notes_are_written_to_the_folder_while_they_are_typed(panel, qtbot, dataset):
    first, second = add_run(dataset, "a"), add_run(dataset, "b")
    show(panel, qtbot)
    choose(panel, qtbot, first)
    panel.runs.notes.trigger()
    edit = panel.details.notes.edit
    QTest.keyClicks(edit, "more epochs")
    qtbot.waitUntil((first / "notes.txt").is_file)
    assert (first / "notes.txt").read_text(encoding="utf-8") == "more epochs"
    edit.insertPlainText(" é")
    choose(panel, qtbot, second)
    assert (first / "notes.txt").read_text(encoding="utf-8") == "more epochs é"
    assert edit.toPlainText() == ""
    choose(panel, qtbot, first)
    assert edit.toPlainText() == "more epochs é"


def test_notes_are_written_when_the_page_goes_out_of_sight(panel, qtbot, dataset):
    folder = add_run(dataset, "a")
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    panel.runs.notes.trigger()
    panel.details.notes.edit.insertPlainText("at once")
    panel.hide()
    assert (folder / "notes.txt").read_text() == "at once"


def test_notes_that_cannot_be_written_are_kept_and_told(panel, qtbot, dataset, monkeypatch):
    """R1, R2."""
    folder = add_run(dataset, "a")
    other = add_run(dataset, "b")
    (folder / "notes.txt").mkdir()  # stands in the way, for root as well
    show(panel, qtbot)
    choose(panel, qtbot, other)
    (folder / "notes.txt").rmdir()
    choose(panel, qtbot, folder)
    panel.details.notes.edit.insertPlainText("precious")
    (folder / "notes.txt").mkdir()
    failures = panel.flush()
    assert list(failures) == [folder / "notes.txt"]
    assert "could not be saved" in panel.details.notes.said
    choose(panel, qtbot, other)
    (folder / "notes.txt").rmdir()
    choose(panel, qtbot, folder)
    assert panel.details.notes.edit.toPlainText() == "precious"
    assert panel.flush() == {}
    assert (folder / "notes.txt").read_text() == "precious"


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
def test_runs_go_to_the_trash_after_a_question_and_from_there_back(panel, qtbot, dataset, monkeypatch, answer):
    asked = []
    monkeypatch.setattr(QMessageBox, "question", lambda *words: (asked.append(words[2]), answer)[1])
    folders = [add_run(dataset, name) for name in "abc"]
    show(panel, qtbot)
    choose(panel, qtbot, *folders[:2])
    panel.runs.trash.trigger()
    assert "2 runs" in asked[0]
    gone = answer is QMessageBox.StandardButton.Yes
    assert [folder.exists() for folder in folders] == [not gone, not gone, True]
    assert len(cells(panel)) == (1 if gone else 3)


def test_what_goes_to_the_trash_is_not_deleted(dataset):
    folder = add_run(dataset, "a")
    (folder / "model.keras").write_bytes(b"weights")
    where = move_to_trash(folder)
    assert not folder.exists()
    assert (where / "model.keras").read_bytes() == b"weights"


def test_where_the_system_has_no_trash_runs_go_beside_the_others(dataset, tmp_path):
    (tmp_path / "share").rmdir()
    for name in ("a", "a-2"):
        folder = add_run(dataset, "a")
        (folder / "model.keras").write_bytes(b"weights")
        assert move_to_trash(folder) == dataset.runs / ".trash" / name
        assert (dataset.runs / ".trash" / name / "model.keras").read_bytes() == b"weights"
    assert RunSummaries().read(dataset.runs) == []


def test_a_run_that_another_program_may_be_training_stays_where_it_is(panel, qtbot, dataset):
    folder = add_run(dataset, "a", outcome=None)
    os.utime(folder / "events.jsonl")
    show(panel, qtbot)
    panel.actions_on_runs.trash([folder])
    panel.actions_on_runs.rename(folder, "b")
    assert folder.is_dir()
    assert "may still be training" in panel.header.detail


def test_a_run_is_renamed_and_its_notes_go_along(panel, qtbot, dataset, monkeypatch):
    folder = add_run(dataset, "a")
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    panel.details.notes.edit.insertPlainText("mine")
    monkeypatch.setattr("segstudio.ui.training.run_actions.QInputDialog.getText", lambda *_words: ("b", True))
    panel.runs.rename.trigger()
    assert [row[0] for row in cells(panel)] == ["b"]
    assert [run.name for run in panel.runs.selected] == ["b"]
    assert (dataset.runs / "b" / "notes.txt").read_text() == "mine"
    assert not folder.exists()


def test_a_run_of_another_machine_is_brought_in_and_chosen(panel, qtbot, dataset, tmp_path):
    source = write_run(tmp_path / "usb" / "x", "a", history(2), outcome="finished", epochs=2)
    show(panel, qtbot)
    panel.actions_on_runs.bring(source)
    qtbot.waitUntil(lambda: [run.folder for run in panel.runs.selected] == [dataset.runs / "a"])
    qtbot.waitUntil(lambda: len(panel.plots.curves.epochs) == 2)
    assert open_run(source).epochs == open_run(dataset.runs / "a").epochs
    panel.actions_on_runs.bring(tmp_path)
    qtbot.waitUntil(lambda: "not the folder of a run" in panel.header.detail)


def test_what_can_be_done_depends_on_the_run(panel, qtbot, dataset):
    folder, other = add_run(dataset, "a", outcome="stopped", epochs=9), add_run(dataset, "b")
    show(panel, qtbot)
    runs = panel.runs
    choose(panel, qtbot, folder)
    assert (runs.review.isEnabled(), runs.resume.isEnabled(), runs.again.isEnabled()) == (False, False, True)
    (folder / "model.keras").write_bytes(b"")
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "state.json").write_text("{}")
    choose(panel, qtbot, other)
    choose(panel, qtbot, folder)
    assert (runs.review.isEnabled(), runs.resume.isEnabled()) == (True, True)
    with qtbot.waitSignal(panel.resume_requested) as asked:
        runs.resume.trigger()
    assert asked.args == [folder]
    choose(panel, qtbot, folder, other)
    assert (runs.review.isEnabled(), runs.resume.isEnabled(), runs.trash.isEnabled()) == (False, False, True)


def test_training_again_fills_the_form_with_the_settings_of_the_run(panel, qtbot, dataset):
    folder = add_run(dataset, "a", epochs=17, input_size=(96, 160))
    show(panel, qtbot)
    choose(panel, qtbot, folder)
    panel.runs.again.trigger()
    config = panel.form.config()
    assert (config.epochs, config.input_size, config.dataset) == (17, (96, 160), dataset.root)


def test_a_run_under_way_is_shown_live_paused_and_continued(panel, qtbot, dataset):
    add_run(dataset, "old", changed=1)
    show(panel, qtbot)
    config = TrainingConfig(dataset=dataset.root, run="new", epochs=4)
    panel.training_started(config)
    folder = add_run(dataset, "new", 0, outcome=None, epochs=4)
    panel.handle_event(RunPreparing("reading", run=str(folder)))
    events = history(3, samples=("val/scene-001",))
    panel.handle_event(RunStarted(str(folder), "CPU", 4, 4, 1, 2, 1000))
    assert [run.name for run in panel.runs.selected] == ["new"]
    for event in events[1:7]:
        panel.handle_event(event)
    assert cells(panel)[0][:4] == ["new", "0.110", "1 / 4", "training"]
    assert "2.0 s an epoch" in panel.header.detail
    panel.handle_event(BatchEnded(2, 1, 5, 0.5, 75.0))
    assert (panel.header.bar.value(), panel.header.bar.format()) == (5, "%p %, 75 s left")
    panel.handle_event(RunPaused())
    assert cells(panel)[0][3] == "paused"
    assert panel.header.bar.format() == "Paused at %p %"
    assert not panel.runs.trash.isEnabled()
    assert not panel.runs.resume.isEnabled()
    panel.handle_event(RunContinued())
    assert cells(panel)[0][3] == "training"
    for event in events[8:]:
        panel.handle_event(event)
    assert panel.details.classes.table.item(0, 2).text() == "0.130"
    assert panel.details.samples.epochs == [1, 2, 3]
    panel.handle_event(RunEnded("stopped", "", 3, 0.13, model=False, seconds=6.0))
    panel.training_ended()
    assert len(panel.plots.curves.epochs) == 3
    assert panel.runs.trash.isEnabled()


def test_a_run_that_goes_on_is_drawn_from_its_first_epoch_on(panel, qtbot, dataset):
    """R40."""
    folder = add_run(dataset, "a", 2, outcome="stopped", epochs=4)
    show(panel, qtbot)
    panel.training_started(TrainingConfig(dataset=dataset.root, run="a", epochs=4))
    panel.handle_event(RunStarted(str(folder), "CPU", 4, 4, 1, 2, 1000, epoch=2))
    for event in history(3)[13:]:
        panel.handle_event(event)
    qtbot.waitUntil(lambda: [epoch.epoch for epoch in panel.plots.curves.epochs] == [1, 2, 3])
    assert list(panel.plots.curves.steps) == list(range(1, 13))
    assert "on from epoch 2" in panel.header.state or "Epoch 3 of 4" in panel.header.state


def test_looking_at_another_run_does_not_lose_the_one_under_way(panel, qtbot, dataset):
    old = add_run(dataset, "old", 5)
    show(panel, qtbot)
    panel.training_started(TrainingConfig(dataset=dataset.root, run="new", epochs=4))
    folder = add_run(dataset, "new", 0, outcome=None, epochs=4)
    panel.handle_event(RunStarted(str(folder), "CPU", 4, 4, 1, 2, 1000))
    choose(panel, qtbot, old)
    assert len(panel.plots.curves.epochs) == 5
    for event in history(2)[1:]:
        panel.handle_event(event)
    assert len(panel.plots.curves.epochs) == 5
    assert "Epoch 2 of 4" in panel.header.state
    panel.runs.select([folder])
    assert len(panel.plots.curves.epochs) == 2
    panel.handle_event(SampleSaved(2, "val/x", "samples/0002/val/x.png"))
    panel.training_ended()


def test_runs_that_another_program_has_made_are_seen_when_one_comes_back(panel, qtbot, dataset):
    show(panel, qtbot)
    assert cells(panel) == []
    panel.hide()
    add_run(dataset, "a")
    show(panel, qtbot)
    assert [row[0] for row in cells(panel)] == ["a"]
