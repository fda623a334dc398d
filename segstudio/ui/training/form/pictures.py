"""What of the pictures the model sees, and how they are changed for it."""

from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from segstudio.learning.config import FITS, LARGEST_SIDE, SMALLEST_SIDE, TrainingConfig
from segstudio.learning.settings.augmentation import PRESET_TITLES
from segstudio.ui.icons import set_icon
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING
from segstudio.ui.training.form.changes import ChangeSliders
from segstudio.ui.training.form.fields import add_row, choice_field, choose, described, whole_field
from segstudio.ui.training.form.section import Section


class PicturesSection(Section):
    """Input size and augmentation at first sight; fit and single changes folded.

    Signals:
        preview_requested(): show what training makes of the pictures.
    """

    preview_requested = Signal()

    title = "Pictures"

    def __init__(self) -> None:
        super().__init__()
        tip = "of what the model is trained on, in pixels; larger sees more, and takes longer"
        self._height = whole_field("Input height", f"Height {tip}", SMALLEST_SIDE, LARGEST_SIDE, step=32)
        self._width = whole_field("Input width", f"Width {tip}", SMALLEST_SIDE, LARGEST_SIDE, step=32)
        tip = "Change pictures and masks alike at every turn, so that few pictures teach more"
        self._preset = choice_field("Augmentation", tip, PRESET_TITLES)
        self.preview_button = QToolButton()
        set_icon(self.preview_button, "eye")
        described(self.preview_button, "Preview…", "Preview: what training makes of your own pictures")
        add_row(self.head_rows, "Height × width", _line(self._height, QLabel("×"), self._width))
        add_row(self.head_rows, "Augmentation", _line(self._preset, self.preview_button))
        tip = "Whole pictures made smaller, or parts of them as they are: crops keep small things"
        self._fit = choice_field("How pictures are brought to that size", tip, FITS)
        self.changes = ChangeSliders()
        add_row(self.rows, "Fit", self._fit)
        self.rows.addRow(self.changes)
        for field in (self._height, self._width):
            field.valueChanged.connect(lambda _value: self.changed.emit())
        self._fit.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self._preset.currentIndexChanged.connect(lambda _index: self.changes.set_preset(self._preset.currentData()))
        self.changes.changed.connect(self.changed)
        self.preview_button.clicked.connect(lambda: self.preview_requested.emit())

    @property
    def input_size(self) -> tuple[int, int]:
        """(height, width) in pixels."""
        return self._height.value(), self._width.value()

    @override
    def set_config(self, config: TrainingConfig) -> None:
        self._height.setValue(config.input_size[0])
        self._width.setValue(config.input_size[1])
        choose(self._fit, config.fit)
        with QSignalBlocker(self._preset):
            choose(self._preset, config.augmentation.preset)
        self.changes.set_settings(config.augmentation)

    @override
    def settings(self) -> dict[str, Any]:
        return {"input_size": self.input_size, "fit": self._fit.currentData(), "augmentation": self.changes.settings}

    @override
    def summary(self) -> str:
        changed = len(self.changes.settings.changes)
        fit = "crops" if self._fit.currentData() == "crop" else "resized"
        return f"{fit}, {changed} {'change' if changed == 1 else 'changes'} by hand" if changed else fit


def _line(*fields: QWidget) -> QWidget:
    """Return fields beside each other; labels and buttons take no more than they need."""
    line = QWidget()
    line.setFocusProxy(fields[0])
    line.setToolTip(fields[0].toolTip())
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACING // 2)
    for field in fields:
        row.addWidget(field, 0 if isinstance(field, QLabel | QToolButton) else 1)
    return line
