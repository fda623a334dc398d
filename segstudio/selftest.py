"""Uses the whole program once, unseen: what a packaged program must be able to do on a fresh machine (R27)."""

import faulthandler
import importlib
import inspect
import os
import pkgutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from PySide6.QtCore import QEventLoop, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import segstudio
from segstudio.app import Program
from segstudio.dataset.masks import read_mask
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import BatchEnded, Event
from segstudio.learning.runs import Run, open_run
from segstudio.ui.editing import OpenSample
from segstudio.ui.qt_environment import forget_opencv_plugins
from segstudio.ui.rail import Place
from segstudio.ui.theme import make_application
from segstudio.ui.workspace import Workspace

_PATIENCE_SECONDS = 120.0
_LONGEST_SECONDS = 600.0
_NEVER_ENDING = 100_000


class SelfTestError(SegstudioError):
    """A part of the program does not work here."""


def self_test() -> None:
    """Import everything, open the window, paint, train, stop, lose the trainer, train again, predict.

    Raises:
        SelfTestError: something did not happen; the message says what.
    """
    # If all else fails: say where every thread stands, and leave.
    faulthandler.dump_traceback_later(_LONGEST_SECONDS, exit=True)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    import_everything()
    # Windows lets nobody delete what a killed process still has open for a moment.
    with tempfile.TemporaryDirectory(prefix="segstudio-self-test-", ignore_cleanup_errors=True) as folder:
        os.environ["SEGSTUDIO_HOME"] = str(Path(folder) / "home")
        dataset = Path(folder) / "dataset"
        make_sample_dataset(dataset)
        _use_window(dataset)
    faulthandler.cancel_dump_traceback_later()


def import_everything() -> None:
    """Import every module of the program, so that one that was not packaged shows.

    Raises:
        SelfTestError: the source of one is missing: AutoGraph reads it, and compiles differently without it.
    """
    for module in pkgutil.walk_packages(segstudio.__path__, "segstudio."):
        if not module.name.endswith("__main__"):
            imported = importlib.import_module(module.name)
            _check(f"the source of {module.name} is there", _has_source(imported))


def _has_source(module: ModuleType) -> bool:
    try:
        inspect.getsource(module)
    except OSError:
        return False
    return True


def _use_window(dataset: Path) -> None:
    forget_opencv_plugins()
    application = QApplication.instance() or make_application(["segstudio"])
    assert isinstance(application, QApplication)
    program = Program(application)
    try:
        person = _Person(program, dataset)
        person.paint(Qt.Key.Key_2)
        program.window.go_to(Place.TRAIN)
        person.train_and_stop()
        person.lose_the_trainer()
        person.train_to_the_end()
        program.window.go_to(Place.REVIEW)
        program.window.close()
    finally:
        program.close()


class _Person:
    """Does what a person does, and waits for what must come of it.

    Args:
        program: not shown yet.
        dataset: a sample dataset's folder.
    """

    def __init__(self, program: Program, dataset: Path) -> None:
        self._window = program.window
        self._dataset = dataset
        self._events: list[Event] = []
        self._failures: list[str] = []
        program.show(dataset)
        _wait("the dataset opens", lambda: program.workspace is not None and program.workspace.editing.current)
        assert program.workspace is not None
        assert program.workspace.editing.current is not None
        self._workspace: Workspace = program.workspace
        self._opened: OpenSample = program.workspace.editing.current
        self._learning = self._workspace.learning
        self._learning.training_event.connect(self._events.append)
        self._learning.training_failed.connect(self._failures.append)
        self._learning.prediction_failed.connect(self._failures.append)

    def paint(self, class_key: Qt.Key) -> None:
        """Draw one stroke in the class of this key across the middle of the picture; it must reach the disk."""
        _check("the window is to be seen", self._window.isVisible())
        self._window.go_to(Place.LABEL)
        assert self._workspace.label is not None
        canvas = self._workspace.label.panel.canvas
        target = self._opened.sample.target
        before = read_mask(target)
        QTest.keyClick(canvas, class_key)
        centre = canvas.rect().center()
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=centre)
        QTest.mouseMove(canvas, centre + QPoint(40, 10))
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=centre + QPoint(40, 10))
        _wait("the painted mask is saved", lambda: (read_mask(target) != before).any())

    def train_and_stop(self) -> None:
        """Stop a training in the middle; its model must be of use."""
        self._train_for_a_while("stopped")
        self._learning.stop_training()
        self._predict(self._ended_run("stopped"))

    def lose_the_trainer(self) -> None:
        """Kill the process that trains; the window must say so, and go on."""
        self._train_for_a_while("failed")
        trainer = self._learning.trainer_process_id
        if trainer is None or trainer == os.getpid():
            raise SelfTestError("The training does not run in a process of its own.")
        os.kill(trainer, getattr(signal, "SIGKILL", signal.SIGTERM))  # on Windows SIGTERM kills as well
        run = self._ended_run("failed")
        _check("a killed trainer’s run says why it failed", run.end is not None and run.end.message in self._failures)
        self._failures.clear()
        self.paint(Qt.Key.Key_3)

    def train_to_the_end(self) -> None:
        """Train one epoch and predict with the model."""
        self._train("finished", epochs=1)
        run = self._ended_run("finished")
        _check("a finished run has its epoch", len(run.epochs) == 1)
        self._predict(run)

    def _train_for_a_while(self, name: str) -> None:
        self._train(name, epochs=_NEVER_ENDING)
        _wait(
            "the training’s second epoch begins",
            lambda: any(isinstance(event, BatchEnded) and event.epoch > 1 for event in self._events),
            unless=lambda: not self._learning.is_training,
        )

    def _train(self, name: str, *, epochs: int) -> None:
        self._events.clear()
        config = TrainingConfig(dataset=self._dataset, run=name, input_size=(32, 32), epochs=epochs, batch_size=8)
        self._learning.train(config)

    def _ended_run(self, outcome: str) -> Run:
        """Wait for the end of the run that is named after its outcome."""
        _wait("the training ends", lambda: not self._learning.is_training)
        run = open_run(self._dataset / "runs" / outcome)
        _check(f"the training is {outcome} and not {run.end} {self._failures}", run.end and run.end.outcome == outcome)
        return run

    def _predict(self, run: Run) -> None:
        sample = self._opened.sample
        output = self._dataset / "predictions" / run.name
        self._learning.predict(run.folder, [(output, [sample.image])])
        _wait("the prediction ends", lambda: not self._learning.is_predicting)
        _check(f"the model of a {run.name} training predicts: {self._failures}", not self._failures)
        size = read_mask(output / f"{sample.name}.png").shape
        _check("a prediction has its picture’s size", size == read_mask(sample.target).shape)


def _wait(what: str, condition: Callable[[], object], *, unless: Callable[[], bool] = lambda: False) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if unless() or time.monotonic() > deadline:
            raise SelfTestError(f"The self-test waited in vain for this: {what}.")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        time.sleep(0.005)


def _check(what: str, holds: object) -> None:
    if not holds:
        raise SelfTestError(f"The self-test found that this does not hold: {what}.")
