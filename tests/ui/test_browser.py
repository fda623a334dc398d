"""The dataset browser: what is shown, what is chosen, and what it costs to choose."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from segstudio.dataset.dataset import Sample, open_dataset
from segstudio.dataset.problems import Problem, Severity
from segstudio.ui.browser.model import STATE_ROLE, SampleFilter, SampleModel, SampleState
from segstudio.ui.browser.panel import BrowserPanel
from segstudio.ui.jobs import Jobs


@pytest.fixture
def browser(qtbot, sample_folder):
    jobs = Jobs()
    panel = BrowserPanel(jobs)
    qtbot.addWidget(panel)
    panel.resize(300, 600)
    panel.show()
    panel.set_dataset(open_dataset(sample_folder))
    yield panel
    panel.close_threads()
    jobs.stop_all()


def names(panel):
    model = panel._model
    return [model.index(row).data() for row in range(model.rowCount())]


def test_filters_narrow_what_is_shown_and_keep_what_is_chosen(browser, qtbot):
    browser.select("train/scene-003")
    browser._filters._search.setText("scene-00")
    browser._filters._split.setCurrentIndex(browser._filters._split.findData("val"))
    assert names(browser) == ["scene-001", "scene-002"]
    assert browser.current_key == "train/scene-003"
    browser._filters.clear()
    qtbot.waitUntil(lambda: browser.shown_count == 7)
    browser._filters._state.setCurrentIndex(browser._filters._state.findData(SampleState.UNLABELLED))
    assert names(browser) == ["scene-001"]


def test_the_keyboard_goes_through_the_pictures(browser, qtbot):
    chosen = []
    browser.sample_selected.connect(lambda sample: chosen.append(sample.key))
    browser.select_first()
    QTest.keyClick(browser._list, Qt.Key.Key_Right)
    browser.select_next()
    browser.select_previous()
    assert chosen == ["train/scene-001", "train/scene-002", "train/scene-003", "train/scene-002"]


def test_next_and_previous_stop_at_the_ends(browser):
    browser.select_first()
    browser.select_previous()
    assert browser.current_key == "train/scene-001"
    browser.select("test/scene-001")
    browser.select_next()
    assert browser.current_key == "test/scene-001"


def test_a_class_filter_finds_the_masks_that_hold_it(browser, sample_folder, qtbot):
    from segstudio.dataset.masks import read_mask

    dataset = open_dataset(sample_folder)
    wanted = {sample.key for sample in dataset if sample.mask and (read_mask(sample.mask) == 4).any()}
    box = browser._filters._class
    box.setCurrentIndex(box.findData(4))
    qtbot.waitUntil(lambda: browser.shown_count == len(wanted), timeout=5000)
    assert browser._class_keys == wanted


def test_thumbnails_show_picture_and_mask_and_say_what_cannot_be_read(browser, sample_folder, qtbot):
    dataset = open_dataset(sample_folder)
    sample = dataset.find("train/scene-002")
    qtbot.waitUntil(lambda: browser._thumbnails.get(sample) is not None, timeout=5000)
    assert not browser._thumbnails.get(sample).isNull()
    broken = Sample("train", "broken", sample_folder / "classes.json", None, Path("x.png"))
    qtbot.waitUntil(lambda: browser._thumbnails.get(broken) is not None, timeout=5000)
    assert browser._thumbnails.get(broken).isNull()


def test_states_say_what_needs_attention_first(qtbot, sample_folder):
    samples = open_dataset(sample_folder).samples
    bare, masked = samples[0], samples[1]
    model = SampleModel()
    model.set_samples(samples)
    assert [model.state(masked), model.state(bare)] == [SampleState.MASKED, SampleState.UNLABELLED]
    model.set_unsaved(frozenset({bare.key}))
    assert model.state(bare) is SampleState.UNSAVED
    model.set_problems([Problem("x", Severity.ERROR, bare.image, "wrong", bare.key)])
    assert model.state(bare) is SampleState.PROBLEM
    model.set_filter(SampleFilter(text="E-001", split="train"))
    assert model.rowCount() == 1
    assert model.index(0).data(STATE_ROLE) is SampleState.PROBLEM
