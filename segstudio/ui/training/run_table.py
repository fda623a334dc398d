"""The runs of a dataset, a row each, and what can be done with them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.learning.events import EpochEnded
from segstudio.learning.run_summary import RunSummary
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role
from segstudio.ui.training.run_model import BEGUN, COLUMNS, RUN_ROLE, RunModel, SortedRuns

_WIDTHS = (170, 90, 80, 100, 80, 130)


class RunTable(QWidget):
    """Lists runs and says what to do with them.

    Signals:
        selection_changed(list[RunSummary]): show these, the one that was clicked last first.
        settings_requested(RunSummary): train with its settings again.
        review_requested(Path): look at its predictions.
        resume_requested(Path): let it go on.
        notes_requested(): write something about the selected run.
        rename_requested(Path): give it another name.
        trash_requested(list[Path]): throw these away.
        import_requested(): copy a run from elsewhere.
    """

    selection_changed = Signal(object)
    settings_requested = Signal(object)
    review_requested = Signal(object)
    resume_requested = Signal(object)
    notes_requested = Signal()
    rename_requested = Signal(object)
    trash_requested = Signal(object)
    import_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RunModel()
        self._sorted = SortedRuns(self)
        self._sorted.setSourceModel(self.model)
        self._build_view()
        self._build_actions()
        self._heading = QLabel("Runs")
        set_role(self._heading, "heading")
        self._nothing = QLabel("Each training leaves a run here: its curves, its settings and its model.")
        self._nothing.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        set_role(self._nothing, "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING, SPACING * 2, SPACING)
        layout.setSpacing(SPACING // 2)
        layout.addLayout(self._build_row())
        layout.addWidget(self._nothing, 1)
        layout.addWidget(self.view, 1)
        self.set_runs([])

    @property
    def selected(self) -> list[RunSummary]:
        """The selected runs, the one that was clicked last first."""
        chosen = self.view.selectionModel()
        runs = [index.data(RUN_ROLE) for index in chosen.selectedRows()]
        current = chosen.currentIndex()
        first = current.data(RUN_ROLE) if current.isValid() else None
        return sorted(runs, key=lambda run: run is not first)

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """List these runs; what was selected stays selected."""
        kept = [run.folder for run in self.selected]
        blocked = self.view.selectionModel().blockSignals(True)
        self.model.set_runs(runs)
        self._select(kept)
        self.view.selectionModel().blockSignals(blocked)
        self._nothing.setVisible(not runs)
        self.view.setVisible(bool(runs))
        self._heading.setText(f"Runs ({len(runs):,})" if runs else "Runs")
        self._update()
        if [run.folder for run in self.selected] != kept:
            self.selection_changed.emit(self.selected)

    def select(self, folders: Sequence[Path]) -> None:
        """Select the runs of these folders, as far as they are listed; the first becomes the current one."""
        self._select(folders)

    def set_live(self, folder: Path | None, *, paused: bool = False) -> None:
        """Say which run trains right now, and whether it waits."""
        self.model.set_live(folder, paused=paused)
        self._update()

    def add_epoch(self, epoch: EpochEnded) -> None:
        """Take in an epoch of the run under way."""
        self.model.add_epoch(epoch)

    def _select(self, folders: Sequence[Path]) -> None:
        rows = {self._sorted.index(row, 0).data(RUN_ROLE).folder: row for row in range(self._sorted.rowCount())}
        found = [rows[folder] for folder in folders if folder in rows]
        flags = QItemSelectionModel.SelectionFlag
        chosen = self.view.selectionModel()
        chosen.clearSelection()
        for row in reversed(found):
            chosen.setCurrentIndex(self._sorted.index(row, 0), flags.Select | flags.Rows)
        if found:
            self.view.scrollTo(self._sorted.index(found[0], 0))

    def _build_view(self) -> None:
        self.view = QTableView()
        self.view.setModel(self._sorted)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(BEGUN, Qt.SortOrder.DescendingOrder)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.setAlternatingRowColors(True)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(24)
        header = self.view.horizontalHeader()
        header.setHighlightSections(False)
        # By hand: to ask 500 rows for their width at every change would be felt.
        for column, width in enumerate(_WIDTHS):
            header.resizeSection(column, width)
        header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self.view.setAccessibleName("Runs")
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._on_menu_requested)
        self.view.doubleClicked.connect(lambda _index: self.review.trigger())
        self.view.selectionModel().selectionChanged.connect(lambda _new, _old: self._on_selection_changed())

    def _build_actions(self) -> None:
        self.review = _action("Review", "Look at the predictions of this run", self._on_review)
        self.resume = _action("Continue", "Go on where this run was stopped or interrupted", self._on_resume)
        self.again = _action(
            "Train again…", "Fill the form with the settings of this run, to be changed", self._on_again
        )
        self.notes = _action("Notes", "Write something about this run", self.notes_requested.emit)
        self.rename = _action("Rename…", "Give this run another name", self._on_rename)
        self.open_folder = _action("Open folder", "Show the run’s files", self._on_open)
        self.trash = _action("Move to trash…", "From there they can be fetched back", self._on_trash)
        self.trash.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        self.trash.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.bring = _action("Import a run…", "Copy a run folder from elsewhere", self.import_requested.emit)
        self.view.addAction(self.trash)
        self._menu = QMenu(self)
        for action in (self.review, self.resume, self.again, None, self.notes, self.rename, self.open_folder, None):
            self._menu.addSeparator() if action is None else self._menu.addAction(action)
        self._menu.addActions([self.trash, self.bring])

    def _build_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACING // 2)
        row.addWidget(self._heading)
        row.addStretch(1)
        for action in (self.review, self.resume, self.again):
            row.addWidget(_button(action))
        more = QToolButton()
        more.setToolTip("More to do with runs")
        more.setAccessibleName("More to do with runs")
        set_icon(more, "more")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(self._menu)
        row.addWidget(more)
        return row

    def _on_menu_requested(self, place: QPoint) -> None:
        self._menu.popup(self.view.viewport().mapToGlobal(place))

    def _on_selection_changed(self) -> None:
        self._update()
        self.selection_changed.emit(self.selected)

    def _on_review(self) -> None:
        self.review_requested.emit(self.selected[0].folder)

    def _on_resume(self) -> None:
        self.resume_requested.emit(self.selected[0].folder)

    def _on_again(self) -> None:
        self.settings_requested.emit(self.selected[0])

    def _on_rename(self) -> None:
        self.rename_requested.emit(self.selected[0].folder)

    def _on_open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.selected[0].folder)))

    def _on_trash(self) -> None:
        self.trash_requested.emit([run.folder for run in self.selected])

    def _update(self) -> None:
        runs = self.selected
        only = runs[0] if len(runs) == 1 else None
        live = self.model.live
        self.review.setEnabled(only is not None and only.has_model)
        self.resume.setEnabled(only is not None and live is None and only.can_resume)
        for action in (self.again, self.notes, self.open_folder):
            action.setEnabled(only is not None)
        self.rename.setEnabled(only is not None and only.folder != live)
        self.trash.setEnabled(bool(runs) and all(run.folder != live for run in runs))


def _action(text: str, tip: str, slot: object) -> QAction:
    action = QAction(text)
    action.setToolTip(tip)
    action.triggered.connect(lambda _checked: slot())  # type: ignore[operator]
    return action


def _button(action: QAction) -> QPushButton:
    """Return a button that does what an action does, and can be pressed when that can be done."""
    button = QPushButton(action.text().removesuffix("…"))
    button.setToolTip(action.toolTip())

    def follow() -> None:
        button.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    button.clicked.connect(action.trigger)
    follow()
    return button
