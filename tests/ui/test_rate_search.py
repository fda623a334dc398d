"""The learning rate is found by trying: the dialog shows what was tried, and its rate goes into the form."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.range_test import HIGHEST, LOWEST, conclude
from segstudio.ui.theme import apply_theme
from segstudio.ui.training.form import TrainingForm
from segstudio.ui.training.rate_dialog import RateDialog
from segstudio.ui.training.rate_search import RateSearch


def test_it_shows_what_a_range_test_says(qtbot):
    rates = np.geomspace(LOWEST, HIGHEST, 100)
    curve = 1 - 0.6 / (1 + (1e-3 / rates) ** 2) + 3 * rates
    found = conclude(rates.tolist(), curve.tolist())
    dialog = RateDialog()
    qtbot.addWidget(dialog)
    dialog.show_search(found.to_json())
    assert dialog.rate.number == found.suggestion
    assert found.sentence in dialog.said
    dialog.show_search(conclude(rates.tolist(), [float("nan")]).to_json())
    assert not dialog.use_button.isEnabled()


class Finder(QObject):
    """Tries rates on a parabola: real losses of real gradient steps, each from the same start."""

    rate_found = Signal(object)
    rate_failed = Signal(str)

    def __init__(self):
        super().__init__()
        self.asked = []

    def find_rate(self, config):
        self.asked.append(config)
        rates = np.geomspace(1e-6, 10, 60)
        losses = np.minimum((1 - 2 * rates) ** 2, 50)
        smoothed = np.convolve(losses, np.ones(3) / 3, mode="same")
        steepest = float(rates[np.argmin(np.gradient(losses, np.log10(rates)))])
        self.found = {
            "rates": rates.tolist(),
            "losses": losses.tolist(),
            "smoothed": smoothed.tolist(),
            "suggestion": steepest,
            "sentence": "The loss falls most steeply there.",
        }


@pytest.fixture
def form(qtbot, tmp_path):
    make_sample_dataset(tmp_path / "sample", train=2, val=1, test=0, size=(32, 48))
    form = TrainingForm(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(form)
    form.set_dataset(open_dataset(tmp_path / "sample"))
    return form


@pytest.fixture
def finder():
    return Finder()


@pytest.fixture
def search(form, finder):
    return RateSearch(form, finder)


def test_the_rate_that_was_found_goes_into_the_form(form, finder, search, qtbot):
    form.training.find_button.click()
    assert finder.asked == [form.config()]
    assert not form.training.find_button.isEnabled()
    finder.rate_found.emit(finder.found)
    assert form.training.find_button.isEnabled()
    dialog = search.dialog
    assert dialog.isVisible()
    assert not dialog.isModal()
    suggested = finder.found["suggestion"]
    assert dialog.line.isVisible()
    assert dialog.line.value() == pytest.approx(math.log10(suggested), abs=0.02)
    assert "falls most steeply" in dialog.said
    dialog.use_button.click()
    assert form.config().learning_rate == pytest.approx(suggested, rel=0.05)
    assert not dialog.isVisible()


def test_the_plot_shows_losses_over_a_logarithmic_axis(form, finder, search):
    form.training.find_button.click()
    finder.rate_found.emit(finder.found)
    x, y = search.dialog._losses.getData()
    np.testing.assert_allclose(x, np.log10(finder.found["rates"]))
    np.testing.assert_allclose(y, finder.found["losses"])
    assert len(search.dialog._smoothed.getData()[0]) == 60


def test_another_rate_can_be_moved_to_or_written(qtbot):
    dialog = RateDialog()
    qtbot.addWidget(dialog)
    dialog.show_search({"rates": [1e-4, 1e-2, 1.0], "losses": [1.0, 0.5, 9.0], "smoothed": [], "suggestion": 1e-2})
    dialog.line.setValue(-3.0)
    assert dialog.rate.number == 1e-3
    dialog.rate.clear()
    QTest.keyClicks(dialog.rate, "0.02")
    assert dialog.line.value() == pytest.approx(math.log10(0.02))
    assert dialog.rate.text() == "0.02"
    with qtbot.waitSignal(dialog.rate_chosen) as chosen:
        dialog.use_button.click()
    assert chosen.args == [0.02]


def test_where_no_rate_stands_out_a_person_chooses(qtbot):
    dialog = RateDialog()
    qtbot.addWidget(dialog)
    dialog.show_search({"rates": [1e-4, 1e-2], "losses": [1.0, None], "smoothed": [], "suggestion": None})
    assert "Choose a rate" in dialog.said
    assert not dialog.use_button.isEnabled()
    assert not dialog.line.isVisible()
    QTest.keyClicks(dialog.rate, "3e-3")
    assert dialog.use_button.isEnabled()
    dialog.show_search({"rates": [], "losses": [], "smoothed": [], "suggestion": None, "sentence": "It was stopped."})
    assert dialog.said.startswith("It was stopped.")


def test_why_it_failed_stands_at_the_form(form, finder, search):
    form.training.find_button.click()
    finder.rate_failed.emit("There is not enough memory.")
    assert form._problem.text() == "There is not enough memory."
    assert form.training.find_button.isEnabled()
    assert search.dialog is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_in_the_colours_of_the_theme(qtbot, scheme):
    application = QApplication.instance()
    apply_theme(application, scheme)
    dialog = RateDialog()
    qtbot.addWidget(dialog)
    dialog.show_search({"rates": [1e-4, 1e-2, 1], "losses": [3, 1, 4], "smoothed": [3, 1, 4], "suggestion": 1e-2})
    dialog.show()
    qtbot.waitExposed(dialog)
    corner = dialog.plot.grab().toImage().pixelColor(3, 3).lightness()
    assert (corner < 128) == (scheme == "dark")
    apply_theme(application, "light")
