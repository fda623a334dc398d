"""A slider for the strength of each change that training pictures undergo."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSlider, QWidget

from segstudio.learning.settings.augmentation import CHANGES, PRESETS, AugmentationSettings
from segstudio.ui.theme import SPACING
from segstudio.ui.training.form.fields import LABEL_WIDTH, described

_STEPS = 100


class ChangeSliders(QWidget):
    """What a preset does, and what differs from it.

    Signals:
        changed(): a strength is another one.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._settings = AugmentationSettings()
        self._strengths: dict[str, float] = {}
        self._sliders: dict[str, QSlider] = {}
        self._figures: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACING)
        grid.setVerticalSpacing(SPACING // 2)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnMinimumWidth(2, self.fontMetrics().horizontalAdvance("100 %"))
        grid.setColumnStretch(1, 1)
        for row, (name, title) in enumerate(CHANGES.items()):
            self._add_row(grid, row, name, title)
        self.reset_button = QPushButton("Back to the preset")
        described(self.reset_button, "Back to the preset", "Take back all that was changed by hand")
        self.reset_button.clicked.connect(lambda: self.set_preset(self._settings.preset))
        grid.addWidget(self.reset_button, len(CHANGES), 1, 1, 2)
        self.set_settings(self._settings)

    @property
    def settings(self) -> AugmentationSettings:
        """The preset, and what differs from it."""
        return self._settings

    def set_settings(self, settings: AugmentationSettings) -> None:
        """Show other settings."""
        self._settings = settings
        self._strengths = dict.fromkeys(CHANGES, 0.0) | settings.strengths
        for name, strength in self._strengths.items():
            with QSignalBlocker(self._sliders[name]):
                self._sliders[name].setValue(round(strength * _STEPS))
            self._show_figure(name)
        self.reset_button.setEnabled(bool(settings.changes))
        self.changed.emit()

    def set_preset(self, preset: str) -> None:
        """Do what a preset says, and nothing else."""
        self.set_settings(AugmentationSettings(preset=preset))

    def _add_row(self, grid: QGridLayout, row: int, name: str, title: str) -> None:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(0, _STEPS)
        slider.setSingleStep(5)
        slider.setPageStep(25)
        tip = f"{title}: how strongly pictures are changed; 0 % is not at all"
        described(slider, title, tip).valueChanged.connect(lambda value: self._on_moved(name, value / _STEPS))
        figure = QLabel()
        figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        label = QLabel(title)
        label.setToolTip(tip)
        label.setBuddy(slider)
        self._sliders[name], self._figures[name] = slider, figure
        for column, widget in enumerate((label, slider, figure)):
            grid.addWidget(widget, row, column)

    def _on_moved(self, name: str, strength: float) -> None:
        self._strengths[name] = strength
        preset = PRESETS[self._settings.preset]
        different = ((each, value) for each, value in self._strengths.items() if value != preset.get(each, 0.0))
        self._settings = AugmentationSettings(preset=self._settings.preset, changes=tuple(different))
        self._show_figure(name)
        self.reset_button.setEnabled(bool(self._settings.changes))
        self.changed.emit()

    def _show_figure(self, name: str) -> None:
        strength = self._strengths[name]
        self._figures[name].setText(f"{strength:.0%}".replace("%", " %") if strength else "off")
