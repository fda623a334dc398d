"""Between the form's “Find…”, the session that tries rates, and the dialog that shows them."""

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtCore import QObject, SignalInstance

from segstudio.learning.config import TrainingConfig
from segstudio.ui.training.form import TrainingForm
from segstudio.ui.training.rate_dialog import RateDialog


class FindsRates(Protocol):
    """What tries learning rates; a `LearningSession` as a rule.

    Signals:
        rate_found(dict): `rate_finder.RateSearch.to_json`.
        rate_failed(str): why not, for people; empty where a person stopped it.
    """

    @property
    def rate_found(self) -> SignalInstance:
        """It came to an end."""

    @property
    def rate_failed(self) -> SignalInstance:
        """It did not."""

    def find_rate(self, config: TrainingConfig) -> None:
        """Begin to try rates."""


class RateSearch(QObject):
    """Asks for a search and shows what it found."""

    def __init__(self, form: TrainingForm, finder: FindsRates) -> None:
        super().__init__(form)
        self._form = form
        self._finder = finder
        self.dialog: RateDialog | None = None
        form.rate_requested.connect(self._on_requested)
        finder.rate_found.connect(self._on_found)
        finder.rate_failed.connect(self._on_failed)

    def _on_requested(self, config: TrainingConfig) -> None:
        self._form.set_finding_rate(True)
        self._finder.find_rate(config)

    def _on_found(self, found: Mapping[str, object]) -> None:
        self._form.set_finding_rate(False)
        if self.dialog is None:
            self.dialog = RateDialog(self._form)
            self.dialog.rate_chosen.connect(self._form.set_learning_rate)
        self.dialog.show_search(found)
        self.dialog.show()
        self.dialog.raise_()

    def _on_failed(self, reason: str) -> None:
        self._form.set_finding_rate(False)
        self._form.set_problem(reason)
