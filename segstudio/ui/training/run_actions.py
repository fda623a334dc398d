"""Throwing runs away, renaming them and copying them in, with the questions that belong to it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from segstudio.dataset.dataset import Dataset
from segstudio.errors import SegstudioError
from segstudio.learning.run_folders import import_run, rename_run
from segstudio.learning.run_summary import may_be_training
from segstudio.ui.jobs import Jobs
from segstudio.ui.trash import move_to_trash


class RunActions(QObject):
    """What changes run folders as wholes.

    Signals:
        changed(list[Path]): the folders are others now; these are the ones to look at.
        failed(str): why something could not be done.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, jobs: Jobs, window: QWidget) -> None:
        super().__init__(window)
        self._jobs = jobs
        self._window = window
        self._dataset: Dataset | None = None

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Work on the runs of this dataset."""
        self._dataset = dataset

    def ask_to_trash(self, folders: Sequence[Path]) -> None:
        """Ask, and move runs to the trash."""
        what = f"the run “{folders[0].name}”" if len(folders) == 1 else f"these {len(folders)} runs"
        answer = QMessageBox.question(
            self._window,
            "Move to trash",
            f"Move {what} to the trash, with models, curves and notes? Predictions that were made with it stay.",
        )
        if answer == QMessageBox.StandardButton.Yes:
            self.trash(folders)

    def trash(self, folders: Sequence[Path]) -> None:
        """Move runs to the trash; never more than moves them."""
        for folder in folders:
            if may_be_training(folder):
                self.failed.emit(f"The run {folder.name} has told something a moment ago: it may still be training.")
                break
            try:
                move_to_trash(folder)
            except OSError as error:
                self.failed.emit(f"The run {folder.name} could not be moved to the trash: {error.strerror or error}.")
                break
        self.changed.emit([])

    def ask_to_rename(self, folder: Path) -> None:
        """Ask for a name, and rename a run."""
        name, accepted = QInputDialog.getText(
            self._window, "Rename a run", "Name of the run:", QLineEdit.EchoMode.Normal, folder.name
        )
        if accepted and name.strip() != folder.name:
            self.rename(folder, name.strip())

    def rename(self, folder: Path, name: str) -> None:
        """Rename a run and its predictions."""
        if may_be_training(folder):
            self.failed.emit(f"The run {folder.name} has told something a moment ago: it may still be training.")
            return
        predictions = None if self._dataset is None else self._dataset.predictions
        try:
            renamed = rename_run(folder, name, predictions=predictions)
        except SegstudioError as error:
            self.failed.emit(str(error))
        else:
            self.changed.emit([renamed])

    def ask_to_import(self) -> None:
        """Ask for a folder, and copy it in."""
        chosen = QFileDialog.getExistingDirectory(self._window, "Choose the folder of a run", str(Path.home()))
        if chosen:
            self.bring(Path(chosen))

    def bring(self, source: Path) -> None:
        """Copy a run folder among the runs of the dataset, in the background."""
        if self._dataset is None:
            return
        runs = self._dataset.runs

        def copy(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> Path | None:  # noqa: ARG001
            return import_run(source, runs, should_stop=should_stop)

        self._jobs.start(
            f"Importing {source.name}",
            copy,
            succeeded=lambda folder: self.changed.emit([] if folder is None else [folder]),
            failed=self.failed.emit,
        )
