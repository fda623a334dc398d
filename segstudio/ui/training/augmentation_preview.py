"""Shows what augmentation makes of a person's own pictures, before a training does it to all of them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from segstudio.learning.config import TrainingConfig
from segstudio.learning.settings.augmentation import CHANGES, PRESET_TITLES, AugmentationSettings
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role

_SIDE = 150
_SAMPLES, _VARIANTS = 4, 5
_LARGEST_SEED = 2**32


class Ask(Protocol):
    """What makes the pictures; they are handed to `AugmentationPreview.set_rows`, or `show_failure` says why not."""

    def __call__(self, config: TrainingConfig, output: Path, *, count: int, variants: int, seed: int) -> None:
        """Begin to make them, and return at once."""


class AugmentationPreview(QDialog):
    """A row for each of a few samples: as it is, then as it may come out. Not modal: the form stays usable beside it.

    Args:
        ask: makes the pictures in the background.
    """

    def __init__(self, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What augmentation does")
        self.resize((_SIDE + SPACING) * (_VARIANTS + 1) + SPACING * 8, 720)
        self._ask = ask
        self._config: TrainingConfig | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.seed = 0
        self.heading = QLabel()
        self.heading.setWordWrap(True)
        self.message = QLabel()
        self.message.setWordWrap(True)
        set_role(self.message, "quiet")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setAccessibleName("Pictures as augmentation makes them")
        self.another = QPushButton("Another seed")
        self.another.setToolTip("Show other changes of the same pictures")
        self.another.clicked.connect(self._on_another)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.another, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        for widget in (self.heading, self.message):
            layout.addWidget(widget)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(buttons)

    def show_for(self, config: TrainingConfig) -> None:
        """Show the dialog, with what these settings do."""
        self._config = config
        self.seed = config.seed
        self.show()
        self.raise_()
        self._begin()

    def set_rows(self, rows: Sequence[tuple[str, Sequence[Path]]]) -> None:
        """Show (name, pictures) of samples; the first picture of each is the unchanged one."""
        grid = QGridLayout()
        grid.setSpacing(SPACING)
        for row, (name, paths) in enumerate(rows):
            for column, path in enumerate(paths):
                what = f"{name}, unchanged" if column == 0 else f"{name}, changed, {column}"
                grid.addWidget(_picture(path, what), 2 * row, column, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_caption(name), 2 * row + 1, 0, 1, max(len(paths), 1))
        grid.setRowStretch(2 * len(rows), 1)
        grid.setColumnStretch(_VARIANTS + 1, 1)
        content = QWidget()
        content.setLayout(grid)
        self._scroll.setWidget(content)
        self.another.setEnabled(True)
        self.message.setText(
            f"Seed {self.seed}. At the left each picture as it is. Grey: ignored in training, "
            "since it lies outside the picture, is cut out or is not painted."
        )

    def show_failure(self, reason: str) -> None:
        """Say why there is nothing to see."""
        self.another.setEnabled(True)
        self.message.setText(reason)

    @override
    def done(self, result: int) -> None:
        self._forget()
        super().done(result)

    def _begin(self) -> None:
        if self._config is None:
            return
        height, width = self._config.input_size
        self.heading.setText(f"{_told(self._config.augmentation)}. At the input size, {height} × {width}.")
        self.message.setText("Making the pictures …")
        self.another.setEnabled(False)
        if self._folder is None:
            # What a worker still writes when the dialog is closed must not be an error.
            self._folder = tempfile.TemporaryDirectory(prefix="segstudio-preview-", ignore_cleanup_errors=True)
        self._ask(self._config, Path(self._folder.name), count=_SAMPLES, variants=_VARIANTS, seed=self.seed)

    def _on_another(self) -> None:
        self.seed = (self.seed + 1) % _LARGEST_SEED
        self._begin()

    def _forget(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _told(settings: AugmentationSettings) -> str:
    title = PRESET_TITLES[settings.preset]
    if not settings.changes:
        return title
    changes = (f"{CHANGES[name].lower()} {strength:g}" for name, strength in settings.changes)
    return f"{title}; with {', '.join(changes)}"


def _picture(path: Path, what: str) -> QLabel:
    label = QLabel()
    picture = QPixmap(str(path))
    if picture.isNull():
        label.setText("cannot be shown")
    else:
        largest = QSize(_SIDE, _SIDE)
        label.setPixmap(
            picture.scaled(largest, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        )
    label.setAccessibleName(what)
    label.setToolTip(what)
    return label


def _caption(name: str) -> QLabel:
    label = QLabel(name)
    set_role(label, "quiet")
    return label
