"""A list shown as rows of tiles of one size. Where a tile is follows from its number; nothing is laid out beforehand.

Qt's own list view looks at every entry whenever the list changes: with a hundred thousand of them, a person who types
would wait for every letter.
"""

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyle, QStyleOptionViewItem, QWidget

from segstudio.ui.overriding import override

Index = QModelIndex | QPersistentModelIndex


class TileGrid(QAbstractItemView):
    """Shows a list model as tiles, in as many columns as there is room for.

    Args:
        width: the least width of a tile; the tiles of a row share what is left over.
        height: of a tile.
    """

    def __init__(self, width: int, height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least_width = width
        self._tile_height = height
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    @property
    def columns(self) -> int:
        """How many tiles stand in a row."""
        return max(1, self.viewport().width() // self._least_width)

    @property
    def first_visible(self) -> int:
        """The number of the first tile that is in sight, even if only in part."""
        return self.verticalOffset() // self._tile_height * self.columns

    def show_first(self, number: int, offset: int = 0) -> None:
        """Scroll so that a tile stands in the first row, of which so many pixels are out of sight."""
        self.updateGeometries()
        self.verticalScrollBar().setValue(number // self.columns * self._tile_height + offset)

    @override
    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        line, column = divmod(index.row(), self.columns)
        width = self.viewport().width() // self.columns
        return QRect(column * width, line * self._tile_height - self.verticalOffset(), width, self._tile_height)

    @override
    def indexAt(self, point: QPoint) -> QModelIndex:
        column = point.x() // (self.viewport().width() // self.columns)
        if point.x() < 0 or column >= self.columns or self.model() is None:
            return QModelIndex()
        number = (point.y() + self.verticalOffset()) // self._tile_height * self.columns + column
        return self.model().index(number, 0) if 0 <= number < self._count else QModelIndex()

    @override
    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        rect, bar = self.visualRect(index), self.verticalScrollBar()
        if index.isValid() and rect.top() < 0:
            bar.setValue(bar.value() + rect.top())
        elif index.isValid() and rect.bottom() >= self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() + 1 - self.viewport().height())

    @override
    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        if not self._count:
            return QModelIndex()
        moves = QAbstractItemView.CursorAction
        page = max(1, self.viewport().height() // self._tile_height) * self.columns
        steps = {
            moves.MoveLeft: -1,
            moves.MovePrevious: -1,
            moves.MoveRight: 1,
            moves.MoveNext: 1,
            moves.MoveUp: -self.columns,
            moves.MoveDown: self.columns,
            moves.MovePageUp: -page,
            moves.MovePageDown: page,
            moves.MoveHome: -self._count,
            moves.MoveEnd: self._count,
        }
        number = self.currentIndex().row() + steps[action] if self.currentIndex().isValid() else 0
        return self.model().index(min(max(number, 0), self._count - 1), 0)

    @override
    def horizontalOffset(self) -> int:
        return 0

    @override
    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    @override
    def isIndexHidden(self, index: Index) -> bool:
        return False

    @override
    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select the tile at a point, or, as in a text, all from the tile at one corner to that at the other."""
        chosen = QItemSelection()
        if self._count and (rect.size() != QSize(1, 1) or self.indexAt(rect.topLeft()).isValid()):
            numbers = sorted((self._nearest(rect.topLeft()), self._nearest(rect.bottomRight())))
            chosen = QItemSelection(*(self.model().index(number, 0) for number in numbers))
        self.selectionModel().select(chosen, command)

    @override
    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())  # some tiles more are soon drawn; to look at all selected ones is not

    @override
    def keyboardSearch(self, search: str) -> None:
        """Leave letters to the shortcuts and to the search field; Qt would ask the model for every name."""

    @override
    def updateGeometries(self) -> None:
        super().updateGeometries()
        bar = self.verticalScrollBar()
        lines = -(-self._count // self.columns)
        bar.setSingleStep(self._tile_height // 3)
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, lines * self._tile_height - self.viewport().height()))

    @override
    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometries()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~QStyle.StateFlag.State_Selected
        painter = QPainter(self.viewport())
        first = (event.rect().top() + self.verticalOffset()) // self._tile_height * self.columns
        for number in range(max(first, 0), self._count):
            index = self.model().index(number, 0)
            option.rect = self.visualRect(index)
            if option.rect.top() > event.rect().bottom():
                break
            selected = self.selectionModel().isSelected(index)
            option.state = plain | QStyle.StateFlag.State_Selected if selected else plain
            self.itemDelegateForIndex(index).paint(painter, option, index)
        painter.end()

    def _nearest(self, point: QPoint) -> int:
        """Return the number of the tile at a point or, where there is none, of one beside it."""
        column = min(max(point.x() // (self.viewport().width() // self.columns), 0), self.columns - 1)
        number = (point.y() + self.verticalOffset()) // self._tile_height * self.columns + column
        return min(max(number, 0), self._count - 1)

    @property
    def _count(self) -> int:
        return 0 if self.model() is None else self.model().rowCount()
