"""The statistics window: what it shows is what the files hold; it can be stopped, saved and left at any moment."""

import csv
import json
import threading

import numpy as np
import pytest
from PySide6.QtGui import QAction

from segstudio.dataset.masks import write_mask
from segstudio.ui.statistics import charts
from segstudio.ui.statistics import dialog as dialog_module


@pytest.fixture
def shown(opened, qtbot):
    dialog = opened.show_statistics()
    qtbot.waitUntil(lambda: dialog.statistics is not None, timeout=10_000)
    yield dialog
    dialog.close()


def test_the_view_menu_opens_it_and_it_counts_the_masks(opened, qtbot):
    opened.window.findChild(QAction, "statistics").trigger()
    (dialog,) = opened.window.findChildren(dialog_module.StatisticsDialog)
    qtbot.waitUntil(lambda: dialog.statistics is not None, timeout=10_000)
    assert dialog.statistics.all.pictures == 7
    assert len(dialog.statistics.all.masks) == 6
    assert "7 pictures  ·  6 masks" in dialog.said
    assert dialog.figures.rowCount() == len(opened.workspace.editing.dataset.classes)


def test_another_split_shows_other_figures(shown):
    shown.split.setCurrentIndex(shown.split.findData("val"))
    assert "2 pictures" in shown.said
    val = shown.statistics.find("val")
    assert shown.figures.item(0, 1).text() == f"{val.pixels[0]:,}"


def test_bars_show_pixels_or_pictures(shown):
    shown.measure.setCurrentIndex(shown.measure.findData("pictures"))
    (bars,) = [item for item in shown.bars.plot.getPlotItem().items if isinstance(item, charts.pyqtgraph.BarGraphItem)]
    assert bars.opts["width"].tolist() == shown.statistics.all.holding.tolist()
    shown.logarithmic.setChecked(True)
    (bars,) = [item for item in shown.bars.plot.getPlotItem().items if isinstance(item, charts.pyqtgraph.BarGraphItem)]
    assert bars.opts["width"].tolist() == np.log10(np.maximum(shown.statistics.all.holding, 1)).tolist()


def test_the_matrix_says_in_words_what_a_field_means(shown):
    held = shown.statistics.all
    words = shown.together.words_at(0, 1)
    assert words.startswith(f"{held.together[0, 1]} of the {held.holding[0]} masks")
    assert shown.together.words_at(-1, 0) == ""
    assert charts.shares_together(held).max() <= 1


def test_counting_again_sees_what_was_changed_by_others(shown, sample_folder, qtbot):
    before = shown.statistics
    write_mask(sample_folder / "val_segmentation" / "scene-001.png", np.full((48, 64), 3, np.uint8))
    shown.again_button.click()
    qtbot.waitUntil(lambda: shown.statistics is not before, timeout=10_000)
    found = shown.statistics.find("val")
    third = [entry.id for entry in found.classes].index(3)
    assert found.pixels[third] >= 48 * 64


def test_saving_writes_files_and_says_where_or_why_not(shown, tmp_path):
    shown.save_csv(tmp_path / "out" / "a.csv")
    assert "a.csv, a-together.csv, a-sizes.csv" in shown.said
    with (tmp_path / "out" / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["split"] for row in csv.DictReader(file)} == {"train", "val", "test", "all"}
    shown.save_json(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["splits"]["all"]["pictures"] == 7
    (tmp_path / "file").write_text("")
    shown.save_json(tmp_path / "file" / "a.json")
    assert "could not be written" in shown.said


def test_stopping_says_so_and_counting_again_completes(opened, qtbot, monkeypatch):
    gate, real = threading.Event(), dialog_module.survey

    def slow(dataset, *, counter, emit, should_stop):
        return real(dataset, counter=counter, emit=emit, should_stop=lambda: gate.wait(10) and should_stop())

    monkeypatch.setattr(dialog_module, "survey", slow)
    dialog = opened.show_statistics()
    assert dialog.stop_button.isVisible()
    assert not dialog.csv_button.isEnabled()
    dialog.stop_button.click()
    gate.set()
    qtbot.waitUntil(lambda: "Stopped" in dialog.said, timeout=10_000)
    assert dialog.statistics is None
    dialog.again_button.click()
    qtbot.waitUntil(lambda: dialog.statistics is not None, timeout=10_000)
    assert dialog.csv_button.isEnabled()
    dialog.close()


def test_closing_it_in_the_middle_of_counting_leaves_nothing_behind(opened, qtbot):
    """R26."""
    for turn in range(20):
        dialog = opened.show_statistics()
        qtbot.wait(turn)
        dialog.close()
    qtbot.waitUntil(lambda: not opened.window.findChildren(dialog_module.StatisticsDialog), timeout=10_000)


def test_what_cannot_be_read_is_named(opened, sample_folder, qtbot):
    (sample_folder / "val_segmentation" / "scene-002.png").write_bytes(b"no mask")
    dialog = opened.show_statistics()
    qtbot.waitUntil(lambda: dialog.statistics is not None, timeout=10_000)
    assert "cannot be read: val/scene-002" in dialog.said
    dialog.close()


@pytest.mark.parametrize(
    ("longest", "ticks"), [(7, ["0", "2", "4", "6", "8"]), (26_800_000, ["0", "10 M", "20 M", "30 M"])]
)
def test_ticks_are_round_numbers(longest, ticks):
    assert [text for _value, text in charts._steps(longest)] == ticks
