"""Where dragged samples are dropped: a field for each split, seen only while something is dragged."""

import json

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from segstudio.dataset.dataset import SPLITS, Split
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING

MIME_TYPE = "application/x-segstudio-samples"


def to_mime(keys: list[str]) -> QMimeData:
    """Wrap the keys of samples for a drag."""
    data = QMimeData()
    data.setData(MIME_TYPE, json.dumps(keys).encode("ascii"))
    return data


def from_mime(data: QMimeData) -> list[str]:
    """Return the keys that are being dragged; none if it is something else."""
    return list(json.loads(bytes(data.data(MIME_TYPE).data()))) if data.hasFormat(MIME_TYPE) else []


class SplitDropBar(QWidget):
    """Fields for train, val and test.

    Signals:
        dropped(list[str], str): samples were dropped on a split.
    """

    dropped = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING // 2)
        self.fields: dict[Split, _SplitField] = {}
        for split in SPLITS:
            field = _SplitField(split)
            field.dropped.connect(self.dropped)
            self.fields[split] = field
            row.addWidget(field, 1)
        self.hide()


class _SplitField(QLabel):
    dropped = Signal(object, str)

    def __init__(self, split: Split) -> None:
        super().__init__(f"→ {split}")
        self.setAccessibleName(f"Move to {split}")
        self._split = split
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAcceptDrops(True)
        self.setMinimumHeight(36)
        self._mark(hovered=False)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME_TYPE):
            self._mark(hovered=True)
            event.acceptProposedAction()

    @override
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark(hovered=False)

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        self._mark(hovered=False)
        keys = from_mime(event.mimeData())
        if keys:
            event.acceptProposedAction()
            self.dropped.emit(keys, self._split)

    def _mark(self, *, hovered: bool) -> None:
        colours = "palette(highlight); color: palette(highlighted-text)" if hovered else "palette(alternate-base)"
        self.setStyleSheet(f"background: {colours}; border: 1px dashed palette(highlight); border-radius: 5px;")
