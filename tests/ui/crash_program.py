"""A child that runs the real program, paints by mouse and keys, says what it painted, and is then killed.

Run as ``crash_program.py FOLDER MOMENT``. One line of JSON on stdout gives the SHA-256 of the masks by sample; it is
written before the moment at which the parent, or the child itself, sends SIGKILL. Two moments say more; see there.
"""

import errno
import hashlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from segstudio.app import Program
from segstudio.dataset import files
from segstudio.ui import autosave as autosave_module
from segstudio.ui import saving

PATIENCE = 60
STEPS = 60


def wait(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("the program does not get there")
        QApplication.processEvents()
        time.sleep(0.001)


def drag(canvas, start, end, *, release=True):
    QTest.mouseMove(canvas, start)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, end)
    if release:
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)


def digest(mask):
    return hashlib.sha256(mask.astype("<u2").tobytes()).hexdigest()


class Person:
    """Sits before the program."""

    def __init__(self, folder):
        self.application = QApplication([])
        self.program = Program(self.application)
        self.program.show(folder)
        wait(lambda: self.program.workspace is not None and self.editing.current is not None)

    @property
    def editing(self):
        return self.program.workspace.editing

    @property
    def canvas(self):
        return self.program.workspace.label.panel.canvas

    def stroke(self, dx, dy, *, key=Qt.Key.Key_3, release=True):
        QTest.keyClick(self.canvas, key)
        middle = self.canvas.rect().center()
        drag(self.canvas, middle, middle + QPoint(dx, dy), release=release)

    def undo(self):
        QTest.keyClick(self.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    def redo(self):
        QTest.keyClick(
            self.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )

    def next_picture(self):
        before = self.editing.current.sample.key
        QTest.keyClick(self.canvas, Qt.Key.Key_D)
        wait(lambda: self.editing.current is not None and self.editing.current.sample.key != before)

    def say(self):
        masks = {
            key: digest(document.snapshot().mask()) for key, document in self.editing._documents._documents.items()
        }
        print(json.dumps(masks), flush=True)


def paint_several(folder):
    """Paint on three pictures while nothing can be saved, with undo and redo."""

    def full(path, mask):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    saving.write_mask = full
    person = Person(folder)
    person.stroke(40, 20)
    person.stroke(-40, 25, key=Qt.Key.Key_2)
    person.next_picture()
    person.stroke(10, 60)
    person.undo()
    person.stroke(-60, 10, key=Qt.Key.Key_4)
    person.undo()
    person.redo()
    person.next_picture()
    person.stroke(25, -30, key=Qt.Key.Key_2)
    person.say()
    return person


def paint_in_mid_stroke(folder):
    """Be killed with the button down: the stroke before counts, this one never was."""
    person = Person(folder)
    person.stroke(40, 20)
    person.say()
    person.stroke(-50, -20, key=Qt.Key.Key_2, release=False)
    print("pressed", flush=True)
    return person


def paint_while_saving(folder, *, renamed):
    """Be killed just before or just after a mask takes its name, with another stroke painted meanwhile."""
    go = threading.Event()
    replace = os.replace

    def killing(source, target):
        if Path(target).suffix == ".png":
            go.wait(PATIENCE)
            if renamed:
                replace(source, target)
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    files.os.replace = killing
    person = Person(folder)
    person.stroke(40, 20)
    person.stroke(0, 40, key=Qt.Key.Key_2)
    person.undo()
    QTest.keyClick(person.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: person.editing._autosave.writing)
    person.stroke(-40, 20, key=Qt.Key.Key_2)
    person.say()
    go.set()
    return person


def paint_saved_and_more(folder):
    """Save, paint on, undo one stroke beyond what was saved."""
    person = Person(folder)
    person.stroke(40, 20)
    QTest.keyClick(person.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: not person.editing.unsaved)
    person.stroke(-40, 20, key=Qt.Key.Key_2)
    person.undo()
    person.undo()
    person.say()
    return person


def paint_and_paint(folder):
    """Paint, undo and redo, the same with every run, and say after each step what there is; saves race along."""
    autosave_module.AUTOSAVE_MILLISECONDS = 1
    person = Person(folder)
    random = np.random.default_rng(0)
    for number in range(STEPS):
        match number % 5:
            case 3:
                person.undo()
            case 4 if number % 2:
                person.redo()
            case _:
                dx, dy, key = random.integers(-60, 60), random.integers(-40, 40), random.integers(0, 4)
                person.stroke(int(dx), int(dy), key=(Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_5)[key])
        print(digest(person.editing.current.document.mask), flush=True)
        end = time.monotonic() + random.uniform(0, 0.02)
        while time.monotonic() < end:
            QApplication.processEvents()
    return person


MOMENTS = {
    "any moment": paint_and_paint,
    "several pictures": paint_several,
    "mid-stroke": paint_in_mid_stroke,
    "before the mask takes its name": lambda folder: paint_while_saving(folder, renamed=False),
    "after the mask took its name": lambda folder: paint_while_saving(folder, renamed=True),
    "after a save": paint_saved_and_more,
}

if __name__ == "__main__":
    autosave_module.AUTOSAVE_MILLISECONDS = 3_600_000
    someone = MOMENTS[sys.argv[2]](Path(sys.argv[1]))
    someone.application.exec()
