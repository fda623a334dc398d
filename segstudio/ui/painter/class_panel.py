"""The classes: what the brush paints, by colour, name and digit key."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QColorDialog,
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from segstudio.dataset.classes import ClassesError, ClassInfo, ClassList
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role

_ROW_HEIGHT = 34
_SWATCH = 18
_INFO = Qt.ItemDataRole.UserRole
_DIGITS = "1234567890"


class ClassPanel(QFrame):
    """Lists the classes, and lets a person choose, add, rename and recolour them.

    Signals:
        class_chosen(int): a person wants to paint this id.
        classes_edited(ClassList): a person wants the classes to be so.
        edit_refused(str): why a change makes no sense.
    """

    class_chosen = Signal(int)
    classes_edited = Signal(object)
    edit_refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self._classes = ClassList(())
        self._chosen = 0
        heading = QLabel("Classes")
        set_role(heading, "heading")
        self._list = QListWidget()
        self._list.setAccessibleName("Classes")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setUniformItemSizes(True)
        self._list.setItemDelegate(_ClassDelegate(self._list))
        self._list.setEditTriggers(QListWidget.EditTrigger.DoubleClicked | QListWidget.EditTrigger.EditKeyPressed)
        self._list.setToolTip("Click to paint a class, double-click to rename it, click its colour to change it")
        self._list.viewport().installEventFilter(self)
        self._list.currentRowChanged.connect(self._on_row_changed)
        self._list.itemChanged.connect(self._on_item_changed)
        self._add = QPushButton("Add class")
        set_icon(self._add, "add")
        self._add.setToolTip("Add a class to this dataset")
        self._add.clicked.connect(self._on_add)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.setSpacing(SPACING)
        layout.addWidget(heading)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._add)
        self.setMinimumWidth(180)

    @property
    def chosen(self) -> int:
        """The id of the class that is painted."""
        return self._chosen

    def set_classes(self, classes: ClassList) -> None:
        """Show another list of classes; the chosen one stays if it is still there."""
        if classes == self._classes:
            return
        self._classes = classes
        blocked = self._list.blockSignals(True)
        self._list.clear()
        for entry in classes:
            item = QListWidgetItem(entry.name)
            item.setData(_INFO, entry)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setSizeHint(QSize(0, _ROW_HEIGHT))
            self._list.addItem(item)
        self._list.blockSignals(blocked)
        ids = classes.ids
        if self._chosen not in ids or self._chosen == ids[0]:
            # The first class is nearly always background; nobody opens a picture to paint that.
            self._chosen = ids[min(1, len(ids) - 1)]
        self._list.setCurrentRow(ids.index(self._chosen))
        self.class_chosen.emit(self._chosen)

    def choose_position(self, position: int) -> None:
        """Choose the class at this place of the list; nothing happens if there is none."""
        if 0 <= position < len(self._classes):
            self._list.setCurrentRow(position)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            item = self._list.itemAt(event.position().toPoint())
            if item is not None and event.position().x() < _swatch_rect(self._list.visualItemRect(item)).right() + 4:
                self._choose_colour(item.data(_INFO))
        return False

    def _on_row_changed(self, row: int) -> None:
        if 0 <= row < len(self._classes):
            self._chosen = self._classes[row].id
            self.class_chosen.emit(self._chosen)

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        entry: ClassInfo = item.data(_INFO)
        name = item.text().strip()
        if name != entry.name:
            self._edit(ClassInfo(entry.id, name, entry.colour, entry.ignored), back=(item, entry.name))

    def _choose_colour(self, entry: ClassInfo) -> None:
        colour = QColorDialog.getColor(QColor(*entry.colour), self, f"Colour of {entry.name}")
        if colour.isValid():
            self._edit(ClassInfo(entry.id, entry.name, (colour.red(), colour.green(), colour.blue()), entry.ignored))

    def _edit(self, entry: ClassInfo, back: tuple[QListWidgetItem, str] | None = None) -> None:
        try:
            classes = self._classes.replaced(entry)
        except ClassesError as error:
            if back is not None:
                back[0].setText(back[1])
            self.edit_refused.emit(str(error))
            return
        self.classes_edited.emit(classes)

    def _on_add(self) -> None:
        number = len(self._classes)
        while any(entry.name == f"class {number}" for entry in self._classes):
            number += 1
        self.classes_edited.emit(self._classes.with_new(f"class {number}"))
        # Whoever owns the classes has set them by now; the new one is named next.
        last = self._list.item(self._list.count() - 1)
        self._list.setCurrentItem(last)
        self._list.editItem(last)


class _ClassDelegate(QStyledItemDelegate):
    """Draws a row: swatch, name, digit key."""

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: ClassInfo = index.data(_INFO)
        palette = option.palette
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.highlight())
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), 5, 5)
        painter.setPen(QPen(palette.mid().color(), 1))
        painter.setBrush(QColor(*entry.colour))
        painter.drawRoundedRect(_swatch_rect(option.rect), 4, 4)
        key_rect = option.rect.adjusted(0, 0, -SPACING, 0)
        key_rect.setLeft(key_rect.right() - 16)
        painter.setPen(palette.highlightedText().color() if selected else palette.placeholderText().color())
        if index.row() < len(_DIGITS):
            painter.drawText(
                key_rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, _DIGITS[index.row()]
            )
        painter.setPen(palette.highlightedText().color() if selected else palette.text().color())
        text_rect = _text_rect(option.rect)
        name = f"{entry.name} (ignored)" if entry.ignored else entry.name
        name = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideRight, text_rect.width())
        painter.drawText(text_rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()

    @override
    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        editor.setGeometry(_text_rect(option.rect).adjusted(-4, 4, 16, -4))


def _swatch_rect(row: QRect) -> QRect:
    return QRect(row.left() + SPACING, row.center().y() - _SWATCH // 2 + 1, _SWATCH, _SWATCH)


def _text_rect(row: QRect) -> QRect:
    return row.adjusted(SPACING * 2 + _SWATCH, 0, -SPACING * 3, 0)
