"""Which epoch's model is kept, and when a run gives up."""

from typing import Any

from segstudio.learning.config import TrainingConfig
from segstudio.learning.settings.selection import CRITERIA, SelectionSettings
from segstudio.ui.overriding import override
from segstudio.ui.training.form.fields import add_row, choice_field, choose, whole_field
from segstudio.ui.training.form.section import Section


class StoppingSection(Section):
    """Criterion and patience, folded."""

    title = "Stopping"

    def __init__(self) -> None:
        super().__init__()
        tip = "What makes an epoch the best, on val: its model is kept"
        self._criterion = choice_field("Best epoch by", tip, CRITERIA)
        tip = "End the run after so many epochs without a better one"
        self._patience = whole_field("Patience", tip, 0, 100_000, unit=" epochs", instead_of_lowest="Go on to the end")
        add_row(self.rows, "Best by", self._criterion)
        add_row(self.rows, "Patience", self._patience)
        self._criterion.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._patience.valueChanged.connect(lambda _value: self.changed.emit())

    @override
    def set_config(self, config: TrainingConfig) -> None:
        choose(self._criterion, config.selection.criterion)
        self._patience.setValue(config.selection.patience)

    @override
    def settings(self) -> dict[str, Any]:
        return {
            "selection": SelectionSettings(criterion=self._criterion.currentData(), patience=self._patience.value())
        }

    @override
    def summary(self) -> str:
        patience = self._patience.value()
        return f"{self._criterion.currentText()}, {f'after {patience} without' if patience else 'to the end'}"
