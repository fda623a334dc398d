"""The classes as Qt sees them: a row each, with all that is shown in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.statistics import DatasetCounts
from segstudio.ui.overriding import override
from segstudio.ui.painter.class_marks import ClassMarks

ROW_ROLE = Qt.ItemDataRole.UserRole

CLASS_KEYS = tuple(f"{modifier}{digit}" for modifier in ("", "Alt+") for digit in "1234567890")
"""The keys of the first twenty classes, in Qt's portable text.

Alt for the second ten: Ctrl+1, 2 and 3 lead to the places, and Shift is what types a digit at all on French keyboards.
"""

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class as it is shown.

    Attributes:
        entry: the class.
        key: its key, as people read it; empty where it has none.
        here: share of the pixels of the image on the canvas, 0 to 1; None where there is none.
        overall: share of the pixels of all masks; None while unknown.
        pixels: pixels of the image.
        masks: how many masks of the dataset hold it; None while unknown.
        unpainted: whether new masks start as it, and it does not count.
        hidden: whether it is not drawn.
        locked: whether nothing paints over it.
    """

    entry: ClassInfo
    key: str
    here: float | None
    overall: float | None
    pixels: int
    masks: int | None
    unpainted: bool
    hidden: bool
    locked: bool

    @property
    def name(self) -> str:
        """The name."""
        return self.entry.name

    @property
    def shares(self) -> str:
        """The shares in a few words, and first of all that its pixels do not count, where that must surprise."""
        parts = ["ignored"] if self.entry.ignored and not self.unpainted else []
        if self.here is not None:
            parts.append(f"{percent(self.here)} here")
        if self.overall is not None:
            parts.append(f"{percent(self.overall)} of all")
        return " · ".join(parts)

    @property
    def description(self) -> str:
        """All that the row shows, in words: a line each."""
        lines = [f"{self.entry.name}, id {self.entry.id}" + (", ignored" if self.entry.ignored else "")]
        if self.key:
            lines.append(f"Key {self.key}")
        if self.here is not None:
            lines.append(f"{percent(self.here)} of this picture, {self.pixels:,} pixels")
        if self.overall is not None and self.masks is not None:
            held = "one mask" if self.masks == 1 else f"{self.masks:,} masks"
            lines.append(f"{percent(self.overall)} of the dataset, in {held}")
        state = [word for word, holds in (("hidden", self.hidden), ("protected", self.locked)) if holds]
        return "\n".join([*lines, ", ".join(state)] if state else lines)


class ClassRows(QAbstractListModel):
    """The list that the class panel shows.

    Signals:
        renamed(int, str): a person wants the class with this id to be named so.
    """

    renamed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ClassRow] = []

    @override
    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.entry.name
            case Qt.ItemDataRole.ToolTipRole:
                return row.description
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.description.replace("\n", "; ")
            case _ if role == ROW_ROLE:
                return row
        return None

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    @override
    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        entry = self._rows[index.row()].entry
        name = str(value).strip()
        if name != entry.name:
            self.renamed.emit(entry.id, name)
        return True

    def set_rows(self, rows: list[ClassRow]) -> None:
        """Show other rows; those that stay where they are are only drawn anew."""
        before, ids = [row.entry.id for row in self._rows], [row.entry.id for row in rows]
        if before != ids:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        changed = [i for i, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new]
        self._rows = rows
        for position in changed:
            self.dataChanged.emit(self.index(position), self.index(position))


def class_rows(
    classes: ClassList, marks: ClassMarks, here: Mapping[int, int] | None, overall: DatasetCounts | None
) -> list[ClassRow]:
    """Put together what is known of each class.

    Args:
        classes: the classes.
        marks: what is hidden and locked.
        here: pixels by id of the image on the canvas, or None.
        overall: the counts of the dataset, or None.
    """
    every = sum(here.values()) if here else 0
    keys = [QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in CLASS_KEYS]
    return [
        ClassRow(
            entry=entry,
            key=keys[position] if position < len(keys) else "",
            here=here.get(entry.id, 0) / every if here and every else None,
            overall=None if overall is None else overall.share(entry.id),
            pixels=here.get(entry.id, 0) if here else 0,
            masks=None if overall is None else overall.masks.get(entry.id, 0),
            unpainted=entry.id == classes.unpainted,
            hidden=entry.id in marks.hidden,
            locked=entry.id in marks.protected or (marks.only is not None and entry.id not in marks.only),
        )
        for position, entry in enumerate(classes)
    ]


def percent(share: float) -> str:
    """Write a share for people: what is there is never written as nothing, and what is missing never as all."""
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    if share < 0.0005:
        return "< 0.1 %"
    if share >= 0.995:
        return "> 99 %"
    return f"{share:.{0 if share >= 0.0995 else 1}%}".replace("%", " %")
