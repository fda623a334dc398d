"""The training form offers every architecture, and only what fits together."""

import pytest
from PySide6.QtCore import QSettings

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.catalog import ARCHITECTURES, BACKBONES
from segstudio.ui.training.form import TrainingForm


@pytest.fixture
def store(tmp_path):
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def form(qtbot, store, tmp_path):
    make_sample_dataset(tmp_path / "sample")
    form = TrainingForm(store)
    qtbot.addWidget(form)
    form.set_dataset(open_dataset(tmp_path / "sample"))
    return form


def choices(box):
    return [box.itemData(index) for index in range(box.count())]


def test_every_pair_can_be_chosen_and_no_other(form):
    assert choices(form._architecture) == list(ARCHITECTURES)
    for index, entry in enumerate(ARCHITECTURES.values()):
        form._architecture.setCurrentIndex(index)
        assert choices(form._backbone) == list(entry.backbones)
        for backbone in range(form._backbone.count()):
            form._backbone.setCurrentIndex(backbone)
            config = form.config()
            assert (config.architecture, config.backbone) == (entry.name, entry.backbones[backbone])
            pretrained = BACKBONES[config.backbone].pretrained
            assert choices(form._weights) == (["none", "imagenet"] if pretrained else ["none"])


def test_a_backbone_is_kept_where_it_fits_the_next_architecture_too(form):
    form._architecture.setCurrentIndex(form._architecture.findData("unet"))
    form._backbone.setCurrentIndex(form._backbone.findData("resnet50"))
    form._weights.setCurrentIndex(form._weights.findData("imagenet"))
    form._architecture.setCurrentIndex(form._architecture.findData("pspnet"))
    assert (form.config().backbone, form.config().weights) == ("resnet50", "imagenet")
    form._architecture.setCurrentIndex(form._architecture.findData("unet_mini"))
    assert (form.config().backbone, form.config().weights) == ("custom", "none")


def test_the_model_is_remembered(form, store, qtbot):
    form._architecture.setCurrentIndex(form._architecture.findData("fcn_8"))
    form._backbone.setCurrentIndex(form._backbone.findData("mobilenet"))
    form._weights.setCurrentIndex(form._weights.findData("imagenet"))
    form.train_button.click()
    again = TrainingForm(store)
    qtbot.addWidget(again)
    again.set_dataset(form._dataset)
    config = again.config()
    assert (config.architecture, config.backbone, config.weights) == ("fcn_8", "mobilenet", "imagenet")
    assert ARCHITECTURES["fcn_8"].advice in again._advice.text()
