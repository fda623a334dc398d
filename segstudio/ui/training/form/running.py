"""Where and how a run is carried out."""

from typing import Any

from PySide6.QtWidgets import QLineEdit

from segstudio.learning.config import TrainingConfig
from segstudio.learning.settings.execution import PRECISIONS, ExecutionSettings
from segstudio.ui.overriding import override
from segstudio.ui.training.form.fields import add_row, choice_field, choose, described, switch, whole_field
from segstudio.ui.training.form.section import Section

_ISOLATED = "process"
_AS_NEEDED = -1


class RunningSection(Section):
    """Name, held-out share, seed, precision and the like, folded."""

    title = "Running"

    def __init__(self) -> None:
        super().__init__()
        self._name = described(QLineEdit(), "Name of the run", "Also the name of its folder")
        self._name.setPlaceholderText("next free name")
        tip = "Part of the train split to measure on, where no val split has masks"
        self._held_out = whole_field("Held out for validation", tip, 0, 90, unit=" %")
        self._seed = whole_field("Seed", "The same seed shuffles, changes and begins alike", 0, 2**31 - 1)
        tip = "Mixed is quicker and smaller on newer GPUs, and slower on processors"
        self._precision = choice_field("Precision", tip, PRECISIONS)
        tip = "Processes that change the pictures while others train"
        self._workers = whole_field("Augmenting processes", tip, _AS_NEEDED, 256, instead_of_lowest="As needed")
        where = {_ISOLATED: "In a process of its own", "thread": "In a thread of the window"}
        tip = "A process of its own keeps the window smooth and your masks safe"
        self._where = choice_field("Where to train", tip, where)
        self._xla = switch("Compile with XLA", "The first batches take longer, the others less")
        self._tensorboard = switch("Write for TensorBoard", "Event files beside the run’s own")
        for title, field in (
            ("Name", self._name),
            ("Held out", self._held_out),
            ("Seed", self._seed),
            ("Precision", self._precision),
            ("Workers", self._workers),
            ("Train", self._where),
        ):
            add_row(self.rows, title, field)
        self.rows.addRow(self._xla)
        self.rows.addRow(self._tensorboard)
        self._connect()

    @property
    def isolated(self) -> bool:
        """Whether the run has a process of its own."""
        return bool(self._where.currentData() == _ISOLATED)

    def set_isolated(self, isolated: bool) -> None:  # noqa: FBT001 - a plain setter
        """Train in a process of its own, or in a thread."""
        choose(self._where, _ISOLATED if isolated else "thread")

    @property
    def held_out(self) -> int:
        """Percents of train that are measured on where val has no masks."""
        return self._held_out.value()

    @override
    def set_config(self, config: TrainingConfig) -> None:
        self._held_out.setValue(round(config.validation_fraction * 100))
        self._seed.setValue(config.seed)
        execution = config.execution
        choose(self._precision, execution.precision)
        self._workers.setValue(_AS_NEEDED if execution.workers is None else execution.workers)
        self._xla.setChecked(execution.xla)
        self._tensorboard.setChecked(execution.tensorboard)

    @override
    def settings(self) -> dict[str, Any]:
        workers = self._workers.value()
        return {
            "run": self._name.text().strip(),
            "validation_fraction": self._held_out.value() / 100,
            "seed": self._seed.value(),
            "execution": ExecutionSettings(
                precision=self._precision.currentData(),
                xla=self._xla.isChecked(),
                workers=None if workers == _AS_NEEDED else workers,
                tensorboard=self._tensorboard.isChecked(),
            ),
        }

    @override
    def summary(self) -> str:
        return f"{self._name.text().strip() or 'next free name'}, seed {self._seed.value()}"

    def _connect(self) -> None:
        self._name.textChanged.connect(lambda _text: self.changed.emit())
        for field in (self._held_out, self._seed, self._workers):
            field.valueChanged.connect(lambda _value: self.changed.emit())
        for box in (self._precision, self._where):
            box.currentIndexChanged.connect(lambda _index: self.changed.emit())
        for each in (self._xla, self._tensorboard):
            each.toggled.connect(lambda _on: self.changed.emit())
