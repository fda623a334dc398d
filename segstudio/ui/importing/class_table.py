"""The classes of a source, and what each becomes: renamed, merged, left out, or raised over others."""

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.formats.mapping_draft import MappingDraft
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING

LEFT_OUT = "(left out)"
_Index = QModelIndex | QPersistentModelIndex
_SOURCE, _BECOMES = 0, 1


class MappingTable(QWidget):
    """Lets a person change a `MappingDraft`.

    Signals:
        draft_changed(MappingDraft): it is so now.
    """

    draft_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = _MappingRows(self)
        self.rows.becoming.connect(lambda position, name: self._change(self._draft.becoming(position, name)))
        self._draft: MappingDraft
        self.table = QTableView()
        self.table.setModel(self.rows)
        self.table.setItemDelegateForColumn(_BECOMES, _NameDelegate(self.table))
        self.table.setAccessibleName("Classes of the source, and what they become")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setMinimumHeight(150)
        self.table.setAlternatingRowColors(True)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setHighlightSections(False)
        self.by_class = QCheckBox("Classes lie over each other in this order, the last on top")
        self.by_class.setToolTip("Otherwise the objects of each picture lie as the source draws them")
        self.by_class.toggled.connect(self._on_by_class_toggled)
        self.lower_button = QPushButton("Move up")
        self.raise_button = QPushButton("Move down")
        self.lower_button.clicked.connect(lambda: self._move(-1))
        self.raise_button.clicked.connect(lambda: self._move(1))
        order = QHBoxLayout()
        order.addWidget(self.by_class, 1)
        order.addWidget(self.lower_button)
        order.addWidget(self.raise_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING)
        layout.addWidget(self.table, 1)
        layout.addLayout(order)
        self._update_order()

    def set_draft(self, draft: MappingDraft) -> None:
        """Show another draft."""
        self._draft = draft
        self.rows.set_draft(draft)
        # Where every pixel has one class, nothing lies over anything.
        for widget in (self.by_class, self.lower_button, self.raise_button):
            widget.setVisible(not draft.source.complete)
        blocked = self.by_class.blockSignals(True)
        self.by_class.setChecked(draft.order is not None)
        self.by_class.blockSignals(blocked)
        self._update_order()

    def _change(self, draft: MappingDraft) -> None:
        self.set_draft(draft)
        self.draft_changed.emit(draft)

    def _on_by_class_toggled(self, by_class: bool) -> None:  # noqa: FBT001 - a Qt slot
        self._change(self._draft.ordered(tuple(range(len(self._draft.names))) if by_class else None))

    def _move(self, step: int) -> None:
        row = self.table.currentIndex().row()
        if row < 0:
            return
        position = self.rows.position(row)
        self._change(self._draft.moved(position, step))
        self.table.setCurrentIndex(self.rows.index(self.rows.row(position), _SOURCE))

    def _update_order(self) -> None:
        for button in (self.lower_button, self.raise_button):
            button.setEnabled(self.by_class.isChecked())


class _MappingRows(QAbstractTableModel):
    """One row a class of the source, the lowest first where they lie over each other by class.

    Signals:
        becoming(int, str | None): the class at this position of the source should become that.
    """

    becoming = Signal(int, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft: MappingDraft | None = None
        self._order: tuple[int, ...] = ()

    def set_draft(self, draft: MappingDraft) -> None:
        """Show another draft."""
        order = draft.order if draft.order is not None else tuple(range(len(draft.names)))
        if self._draft is None or order != self._order or draft.source is not self._draft.source:
            self.beginResetModel()
            self._draft, self._order = draft, order
            self.endResetModel()
        else:
            self._draft = draft
            self.dataChanged.emit(self.index(0, 0), self.index(len(order) - 1, 1))

    def position(self, row: int) -> int:
        """Return the position in the source of the class in this row."""
        return self._order[row]

    def row(self, position: int) -> int:
        """Return the row of the class at this position of the source."""
        return self._order.index(position)

    def names(self) -> list[str]:
        """Return the names that classes become, each once."""
        return [] if self._draft is None else list(dict.fromkeys(name for name in self._draft.names if name))

    @override
    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._order)

    @override
    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else 2

    @override
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return ("In the source", "Becomes (double-click to change)")[section]
        return None

    @override
    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._draft is None or not index.isValid():
            return None
        position = self._order[index.row()]
        entry, name = self._draft.source.classes[position], self._draft.names[position]
        if index.column() == _BECOMES:
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
                return LEFT_OUT if name is None else name
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{entry.name} (ignored)" if entry.ignored else entry.name
        if role == Qt.ItemDataRole.DecorationRole and entry.colour is not None:
            return QColor(*entry.colour)
        return None

    @override
    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or index.column() != _BECOMES:
            return False
        name = str(value).strip()
        self.becoming.emit(self._order[index.row()], None if name in ("", LEFT_OUT) else name)
        return True

    @override
    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == _BECOMES else flags


class _NameDelegate(QStyledItemDelegate):
    """Edits a name with the other names to choose from: to choose one is to merge."""

    @override
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        box = QComboBox(parent)
        box.setEditable(True)
        model = index.model()
        if isinstance(model, _MappingRows):
            box.addItems([*model.names(), LEFT_OUT])
        return box

    @override
    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(index.data(Qt.ItemDataRole.EditRole)))

    @override
    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText())
