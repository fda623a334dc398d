"""A child that runs the real program on a real display and drags two pictures onto the field of a split.

Run as ``drag_program.py FOLDER``; says on stdout what was seen and what became of it. Without a display Qt knows no
drag and drop, and the pointer that drags is that of the display.
"""

import sys
import time
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from segstudio.app import Program

LEFT, NO_KEY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        QApplication.processEvents()
        time.sleep(0.01)


def main(folder):
    application = QApplication([])
    program = Program(application)
    program.show(folder)
    wait_for(lambda: program.workspace is not None and program.workspace.editing.current is not None)
    browser, window = program.workspace.browser, program.window
    model, view, field = browser._model, browser._list, browser.drop_bar.fields["test"]
    said = []
    program.workspace.remapping.ended.connect(said.append)
    browser.select("train/scene-002")
    second = model.index(model.row_of("train/scene-003"))
    view.selectionModel().select(QItemSelection(second, second), QItemSelectionModel.SelectionFlag.Select)
    start = view.viewport().mapTo(window, view.visualRect(model.index(model.row_of("train/scene-002"))).center())

    def over_the_field():
        print("fields seen:", browser.drop_bar.isVisible())
        place = field.mapTo(window, field.rect().center())
        QTest.mouseMove(window.windowHandle(), place)
        QTimer.singleShot(200, lambda: QTest.mouseRelease(window.windowHandle(), LEFT, NO_KEY, place))

    view.drag_started.connect(lambda: QTimer.singleShot(200, over_the_field))
    QTest.mousePress(window.windowHandle(), LEFT, NO_KEY, start)
    for step in (10, 20, 40):
        QTest.mouseMove(window.windowHandle(), start + QPoint(step, step))
        QApplication.processEvents()
    wait_for(lambda: bool(said))
    print("said:", said[0])
    print("fields seen afterwards:", browser.drop_bar.isVisible())
    window.close()
    program.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
