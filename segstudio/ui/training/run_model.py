"""The runs of a dataset as a table: what stands in each field, and what it is sorted by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from segstudio.learning.catalog import ARCHITECTURES, BACKBONES, OWN
from segstudio.learning.events import EpochEnded
from segstudio.learning.run_summary import RunSummary, State
from segstudio.learning.settings.selection import CRITERIA
from segstudio.learning.settings_table import settings_in_words
from segstudio.ui.duration import duration
from segstudio.ui.overriding import override

Index = QModelIndex | QPersistentModelIndex

RUN_ROLE = Qt.ItemDataRole.UserRole

_SHORT = {"mean_iou": "", "mean_dice": "Dice ", "frequency_weighted_iou": "fw IoU ", "pixel_accuracy": "acc. "}


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    tip: str
    text: Callable[[RunSummary, State], str]
    key: Callable[[RunSummary, State], Any]
    figure: bool = False


def _best(run: RunSummary) -> str:
    figure = run.best_figure
    if figure is None:
        return "–"
    return f"{_SHORT.get(run.config.selection.criterion, 'loss ')}{figure:.3f}"


def _best_key(run: RunSummary) -> tuple[str, float]:
    """Runs are compared by what they were chosen by; the best of each is the last when rising."""
    figure = run.best_figure
    if figure is None:
        return ("", 0.0)
    criterion = run.config.selection.criterion
    return (criterion, -figure if criterion == "loss" else figure)


def _model(run: RunSummary) -> str:
    config = run.config
    if config.architecture == OWN:
        return config.model_name
    title = ARCHITECTURES[config.architecture].title
    return (
        title
        if len(ARCHITECTURES[config.architecture].backbones) == 1
        else f"{title}, {BACKBONES[config.backbone].title}"
    )


COLUMNS: tuple[_Column, ...] = (
    _Column("Run", "Its name, also its folder’s", lambda run, _: run.name, lambda run, _: run.name.casefold()),
    _Column(
        "Best",
        "On val (train where there is no val), of the epoch that was kept: mean IoU where nothing else is said",
        lambda run, _: _best(run),
        lambda run, _: _best_key(run),
        figure=True,
    ),
    _Column(
        "Epochs",
        "Complete ones, of those asked for",
        lambda run, _: f"{run.epochs} / {run.config.epochs}",
        lambda run, _: run.epochs,
        figure=True,
    ),
    _Column("State", "What has become of it", lambda _, state: state, lambda _, state: state),
    _Column(
        "Took",
        "Pauses left out",
        lambda run, _: duration(run.seconds) if run.seconds else "–",
        lambda run, _: run.seconds,
        figure=True,
    ),
    _Column(
        "Begun",
        "When its settings were written",
        lambda run, _: datetime.fromtimestamp(run.changed).strftime("%Y-%m-%d %H:%M"),
        lambda run, _: run.changed,
    ),
    _Column("Model", "Architecture and backbone", lambda run, _: _model(run), lambda run, _: _model(run).casefold()),
)
BEGUN = next(i for i, column in enumerate(COLUMNS) if column.title == "Begun")
STATE = next(i for i, column in enumerate(COLUMNS) if column.title == "State")


class RunModel(QAbstractTableModel):
    """A row for each run; the one under way is kept up to date by its events."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[RunSummary] = []
        self._live: Path | None = None
        self._paused = False

    @property
    def runs(self) -> Sequence[RunSummary]:
        """All runs, in the order in which they were set."""
        return self._runs

    @property
    def live(self) -> Path | None:
        """The folder of the run under way."""
        return self._live

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Replace all rows."""
        self.beginResetModel()
        self._runs = list(runs)
        self.endResetModel()

    def set_live(self, folder: Path | None, *, paused: bool = False) -> None:
        """Say which run trains right now, and whether it waits."""
        self._live, self._paused = folder, paused
        if self._runs:
            self.dataChanged.emit(self.index(0, STATE), self.index(len(self._runs) - 1, STATE))

    def add_epoch(self, epoch: EpochEnded) -> None:
        """Take in an epoch of the run under way."""
        for row, run in enumerate(self._runs):
            if run.folder == self._live and epoch.epoch > run.epochs:
                self._runs[row] = run.with_epoch(epoch)
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def state(self, run: RunSummary) -> State:
        """Return what has become of a run, or what it does right now."""
        if run.folder != self._live:
            return run.state
        return "paused" if self._paused else "training"

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._runs)

    @override
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(COLUMNS)

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal:
            match role:
                case Qt.ItemDataRole.DisplayRole:
                    return COLUMNS[section].title
                case Qt.ItemDataRole.ToolTipRole:
                    return COLUMNS[section].tip
                case Qt.ItemDataRole.TextAlignmentRole:
                    return _alignment(COLUMNS[section])
        return None

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run, column = self._runs[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(run, self.state(run))
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(run)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
        return run if role == RUN_ROLE else None


class SortedRuns(QSortFilterProxyModel):
    """The runs in the order that a column asks for."""

    @override
    def lessThan(self, left: Index, right: Index) -> bool:
        model = self.sourceModel()
        assert isinstance(model, RunModel)
        key = COLUMNS[left.column()].key
        first, second = model.runs[left.row()], model.runs[right.row()]
        return bool(key(first, model.state(first)) < key(second, model.state(second)))


def _alignment(column: _Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignHCenter if column.figure else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _tip(run: RunSummary) -> str:
    lines = [run.name, f"Best by {CRITERIA[run.config.selection.criterion].lower()}"]
    if run.end is not None and run.end.message:
        lines.append(run.end.message)
    lines += [f"{title}: {value}" for title, value in settings_in_words(run.config).items()]
    return "\n".join(lines)
