"""The display panel: by mouse and keys, for every picture, and never written."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QPushButton, QSlider

from segstudio.dataset.depth import deepened
from segstudio.painting.display import Display, Tone
from segstudio.painting.pyramid import Pyramid
from segstudio.ui.canvas.picture_view import PictureView
from segstudio.ui.painter.display_panel import DisplayButton
from tests.ui.conftest import open_folder

RANDOM = np.random.default_rng(0)
PLAIN = Pyramid(RANDOM.integers(0, 256, (40, 60, 3), dtype=np.uint8))


def deep_picture(brightest):
    deep = deepened(RANDOM.integers(100, brightest, (40, 60)).astype(np.uint16))
    return Pyramid(deep.rgb, deep)


@pytest.fixture
def view(qtbot):
    made = PictureView()
    qtbot.addWidget(made)
    made.show()
    made.set_picture(PLAIN)
    return made


@pytest.fixture
def button(view, qtbot):
    made = DisplayButton(view)
    qtbot.addWidget(made)
    made.show()
    QTest.mouseClick(made, Qt.MouseButton.LeftButton)
    assert made.panel.isVisible()
    yield made
    made.panel.close()


def slider(panel, name):
    return next(widget for widget in panel.findChildren(QSlider) if widget.accessibleName() == name)


def spin(panel, name):
    return next(widget for widget in panel.findChildren(QAbstractSpinBox) if widget.accessibleName() == name)


def click(panel, text):
    found = next(widget for widget in panel.findChildren(QAbstractButton) if widget.text() == text)
    QTest.mouseClick(found, Qt.MouseButton.LeftButton, pos=QPoint(10, found.height() // 2))


def test_sliders_change_what_the_canvas_shows(view, button):
    for name, tone in (
        ("Brightness", Tone(brightness=0.1)),
        ("Contrast", Tone(contrast=0.1)),
        ("Gamma", Tone(gamma=1.17)),
    ):
        QTest.keyClick(slider(button.panel, name), Qt.Key.Key_PageUp)
        assert view._frame.scene.tone == tone
        assert button.isChecked()
        click(button.panel, "Reset")
        assert view._frame.scene.tone == Tone()
        assert not button.isChecked()
        assert slider(button.panel, name).value() == 0


def test_boxes_and_channel_change_what_the_canvas_shows(view, button):
    click(button.panel, "Outlines only")
    click(button.panel, "Pixel grid")
    click(button.panel, "Overview")
    channel = button.panel.findChild(QComboBox)
    channel.setCurrentIndex(channel.findText("Blue"))
    scene = view._frame.scene
    assert (scene.outlines, scene.grid, scene.tone.channel) == (True, False, "blue")
    assert button.panel.display == Display(Tone(channel="blue"), outlines=True, grid=False, navigator=False)
    click(button.panel, "Reset")
    assert (scene.outlines, scene.grid, scene.tone.channel) == (False, True, "all")


def test_everything_is_reached_by_tab_and_has_a_name_and_a_tip(view, button, qtbot):
    view.set_picture(deep_picture(4000))
    panel = button.panel
    panel.activateWindow()
    controls = [
        widget
        for kind in (QSlider, QAbstractSpinBox, QComboBox, QAbstractButton)
        for widget in panel.findChildren(kind)
        if widget.isVisibleTo(panel) and widget.isEnabled()
    ]
    assert len(controls) == 12
    for widget in controls:
        assert widget.toolTip()
        assert widget.accessibleName() or widget.text()
    reached, widget = set(), panel.focusWidget() or panel
    for _ in range(60):
        widget = widget.nextInFocusChain()
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(panel):
            reached.add(widget)
    assert set(controls) <= reached


def test_the_window_is_offered_for_deep_pictures_only(view, button):
    row = button.panel.window_row
    assert row.isHidden()
    view.set_picture(deep_picture(4000))
    assert not row.isHidden()
    assert spin(button.panel, "Black from").value() == pytest.approx(100, abs=10)
    assert spin(button.panel, "White from").value() == pytest.approx(4000, abs=10)
    view.set_picture(PLAIN)
    assert row.isHidden()


def test_a_window_holds_for_its_picture_unless_it_is_kept(view, button):
    view.set_picture(deep_picture(4000))
    box = spin(button.panel, "White from")
    box.setValue(2000)
    assert view._frame.scene.tone.window[1] == 2000
    view.set_picture(deep_picture(9000))
    assert view._frame.scene.tone.window is None
    assert box.value() == pytest.approx(9000, abs=20)
    click(button.panel, "All values")
    assert view._frame.scene.tone.window == (0.0, 65535.0)
    click(button.panel, "Keep for the next pictures")
    view.set_picture(deep_picture(4000))
    assert view._frame.scene.tone.window == (0.0, 65535.0)
    click(button.panel, "Automatic")
    assert view._frame.scene.tone.window is None


def test_the_window_of_fractions_is_in_the_files_own_values(view, button):
    values = RANDOM.random((40, 60)).astype(np.float32) * 3 - 1
    deep = deepened(values)
    view.set_picture(Pyramid(deep.rgb, deep))
    assert spin(button.panel, "Black from").value() == pytest.approx(-1, abs=0.05)
    assert spin(button.panel, "White from").value() == pytest.approx(2, abs=0.05)
    spin(button.panel, "White from").setValue(0.5)
    black, white = view._frame.scene.tone.window
    assert deep.lowest + deep.step * white == pytest.approx(0.5, abs=1e-3)
    assert black < white


def test_the_settings_hold_over_pictures_and_no_file_changes(program, qtbot, tmp_path):
    """R14: 16-bit pictures are windowed for display only."""
    folder = tmp_path / "deep"
    (folder / "train_images").mkdir(parents=True)
    for number in range(2):
        pixels = RANDOM.integers(0, 4000, (40, 50)).astype(np.uint16)
        Image.fromarray(pixels).save(folder / "train_images" / f"{number}.png")
    before = [path.read_bytes() for path in sorted(folder.rglob("*.png"))]
    open_folder(program, folder, qtbot)
    canvas = program.workspace.label.panel.canvas
    button = program.window.findChild(DisplayButton)
    first = program.workspace.editing.current
    assert first.picture.deep is not None
    np.testing.assert_array_equal(first.image, first.picture.deep.rgb)
    button.panel.set_display(Display(Tone(gamma=2.0, window=(0.0, 500.0)), outlines=True))
    with qtbot.waitSignal(program.workspace.editing.sample_opened):
        program.workspace.browser.select_next()
    assert canvas._frame.scene.tone == Tone(gamma=2.0)
    assert canvas._frame.scene.outlines
    assert [path.read_bytes() for path in sorted(folder.rglob("*.png"))] == before


def test_the_panel_drops_down_by_its_key_and_stays_on_the_screen(opened, qtbot):
    button = opened.window.findChild(DisplayButton)
    opened.window.activateWindow()
    qtbot.waitUntil(opened.window.isActiveWindow)
    QTest.keyClick(opened.workspace.label.panel.canvas, Qt.Key.Key_D, Qt.KeyboardModifier.ShiftModifier)
    assert button.panel.isVisible()
    assert button.panel.x() >= 0
    reset = next(widget for widget in button.panel.findChildren(QPushButton) if widget.text() == "Reset")
    assert button.panel.rect().contains(reset.geometry())
    QTest.keyClick(button.panel, Qt.Key.Key_Escape)
    assert not button.panel.isVisible()
    QApplication.processEvents()
