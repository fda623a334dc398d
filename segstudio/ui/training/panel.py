"""The Train page: the form at the left, what is known of the chosen runs, and below it all runs."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QVBoxLayout, QWidget

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import Dataset
from segstudio.learning.config import TrainingConfig
from segstudio.learning.curves import Curves
from segstudio.learning.events import EpochEnded, Event, RunContinued, RunPaused, RunStarted
from segstudio.learning.run_summary import RunSummary
from segstudio.ui.jobs import Jobs
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING
from segstudio.ui.training.form import TrainingForm
from segstudio.ui.training.live_run import LiveRun
from segstudio.ui.training.plots import CurvePlots
from segstudio.ui.training.run_actions import RunActions
from segstudio.ui.training.run_details import RunDetails
from segstudio.ui.training.run_header import RunHeader
from segstudio.ui.training.run_reading import RunReading
from segstudio.ui.training.run_table import RunTable
from segstudio.ui.training.shown_run import ShownRun


class TrainingPanel(QWidget):
    """Where models are trained and runs compared.

    Signals:
        training_requested(TrainingConfig, bool): train; the second says whether isolated.
        stop_requested(): end the run under way.
        review_requested(Path): look at the predictions of this run.
        resume_requested(Path): let this run go on.
        runs_outdated(): the run folders may have changed; read them again.
    """

    training_requested = Signal(object, bool)
    stop_requested = Signal()
    review_requested = Signal(object)
    resume_requested = Signal(object)
    runs_outdated = Signal()

    def __init__(self, store: QSettings, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = ClassList(())
        self._live: LiveRun | None = None
        self._shown: list[ShownRun] = []
        self._wanted: list[Path] = []
        self.form = TrainingForm(store)
        self.form.training_requested.connect(self.training_requested)
        self.form.stop_requested.connect(self.stop_requested)
        self.header = RunHeader()
        self.details = RunDetails(jobs)
        self.reading = RunReading(jobs, self)
        self.reading.curves_read.connect(self._on_curves_read)
        self.actions_on_runs = RunActions(jobs, self)
        self.actions_on_runs.failed.connect(self.header.say)
        self.actions_on_runs.changed.connect(self._on_folders_changed)
        self._build_runs()
        self._lay_out()

    @property
    def plots(self) -> CurvePlots:
        """The curves of the chosen runs."""
        return self.details.plots

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Train on another dataset, or on the same with more masks."""
        self.form.set_dataset(dataset)
        self.details.set_dataset(dataset)
        self.actions_on_runs.set_dataset(dataset)
        self._classes = dataset.classes if dataset else ClassList(())

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """List these runs."""
        self.runs.set_runs(runs)
        self.form.set_runs(runs)
        if self._wanted:
            wanted, self._wanted = self._wanted, []
            self.runs.select(wanted)

    def flush(self) -> dict[Path, str]:
        """Write the notes that are not written yet; return why that failed, by file."""
        return self.details.notes.flush()

    def training_started(self, config: TrainingConfig) -> None:
        """Show that a run was asked for."""
        self._live = LiveRun(config, self._classes)
        self._show([self._live.shown])
        self.header.training_started(config)
        self.form.set_training(True)

    def handle_event(self, event: Event) -> None:
        """Show what happened in the run under way."""
        self.header.handle_event(event)
        live = self._live
        if live is None:
            return
        if isinstance(event, RunStarted):
            self._on_run_started(live, event)
        grown = live.add(event)
        match event:
            case EpochEnded():
                self.runs.add_epoch(event)
            case RunPaused() | RunContinued():
                self.runs.set_live(live.folder, paused=isinstance(event, RunPaused))
        self.details.handle_event(event, live.folder, grown=grown)

    def training_failed(self, reason: str) -> None:
        """Show why the run failed, at the form where it can be mended."""
        self.form.set_problem(reason)
        self.header.training_failed(reason)

    def training_ended(self) -> None:
        """The run is over: offer Train again."""
        if self._live is not None:
            self._live.is_under_way = False
        self.form.set_training(False)
        self.header.training_ended()
        self.runs.set_live(None)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.runs_outdated.emit()  # folders may have been copied here, or trained from the command line

    def _build_runs(self) -> None:
        self.runs = RunTable()
        self.runs.selection_changed.connect(self._on_selection_changed)
        self.runs.settings_requested.connect(lambda run: self.form.set_config(run.config))
        self.runs.review_requested.connect(self.review_requested)
        self.runs.resume_requested.connect(self.resume_requested)
        self.runs.notes_requested.connect(self.details.show_notes)
        self.runs.trash_requested.connect(self._on_trash_requested)
        self.runs.rename_requested.connect(self._on_rename_requested)
        self.runs.import_requested.connect(self.actions_on_runs.ask_to_import)

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(290)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING)
        column.setSpacing(SPACING)
        column.addWidget(self.header)
        column.addWidget(self.details, 1)
        right = QSplitter(Qt.Orientation.Vertical)
        right.addWidget(centre)
        right.addWidget(self.runs)
        right.setStretchFactor(0, 1)
        right.setSizes([560, 190])
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.addWidget(scroll)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([300, 900])
        for each in (right, splitter):
            each.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def _on_run_started(self, live: LiveRun, event: RunStarted) -> None:
        live.begin(Path(event.run), goes_on=bool(event.epoch))
        self.runs.set_live(live.folder)
        self._show([live.shown])
        if event.epoch:
            self.reading.read([Path(event.run)])  # what came before it was stopped or killed
        self._wanted = [Path(event.run)]
        self.runs_outdated.emit()

    def _on_selection_changed(self, runs: Sequence[RunSummary]) -> None:
        self._show([self._shown_run(run) for run in runs])
        live = self._live_folder
        waiting = [live] if live is not None and self._live is not None and self._live.awaits_history else []
        self.reading.read([*waiting, *(run.folder for run in runs if run.folder != live)])
        if live is not None:
            return  # the two lines at the top are about the run under way
        if runs:
            self.header.show_run(runs[0], others=len(runs) - 1)
        else:
            self.header.show_nothing()

    def _shown_run(self, run: RunSummary) -> ShownRun:
        if self._live is not None and run.folder == self._live_folder:
            self._live.take_settings(run.config, run.classes)
            return self._live.shown
        known = next((shown.curves for shown in self._shown if shown.folder == run.folder), Curves())
        return ShownRun(run.name, run.config, run.classes, known, run.folder)

    @property
    def _live_folder(self) -> Path | None:
        """The folder of the run under way."""
        return self._live.folder if self._live is not None and self._live.is_under_way else None

    def _show(self, runs: Sequence[ShownRun]) -> None:
        self._shown = list(runs)
        self.details.show_runs(runs)

    def _on_curves_read(self, folder: Path, curves: Curves) -> None:
        if self._live is not None and folder == self._live_folder:
            self._live.join(curves)
            curves = self._live.shown.curves
        # Those of the other runs stay the same objects, so that only what is new is shown anew.
        self._show(
            [
                ShownRun(run.name, run.config, run.classes, curves, folder) if run.folder == folder else run
                for run in self._shown
            ]
        )

    def _on_trash_requested(self, folders: Sequence[Path]) -> None:
        self.flush()  # the notes go with the folder
        self.actions_on_runs.ask_to_trash(folders)

    def _on_rename_requested(self, folder: Path) -> None:
        self.flush()
        self.actions_on_runs.ask_to_rename(folder)

    def _on_folders_changed(self, folders: Sequence[Path]) -> None:
        self._wanted = list(folders)
        self.runs_outdated.emit()
