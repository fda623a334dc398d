"""Whether a large dataset is opened, scrolled, filtered and searched without waiting: the real program, real files.

100,000 small pictures are written, half of them with a mask. Each measurement is made in a process of its own: an empty
window, for the memory; the first opening, with nothing cached; the second one. A time until something is seen ends when
it has been painted. “Usable” is counted from the moment at which the folder is asked for until its first picture is on
the canvas; ``usable_seconds`` of each opening counts from the start of the process. How late a timer of the window
thread comes is what a person feels of everything else. Last of all some pictures as cameras make them are opened twice:
whether their thumbnails are kept shows only there.
The files have just been written, so that the system has them in memory: what is measured is the program, not the disk.
The last line is one JSON object; times are in milliseconds unless they are named seconds, memory is in MB.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from paint_while_training import NotMeasuredError, Phase, Pulse, wait
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.machine import OtherLoad
from support.many_pictures import LARGE, SIZE, make_large_pictures, make_many_pictures
from support.painted import Painted
from support.report import conditions, print_report, tail

SAMPLES = 100_000
SCROLL_STEPS = 400
WHEEL_STEPS = 400
WHEEL_PIXELS = 30
LANDINGS = 12
NEXT_PICTURES = 40
SEARCHES = ("scene-0123", "99")

BARS = {
    "usable_first_seconds": 3.0,
    "usable_again_seconds": 1.0,
    "next_picture_ms_p50": 50.0,
    "scrolling_late_ms_p99": 50.0,
    "loading_late_ms_p99": 50.0,
    "memory_mb": 400.0,
    "search_letter_ms_max": 100.0,
    "added_seconds": 10.0,
}


def memory(name: str = "VmRSS") -> float:
    """Return how much memory this process has now (``VmRSS``) or had at most (``VmHWM``). Linux only."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024, 1)


class Measurement:
    """The program in this process, and what is measured of it."""

    def __init__(self, folder: Path | None):
        from segstudio.app import Program
        from segstudio.ui.qt_environment import forget_opencv_plugins

        self.figures: dict[str, object] = {}
        self.late: dict[str, list[float]] = {}
        self.folder = folder
        forget_opencv_plugins()
        application = QApplication(["segstudio"])
        self.pulse = Pulse()
        self.program = Program(application)
        if folder is None:
            self.program.show(None)
            settle(1.0)

    def open(self) -> None:
        """Open the dataset, and wait until its first picture and the thumbnails beside it can be seen."""
        opening = Phase()
        self.pulse.begin(opening)
        asked = time.time()
        self.program.show(self.folder)
        wait("the dataset", lambda: self.program.workspace is not None)
        workspace = self.program.workspace
        seen = Painted(workspace.label.panel.canvas)
        seen.after(time.perf_counter(), "the first picture", lambda: workspace.editing.current)
        usable = time.time()
        self.pulse.end()
        self.figures["usable_seconds"] = round(usable - float(os.environ["SEGSTUDIO_BEGAN"]), 3)
        self.figures["opened_seconds"] = round(usable - asked, 3)
        self.figures["opening"] = lateness(opening)
        self.browser = workspace.browser
        self.list = self.browser._list
        self.canvas = workspace.label.panel.canvas
        self.seen = Painted(self.list.viewport())
        began = time.perf_counter()
        self.figures["first_thumbnails_ms"] = round(self.until_thumbnails(began), 1)
        self.figures["pictures"] = self.browser.shown_count

    @contextmanager
    def phase(self, name: str):
        phase = Phase()
        self.pulse.begin(phase)
        yield
        self.pulse.end()
        self.figures[name] = lateness(phase)
        self.late[name] = phase.late

    def visible(self) -> list[object]:
        """Return the samples whose tiles are in sight."""
        from segstudio.ui.browser.model import SAMPLE_ROLE

        viewport = self.list.viewport().rect()
        row = max(self.list.indexAt(QPoint(20, 20)).row(), 0)
        samples = []
        while row < self.list.model().rowCount():
            index = self.list.model().index(row, 0)
            if self.list.visualRect(index).top() > viewport.bottom():
                break
            samples.append(index.data(SAMPLE_ROLE))
            row += 1
        return samples

    def until_thumbnails(self, began: float) -> float:
        """Return the milliseconds until every tile in sight has its thumbnail."""
        made = self.browser._thumbnails._made
        return self.seen.after(began, "the thumbnails", lambda: all(sample.key in made for sample in self.visible()))

    def scroll(self) -> None:
        """From the top to the bottom, a repaint a step; with the wheel, while thumbnails load; then here and there."""
        bar = self.list.verticalScrollBar()
        steps = []
        with self.phase("scrolling"):
            began = time.perf_counter()
            for step in range(SCROLL_STEPS + 1):
                asked = time.perf_counter()
                bar.setValue(bar.maximum() * step // SCROLL_STEPS)
                steps.append(self.seen.after(asked, "a scrolled list"))
                settle(0.016)
            seconds = time.perf_counter() - began
        self.figures["scrolling"] |= {"seconds": round(seconds, 1), "step_ms": tail(steps)}
        bar.setValue(bar.maximum() // 3)
        with self.phase("wheeling"):
            for _ in range(WHEEL_STEPS):
                bar.setValue(bar.value() + WHEEL_PIXELS)
                settle(0.016)
        random = np.random.default_rng(1)
        landings = []
        with self.phase("landing"):
            for _ in range(LANDINGS):
                asked = time.perf_counter()
                bar.setValue(int(random.integers(0, bar.maximum())))
                landings.append(self.until_thumbnails(asked))
        self.figures["landing"] |= {"all_thumbnails_ms": tail(landings)}
        self.figures["loading_late_ms"] = tail(self.late["wheeling"] + self.late["landing"])
        bar.setValue(0)
        self.until_thumbnails(time.perf_counter())

    def search(self) -> None:
        letters = []
        field = self.browser._filters._search
        names = [f"scene-{number:06}" for number in range(self.figures["pictures"])]
        starts = [text[:end] for text in SEARCHES for end in range(1, len(text) + 1)]
        found = {start: sum(start in name for name in names) for start in starts}
        with self.phase("searching"):
            for text in SEARCHES:
                for end in range(1, len(text) + 1):
                    wanted = found[text[:end]]
                    asked = time.perf_counter()
                    QTest.keyClick(field, text[end - 1])
                    letters.append(self.seen.after(asked, text[:end], lambda n=wanted: self.browser.shown_count == n))
                field.clear()
                every = self.figures["pictures"]
                self.seen.after(time.perf_counter(), "all", lambda: self.browser.shown_count == every)  # noqa: B023
        self.figures["searching"] |= {"letter_ms": tail(letters)}

    def filter(self) -> None:
        from segstudio.ui.browser.model import SampleState

        filters, times = self.browser._filters, {}
        with self.phase("filtering"):
            for box, value in ((filters._split, "val"), (filters._split, None), (filters._state, SampleState.MASKED)):
                asked = time.perf_counter()
                box.setCurrentIndex(box.findData(value))
                times[f"{value}"] = round(self.seen.after(asked, f"{value}"), 1)
        filters._state.setCurrentIndex(0)
        self.figures["filtering"] |= {"ms": times}

    def next_pictures(self) -> None:
        """Key by key, each until the next picture is on the canvas."""
        editing, times = self.program.workspace.editing, []
        painted = Painted(self.canvas)
        self.browser.select_first()
        settle(0.5)
        with self.phase("next_picture"):
            for _ in range(NEXT_PICTURES):
                before, asked = editing.current, time.perf_counter()
                QTest.keyClick(self.canvas, Qt.Key.Key_D)
                there = lambda before=before: editing.current is not None and editing.current is not before  # noqa: E731
                times.append(painted.after(asked, "the next picture", there))
        self.figures["next_picture"] |= {"ms": tail(times)}

    def save(self) -> None:
        """Paint on ten pictures and have the masks saved."""
        editing = self.program.workspace.editing
        with self.phase("saving"):
            began = time.perf_counter()
            for _ in range(10):
                before = editing.current
                middle = self.canvas.rect().center()
                QTest.mousePress(self.canvas, Qt.MouseButton.LeftButton, pos=middle)
                QTest.mouseMove(self.canvas, middle * 0.9)
                QTest.mouseRelease(self.canvas, Qt.MouseButton.LeftButton, pos=middle * 0.9)
                QTest.keyClick(self.canvas, Qt.Key.Key_D)
                wait("a picture", lambda: editing.current is not None and editing.current is not before)  # noqa: B023
            wait("the last save", lambda: not editing.unsaved, 60)
            seconds = time.perf_counter() - began
        self.figures["saving"] |= {"seconds": round(seconds, 1)}

    def watch(self) -> None:
        """Another program adds, renames and removes a picture."""
        images = self.folder / "train_images"
        one, other = images / "scene-000000-new.jpg", images / "scene-000000-renamed.jpg"
        position, times = self.browser._model.position_of, {}
        with self.phase("watching"):
            for name, deed, so in (
                ("added", lambda: one.write_bytes((images / "scene-000000.jpg").read_bytes()), one),
                ("renamed", lambda: one.rename(other), other),
                ("removed", other.unlink, None),
            ):
                began = time.perf_counter()
                deed()
                wait(
                    name,
                    lambda so=so: (
                        position(f"train/{so.stem}") is not None
                        if so
                        else position("train/scene-000000-renamed") is None
                    ),
                    30,
                )
                times[name] = round(time.perf_counter() - began, 2)
        self.figures["watching"] |= {"seconds": times}


def lateness(phase: Phase) -> dict[str, object]:
    """Return how late the timer of the window thread came."""
    return {
        "seconds": round(phase.seconds, 1),
        "late_ms": tail(phase.late),
        "stalls": len(phase.stalls),
        "stalls_at": phase.stalls[:5],
    }


def settle(seconds: float) -> None:
    """Let the window live for a while."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.001)


def measure(kind: str, folder: Path | None) -> dict[str, object]:
    measurement = Measurement(folder)
    try:
        if folder is not None:
            measurement.open()
        if kind == "first":
            settle(2.0)
            measurement.figures["memory_opened"] = memory()
            for part in ("scroll", "search", "filter", "next_pictures", "save", "watch"):
                try:
                    getattr(measurement, part)()
                except NotMeasuredError as error:
                    measurement.figures[f"{part}_failed"] = str(error)
                    measurement.pulse.end()
        measurement.figures |= {"memory": memory(), "memory_most": memory("VmHWM")}
    finally:
        measurement.program.close()
    return measurement.figures


def child(kind: str, folder: Path | None, home: Path) -> dict[str, object]:
    """Measure in a fresh process.

    Raises:
        RuntimeError: it failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"SEGSTUDIO_HOME": str(home), "SEGSTUDIO_BEGAN": str(time.time())}
    command = [sys.executable, __file__, "--measure", kind, *([str(folder)] if folder else [])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{kind} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def judged(figures: dict[str, dict[str, object]]) -> dict[str, float | None]:
    """Return the figures that there is a bar for; None for what could not be measured."""
    first = figures["first"]

    def at(*names: str) -> float | None:
        found: object = first
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    return {
        "usable_first_seconds": at("opened_seconds"),
        "usable_again_seconds": figures["again"]["opened_seconds"],
        "next_picture_ms_p50": at("next_picture", "ms", "p50"),
        "scrolling_late_ms_p99": at("scrolling", "late_ms", "p99"),
        "loading_late_ms_p99": at("loading_late_ms", "p99"),
        "memory_mb": round(first["memory"] - figures["empty"]["memory"], 1),
        "search_letter_ms_max": at("searching", "letter_ms", "max"),
        "added_seconds": at("watching", "seconds", "added"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"how many pictures (default {SAMPLES})")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    words = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if words.measure:
        kind, *folder = words.measure
        print(json.dumps(measure(kind, Path(folder[0]) if folder else None)))
        return
    figures = {"benchmark": "browsing", "conditions": conditions(), "samples": words.samples, "picture": SIZE}
    with tempfile.TemporaryDirectory(prefix="segstudio-browsing-") as place:
        folder, home = Path(place) / "dataset", Path(place) / "home"
        began = time.perf_counter()
        make_many_pictures(folder, words.samples)
        figures["writing_seconds"] = round(time.perf_counter() - began, 1)
        child("empty", None, Path(place) / "other")  # not counted: compiles modules, fills the system's file cache
        others = OtherLoad()
        figures["empty"] = child("empty", None, home)
        figures["first"] = child("first", folder, home)
        figures["again"] = child("again", folder, home)
        figures["others_cores"] = others.cores()
        make_large_pictures(Path(place) / "large")
        large = [child("large", Path(place) / "large", home) for _ in range(2)]
        figures["large_picture"] = LARGE
        figures["large_thumbnails_ms"] = [found["first_thumbnails_ms"] for found in large]
    found = judged(figures)
    figures |= {"judged": found, "bars": BARS}
    print_report(figures, holds=all(found[name] is not None and found[name] <= bar for name, bar in BARS.items()))


if __name__ == "__main__":
    main()
