"""One person's way through the whole program, by mouse and keys, from ``main()`` to the files on the disk."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from segstudio import app as app_module
from segstudio.__main__ import main
from segstudio.dataset.masks import read_mask
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.runs import list_runs
from segstudio.painting.brush import covered
from segstudio.ui.rail import Place

PATIENCE = 200


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "dataset"
    make_sample_dataset(folder, train=4, val=2, test=1, size=(48, 64))
    (folder / "train_segmentation" / "scene-001.png").unlink()
    return folder


def spin(qtbot, condition, seconds=PATIENCE):
    qtbot.waitUntil(condition, timeout=seconds * 1000)


def drag(canvas, start, end):
    QTest.mouseMove(canvas, start)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def start(monkeypatch, words, person):
    """Run ``main``, let ``person(program)`` act while it runs, and return the exit code."""
    programs = []
    original = app_module.Program

    def noted(application):
        programs.append(original(application))
        return programs[-1]

    failures = []

    def act():
        try:
            person(programs[0])
        except BaseException as error:  # noqa: BLE001 - carried out of the event loop to the test
            failures.append(error)
        finally:
            window = programs[0].window
            if programs[0].workspace is not None:
                programs[0].workspace.learning.stop_training()
            window.close()
            QApplication.quit()

    monkeypatch.setattr(app_module, "Program", noted)
    QTimer.singleShot(0, act)
    code = main([str(word) for word in words])
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
    if failures:
        raise failures[0]
    return code


def test_paint_train_stop_predict_and_look(qtbot, monkeypatch, dataset):
    def person(program):
        spin(qtbot, lambda: program.workspace is not None and program.workspace.editing.current is not None)
        paint_exactly(program)
        train_and_stop(program)
        predict_and_look(program)

    def paint_exactly(program):
        workspace = program.workspace
        sample = workspace.editing.current.sample
        assert sample.name == "scene-001"
        assert sample.mask is None
        canvas = workspace.label.panel.canvas
        workspace.label.panel.context.change(size=5)
        QTest.keyClick(canvas, Qt.Key.Key_3)
        first = canvas.rect().center()
        drag(canvas, first, first + QPoint(40, 20))
        ratio = canvas.devicePixelRatioF()
        points = [
            canvas.view.to_picture(((point.x()) * ratio, (point.y()) * ratio))
            for point in (first, first + QPoint(40, 20))
        ]
        spin(qtbot, lambda: sample.target.is_file())
        saved = read_mask(sample.target)
        assert saved.dtype == np.uint8
        assert saved.shape == (48, 64)
        expected = np.zeros_like(saved)
        region = covered(*points, diameter=5, width=64, height=48)
        expected[region.box.slices][region.inside] = 2
        assert (expected == 2).sum() > 20
        np.testing.assert_array_equal(saved, expected)
        QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        spin(qtbot, lambda: not (read_mask(sample.target) == 2).any())
        QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        spin(qtbot, lambda: (read_mask(sample.target) == 2).any())

    def train_and_stop(program):
        workspace = program.workspace
        program.window.go_to(Place.TRAIN)
        panel = workspace.train.panel
        panel.form.pictures._height.setValue(32)
        panel.form.pictures._width.setValue(32)
        panel.form.training._epochs.setValue(5000)
        QTest.mouseClick(panel.form.train_button, Qt.MouseButton.LeftButton)
        assert workspace.learning.is_training
        spin(qtbot, lambda: len(panel.plots.curves.epochs) >= 2 and len(panel.plots.curves.steps) >= 2)
        plot = panel.plots.plots[panel.plots.shown_figures.index("mean_iou")]
        spin(qtbot, lambda: bool(plot.lines) and len(plot.lines[0].val[0]) >= 2)
        QTest.mouseClick(panel.form.stop_button, Qt.MouseButton.LeftButton)
        spin(qtbot, lambda: not workspace.learning.is_training, 30)
        run = list_runs(dataset / "runs")[0]
        assert run.end is not None
        assert run.end.outcome == "stopped"
        assert run.has_model
        spin(qtbot, lambda: panel.runs.model.rowCount() == 1)

    def predict_and_look(program):
        workspace = program.workspace
        program.window.go_to(Place.REVIEW)
        review = workspace.review.panel
        spin(qtbot, lambda: review.chosen_run is not None and review._sample is not None)
        review.request_current()
        assert workspace.learning.is_predicting
        spin(qtbot, lambda: review._prediction is not None)
        written = read_mask(review.wanted_prediction(review._sample))
        assert written.shape == (48, 64)
        assert set(np.unique(written)) <= set(range(6))
        assert review.view.canvas._frame.scene.mask is not None
        np.testing.assert_array_equal(review.view.canvas._frame.scene.mask, written)
        assert review.figures._figure.text() != "–"

    assert start(monkeypatch, [dataset], person) == 0


def test_a_stroke_survives_closing_at_once(qtbot, monkeypatch, dataset):
    target = dataset / "train_segmentation" / "scene-001.png"

    def person(program):
        spin(qtbot, lambda: program.workspace is not None and program.workspace.editing.current is not None)
        canvas = program.workspace.label.panel.canvas
        QTest.keyClick(canvas, Qt.Key.Key_2)
        drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(30, 0))
        assert not target.exists()

    start(monkeypatch, [dataset], person)
    assert (read_mask(target) == 1).any()


def test_a_stroke_survives_the_next_picture(qtbot, monkeypatch, dataset):
    """R5: no way of leaving a picture skips the save."""
    target = dataset / "train_segmentation" / "scene-001.png"

    def person(program):
        spin(qtbot, lambda: program.workspace is not None and program.workspace.editing.current is not None)
        workspace = program.workspace
        canvas = workspace.label.panel.canvas
        QTest.keyClick(canvas, Qt.Key.Key_2)
        drag(canvas, canvas.rect().center(), canvas.rect().center() + QPoint(30, 0))
        QTest.keyClick(canvas, Qt.Key.Key_D)
        spin(qtbot, lambda: workspace.editing.current and workspace.editing.current.sample.name == "scene-002", 10)
        spin(qtbot, lambda: target.is_file(), 10)

    start(monkeypatch, [dataset], person)
    assert (read_mask(target) == 1).any()


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb, which `make test` installs where it may")
def test_the_window_starts_on_a_real_display_with_opencv_imported_first(tmp_path):
    """R21: OpenCV points Qt at its own plugins; the offscreen platform would not show it."""
    code = (
        "import cv2\nfrom PySide6.QtCore import QTimer\nfrom segstudio import app\n"
        "original = app.Program.show\n"
        "def show(self, dataset):\n"
        "    original(self, dataset)\n"
        "    QTimer.singleShot(300, lambda: (print('visible', self.window.isVisible()), self.window.close()))\n"
        "app.Program.show = show\n"
        "print('code', app.run_window(None))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    environment |= {"SEGSTUDIO_HOME": str(tmp_path), "QT_QPA_PLATFORM": "xcb"}
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x800x24"], pass_fds=[write])
    os.close(write)
    try:
        with os.fdopen(read) as display:
            environment["DISPLAY"] = f":{display.readline().strip()}"
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
    finally:
        server.terminate()
        server.wait()
    assert "visible True" in done.stdout, done.stderr
    assert "code 0" in done.stdout
