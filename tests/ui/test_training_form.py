"""The training form offers every setting, and only what fits together."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QScrollArea,
    QScrollBar,
    QSpinBox,
)

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.catalog import ARCHITECTURES, BACKBONES, OWN
from segstudio.learning.config import TrainingConfig
from segstudio.learning.dataset_facts import ClassFacts, DatasetFacts
from segstudio.learning.machine import DeviceFacts
from segstudio.learning.settings.augmentation import PRESETS, AugmentationSettings
from segstudio.learning.settings.execution import ExecutionSettings
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.settings.optimization import OptimizationSettings
from segstudio.learning.settings.selection import SelectionSettings
from segstudio.learning.suggesting import suggest
from segstudio.ui.theme import apply_theme
from segstudio.ui.training.form import TrainingForm
from segstudio.ui.training.form.fields import in_reading_order

FEW = DatasetFacts(
    masks=6,
    size=(64, 64),
    classes=(ClassFacts(name="a<b", share=0.99, pixels=4000), ClassFacts(name="c", share=0.01, pixels=41)),
)


@pytest.fixture
def store(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def dataset(tmp_path):
    make_sample_dataset(tmp_path / "sample", train=4, val=2, test=1, size=(48, 64))
    return open_dataset(tmp_path / "sample")


@pytest.fixture
def make_form(qtbot, store, dataset):
    def make():
        form = TrainingForm(store)
        qtbot.addWidget(form)
        form.set_dataset(dataset)
        return form

    return make


@pytest.fixture
def form(make_form):
    return make_form()


def everything(dataset, tmp_path):
    """Return settings of which each differs from the default."""
    return TrainingConfig(
        dataset=dataset.root,
        architecture="unet",
        backbone="resnet50",
        weights=str(tmp_path / "weights.h5"),
        start_from=tmp_path / "runs" / "unet-1",
        input_size=(96, 352),
        fit="crop",
        epochs=7,
        frozen_epochs=2,
        batch_size=3,
        learning_rate=3e-4,
        augmentation=AugmentationSettings(preset="light", changes=(("rotation", 0.35), ("blur", 0.0))),
        loss=LossSettings(
            name="focal",
            class_weighting="by_hand",
            weights=tuple((entry.id, 0.5 + entry.id) for entry in dataset.classes.counted),
            focus=1.5,
        ),
        optimization=OptimizationSettings(
            optimizer="sgd", schedule="poly", warm_up=0.2, weight_decay=3e-3, momentum=0.8, accumulation=4
        ),
        selection=SelectionSettings(criterion="loss", patience=9),
        execution=ExecutionSettings(precision="mixed", xla=True, workers=0, tensorboard=True),
        validation_fraction=0.35,
        seed=11,
    )


def choices(box):
    return [box.itemData(index) for index in range(box.count())]


def choose(box, data):
    box.setCurrentIndex(box.findData(data))
    assert box.currentData() == data


def same(first, second):
    """Compare settings; changes of pictures by what they do, whatever their order."""
    one, other = (dataclasses.replace(config, augmentation=AugmentationSettings()) for config in (first, second))
    return one == other and first.augmentation.strengths == second.augmentation.strengths


def test_every_setting_of_a_run_is_shown_and_given_back(form, dataset, tmp_path):
    differing = everything(dataset, tmp_path)
    plain = TrainingConfig(dataset=dataset.root)
    for name, value in differing.to_json().items():
        assert name in ("dataset", "output", "run", "model_file") or value != plain.to_json()[name], name
    for config in (differing, plain, differing):
        form.set_config(config)
        assert same(form.config(), config)


def test_every_pair_can_be_chosen_and_no_other(form):
    model = form.model
    assert choices(model._architecture) == [*ARCHITECTURES, OWN]
    for index, entry in enumerate(ARCHITECTURES.values()):
        model._architecture.setCurrentIndex(index)
        assert choices(model._backbone) == list(entry.backbones)
        for backbone in range(model._backbone.count()):
            model._backbone.setCurrentIndex(backbone)
            config = form.config()
            assert (config.architecture, config.backbone) == (entry.name, entry.backbones[backbone])
            pretrained = BACKBONES[config.backbone].pretrained
            assert choices(model._weights.box) == (["none", "imagenet"] if pretrained else ["none"])
            assert model._weights.button.isEnabled() == pretrained
            assert entry.advice in model._advice.text()


def test_a_backbone_is_kept_where_it_fits_the_next_architecture_too(form):
    model = form.model
    choose(model._architecture, "unet")
    choose(model._backbone, "resnet50")
    choose(model._weights.box, "imagenet")
    choose(model._architecture, "pspnet")
    assert (form.config().backbone, form.config().weights) == ("resnet50", "imagenet")
    choose(model._architecture, "unet_mini")
    assert (form.config().backbone, form.config().weights) == ("custom", "none")


def test_a_file_of_weights_is_chosen_by_its_button_and_goes_with_its_kind_of_backbone(form, tmp_path, monkeypatch):
    file = tmp_path / "weights.h5"
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getOpenFileName", lambda *_words: (str(file), ""))
    choose(form.model._architecture, "unet")
    choose(form.model._backbone, "vgg16")
    form.model._weights.button.click()
    assert form.config().weights == str(file)
    choose(form.model._backbone, "custom")
    assert form.config().weights == "none"


def test_a_persons_own_model_needs_its_file_and_no_backbone(form, tmp_path, monkeypatch):
    choose(form.model._architecture, OWN)
    form.train_button.click()
    assert "Python file" in form._problem.text()
    assert form.model._backbone.isHidden()
    file = tmp_path / "my_net.py"
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getOpenFileName", lambda *_words: (str(file), ""))
    form.model._model_file.button.click()
    config = form.config()
    assert (config.architecture, config.model_file, config.weights) == (OWN, file, "none")
    form.set_config(TrainingConfig(dataset=Path()))
    assert form.config().model_file is None
    assert not form.model._backbone.isHidden()


def test_the_settings_are_remembered_all_of_them(form, make_form, dataset, tmp_path):
    config = everything(dataset, tmp_path)
    form.set_config(config)
    form.running.set_isolated(False)
    form.folds[1].set_open(True)
    form.train_button.click()
    again = make_form()
    assert same(again.config(), config)
    assert not again.running.isolated
    assert [fold.is_open for fold in again.folds] == [False, True, False, False, False]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_damaged_settings_are_the_defaults(qtbot, store, dataset, text):
    """R28."""
    for key in ("training/settings", "training/isolated", "training/open"):
        store.setValue(key, text)
    form = TrainingForm(store)
    form.set_dataset(dataset)
    assert same(form.config(), TrainingConfig(dataset=dataset.root))
    form.deleteLater()


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": "many"},
        {"epochs": -1},
        {"input_size": [1, 2, 3]},
        {"architecture": "perceptron"},
        {"loss": {"weights": [[1]]}},
        {"augmentation": {"changes": [["spin", 1]]}},
        {"selection": None},
    ],
)
def test_one_damaged_setting_spoils_no_start(store, make_form, dataset, change):
    """R28."""
    data = TrainingConfig(dataset=dataset.root, seed=5).to_json()
    store.setValue("training/settings", json.dumps({**data, **change}))
    assert same(make_form().config(), TrainingConfig(dataset=dataset.root))


def test_what_was_set_for_one_dataset_does_no_harm_to_the_next(form, dataset, tmp_path):
    form.set_config(everything(dataset, tmp_path))
    make_sample_dataset(tmp_path / "other", train=1, val=0, test=0, size=(48, 64))
    form.set_dataset(open_dataset(tmp_path / "other"))
    config = form.config()
    assert (config.loss.class_weighting, config.loss.weights, config.start_from) == ("none", (), None)
    assert config.seed == 11


def test_a_preset_and_what_differs_from_it(form):
    form.pictures.changes._sliders["rotation"].setValue(50)
    assert dict(form.config().augmentation.changes) == {"rotation": 0.5}
    form.pictures.changes._sliders["flip_vertical"].setValue(0)
    assert "flip_vertical" not in form.config().augmentation.strengths
    form.pictures.changes.reset_button.click()
    assert form.config().augmentation == AugmentationSettings(preset="light")
    choose(form.pictures._preset, "none")
    assert form.config().augmentation.strengths == {}
    for name in PRESETS:
        choose(form.pictures._preset, name)
        assert form.config().augmentation == AugmentationSettings(preset=name)


def test_class_weights_are_typed_into_the_table(form, dataset, qtbot):
    form.show()
    form.folds[2].set_open(True)
    choose(form.training._weighting, "by_hand")
    table = form.training._weights
    assert [table.item(row, 0).text() for row in range(table.rowCount())] == [c.name for c in dataset.classes.counted]
    table.setCurrentCell(1, 1)
    QTest.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QDoubleSpinBox)
    editor.selectAll()
    QTest.keyClicks(editor, "2.5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dict(form.config().loss.weights)[dataset.classes.counted[1].id] == 2.5)
    assert sum(weight != 1.0 for _id, weight in form.config().loss.weights) == 1


def test_fields_without_a_use_are_not_shown(form):
    form.show()
    form.folds[2].set_open(True)
    training = form.training
    assert not training._momentum.isVisible()
    choose(training._optimizer, "sgd")
    assert training._momentum.isVisible()
    choose(training._optimizer, "adam")
    assert not training._weight_decay.isVisible()
    assert not training._focus.isVisible()
    choose(training._loss, "focal")
    assert training._focus.isVisible()


@pytest.mark.parametrize("text", ["", "1e-", ".", "99", "0"])
def test_a_rate_that_is_none_is_refused_in_words(form, text):
    form.training._rate.setText(text)
    form.train_button.click()
    assert "learning rate must be" in form._problem.text()
    form.training._rate.setText("0,01")
    form.train_button.click()
    assert not form._problem.text()
    assert form.config().learning_rate == 0.01


def test_the_size_is_told_and_too_much_for_the_memory_is_warned_of(form):
    form.set_device(DeviceFacts(memory_bytes=8_000_000_000))
    assert "0.2 million parameters" in form.estimate._size.text()
    assert form.estimate._warning.isHidden()
    form.set_config(TrainingConfig(dataset=Path(), architecture="unet", batch_size=32, input_size=(512, 512)))
    assert "This machine has 8.0 GB" in form.estimate._warning.text()
    form.training._batch_size.setValue(1)
    assert form.estimate._warning.isHidden()
    form.set_device(DeviceFacts(gpu=True, memory_bytes=500_000_000))
    assert "This GPU has 0.5 GB" in form.estimate._warning.text()
    choose(form.model._architecture, OWN)
    assert form.estimate._warning.isHidden()


def test_what_becomes_of_pretrained_weights_for_grey_pictures_is_said(form):
    choose(form.model._architecture, "unet")
    choose(form.model._backbone, "vgg16")
    choose(form.model._weights.box, "imagenet")
    assert not form.model._note.text()
    form.set_channels(1)
    assert "repeated in three channels" in form.model._note.text()


def test_a_suggestion_fills_the_form_says_why_and_can_be_taken_back(form, dataset, tmp_path):
    before = everything(dataset, tmp_path)
    form.set_config(before)
    suggestion = suggest(FEW, DeviceFacts(cores=2))
    form.show_suggestion(suggestion)
    assert same(form.config(), suggestion.apply(before))
    assert form.config().epochs == 100
    assert all(reason.sentence.split("<")[0] in form.suggestions.said for reason in suggestion.reasons)
    form.suggestions.back_button.click()
    assert same(form.config(), before)
    assert not form.suggestions.said


def test_the_reasons_are_closed_and_the_settings_stay(form):
    form.show_suggestion(suggest(FEW, DeviceFacts(cores=2)))
    form.suggestions.close_button.click()
    assert not form.suggestions.said
    assert form.config().epochs == 100


def test_pause_turns_into_continue_and_stop_can_be_pressed_once(form, qtbot):
    form.show()
    form.set_training(True)
    assert not form.train_button.isVisible()
    with qtbot.waitSignal(form.pause_requested):
        form.buttons.pause.click()
    assert not form.buttons.pause.isEnabled()
    form.set_paused(True)
    assert form.buttons.pause.text() == "Continue"
    with qtbot.waitSignal(form.continue_requested):
        form.buttons.pause.click()
    form.set_paused(False)
    assert form.buttons.pause.text() == "Pause"
    with qtbot.waitSignal(form.stop_requested):
        form.stop_button.click()
    assert not form.stop_button.isEnabled()
    form.set_training(False)
    assert form.train_button.isVisible()
    assert not form.buttons.pause.isVisible()


def test_preview_and_find_hand_over_the_settings(form, qtbot):
    for button, signal in (
        (form.pictures.preview_button, form.preview_requested),
        (form.training.find_button, form.rate_requested),
    ):
        with qtbot.waitSignal(signal) as caught:
            button.click()
        assert same(caught.args[0], form.config())


def test_without_a_mask_nothing_can_begin(make_form, dataset):
    for mask in (dataset.root / "train_segmentation").iterdir():
        mask.unlink()
    form = make_form()
    form.set_dataset(open_dataset(dataset.root))
    buttons = (form.train_button, form.suggestions.button, form.training.find_button, form.pictures.preview_button)
    assert not any(button.isEnabled() for button in buttons)


FIELDS = (QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QSpinBox, QAbstractItemView)


def fields_of(form):
    every = {widget for kind in FIELDS for widget in form.findChildren(kind)}
    return [
        widget
        for widget in every
        if not isinstance(widget, QScrollBar)
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget.parent(), (QSpinBox, QComboBox, QAbstractItemView))
        and widget.parent().metaObject().className() != "QComboBoxPrivateContainer"
    ]


def test_every_field_has_a_name_and_a_tooltip(form):
    fields = fields_of(form)
    assert len(fields) > 50
    for field in fields:
        assert field.accessibleName() or field.text(), field
        assert field.toolTip(), field.accessibleName()


def test_the_tab_key_goes_through_the_form_as_it_is_read(form, qtbot):
    form.set_training(True)
    for fold in form.folds:
        fold.set_open(True)
    form.resize(320, 2000)
    form.show()
    qtbot.waitExposed(form)
    order = [widget for widget in in_reading_order(form.layout()) if widget.isVisible() and widget.isEnabled()]
    assert len(order) > 40
    places = [(widget.mapTo(form, QPoint(0, widget.height() // 2)).y(), widget.x()) for widget in order]
    rows = [y // 12 for y, _x in places]
    assert rows == sorted(rows)
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    order[0].setFocus()
    for widget in order[1:]:
        QTest.keyClick(form.focusWidget(), Qt.Key.Key_Tab)
        assert form.focusWidget() is widget, widget.accessibleName()


def test_the_wheel_turns_the_page_and_no_setting(form, qtbot):
    scroll = QScrollArea()
    qtbot.addWidget(scroll)
    scroll.setWidget(form)
    scroll.show()
    box = form.training._epochs
    before = box.value()
    turned = QWheelEvent(
        QPointF(5, 5),
        QPointF(box.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turned)
    assert box.value() == before
    scroll.takeWidget()  # it is closed by itself


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [290, 340])
def test_nothing_is_cut_off_in_a_narrow_column(form, qtbot, scheme, width):
    application = QApplication.instance()
    apply_theme(application, scheme)
    for fold in form.folds:
        fold.set_open(True)
    form.set_config(
        TrainingConfig(
            dataset=Path(),
            optimization=OptimizationSettings(optimizer="sgd"),
            loss=LossSettings(class_weighting="by_hand", name="focal"),
        )
    )
    form.show_suggestion(suggest(FEW, DeviceFacts(cores=2)))
    form.resize(width - 14, 2200)
    form.show()
    qtbot.waitExposed(form)
    assert form.minimumSizeHint().width() <= width - 14
    for field in fields_of(form):
        if field.isVisible():
            right = field.mapTo(form, QPoint(field.width(), 0)).x()
            assert right <= form.width() - 8, field.accessibleName()
    apply_theme(application, "light")
