"""The list of tiles: one or many of them selected, and dragged."""

from typing import cast

from PySide6.QtCore import QEvent, QItemSelectionRange, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from segstudio.dataset.dataset import Sample
from segstudio.ui.browser.model import SAMPLE_ROLE
from segstudio.ui.browser.split_drop_bar import to_mime
from segstudio.ui.overriding import override


class SampleList(QListView):
    """Shows tiles in columns.

    Signals:
        drag_started(), drag_ended(): selected samples are being dragged.
    """

    drag_started = Signal()
    drag_ended = Signal()

    def __init__(self, grid: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setDragEnabled(True)  # after setMovement, which forbids it
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(2000)
        self.setGridSize(grid)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Pictures")

    @property
    def selected_count(self) -> int:
        """How many samples are selected."""
        return sum(part.height() for part in self._selected_ranges)

    def selected_keys(self) -> list[str]:
        """Return the keys of the selected samples, in the order in which they are shown."""
        rows = sorted(row for part in self._selected_ranges for row in range(part.top(), part.bottom() + 1))
        found = (self.model().index(row, 0).data(SAMPLE_ROLE) for row in rows)
        return [sample.key for sample in found if isinstance(sample, Sample)]

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
