"""Whether painting stays smooth while a model is trained: the real program, a real training, real mouse events.

The window thread is asked for a sign of life every 8 ms; how late it comes is what a person feels. A stroke event is
timed from the mouse event until its repaint is done. First without a training, for comparison; then from the click on
Train until the run has ended. The last line is one JSON object; times are in milliseconds.
The bar: no stall above 100 ms from the click on Train to the end, and every stroke on the disk.
"""

import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from support.data import copy_dataset
from support.machine import OtherLoad
from support.report import conditions, print_report, tail

STALL_MILLISECONDS = 100.0
BEAT_MILLISECONDS = 8
CANVAS = (1600, 1000)
BASELINE_SECONDS = 12.0
EPOCHS = 4
INPUT_SIDE = 128
STROKES_A_PICTURE = 6
MOVES_A_STROKE = 60
BRUSH = 20
PATIENCE_SECONDS = 500.0


class NotMeasuredError(Exception):
    """Something that is measured did not happen."""


@dataclass(slots=True)
class Phase:
    """What was measured in a stretch of time, in milliseconds."""

    late: list[float] = field(default_factory=list)
    strokes: list[float] = field(default_factory=list)
    stalls: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    others_cores: float | None = None

    def figures(self) -> dict[str, object]:
        return {
            "seconds": round(self.seconds, 1),
            "others_cores": self.others_cores,
            "late_ms": tail(self.late),
            "stroke_event_ms": tail(self.strokes),
            "stalls": len(self.stalls),
            "stalls_at": self.stalls[:20],
        }


class Pulse:
    """A timer of the window thread that notes how late it comes.

    Of a stall it also tells how long the thread computed (``cpu_ms``) and how long it was ready and other processes had
    the cores (``queued_ms``, Linux only); the rest it waited for something, such as the interpreter's lock.
    """

    def __init__(self):
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MILLISECONDS)
        self._timer.timeout.connect(self._beat)
        self.phase = Phase()

    def begin(self, phase: Phase) -> None:
        self.phase = phase
        self._others = OtherLoad()
        self._began = self._last = time.perf_counter()
        self._cpu, self._queued = time.thread_time(), queued_seconds()
        self._timer.start()

    def end(self) -> None:
        self._timer.stop()
        # What the thread does at this moment counts as well.
        self._beat()
        self.phase.seconds = self._last - self._began
        self.phase.others_cores = self._others.cores()

    def _beat(self) -> None:
        now, cpu, queued = time.perf_counter(), time.thread_time(), queued_seconds()
        late = (now - self._last) * 1000 - BEAT_MILLISECONDS
        self.phase.late.append(max(late, 0.0))
        if late > STALL_MILLISECONDS:
            parts = {"ms": late, "cpu_ms": (cpu - self._cpu) * 1000, "queued_ms": (queued - self._queued) * 1000}
            self.phase.stalls.append(
                {"at_s": round(now - self._began, 2), **{name: round(value, 1) for name, value in parts.items()}}
            )
        self._last, self._cpu, self._queued = now, cpu, queued


def queued_seconds() -> float:
    """Return how long this thread was ready to run and did not get a core, as far as the system tells."""
    try:
        return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


@dataclass(frozen=True, slots=True)
class Stroke:
    """What was painted: the way in pixels of the picture, and the class."""

    key: str
    class_id: int
    way: list[tuple[float, float]]


class Hand(QObject):
    """Paints with the mouse, an event every 8 ms, and goes to the next picture after some strokes."""

    def __init__(self, workspace, pulse: Pulse):
        super().__init__()
        self.strokes: list[Stroke] = []
        self._workspace = workspace
        self._panel = workspace.label.panel
        self._canvas = self._panel.canvas
        self._canvas.installEventFilter(self)
        self._window = self._canvas.window().windowHandle()
        self._pulse = pulse
        self._painted = False
        self._wants_rest = True
        self._random = np.random.default_rng(0)
        self._deeds = self._paint()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(BEAT_MILLISECONDS)
        self._timer.timeout.connect(lambda: next(self._deeds))

    @property
    def rests(self) -> bool:
        """Whether no stroke is under way."""
        return not self._timer.isActive()

    def start(self) -> None:
        self._wants_rest = False
        self._timer.start()

    def rest(self) -> None:
        """Stop after the stroke under way."""
        self._wants_rest = True

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._painted = True
        return False

    def _paint(self) -> Iterator[None]:
        """Never ends: strokes, then the next picture, then strokes."""
        step = Qt.Key.Key_D
        while True:
            for number in range(STROKES_A_PICTURE):
                yield from self._stroke(number)
                if self._wants_rest:
                    self._timer.stop()
                    yield
            before = self._workspace.editing.current
            QTest.keyClick(self._canvas, step)
            if self._workspace.editing.current is before:
                step = Qt.Key.Key_A if step == Qt.Key.Key_D else Qt.Key.Key_D  # the last one: back again
            while (opened := self._workspace.editing.current) is None or opened.document is None:
                yield

    def _stroke(self, number: int) -> Iterator[None]:
        workspace = self._workspace
        classes = workspace.editing.dataset.classes.ids
        position = (number + 1) % min(len(classes), 9)
        QTest.keyClick(self._canvas, Qt.Key(Qt.Key.Key_1 + position))
        points = self._way()
        ratio = self._canvas.devicePixelRatioF()
        way = [self._canvas.view.to_picture((point.x() * ratio, point.y() * ratio)) for point in points]
        self.strokes.append(Stroke(workspace.editing.current.sample.key, classes[position], way))
        in_window = [self._canvas.mapTo(self._canvas.window(), point) for point in points]
        self._timed(lambda: QTest.mouseMove(self._window, in_window[0]))
        yield
        left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        self._timed(lambda: QTest.mousePress(self._window, left, plain, in_window[0]))
        for point in in_window[1:]:
            yield
            self._timed(lambda point=point: QTest.mouseMove(self._window, point))
        yield
        self._timed(lambda: QTest.mouseRelease(self._window, left, plain, in_window[-1]))
        yield

    def _way(self) -> list[QPoint]:
        """A round stroke somewhere on the canvas, at the speed of a hand."""
        width, height = self._canvas.width(), self._canvas.height()
        x, y = self._random.uniform(0.35, 0.65) * width, self._random.uniform(0.3, 0.7) * height
        reach_x, reach_y = self._random.uniform(0.05, 0.3, 2) * (width, height)
        turn = self._random.uniform(0, math.tau)
        angles = turn + np.linspace(0, self._random.uniform(2, 6), MOVES_A_STROKE)
        return [QPoint(round(x + reach_x * math.cos(a)), round(y + reach_y * math.sin(a))) for a in angles]

    def _timed(self, event: Callable[[], object]) -> None:
        self._painted = False
        began = time.perf_counter()
        event()
        while not self._painted and time.perf_counter() - began < 1.0:
            QApplication.processEvents()
        self._pulse.phase.strokes.append((time.perf_counter() - began) * 1000)


def wait(what: str, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Let the window live until something is so.

    Raises:
        NotMeasuredError: it does not become so.
    """
    loop = QEventLoop()
    deadline = time.perf_counter() + seconds
    looking = QTimer()
    looking.timeout.connect(lambda: loop.quit() if condition() or time.perf_counter() > deadline else None)
    looking.start(20)
    if not condition():
        loop.exec()
    looking.stop()
    if not condition():
        raise NotMeasuredError(f"Waited in vain: {what}.")


def fit_canvas(window, canvas) -> None:
    """Make the window so large that the canvas has just the wanted size."""
    for _ in range(3):
        window.resize(window.width() + CANVAS[0] - canvas.width(), window.height() + CANVAS[1] - canvas.height())
        QApplication.processEvents()
    if (canvas.width(), canvas.height()) != CANVAS:
        raise NotMeasuredError(f"The canvas is {canvas.width()} x {canvas.height()}.")


def click(widget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def rail_button(window, place) -> QToolButton:
    wanted = window.rail.actions_by_place[place]
    return next(button for button in window.rail.findChildren(QToolButton) if button.defaultAction() is wanted)


def paint_alone(pulse: Pulse, hand: Hand, phase: Phase) -> None:
    pulse.begin(phase)
    hand.start()
    began = time.perf_counter()
    wait("some strokes", lambda: time.perf_counter() - began > BASELINE_SECONDS)
    hand.rest()
    wait("the end of a stroke", lambda: hand.rests)
    pulse.end()


def paint_while_training(program, pulse: Pulse, hand: Hand, phase: Phase) -> object:
    """Click on Train, go to Label, paint until the run is over; return its last event."""
    from segstudio.learning.events import RunEnded
    from segstudio.ui.rail import Place

    workspace, window = program.workspace, program.window
    events = []
    workspace.learning.training_event.connect(events.append)
    began = time.perf_counter()
    click(rail_button(window, Place.TRAIN))
    phase_page = (time.perf_counter() - began) * 1000
    form = workspace.train.panel.form
    form.training._epochs.setValue(EPOCHS)
    form.pictures._height.setValue(INPUT_SIDE)
    form.pictures._width.setValue(INPUT_SIDE)
    QApplication.processEvents()
    pulse.begin(phase)
    click(form.train_button)
    if not workspace.learning.is_training:
        raise NotMeasuredError("The click on Train did not start a training.")
    click(rail_button(window, Place.LABEL))
    hand.start()
    wait("the end of the training", lambda: not workspace.learning.is_training)
    # The list of runs is read anew, and whatever else comes after.
    ended = time.perf_counter()
    wait("a moment", lambda: time.perf_counter() - ended > 1.0)
    hand.rest()
    wait("the end of a stroke", lambda: hand.rests)
    pulse.end()
    ends = [event for event in events if isinstance(event, RunEnded)]
    if not ends or ends[-1].outcome != "finished":
        raise NotMeasuredError(f"The training did not finish: {ends}.")
    return {"seconds": round(ends[-1].seconds, 1), "events": len(events), "opening_the_page_ms": round(phase_page, 1)}


def expected_masks(strokes: list[Stroke], before: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Paint the strokes anew on the masks as they were."""
    from segstudio.painting.brush import covered

    for stroke in strokes:
        mask = before[stroke.key]
        height, width = mask.shape
        for start, end in zip(stroke.way[:1] + stroke.way, stroke.way, strict=False):
            region = covered(start, end, diameter=BRUSH, width=width, height=height)
            if not region.box.empty:
                mask[region.box.slices][region.inside] = stroke.class_id
    return before


def measure(folder: Path) -> dict[str, object]:
    from segstudio.app import Program
    from segstudio.dataset.masks import read_mask
    from segstudio.ui.qt_environment import forget_opencv_plugins

    figures: dict[str, object] = {"dataset": copy_dataset(folder)}
    forget_opencv_plugins()
    application = QApplication(["segstudio"])
    program = Program(application)
    try:
        program.show(folder)
        wait("the first picture", lambda: program.workspace is not None and program.workspace.editing.current)
        workspace, panel = program.workspace, program.workspace.label.panel
        masks = {sample.key: read_mask(sample.mask) for sample in workspace.editing.dataset.samples if sample.mask}
        fit_canvas(program.window, panel.canvas)
        panel.context.change(size=BRUSH)
        wait("the check of the dataset", lambda: not program.jobs._running)
        pulse, baseline, training = Pulse(), Phase(), Phase()
        hand = Hand(workspace, pulse)
        paint_alone(pulse, hand, baseline)
        figures |= {"without_training": baseline.figures()}
        figures["training"] = paint_while_training(program, pulse, hand, training)
        figures["while_training"] = training.figures()
        wait("the last save", lambda: not workspace.editing.unsaved, 30)
        expected = expected_masks(hand.strokes, masks)
        wrong = [
            key
            for key in {stroke.key for stroke in hand.strokes}
            if not np.array_equal(read_mask(workspace.editing.dataset.find(key).target), expected[key])
        ]
        figures |= {"strokes": len(hand.strokes), "masks_painted": len({stroke.key for stroke in hand.strokes})}
        figures |= {"masks_saved": not wrong, "masks_wrong": sorted(wrong)}
    finally:
        # Not through the window: it would ask about a training under way, and nobody is there to answer.
        program.close()
    return figures


def main() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    figures = {"benchmark": "paint_while_training", "conditions": conditions()}
    figures |= {"canvas": CANVAS, "epochs": EPOCHS, "input": (INPUT_SIDE, INPUT_SIDE), "beat_ms": BEAT_MILLISECONDS}
    with tempfile.TemporaryDirectory(prefix="segstudio-paint-") as folder:
        os.environ["SEGSTUDIO_HOME"] = str(Path(folder) / "home")
        figures |= measure(Path(folder) / "dataset")
    longest = figures["while_training"]["late_ms"]["max"]
    print_report(figures, holds=longest <= STALL_MILLISECONDS and figures["masks_saved"])


if __name__ == "__main__":
    main()
