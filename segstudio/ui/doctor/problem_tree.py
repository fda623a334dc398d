"""Problems in a tree: a branch for each kind with its count, a leaf for each file, a button for each mend."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from segstudio.dataset.doctor.kinds import kind_title
from segstudio.dataset.doctor.mending import TITLES, Mended
from segstudio.dataset.doctor.verify import counts_by_kind
from segstudio.dataset.problems import Problem, Severity
from segstudio.ui.icons import pixmap
from segstudio.ui.overriding import override
from segstudio.ui.theme import danger_colour, warning_colour

_KEY = Qt.ItemDataRole.UserRole
_KIND = Qt.ItemDataRole.UserRole + 1
_MENDED = "mended"
_ICON = 32
_MARGIN = 8
_HIGHEST = 1000
_MOST_SHOWN = 200
"""Leaves of a branch: each may have a button, and nobody reads more than that."""
_FEW = 40
"""Up to so many problems, all branches are open at first."""


class ProblemTree(QTreeWidget):
    """Shows problems by kind, the worst kinds first, and what was mended.

    Signals:
        sample_chosen(str): a person wants to see the sample with this key.
        mend_requested(list[Problem]), undo_requested(list[Mended]): a button was pressed.
    """

    sample_chosen = Signal(str)
    mend_requested = Signal(object)
    undo_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problems: tuple[Problem, ...] = ()
        self._mended: tuple[Mended, ...] = ()
        self._leaves: dict[str, Sequence[Problem] | Sequence[Mended]] = {}
        self._open: dict[str, bool] = {}
        self.setHeaderLabels(["File", "What is wrong", "Mend"])
        self.setAccessibleName("Problems of the dataset by kind")
        self.setWordWrap(True)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        header.resizeSection(0, 300)
        header.sectionResized.connect(lambda *_sizes: self.scheduleDelayedItemsLayout())
        self.setItemDelegateForColumn(1, _WrappingDelegate(self))
        self.itemExpanded.connect(self._on_expanded)
        self.itemCollapsed.connect(lambda item: self._open.update({item.data(0, _KIND): False}))
        self.itemClicked.connect(self._on_chosen)
        self.itemActivated.connect(self._on_chosen)

    def set_content(self, problems: Sequence[Problem], mended: Sequence[Mended]) -> None:
        """Show these; branches that a person has opened stay open."""
        self._problems, self._mended = tuple(problems), tuple(mended)
        self._build()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.topLevelItemCount():
            self._build()  # the icons are drawn in colours of the palette

    def _build(self) -> None:
        scrolled = self.verticalScrollBar().value()
        self.clear()
        self._leaves = {}
        for place, kind in enumerate(counts_by_kind(self._problems)):
            of_kind = [problem for problem in self._problems if problem.kind == kind]
            worst = min((problem.severity for problem in of_kind), key=list(Severity).index)
            branch = self._add_branch(kind, kind_title(kind), of_kind, self._icon(worst), first=place == 0)
            mendable = [problem for problem in of_kind if problem.mend is not None]
            if mendable:
                self._add_button(branch, _title_of(mendable), partial(self.mend_requested.emit, mendable))
        if self._mended:
            colour = self.palette().placeholderText().color().name()
            icon = QIcon(pixmap("apply", _ICON, colour))
            branch = self._add_branch(_MENDED, "Mended", self._mended, icon, first=False)
            self._add_button(branch, "Undo all", partial(self.undo_requested.emit, list(self._mended)))
        self.verticalScrollBar().setValue(scrolled)

    def _add_branch(
        self, kind: str, title: str, leaves: Sequence[Problem] | Sequence[Mended], icon: QIcon, *, first: bool
    ) -> QTreeWidgetItem:
        branch = QTreeWidgetItem([f"{title}  ({len(leaves):,})"])
        branch.setIcon(0, icon)
        branch.setData(0, _KIND, kind)
        branch.setFirstColumnSpanned(False)
        font = branch.font(0)
        font.setBold(True)
        branch.setFont(0, font)
        branch.setToolTip(0, title)
        branch.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        self._leaves[kind] = leaves
        self.addTopLevelItem(branch)
        branch.setExpanded(self._open.get(kind, first or len(self._problems) <= _FEW))
        return branch

    def _on_expanded(self, branch: QTreeWidgetItem) -> None:
        """Make the leaves of a branch when they are first to be seen."""
        kind = branch.data(0, _KIND)
        self._open[kind] = True
        if branch.childCount():
            return
        leaves = self._leaves[kind]
        for leaf in leaves[:_MOST_SHOWN]:
            if isinstance(leaf, Problem):
                self._add_problem(branch, leaf)
            else:
                self._add_mended(branch, leaf)
        if len(leaves) > _MOST_SHOWN:
            more = QTreeWidgetItem(branch, ["", f"… and {len(leaves) - _MOST_SHOWN:,} more"])
            more.setDisabled(True)

    def _add_problem(self, branch: QTreeWidgetItem, problem: Problem) -> None:
        row = self._row(branch, problem, problem.short_message)
        row.setIcon(0, self._icon(problem.severity))
        if problem.mend is not None:
            self._add_button(row, TITLES[problem.mend][0], partial(self.mend_requested.emit, [problem]))

    def _add_mended(self, branch: QTreeWidgetItem, mended: Mended) -> None:
        kept = "" if mended.kept is None else f" What it was is kept as {mended.kept.name}."
        row = self._row(branch, mended.problem, f"{kind_title(mended.problem.kind)}: mended.{kept}")
        self._add_button(row, "Undo", partial(self.undo_requested.emit, [mended]))

    def _row(self, branch: QTreeWidgetItem, problem: Problem, text: str) -> QTreeWidgetItem:
        name = problem.path.name
        row = QTreeWidgetItem(branch, [f"{problem.path.parent.name}/{name}" if problem.sample else name, text])
        row.setToolTip(0, str(problem.path))
        row.setToolTip(1, text)
        row.setTextAlignment(0, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        row.setData(0, _KEY, problem.sample)
        return row

    def _add_button(self, item: QTreeWidgetItem, title: str, pressed: Callable[[], object]) -> None:
        button = QPushButton(title)
        button.setAutoDefault(False)  # Enter in the tree opens a sample
        button.clicked.connect(lambda _checked=False: pressed())
        self.setItemWidget(item, 2, button)

    def _icon(self, severity: Severity) -> QIcon:
        match severity:
            case Severity.ERROR:
                return QIcon(pixmap("error", _ICON, danger_colour(self).name()))
            case Severity.WARNING:
                return QIcon(pixmap("warning", _ICON, warning_colour(self).name()))
            case _:
                return QIcon(pixmap("info", _ICON, self.palette().placeholderText().color().name()))

    def _on_chosen(self, item: QTreeWidgetItem) -> None:
        key = item.data(0, _KEY)
        if isinstance(key, str):
            self.sample_chosen.emit(key)


class _WrappingDelegate(QStyledItemDelegate):
    """Gives a row the height that its text needs when it is wrapped; trees of Qt's own cut it off."""

    def __init__(self, tree: QTreeWidget) -> None:
        super().__init__(tree)
        self._tree = tree

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        room = QRect(0, 0, self._tree.columnWidth(1) - _MARGIN, _HIGHEST)
        text = self._tree.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, index.data() or "")
        return QSize(hint.width(), max(hint.height(), text.height() + _MARGIN))


def _title_of(problems: Sequence[Problem]) -> str:
    """Say what the button of several problems does."""
    mends = {problem.mend for problem in problems}
    if len(problems) == 1:
        return TITLES[problems[0].mend or ""][0]
    if len(mends) == 1:
        return f"{TITLES[problems[0].mend or ''][1]} ({len(problems):,})"
    return f"Mend {len(problems):,}"
