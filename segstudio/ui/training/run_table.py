"""The runs of a dataset, a row each."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.learning.runs import Run
from segstudio.ui.theme import SPACING, set_role

_COLUMNS = ("Run", "Mean IoU", "Epochs", "State")


class RunTable(QWidget):
    """Lists runs and says what to do with one.

    Signals:
        run_selected(Run): show its curves.
        settings_requested(Run): train with its settings again.
        review_requested(Path): look at its predictions.
    """

    run_selected = Signal(object)
    settings_requested = Signal(object)
    review_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[Run] = []
        heading = QLabel("Runs")
        set_role(heading, "heading")
        self._nothing = QLabel("Each training leaves a run here: its curves, its settings and its model.")
        self._nothing.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        heading.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        set_role(self._nothing, "quiet")
        self._table = QTableWidget(0, len(_COLUMNS))
        self._table.setHorizontalHeaderLabels(_COLUMNS)
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setAlternatingRowColors(True)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._table.horizontalHeader().setHighlightSections(False)
        self._table.setAccessibleName("Runs")
        self._table.itemSelectionChanged.connect(self._on_selection_changed)
        self._review = _button("Review", "Look at the predictions of this run", self._on_review_clicked)
        self._again = _button("Use settings", "Fill the form with the settings of this run", self._on_again_clicked)
        self._open = _button("Open folder", "Show the run’s files", self._on_open_clicked)
        row = QHBoxLayout()
        row.setSpacing(SPACING // 2)
        for button in (self._review, self._again, self._open):
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addWidget(heading)
        layout.addWidget(self._nothing)
        layout.addWidget(self._table, 1)
        # Keeps the heading at the top while there is no table to take the room.
        layout.addStretch(0)
        layout.addLayout(row)
        self.set_runs([])

    def set_runs(self, runs: Sequence[Run]) -> None:
        """List these runs, newest first; the selected one stays selected."""
        kept = self.selected
        self._runs = list(runs)
        blocked = self._table.blockSignals(True)
        self._table.setRowCount(len(self._runs))
        for row, run in enumerate(self._runs):
            for column, text in enumerate(_cells(run)):
                item = QTableWidgetItem(text)
                item.setToolTip(
                    f"{run.name}: {run.config.architecture}, {run.config.input_size[0]} × "
                    f"{run.config.input_size[1]}, learning rate {run.config.learning_rate:g}"
                )
                if column in (1, 2):
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._table.setItem(row, column, item)
        self._table.blockSignals(blocked)
        self._nothing.setVisible(not self._runs)
        self._table.setVisible(bool(self._runs))
        if kept is not None:
            self.select(kept.folder)
        self._update()

    def select(self, folder: Path) -> None:
        """Select the run of this folder, if it is listed."""
        for row, run in enumerate(self._runs):
            if run.folder == folder:
                self._table.selectRow(row)

    @property
    def selected(self) -> Run | None:
        """The selected run."""
        row = self._table.currentRow()
        return self._runs[row] if 0 <= row < len(self._runs) and self._table.selectedItems() else None

    def _on_selection_changed(self) -> None:
        self._update()
        if self.selected is not None:
            self.run_selected.emit(self.selected)

    def _on_review_clicked(self) -> None:
        if self.selected is not None:
            self.review_requested.emit(self.selected.folder)

    def _on_again_clicked(self) -> None:
        if self.selected is not None:
            self.settings_requested.emit(self.selected)

    def _on_open_clicked(self) -> None:
        if self.selected is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.selected.folder)))

    def _update(self) -> None:
        run = self.selected
        for button in (self._again, self._open):
            button.setEnabled(run is not None)
        self._review.setEnabled(run is not None and run.has_model)


def _cells(run: Run) -> tuple[str, ...]:
    best = run.best_mean_iou
    end = run.end
    return (
        run.name,
        "–" if best is None else f"{best:.3f}",
        f"{len(run.epochs)} / {run.config.epochs}",
        end.outcome if end else "not ended",
    )


def _button(text: str, tip: str, slot: object) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    button.clicked.connect(slot)
    return button
