"""Large pictures open, zoom, paint, undo and save (R22), and are seen before all of them is read."""

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from segstudio.dataset.masks import read_mask
from segstudio.painting.view import ViewTransform
from tests.ui.conftest import drag, open_folder


def write(path, width, height):
    """Write a large picture that does not take long to write: a few large areas of grey."""
    path.parent.mkdir(parents=True, exist_ok=True)
    small = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST)
    done, data = cv2.imencode(path.suffix, large, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done
    path.write_bytes(data.tobytes())


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(12_000, 12_000), (40_000, 2_000)])
def test_a_large_picture_is_painted_and_saved(program, qtbot, tmp_path, width, height):
    write(tmp_path / "large" / "train_images" / "a.png", width, height)
    open_folder(program, tmp_path / "large", qtbot)
    editing, canvas = program.workspace.editing, program.workspace.label.panel.canvas
    document = editing.current.document
    assert (document.width, document.height) == (width, height)
    middle = canvas.rect().center()
    drag(canvas, middle, middle + QPoint(40, 25))
    painted = document.mask.copy()
    assert painted.any()
    canvas.set_view(ViewTransform(1.0, width - 500, height - 400))
    drag(canvas, middle, middle + QPoint(90, 60))
    assert np.count_nonzero(document.mask != painted) > 1000
    document.undo()
    np.testing.assert_array_equal(document.mask, painted)
    canvas.grab()
    assert editing.flush() == {}
    np.testing.assert_array_equal(read_mask(tmp_path / "large" / "train_segmentation" / "a.png"), painted)


def test_a_large_picture_is_seen_before_it_can_be_painted(program, qtbot, tmp_path):
    folder = tmp_path / "large"
    write(folder / "train_images" / "a.png", 60, 40)
    write(folder / "train_images" / "b.jpg", 9_000, 7_000)
    open_folder(program, folder, qtbot)
    editing, panel = program.workspace.editing, program.workspace.label.panel
    heard = []
    editing.sample_previewed.connect(lambda sample, picture: heard.append(("seen", sample.name, picture.complete)))
    editing.sample_opened.connect(lambda opened: heard.append(("opened", opened.sample.name, opened.picture.complete)))
    seen = []

    def paint_too_early():
        # A stroke on what stands in changes nothing, and above all not the picture before.
        panel.canvas.zoom_by(2.0)
        seen.append(panel.canvas.view)
        drag(panel.canvas, QPoint(100, 100), QPoint(150, 120))

    editing.sample_previewed.connect(paint_too_early)
    with qtbot.waitSignal(editing.sample_opened, timeout=30_000):
        program.workspace.browser.select_next()
    assert heard == [("seen", "b", False), ("opened", "b", True)]
    assert not editing.unsaved
    assert panel.canvas.view == seen[0], "what was looked at stays in view"
    canvas = panel.canvas
    QTest.mouseMove(canvas, QPoint(100, 100))
    drag(canvas, QPoint(100, 100), QPoint(150, 120))
    assert editing.unsaved == {editing.current.sample.key}
