"""Training as the window does it: isolated or in the thread, failing, and interrupted by closing the window."""

import os

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from segstudio.app import Program
from segstudio.dataset.masks import read_mask
from segstudio.learning.runs import list_runs
from segstudio.ui.rail import Place
from tests.ui.conftest import drag, open_folder

PATIENCE = 120_000


def begin_training(program, qtbot, *, epochs, isolated=True):
    program.window.go_to(Place.TRAIN)
    form = program.workspace.train.panel.form
    form.pictures._height.setValue(32)
    form.pictures._width.setValue(32)
    form.training._epochs.setValue(epochs)
    form.running.set_isolated(isolated)
    QTest.mouseClick(form.train_button, Qt.MouseButton.LeftButton)
    assert program.workspace.learning.is_training


def test_training_in_the_thread_by_choice(opened, sample_folder, qtbot):
    begin_training(opened, qtbot, epochs=2, isolated=False)
    qtbot.waitUntil(lambda: not opened.workspace.learning.is_training, timeout=PATIENCE)
    panel = opened.workspace.train.panel
    assert len(panel.plots.curves.epochs) == 2
    assert list_runs(sample_folder / "runs")[0].end.outcome == "finished"


def test_painting_goes_on_and_is_saved_while_a_model_trains(opened, sample_folder, qtbot):
    workspace = opened.workspace
    begin_training(opened, qtbot, epochs=5000)
    qtbot.waitUntil(lambda: len(workspace.train.panel.plots.curves.epochs) >= 1, timeout=PATIENCE)
    opened.window.go_to(Place.LABEL)
    canvas = workspace.label.panel.canvas
    drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(50, 0))
    target = sample_folder / "train_segmentation" / "scene-001.png"
    qtbot.waitUntil(target.is_file, timeout=10_000)
    assert (read_mask(target) == 1).any()
    assert workspace.learning.is_training
    QTest.mouseClick(opened.window.status._stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not workspace.learning.is_training, timeout=20_000)


def test_why_a_training_failed_is_said_at_the_form(opened, sample_folder, qtbot):
    """R33: an unknown id is refused, with file, pixel and value."""
    mask = read_mask(sample_folder / "train_segmentation" / "scene-002.png").copy()
    mask[3, 5] = 99
    from segstudio.dataset.masks import write_mask

    write_mask(sample_folder / "train_segmentation" / "scene-002.png", mask)
    begin_training(opened, qtbot, epochs=1)
    qtbot.waitUntil(lambda: not opened.workspace.learning.is_training, timeout=PATIENCE)
    said = opened.workspace.train.panel.form._problem.text()
    assert "scene-002.png" in said
    assert "x=5, y=3" in said
    assert "99" in said
    assert opened.workspace.train.panel.form.train_button.isEnabled()


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
def test_closing_in_the_middle_of_a_training_asks_and_keeps_the_model(sample_folder, qtbot, monkeypatch, answer):
    """R26."""
    monkeypatch.setattr("segstudio.ui.workspace.QMessageBox.question", lambda *_words: answer)
    program = Program(QApplication.instance())
    program.show(None)
    open_folder(program, sample_folder, qtbot)
    begin_training(program, qtbot, epochs=5000)
    qtbot.waitUntil(lambda: len(program.workspace.train.panel.plots.curves.epochs) >= 1, timeout=PATIENCE)
    process = program.workspace.learning._worker.process_id
    program.window.close()
    stays = answer is QMessageBox.StandardButton.No
    assert program.window.isVisible() is stays
    program.close()
    assert not is_alive(process)
    run = list_runs(sample_folder / "runs")[0]
    assert run.has_model
    assert run.end.outcome == "stopped"


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
