"""“Suggest settings” looks at the open dataset in the background."""

import numpy as np
import pytest

from segstudio.dataset.masks import write_mask
from segstudio.learning.machine import DeviceFacts
from segstudio.ui.rail import Place
from segstudio.ui.training.suggestion_search import _TITLE


@pytest.fixture
def train(opened):
    opened.window.go_to(Place.TRAIN)
    return opened.workspace.train


def test_settings_are_filled_in_with_reasons_and_taken_back(train, qtbot):
    form = train.panel.form
    before = form.config()
    form.suggestions.button.click()
    assert not form.suggestions.button.isEnabled()
    qtbot.waitUntil(lambda: bool(form.suggestions.said), timeout=20_000)
    qtbot.waitUntil(form.suggestions.button.isEnabled)
    assert "3 masks" in form.suggestions.said
    assert form.config().input_size == (64, 64)
    assert form.config().batch_size == 2
    form.suggestions.back_button.click()
    assert form.config() == before


def test_for_another_device_other_settings_are_proposed(train, qtbot):
    form = train.panel.form
    train.suggestions.set_device(DeviceFacts(name="GPU (X)", gpu=True, memory_bytes=24_000_000_000, cores=8))
    form.suggestions.button.click()
    qtbot.waitUntil(lambda: bool(form.suggestions.said), timeout=20_000)
    assert (form.config().architecture, form.config().backbone) == ("unet", "mobilenet_v2")


def test_masks_that_cannot_be_read_are_said_and_nothing_changes(train, opened, qtbot):
    form = train.panel.form
    before = form.config()
    for mask in (opened.workspace.editing.dataset.root / "train_segmentation").iterdir():
        mask.write_bytes(b"no mask")
    form.suggestions.button.click()
    qtbot.waitUntil(lambda: "that can be read" in form._problem.text(), timeout=20_000)
    assert form.config() == before
    qtbot.waitUntil(form.suggestions.button.isEnabled)


def test_what_was_painted_last_counts(train, opened, qtbot):
    form = train.panel.form
    folder = opened.workspace.editing.dataset.root / "train_segmentation"
    for mask in folder.iterdir():
        write_mask(mask, np.zeros((48, 64), np.uint8))
    form.suggestions.button.click()
    qtbot.waitUntil(lambda: bool(form.suggestions.said), timeout=20_000)
    assert "No mask in train holds" in form.suggestions.said


def test_it_is_stopped_from_the_status_line(train, opened, qtbot):
    form = train.panel.form
    before = form.config()
    form.suggestions.button.click()
    opened.window.status.stop_requested.emit()
    qtbot.waitUntil(form.suggestions.button.isEnabled, timeout=20_000)
    assert not form.suggestions.said
    assert form.config() == before
    assert _TITLE not in opened.window.status.message


def test_runs_of_the_dataset_can_be_started_from(train, opened, tmp_path):
    box = train.panel.form.model._start_from.box
    assert [box.itemData(row) for row in range(box.count())] == [""]
