"""What the import and the export window have in common."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QWidget

from segstudio.dataset.formats.building import check_free
from segstudio.errors import SegstudioError
from segstudio.ui.theme import SPACING, set_role


class DestinationLine(QWidget):
    """The folder that is going to be made.

    Signals:
        changed(): it is another one.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.line.setMinimumWidth(420)
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        choose = QPushButton("Choose…")
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        row.addWidget(self.line, 1)
        row.addWidget(choose)

    @property
    def path(self) -> Path:
        """The folder."""
        return Path(self.line.text()).absolute()

    @property
    def problem(self) -> str:
        """Why nothing can be made there; empty if something can."""
        try:
            check_free(self.path)
        except (SegstudioError, OSError) as error:
            return str(error)
        return ""

    def set_path(self, path: Path) -> None:
        """Suggest a folder."""
        self.line.setText(str(path))

    def _choose(self) -> None:
        only_folders = QFileDialog.Option.ShowDirsOnly
        chosen, _filter = QFileDialog.getSaveFileName(self, self._name, self.line.text(), options=only_folders)
        if chosen:
            self.line.setText(chosen)


class RunButtons(QWidget):
    """The button that begins, the one that cancels or stops, and how far it is.

    Signals:
        started(): a person wants it to begin.
        cancelled(): or to end.
    """

    started = Signal()
    cancelled = Signal()

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(f"Progress: {text}")
        self._bar.hide()
        self.start = QPushButton(text)
        self.start.setDefault(True)
        set_role(self.start, "primary")
        self.start.clicked.connect(self.started)
        self.cancel = QPushButton("Cancel")
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        row.addWidget(self._bar, 1)
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.start)

    def set_busy(self, *, busy: bool) -> None:
        """Show that it runs, or that it does not any more."""
        self._bar.setRange(0, 0)
        self._bar.setVisible(busy)
        self.cancel.setText("Stop" if busy else "Cancel")

    def set_progress(self, done: int, total: int) -> None:
        """Show how many of how many are done."""
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._bar.setFormat(f"{done:,} of {total:,}")
