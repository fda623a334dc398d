"""How samples are shared out among the splits."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QSpinBox, QWidget

from segstudio.dataset.dataset import SPLITS
from segstudio.dataset.formats.dividing import SplitRule
from segstudio.dataset.formats.source import SourceSample
from segstudio.ui.theme import SPACING, set_role


class SplitBox(QWidget):
    """The settings of a `SplitRule`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keep = QCheckBox("Keep the splits of the source")
        self.keep.setChecked(True)
        self._found = QLabel()
        set_role(self._found, "quiet")
        self.val = _percent("Share of val", 20)
        self.test = _percent("Share of test", 0)
        self.group = QLineEdit()
        self.group.setPlaceholderText("such as (.*)_frame: what agrees stays together")
        self.group.setAccessibleName("Names that belong together")
        self.group.setToolTip(
            "A regular expression: pictures whose names agree in what it finds go into one split, such as the frames "
            "of a video or the slices of a patient."
        )
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(SPACING)
        form.addRow(self.keep)
        form.addRow(self._found)
        form.addRow("Into val", self.val)
        form.addRow("Into test", self.test)
        form.addRow("Together", self.group)
        self.keep.toggled.connect(lambda _kept: self._update())
        self._has_splits = False
        self.set_samples(())

    def rule(self) -> SplitRule:
        """Return the rule as it is set.

        Raises:
            FormatError: the shares are more than all, or the group is no regular expression.
        """
        keep = self.keep.isChecked() and self._has_splits
        group = self.group.text().strip() or None
        return SplitRule(keep=keep, val=self.val.value() / 100, test=self.test.value() / 100, group=group)

    def set_samples(self, samples: Sequence[SourceSample]) -> None:
        """Say which splits the source has."""
        counts = {split: sum(sample.split == split for sample in samples) for split in SPLITS}
        self._has_splits = any(counts.values())
        found = ", ".join(f"{count:,} in {split}" for split, count in counts.items() if count)
        self._found.setText(found or "The source has no splits.")
        self.keep.setVisible(self._has_splits)
        self._update()

    def _update(self) -> None:
        free = not (self.keep.isChecked() and self._has_splits)
        for widget in (self.val, self.test, self.group):
            widget.setEnabled(free)


def _percent(name: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, 100)
    box.setValue(value)
    box.setSuffix(" %")
    box.setAccessibleName(name)
    return box
