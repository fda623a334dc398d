"""Uses the whole program once, unseen: what a packaged program must be able to do on a fresh machine."""

import importlib
import os
import pkgutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from segstudio.errors import SegstudioError

_PATIENCE_SECONDS = 240.0


class SelfTestError(SegstudioError):
    """A part of the program does not work here."""


def self_test() -> None:
    """Import everything, open the window, paint, train a few steps, predict.

    Raises:
        SelfTestError: something did not happen; the message says what.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import_everything()
    with tempfile.TemporaryDirectory(prefix="segstudio-self-test-") as folder:
        os.environ["SEGSTUDIO_HOME"] = str(Path(folder) / "home")
        _use_window(Path(folder) / "dataset")


def import_everything() -> None:
    """Import every module of the program, so that one that was not packaged shows."""
    import segstudio

    for module in pkgutil.walk_packages(segstudio.__path__, "segstudio."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _use_window(folder: Path) -> None:
    from PySide6.QtCore import QEventLoop, QPoint, Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from segstudio.app import Program
    from segstudio.dataset.masks import read_mask
    from segstudio.dataset.synthetic import make_sample_dataset
    from segstudio.learning.config import TrainingConfig
    from segstudio.learning.runs import list_runs
    from segstudio.ui.qt_environment import forget_opencv_plugins
    from segstudio.ui.rail import Place

    make_sample_dataset(folder)
    forget_opencv_plugins()
    application = QApplication.instance() or QApplication(["segstudio"])
    assert isinstance(application, QApplication)
    program = Program(application)

    def wait(what: str, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise SelfTestError(f"The self-test waited in vain for this: {what}.")
            application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
            time.sleep(0.005)

    try:
        program.show(folder)
        wait("the dataset opens", lambda: program.workspace is not None and program.workspace.editing.current)
        workspace = program.workspace
        assert workspace is not None
        assert workspace.label is not None
        current = workspace.editing.current
        assert current is not None
        before = read_mask(current.sample.target)
        canvas = workspace.label.panel.canvas
        QTest.keyClick(canvas, Qt.Key.Key_2)
        centre = canvas.rect().center()
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=centre)
        QTest.mouseMove(canvas, centre + QPoint(40, 10))
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=centre + QPoint(40, 10))
        wait("the painted mask is saved", lambda: (read_mask(current.sample.target) != before).any())
        program.window.go_to(Place.TRAIN)
        config = TrainingConfig(dataset=folder, run="self-test", input_size=(32, 32), epochs=1, batch_size=8)
        workspace.learning.train(config)
        wait("the training ends", lambda: not workspace.learning.is_training)
        runs = list_runs(folder / "runs")
        if not runs or not runs[0].has_model:
            raise SelfTestError("The training left no model.")
        output = folder / "predictions" / "self-test"
        workspace.learning.predict(runs[0].folder, [(output, [current.sample.image])])
        wait("the prediction ends", lambda: not workspace.learning.is_predicting)
        if read_mask(output / f"{current.sample.name}.png").shape != before.shape:
            raise SelfTestError("The prediction has not the picture’s size.")
        program.window.go_to(Place.REVIEW)
        program.window.close()
    finally:
        program.close()
