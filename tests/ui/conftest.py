"""The program as a fixture: the real one, on a small dataset, unseen."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from segstudio.app import Program
from segstudio.dataset.synthetic import make_sample_dataset


@pytest.fixture
def sample_folder(tmp_path):
    """Return a small dataset whose first train picture has no mask yet."""
    folder = tmp_path / "sample"
    make_sample_dataset(folder, train=4, val=2, test=1, size=(48, 64))
    (folder / "train_segmentation" / "scene-001.png").unlink()
    return folder


@pytest.fixture
def picture_folder(tmp_path):
    """Return a folder with nothing but three pictures, under a name that is hard on paths (R19, R20)."""
    folder = tmp_path / "データ é 空 白 @[%"
    folder.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"pic {number} é.PNG")
    return folder


@pytest.fixture
def program(qtbot):
    """Return the program with its window shown; it is closed after the test, threads and all."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    made = Program(application)
    made.show(None)
    yield made
    made.window.close()
    made.close()
    qtbot.wait(0)


@pytest.fixture
def opened(program, sample_folder, qtbot):
    """Return the program with the small dataset open and its first picture on the canvas."""
    open_folder(program, sample_folder, qtbot)
    return program


def open_folder(program, folder, qtbot):
    """Open a folder and wait until a picture of it is on the canvas."""
    program.opener.open(folder)
    qtbot.waitUntil(
        lambda: (
            program.workspace is not None
            and program.workspace.editing.dataset is not None
            and program.workspace.editing.dataset.root == folder
            and program.workspace.editing.current is not None
        ),
        timeout=20_000,
    )


def drag(canvas, start, end):
    """Draw with the left button from one point of a canvas to another."""
    QTest.mouseMove(canvas, start)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, end)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=end)
