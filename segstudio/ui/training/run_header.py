"""What happens in the run under way, or how the chosen one ended, in two lines and a bar."""

from pathlib import Path

from PySide6.QtWidgets import QGridLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import (
    BatchEnded,
    EpochEnded,
    Event,
    RunContinued,
    RunEnded,
    RunPaused,
    RunPreparing,
    RunStarted,
)
from segstudio.learning.run_summary import RunSummary
from segstudio.learning.settings.selection import CRITERIA
from segstudio.ui.duration import duration, time_left
from segstudio.ui.theme import SPACING, set_role

_EPOCHS_OF_PACE = 5


class RunHeader(QWidget):
    """State, details and progress of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = 1
        self._epochs = 0
        self._about = ""
        self._seconds: list[float] = []
        self._left: float | None = None
        self._paused = False
        self._state = QLabel()
        set_role(self._state, "heading")
        self._state.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._detail = QLabel()
        set_role(self._detail, "quiet")
        self._detail.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress of the run")
        # Its place stays: the plots below would be laid out and drawn anew with the click on Train.
        keeping = self.bar.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keeping)
        self.bar.setFixedWidth(280)
        self.bar.setVisible(False)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING // 2)
        layout.addWidget(self._state, 0, 0)
        layout.addWidget(self.bar, 0, 1)
        layout.addWidget(self._detail, 1, 0, 1, 2)
        layout.setColumnStretch(0, 1)
        self.show_nothing()

    @property
    def state(self) -> str:
        """The first line."""
        return self._state.text()

    @property
    def detail(self) -> str:
        """The second line."""
        return self._detail.text()

    def training_started(self, config: TrainingConfig) -> None:
        """Show that a run was asked for."""
        self._seconds, self._left, self._paused, self._about = [], None, False, ""
        self._state.setText(f"Training {config.run or config.model_name}")
        self._detail.setText("Starting …")
        self.bar.setRange(0, 0)
        self.bar.setFormat("%p %")
        self.bar.setVisible(True)

    def handle_event(self, event: Event) -> None:
        """Show what happened in the run under way."""
        match event:
            case RunPreparing():
                self._detail.setText(event.what.capitalize() + " …")
            case RunStarted():
                self._on_run_started(event)
            case BatchEnded():
                self._left = event.seconds_left
                self.bar.setValue(event.step)
                self._show_progress()
            case EpochEnded():
                self._on_epoch_ended(event)
            case RunPaused() | RunContinued():
                self._paused = isinstance(event, RunPaused)
                self._show_progress()
            case RunEnded():
                self._on_run_ended(event)

    def show_nothing(self) -> None:
        """Say what can be done here."""
        self._state.setText("Press Train and watch the curves here.")
        self._detail.setText("Or choose a run below to see its curves again.")

    def say(self, text: str) -> None:
        """Say something that is worth knowing, until there is news of the run."""
        self._detail.setText(text)

    def training_failed(self, reason: str) -> None:
        """Show why the run failed."""
        self._state.setText("The training failed")
        self._detail.setText(reason)

    def training_ended(self) -> None:
        """The run is over."""
        self.bar.setVisible(False)

    def show_run(self, run: RunSummary, *, others: int) -> None:
        """Show how a run that is not under way ended."""
        figure = run.best_figure
        title = CRITERIA[run.config.selection.criterion]
        title = title if title[:1] == "I" else title[0].lower() + title[1:]
        best = "" if figure is None else f": best {title} {figure:.3f}"
        more = f", and {others} more" if others else ""
        self._state.setText(f"{run.name}{best}{more}")
        height, width = run.config.input_size
        parts = [run.config.model_name, f"{height} × {width}", f"{run.epochs} of {run.config.epochs} epochs", run.state]
        if run.seconds:
            parts.append(duration(run.seconds))
        if run.end is not None and run.end.message:
            parts.append(run.end.message)
        self._detail.setText("  ·  ".join(parts))

    def _on_run_started(self, event: RunStarted) -> None:
        self._steps = max(event.epochs * event.batches, 1)
        self._epochs = event.epochs
        self.bar.setRange(0, self._steps)
        self.bar.setValue(event.epoch * event.batches)
        again = f", on from epoch {event.epoch}" if event.epoch else ""
        self._state.setText(f"Training {Path(event.run).name}{again}")
        measured = f", measured on {event.val_samples}" if event.val_samples else ""
        self._about = f"{event.device}  ·  {event.train_samples} pictures{measured}  ·  {event.parameters:,} parameters"
        self._detail.setText(self._about)

    def _on_epoch_ended(self, event: EpochEnded) -> None:
        figures = event.val or event.train
        self._seconds = [*self._seconds[1 - _EPOCHS_OF_PACE :], event.seconds]
        self._state.setText(
            f"Epoch {event.epoch} of {self._epochs or '?'}: mean IoU {figures.mean_iou:.3f}, loss {figures.loss:.3f}"
        )
        pace = sum(self._seconds) / len(self._seconds)
        self._detail.setText(f"{self._about}  ·  {duration(pace)} an epoch")

    def _on_run_ended(self, event: RunEnded) -> None:
        best = "" if event.best_mean_iou is None else f", best mean IoU {event.best_mean_iou:.3f}"
        self._state.setText(f"Run {event.outcome} after {event.epochs} epochs{best}")
        if event.message:
            self._detail.setText(event.message)

    def _show_progress(self) -> None:
        if self._paused:
            self.bar.setFormat("Paused at %p %")
            return
        left = time_left(self._left)
        self.bar.setFormat(f"%p %, {left}" if left else "%p %")
