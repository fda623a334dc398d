"""The Train page: form, live curves, runs."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QScrollArea, QSplitter, QVBoxLayout, QWidget

from segstudio.dataset.dataset import Dataset
from segstudio.learning.config import TrainingConfig
from segstudio.learning.curves import Curves
from segstudio.learning.events import (
    BatchEnded,
    EpochEnded,
    Event,
    RunEnded,
    RunPreparing,
    RunStarted,
    SampleSaved,
)
from segstudio.learning.runs import Run
from segstudio.ui.duration import time_left
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.form import TrainingForm
from segstudio.ui.training.plots import CurvePlots
from segstudio.ui.training.run_table import RunTable
from segstudio.ui.training.sample_strip import SampleStrip


class TrainingPanel(QWidget):
    """Where models are trained.

    Signals:
        training_requested(TrainingConfig, bool): train; the second says whether isolated.
        stop_requested(): end the run under way.
        review_requested(Path): look at the predictions of this run.
    """

    training_requested = Signal(object, bool)
    stop_requested = Signal()
    review_requested = Signal(object)

    def __init__(self, store: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder: Path | None = None
        self._live: Curves | None = None
        self._steps = 1
        self.form = TrainingForm(store)
        self.form.training_requested.connect(self.training_requested)
        self.form.stop_requested.connect(self.stop_requested)
        self.plots = CurvePlots()
        self.runs = RunTable()
        self.runs.run_selected.connect(self._on_run_selected)
        self.runs.settings_requested.connect(lambda run: self.form.set_config(run.config))
        self.runs.review_requested.connect(self.review_requested)
        self.samples = SampleStrip()
        self._state = QLabel("Press Train and watch the curves here.")
        set_role(self._state, "heading")
        self._detail = QLabel("Or choose a run at the right to see its curves again.")
        set_role(self._detail, "quiet")
        self._detail.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of the run")
        # Its place stays: the plots below would be laid out and drawn anew with the click on Train.
        keeping = self._bar.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(keeping)
        self._bar.setVisible(False)
        scroll = QScrollArea()
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setMinimumWidth(290)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        for part in (scroll, self._build_centre(), self.runs):
            splitter.addWidget(part)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([300, 600, 340])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Train on another dataset, or on the same with more masks."""
        self.form.set_dataset(dataset)
        self.samples.set_classes(dataset.classes if dataset else None)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """List these runs."""
        self.runs.set_runs(runs)
        self.form.set_runs(runs)

    def training_started(self, config: TrainingConfig) -> None:
        """Show that a run was asked for."""
        self._folder = None
        self._live = Curves()
        self.plots.show_curves(self._live)
        self.samples.clear()
        self.form.set_training(True)
        self._state.setText(f"Training {config.run or config.architecture}")
        self._detail.setText("Starting …")
        self._bar.setRange(0, 0)
        self._bar.setVisible(True)

    def handle_event(self, event: Event) -> None:
        """Show what happened in the run under way."""
        if self._live is not None and self._live.add(event):
            self.plots.note_change()
        match event:
            case RunPreparing():
                self._detail.setText(event.what.capitalize() + " …")
            case RunStarted():
                self._on_run_started(event)
            case BatchEnded():
                self._bar.setValue(event.step)
                left = time_left(event.seconds_left)
                self._bar.setFormat(f"%p %, {left}" if left else "%p %")
            case EpochEnded():
                figures = event.val or event.train
                self._state.setText(f"Epoch {event.epoch}: mean IoU {figures.mean_iou:.3f}, loss {figures.loss:.3f}")
            case SampleSaved() if self._folder is not None:
                self.samples.show_prediction(event.sample, self._folder / event.path)
            case RunEnded():
                self._on_run_ended(event)

    def training_failed(self, reason: str) -> None:
        """Show why the run failed, at the form where it can be mended."""
        self.form.set_problem(reason)
        self._state.setText("The training failed")
        self._detail.setText(reason)

    def training_ended(self) -> None:
        """The run is over: offer Train again."""
        self.form.set_training(False)
        self._bar.setVisible(False)

    def _build_centre(self) -> QWidget:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        column.setSpacing(SPACING)
        column.addWidget(self._state)
        column.addWidget(self._detail)
        column.addWidget(self._bar)
        column.addWidget(self.plots, 1)
        column.addWidget(self.samples)
        return centre

    def _on_run_started(self, event: RunStarted) -> None:
        self._folder = Path(event.run)
        self._steps = max(event.epochs * event.batches, 1)
        self._bar.setRange(0, self._steps)
        self._state.setText(f"Training {self._folder.name}")
        measured = f", measured on {event.val_samples}" if event.val_samples else ""
        self._detail.setText(
            f"{event.device}  ·  {event.train_samples} pictures{measured}  ·  {event.parameters:,} parameters"
        )

    def _on_run_ended(self, event: RunEnded) -> None:
        best = "" if event.best_mean_iou is None else f", best mean IoU {event.best_mean_iou:.3f}"
        self._state.setText(f"Run {event.outcome} after {event.epochs} epochs{best}")
        if event.message:
            self._detail.setText(event.message)

    def _on_run_selected(self, run: Run) -> None:
        if self._live is not None and run.folder == self._folder:
            self.plots.show_curves(self._live)
            return
        self.plots.show_curves(Curves.of(run.events))
        best = run.best_mean_iou
        self._state.setText(run.name if best is None else f"{run.name}: best mean IoU {best:.3f}")
        height, width = run.config.input_size
        self._detail.setText(
            f"{run.config.architecture}  ·  {height} × {width}  ·  {len(run.epochs)} of {run.config.epochs} epochs"
        )
        self.samples.clear()
        for event in run.events:
            if isinstance(event, SampleSaved):
                self.samples.show_prediction(event.sample, run.folder / event.path)
