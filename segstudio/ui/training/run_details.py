"""All that there is to see of the chosen runs, a tab for each question."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QTabWidget, QWidget

from segstudio.dataset.dataset import Dataset
from segstudio.learning.events import EpochEnded, Event, SampleSaved
from segstudio.ui.jobs import Jobs
from segstudio.ui.theme import SPACING
from segstudio.ui.training.class_table import ClassTable
from segstudio.ui.training.confusion_tab import ConfusionTab
from segstudio.ui.training.plots import CurvePlots
from segstudio.ui.training.run_notes import RunNotes
from segstudio.ui.training.sample_player import SamplePlayer
from segstudio.ui.training.settings_view import SettingsView
from segstudio.ui.training.shown_run import ShownRun

_TIPS = (
    ("Curves", "Losses and figures of the chosen runs; several are drawn together"),
    ("Classes", "How well each class is found"),
    ("Confusion", "What is taken for what"),
    ("Samples", "Predictions that grow better by epoch"),
    ("Settings", "What the run was asked for; of several runs what differs"),
    ("Notes", "What you have to say of the run"),
)


class RunDetails(QTabWidget):
    """Curves and settings compare all chosen runs; the other tabs are about the first of them."""

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[ShownRun] = []
        self.plots = CurvePlots()
        self.classes = ClassTable()
        self.confusion = ConfusionTab(jobs)
        self.samples = SamplePlayer(jobs)
        self.settings = SettingsView()
        self.notes = RunNotes()
        tabs = (self.plots, self.classes, self.confusion, self.samples, self.settings, self.notes)
        for widget, (title, tip) in zip(tabs, _TIPS, strict=True):
            self.setTabToolTip(self.addTab(widget, title), tip)
            widget.setContentsMargins(SPACING, 0, SPACING, SPACING)
        self.setDocumentMode(True)

    @property
    def runs(self) -> Sequence[ShownRun]:
        """The runs that are shown."""
        return self._runs

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Look for pictures of samples in this dataset."""
        self.samples.set_dataset(dataset)

    def show_runs(self, runs: Sequence[ShownRun]) -> None:
        """Show these runs."""
        before = self._runs[0] if self._runs else None
        first = runs[0] if runs else None
        self._runs = list(runs)
        self.plots.show_runs(runs)
        self.settings.show_runs(runs)
        if first is before and first is not None:
            return
        self.classes.show_run(first)
        self.confusion.show_run(first)
        self.samples.show_run(first)
        self.notes.show_run(first)

    def handle_event(self, event: Event, folder: Path | None, *, grown: bool) -> None:
        """Take in an event of the run under way, whose curves have it already.

        Args:
            event: what happened.
            folder: the run's.
            grown: whether a curve has grown.
        """
        if not any(run.folder == folder for run in self._runs):
            return
        if grown:
            self.plots.note_change()
        if self._runs[0].folder != folder:
            return
        match event:
            case EpochEnded():
                self.classes.note_change()
                if event.best:
                    self.confusion.read_again()
            case SampleSaved():
                self.samples.note_change()

    def show_notes(self) -> None:
        """Let the person write."""
        self.setCurrentWidget(self.notes)
        self.notes.edit.setFocus()
