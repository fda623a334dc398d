"""A person's own pictures as augmentation makes them, in the window, by the training process."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from segstudio.learning.config import TrainingConfig
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.ui.training.augmentation_preview import AugmentationPreview

PATIENCE = 60_000


@pytest.fixture
def preview(opened, qtbot):
    learning = opened.workspace.learning
    dialog = AugmentationPreview(learning.preview_augmentation)
    qtbot.addWidget(dialog)
    learning.augmentation_previewed.connect(dialog.set_rows)
    learning.preview_failed.connect(dialog.show_failure)
    return dialog


def config_for(folder, **changes):
    settings = AugmentationSettings(preset="strong", changes=(("hue", 0.0), ("rotation", 0.5)))
    return TrainingConfig(dataset=folder, input_size=(48, 64), augmentation=settings, **changes)


def pictures(dialog):
    return [label for label in dialog.findChildren(QLabel) if not label.pixmap().isNull()]


def images(dialog):
    return [label.pixmap().toImage() for label in pictures(dialog)]


def shown(dialog):
    return "At the left each picture" in dialog.message.text()


def test_pictures_come_out_changed_with_another_seed_others_and_nothing_stays_on_the_disk(
    preview, sample_folder, qtbot
):
    preview.show_for(config_for(sample_folder, seed=7))
    assert "Strong" in preview.heading.text()
    assert "hue 0, rotate 0.5" in preview.heading.text()
    assert not preview.isModal()
    assert not preview.another.isEnabled()
    qtbot.waitUntil(lambda: shown(preview), timeout=PATIENCE)
    first = images(preview)
    assert len(first) >= 6
    assert len(first) % 6 == 0
    assert first[0] != first[1] != first[2]
    assert "Seed 7." in preview.message.text()
    folder = Path(preview._folder.name)
    QTest.mouseClick(preview.another, Qt.MouseButton.LeftButton)
    assert not shown(preview)
    qtbot.waitUntil(lambda: shown(preview), timeout=PATIENCE)
    assert "Seed 8." in preview.message.text()
    second = images(preview)[: len(first)]
    assert second[0] == first[0], "the unchanged picture"
    assert second[1] != first[1]
    assert folder.is_dir()
    preview.close()
    assert not folder.exists()


def test_the_last_of_several_questions_is_answered(preview, sample_folder, qtbot):
    preview.show_for(config_for(sample_folder, seed=1))
    preview.show_for(config_for(sample_folder, seed=2))
    qtbot.waitUntil(lambda: shown(preview), timeout=PATIENCE)
    assert "Seed 2." in preview.message.text()


def test_why_there_is_nothing_to_see_is_said(preview, tmp_path, qtbot):
    preview.show_for(config_for(tmp_path / "nowhere"))
    qtbot.waitUntil(preview.another.isEnabled, timeout=PATIENCE)
    assert "nowhere" in preview.message.text()
    assert pictures(preview) == []


def test_while_a_run_has_the_process_the_preview_says_so(preview, opened, sample_folder, qtbot):
    learning = opened.workspace.learning
    learning.train(config_for(sample_folder, epochs=1000))
    preview.show_for(config_for(sample_folder))
    assert "busy with a run" in preview.message.text()
    learning.stop_training()
    qtbot.waitUntil(lambda: not learning.is_training, timeout=PATIENCE)
