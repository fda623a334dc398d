"""A choice among a few words and files, with a button to look for another file."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING
from segstudio.ui.training.form.fields import choice_field, described


class PathChoice(QWidget):
    """What is chosen is a word or a path, as text.

    Args:
        name: for those who cannot see it.
        tip: what it is for.
        words: titles by word, always to choose from; the first is chosen where nothing else is.
        ask: lets a person look for a file or a folder; None where they gave up.

    Signals:
        changed(): something else is chosen.
    """

    changed = Signal()

    def __init__(self, name: str, tip: str, words: Mapping[str, str], ask: Callable[[], Path | None]) -> None:
        super().__init__()
        self._ask = ask
        self.setToolTip(tip)
        self.box = choice_field(name, tip, words)
        self.button = described(QToolButton(), f"{name}: look for a file", "Look for it on the disk …")
        set_icon(self.button, "folder-open")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACING // 2)
        line.addWidget(self.box, 1)
        line.addWidget(self.button)
        self.setFocusProxy(self.box)
        self.box.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.button.clicked.connect(self._on_asked)

    @property
    def chosen(self) -> str:
        """The word or the path."""
        return str(self.box.currentData() or "")

    def choose(self, value: str) -> None:
        """Choose a word or a path; a path that was not offered yet is added."""
        if self.box.findData(value) < 0:
            self.box.addItem(Path(value).name or value, value)
        self.box.setCurrentIndex(self.box.findData(value))

    def offer(self, titles: Mapping[str, str]) -> None:
        """Offer other things; what is chosen stays chosen if it is among them or is a file, else it is the first."""
        before = self.chosen
        with QSignalBlocker(self.box):
            self.box.clear()
            for value, title in titles.items():
                self.box.addItem(title, value)
            if before in titles or Path(before).is_absolute():
                self.choose(before)
        if self.chosen != before:
            self.changed.emit()

    def _on_asked(self) -> None:
        path = self._ask()
        if path is not None:
            self.choose(str(path))
