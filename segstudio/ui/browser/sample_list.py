"""The list of tiles: one or many of them selected, and dragged."""

from typing import cast

from PySide6.QtCore import QEvent, QItemSelectionRange, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QWidget

from segstudio.ui.browser.grid import TileGrid
from segstudio.ui.browser.model import SampleModel
from segstudio.ui.browser.split_drop_bar import to_mime
from segstudio.ui.overriding import override


class SampleList(TileGrid):
    """Shows tiles in columns.

    Signals:
        drag_started(), drag_ended(): selected samples are being dragged.
    """

    drag_started = Signal()
    drag_ended = Signal()

    def __init__(self, width: int, height: int, parent: QWidget | None = None) -> None:
        super().__init__(width, height, parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Pictures")

    @property
    def selected_count(self) -> int:
        """How many samples are selected."""
        return sum(part.height() for part in self._selected_ranges)

    def selected_keys(self) -> list[str]:
        """Return the keys of the selected samples, in the order in which they are shown."""
        parts = sorted((part.top(), part.bottom()) for part in self._selected_ranges)
        rows = [row for top, bottom in parts for row in range(top, bottom + 1)]
        model = self.model()
        return model.keys_of(rows) if isinstance(model, SampleModel) else []

    @override
    def startDrag(self, supportedActions: Qt.DropAction) -> None:
        keys = self.selected_keys()
        if not keys:
            return
        drag = QDrag(self)
        drag.setMimeData(to_mime(keys))
        self.drag_started.emit()
        drag.exec(Qt.DropAction.MoveAction)
        self.drag_ended.emit()

    @override
    def event(self, event: QEvent) -> bool:
        # Before the window takes Ctrl+A for the pixels of the canvas: here it means all tiles.
        is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride
        if is_key and cast("QKeyEvent", event).matches(QKeySequence.StandardKey.SelectAll):
            event.accept()
            return True
        return super().event(event)

    @property
    def _selected_ranges(self) -> list[QItemSelectionRange]:
        # Ranges, not indexes: of a hundred thousand selected tiles there may be one.
        return self.selectionModel().selection().toList()
