"""Opening datasets: the dialogs around it, the reading in the background, and where to write if not there."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from segstudio.ui.jobs import Jobs
from segstudio.ui.settings import Settings

if TYPE_CHECKING:
    from segstudio.dataset.dataset import Dataset


@dataclass(frozen=True, slots=True)
class _Opened:
    dataset: "Dataset | None"
    needs_output: bool


class DatasetOpener(QObject):
    """Takes a folder and comes back with a dataset.

    Signals:
        opening(Path): reading the folder has begun.
        opened(Dataset): it is a dataset, and can be written to somewhere.
        failed(str): it is none; the message says why.
        progressed(str, float): making a sample dataset: what, and how far (0 to 1).
    """

    opening = Signal(object)
    opened = Signal(object)
    failed = Signal(str)
    progressed = Signal(str, float)

    def __init__(self, window: QWidget, jobs: Jobs, settings: Settings) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self._settings = settings
        self.folder: Path | None = None
        """The folder that was to be opened last."""

    def ask(self) -> None:
        """Let a person choose a folder, and open it."""
        from PySide6.QtWidgets import QFileDialog

        recent = self._settings.recent
        start = str(recent[0].parent) if recent else str(Path.home())
        chosen = QFileDialog.getExistingDirectory(self._window, "Open a dataset or a folder of pictures", start)
        if chosen:
            self.open(Path(chosen))

    def open(self, folder: Path, output: Path | None = None) -> None:
        """Open a folder in the background."""
        output = output or self._settings.output_for(folder)
        self.folder = folder
        self.opening.emit(folder)

        def read(*, emit: object, should_stop: object) -> _Opened:  # noqa: ARG001 - folder listings only
            # Only now: the window is on the screen sooner without it.
            from segstudio.dataset.dataset import needs_output, open_dataset

            if output is None and folder.is_dir() and needs_output(folder):
                return _Opened(None, needs_output=True)
            return _Opened(_with_classes(open_dataset(folder, output=output)), needs_output=False)

        self._jobs.start(
            f"Opening {folder.name}",
            read,
            succeeded=lambda answer: self._on_read(folder, answer),
            failed=self.failed.emit,
        )

    def ask_for_sample(self) -> None:
        """Let a person say where, make the sample dataset there, and open it."""
        from PySide6.QtWidgets import QFileDialog

        chosen, _filter = QFileDialog.getSaveFileName(
            self._window, "Create a sample dataset in a new folder", str(Path.home() / "segstudio-sample")
        )
        if chosen:
            self.make_sample(Path(chosen))

    def make_sample(self, folder: Path) -> None:
        """Make the sample dataset in a new folder, and open it."""
        self.opening.emit(folder)

        def make(*, emit: object, should_stop: object) -> Path:  # noqa: ARG001 - some seconds
            from segstudio.dataset.synthetic import make_sample_dataset  # loads OpenCV: only when asked for

            make_sample_dataset(folder)
            return folder

        self._jobs.start("Creating the sample dataset", make, succeeded=self.open, failed=self.failed.emit)

    def _on_read(self, folder: Path, answer: _Opened) -> None:
        if answer.dataset is not None:
            self._settings.remember(folder)
            self.opened.emit(answer.dataset)
            return
        from PySide6.QtWidgets import QFileDialog, QMessageBox

        QMessageBox.information(
            self._window,
            "This folder cannot be written to",
            f"{folder} is on read-only storage. Choose another folder for the masks that you paint and the models "
            "that you train; the pictures stay where they are.",
        )
        chosen = QFileDialog.getExistingDirectory(self._window, "Where to write masks and runs", str(Path.home()))
        if chosen:
            self._settings.set_output_for(folder, Path(chosen))
            self.open(folder, Path(chosen))
        else:
            self.failed.emit(f"{folder.name} was not opened: there is nowhere to write to.")


def _with_classes(dataset: "Dataset") -> "Dataset":
    """Where no file names the classes, take the ids that the masks hold."""
    if dataset.classes_known or not dataset.samples.total(labelled=True):
        return dataset
    from segstudio.dataset.statistics import infer_classes  # loads OpenCV: only when there are masks to read

    return dataset.with_classes(infer_classes(dataset))
