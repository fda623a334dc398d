"""The settings of the chosen run, or what differs between those of several."""

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.learning.settings_table import differing_settings, settings_in_words
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.shown_run import ShownRun


class SettingsView(QWidget):
    """A row for each setting, a column for each run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = QLabel()
        self._said.setWordWrap(True)
        set_role(self._said, "quiet")
        self.table = QTableWidget()
        self.table.setAccessibleName("Settings of the runs")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.horizontalHeader().setHighlightSections(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACING, 0, 0)
        layout.setSpacing(SPACING)
        layout.addWidget(self._said)
        layout.addWidget(self.table, 1)
        self.show_runs([])

    @property
    def said(self) -> str:
        """Which settings are shown."""
        return self._said.text()

    def show_runs(self, runs: Sequence[ShownRun]) -> None:
        """Show the settings of one run, or those that differ between several."""
        configs = [run.config for run in runs]
        if len(runs) > 1:
            rows: Mapping[str, Sequence[str]] = differing_settings(configs)
            said = "Only what differs." if rows else "These runs have the same settings."
        else:
            rows = {title: [value] for title, value in settings_in_words(configs[0]).items()} if configs else {}
            said = "Choose several runs (Ctrl, Shift) to see only what differs between them."
        self._said.setText(said)
        self.table.setVisible(bool(rows))
        self.table.setColumnCount(len(runs) + 1)
        self.table.setHorizontalHeaderLabels(["Setting", *(run.name for run in runs)])
        self.table.setRowCount(len(rows))
        for row, (title, values) in enumerate(rows.items()):
            for column, text in enumerate((title, *values)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(
            QHeaderView.ResizeMode.Stretch if len(runs) < 5 else QHeaderView.ResizeMode.Interactive
        )
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
