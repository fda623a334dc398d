"""How a class looks in its row, and where in the row its parts are."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from segstudio.ui.icons import pixmap
from segstudio.ui.overriding import override
from segstudio.ui.painter.class_rows import ROW_ROLE, ClassRow
from segstudio.ui.theme import SPACING

ROW_HEIGHT = 42
_ICON = 18
_SWATCH = 20
_KEY_WIDTH = 34
_FILLED = "filled"


class RowPart(Enum):
    """What in a row a person can click."""

    EYE = "eye"
    SWATCH = "swatch"
    PADLOCK = "padlock"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class RowParts:
    """Where the parts of a row are."""

    eye: QRect
    swatch: QRect
    text: QRect
    key: QRect
    padlock: QRect

    def at(self, point: QPoint) -> RowPart:
        """Say which part a click at a point means; a little beside an icon is on it."""
        if point.x() < self.eye.right() + SPACING // 2:
            return RowPart.EYE
        if point.x() <= self.swatch.right() + SPACING // 2:
            return RowPart.SWATCH
        return RowPart.PADLOCK if point.x() >= self.padlock.left() - SPACING // 2 else RowPart.TEXT


def row_parts(row: QRect) -> RowParts:
    """Place the parts in the rectangle of a row."""

    def square(left: int, side: int) -> QRect:
        return QRect(left, row.top() + (row.height() - side) // 2, side, side)

    eye = square(row.left() + SPACING // 2 + 2, _ICON)
    swatch = square(eye.right() + SPACING, _SWATCH)
    padlock = square(row.right() - SPACING // 2 - _ICON, _ICON)
    key = QRect(padlock.left() - SPACING // 2 - _KEY_WIDTH, row.top(), _KEY_WIDTH, row.height())
    left = swatch.right() + SPACING
    return RowParts(eye, swatch, QRect(left, row.top(), key.left() - left, row.height()), key, padlock)


class ClassDelegate(QStyledItemDelegate):
    """Draws a row: eye, swatch, name over shares, key, padlock."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icons: dict[tuple[str, int, str], QPixmap] = {}

    @override
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW_HEIGHT)

    @override
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: ClassRow = index.data(ROW_ROLE)
        parts = row_parts(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        palette = option.palette
        text = palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text)
        quiet = text if selected else palette.color(QPalette.ColorRole.PlaceholderText)
        faint = QColor(quiet)
        faint.setAlphaF(0.45)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.highlight())
            painter.drawRoundedRect(option.rect.adjusted(1, 1, -1, -1), 5, 5)
        painter.setPen(QPen(text if selected else palette.mid().color(), 1))
        painter.setBrush(QColor(*row.entry.colour))
        painter.drawRoundedRect(parts.swatch, 4, 4)
        self._draw_icon(painter, parts.eye, "eye-off" if row.hidden else "eye", faint if row.hidden else quiet)
        self._draw_icon(painter, parts.padlock, "lock" if row.locked else "lock-open", text if row.locked else faint)
        self._draw_words(painter, option, row, parts, quiet if row.hidden else text, quiet)
        painter.restore()

    @override
    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName("Name of the class")
        return editor

    @override
    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        # Once: Qt asks again whenever the row changes, as its shares do while a person is typing.
        if not editor.property(_FILLED):
            super().setEditorData(editor, index)
            editor.setProperty(_FILLED, True)

    @override
    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        parts = row_parts(option.rect)
        editor.setGeometry(parts.text.united(parts.key).adjusted(-4, 7, 0, -7))

    def _draw_words(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        row: ClassRow,
        parts: RowParts,
        text: QColor,
        quiet: QColor,
    ) -> None:
        small = painter.font()
        small.setPointSizeF(small.pointSizeF() * 0.85)
        name_area, share_area = QRect(parts.text), QRect(parts.text)
        if row.shares:
            name_area.setBottom(parts.text.center().y())
            share_area.setTop(parts.text.center().y() + 1)
            share_area.setRight(parts.padlock.left() - SPACING // 2)
        if not row.key or row.shares:
            # The key stands beside the name only, and a name without a key has its room.
            name_area.setRight((parts.key if row.key else parts.padlock).left() - SPACING // 2)
        painter.setPen(text)
        name = option.fontMetrics.elidedText(row.name, Qt.TextElideMode.ElideRight, name_area.width())
        low = Qt.AlignmentFlag.AlignBottom if row.shares else Qt.AlignmentFlag.AlignVCenter
        painter.drawText(name_area, low | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(quiet)
        painter.setFont(small)
        key_area = QRect(parts.key.left(), name_area.top(), parts.key.width(), name_area.height())
        painter.drawText(key_area, low | Qt.AlignmentFlag.AlignRight, row.key)
        shares = painter.fontMetrics().elidedText(row.shares, Qt.TextElideMode.ElideRight, share_area.width())
        painter.drawText(share_area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, shares)

    def _draw_icon(self, painter: QPainter, area: QRect, name: str, colour: QColor) -> None:
        ratio = painter.device().devicePixelRatio()
        key = (name, round(area.width() * ratio), colour.name())
        if key not in self._icons:
            self._icons[key] = pixmap(*key)
            self._icons[key].setDevicePixelRatio(ratio)
        painter.setOpacity(colour.alphaF())
        painter.drawPixmap(area.topLeft(), self._icons[key])
        painter.setOpacity(1.0)
