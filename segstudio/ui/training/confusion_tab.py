"""What a run takes for what: the matrix, a sentence for the field under the mouse, and saving it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from segstudio.learning.confusion_file import RunConfusion, read_confusion, write_confusion_csv
from segstudio.ui.jobs import Jobs
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.confusion_matrix import ConfusionMatrix
from segstudio.ui.training.save_menu import SaveMenu
from segstudio.ui.training.shown_run import ShownRun

_HINT = "Point at a field to read what it stands for."


class ConfusionTab(QWidget):
    """Shows ``confusion.json`` of a run, read in the background."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._run: ShownRun | None = None
        self.confusion: RunConfusion | None = None
        self.matrix = ConfusionMatrix()
        self.matrix.field_entered.connect(self._on_field_entered)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.matrix)
        self._of = QLabel()
        self._of.setWordWrap(True)
        set_role(self._of, "quiet")
        self.measure = QComboBox()
        self.measure.setAccessibleName("What the fields show")
        self.measure.addItem("% of the truth", False)
        self.measure.addItem("Pixels", True)
        self.measure.currentIndexChanged.connect(
            lambda _index: self.matrix.set_absolute(bool(self.measure.currentData()))
        )
        self.save = SaveMenu("confusion", {"PNG": self.save_png, "CSV": self.save_csv})
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(self._of, 1)
        row.addWidget(self.measure)
        row.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACING, 0, 0)
        layout.setSpacing(SPACING)
        layout.addLayout(row)
        layout.addWidget(self._sentence)
        layout.addWidget(area, 1)
        self._show(None, "")

    @property
    def said(self) -> str:
        """Which epoch is shown, or why nothing is."""
        return self._of.text()

    @property
    def sentence(self) -> str:
        """What is said of the field under the mouse."""
        return self._sentence.text()

    def show_run(self, run: ShownRun | None) -> None:
        """Show another run."""
        same = run is not None and self._run is not None and run.folder == self._run.folder
        self._run = run
        if not same:
            self._show(None, "")
            self.read_again()

    def read_again(self) -> None:
        """Read what there is now; the run may have had a better epoch."""
        run = self._run
        if run is None or run.folder is None:
            self._show(None, "Choose a run below to see what it takes for what." if run is None else "")
            return
        folder, classes = run.folder, run.classes

        def read(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> RunConfusion | None:  # noqa: ARG001
            return read_confusion(folder, classes)

        def only_if_shown(slot: Callable[[object], None]) -> Callable[[object], None]:
            return lambda found: slot(found) if self._run is not None and self._run.folder == folder else None

        self._jobs.start(
            "Reading a confusion matrix",
            read,
            succeeded=only_if_shown(self._on_read),
            failed=only_if_shown(lambda reason: self._show(None, str(reason))),
        )

    def save_png(self, path: Path) -> None:
        """Write the matrix as a picture; say where, or why not."""
        saved = self.matrix.grab().save(str(path), "PNG")
        self._sentence.setText(f"Written: {path}" if saved else f"{path} could not be written. Choose another folder.")

    def save_csv(self, path: Path) -> None:
        """Write the pixels as a table; say where, or why not."""
        if self.confusion is None:
            return
        try:
            write_confusion_csv(path, self.confusion)
        except OSError as error:
            self._sentence.setText(f"{path} could not be written: {error.strerror or error}.")
        else:
            self._sentence.setText(f"Written: {path}")

    def _on_read(self, found: object) -> None:
        confusion = found if isinstance(found, RunConfusion) else None
        name = "" if self._run is None else self._run.name
        missing = f"{name} has no confusion matrix: it is counted on val, at each epoch that is the best so far."
        self._show(confusion, missing if confusion is None else f"{name}, on val, epoch {confusion.epoch}.")

    def _show(self, confusion: RunConfusion | None, said: str) -> None:
        self.confusion = confusion
        self.matrix.show_confusion(confusion)
        self._of.setText(said)
        self._sentence.setText("" if confusion is None else _HINT)
        self.measure.setEnabled(confusion is not None)
        self.save.setEnabled(confusion is not None)

    def _on_field_entered(self, row: int, column: int) -> None:
        if self.confusion is not None:
            self._sentence.setText(_HINT if row < 0 else self.confusion.sentence(row, column))
