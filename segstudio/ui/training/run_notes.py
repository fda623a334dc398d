"""What a person has to say of a run: plain text, written to its folder while it is typed."""

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFocusEvent, QHideEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from segstudio.dataset.files import write_atomically
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.shown_run import ShownRun

NOTES_FILE = "notes.txt"
_DELAY_MILLISECONDS = 800


class RunNotes(QWidget):
    """The notes of a run.

    What is typed is written after a moment, and at once when another run is chosen or the notes go out of sight. What
    cannot be written is kept, tried again, and told by `flush`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._unsaved: dict[Path, str] = {}
        self._loading = False
        self.edit = _NotesEdit(self)
        self.edit.setAccessibleName("Notes of the run")
        self.edit.setTabChangesFocus(True)
        self.edit.textChanged.connect(self._on_text_changed)
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self.flush)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACING, 0, 0)
        layout.setSpacing(SPACING)
        layout.addWidget(self._said)
        layout.addWidget(self.edit, 1)
        self.show_run(None)

    @property
    def said(self) -> str:
        """Where the notes are, or why they are not saved."""
        return self._said.text()

    def show_run(self, run: ShownRun | None) -> None:
        """Show the notes of another run; those of the one before are written."""
        self.flush()
        folder = None if run is None else run.folder
        if folder is not None and folder == self._folder and self.edit.hasFocus():
            return
        self._folder = folder
        self.edit.setEnabled(folder is not None)
        if folder is None:
            self._load("")
            self._say("Choose a run below to write something about it.")
            return
        try:
            self._load(self._unsaved.get(folder) or _read(folder))
        except OSError as error:
            self.edit.setEnabled(False)
            self._load("")
            self._say(f"The notes of {folder.name} cannot be read: {error.strerror or error}.", is_problem=True)
        else:
            self._say(f"Notes of {folder.name}, kept in {NOTES_FILE} in its folder.")

    def flush(self) -> dict[Path, str]:
        """Write what is not written yet; return why that failed, by file."""
        self._timer.stop()
        failures: dict[Path, str] = {}
        for folder, text in list(self._unsaved.items()):
            if not folder.is_dir():  # thrown away meanwhile; to write would make it anew
                del self._unsaved[folder]
                continue
            try:
                write_atomically(folder / NOTES_FILE, text.encode())
            except OSError as error:
                failures[folder / NOTES_FILE] = (
                    f"The notes of {folder.name} could not be saved: {error.strerror or error}."
                )
            else:
                del self._unsaved[folder]
        if failures:
            self._say(" ".join(failures.values()) + " They are tried again.", is_problem=True)
            self._timer.start(_DELAY_MILLISECONDS * 5)
        elif self._folder is not None and self.edit.isEnabled():
            self._say(f"Notes of {self._folder.name}, kept in {NOTES_FILE} in its folder.")
        return failures

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        self.flush()
        super().hideEvent(event)

    def _load(self, text: str) -> None:
        self._loading = True
        if text != self.edit.toPlainText():
            self.edit.setPlainText(text)
        self._loading = False

    def _on_text_changed(self) -> None:
        if self._loading or self._folder is None:
            return
        self._unsaved[self._folder] = self.edit.toPlainText()
        self._timer.start(_DELAY_MILLISECONDS)

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        set_role(self._said, "problem" if is_problem else "quiet")
        self._said.setText(text)


class _NotesEdit(QPlainTextEdit):
    """Is written down when the person goes elsewhere."""

    def __init__(self, notes: RunNotes) -> None:
        super().__init__(notes)
        self._notes = notes

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._notes.flush()
        super().focusOutEvent(event)


def _read(folder: Path) -> str:
    try:
        return (folder / NOTES_FILE).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
