"""What a person sees before a dataset is open: what to do first, and what was open lately."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from segstudio.ui.empty_state import EmptyState
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role


class WelcomePage(QWidget):
    """Offers to open a folder of pictures, to make a sample dataset, or to go on with a recent one.

    Signals:
        recent_chosen(Path): a person wants this dataset back.
    """

    recent_chosen = Signal(object)

    def __init__(self, actions: Sequence[QAction], recent: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = EmptyState(
            "sample-dataset",
            "Open a folder of pictures",
            "Masks, classes and trained models are kept in the same folder, on this computer. "
            "You can also drop a folder onto this window, import what another program has annotated, or begin with a "
            "sample dataset to try everything out.",
            actions,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 3, SPACING * 3, SPACING * 3, SPACING * 3)
        layout.addWidget(self._state, 3)
        if recent:
            layout.addLayout(self._build_recent(recent), 2)

    def _build_recent(self, recent: Sequence[Path]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(SPACING // 2)
        heading = QLabel("Recent")
        set_role(heading, "quiet")
        column.addWidget(heading)
        for path in recent[:5]:
            button = QPushButton(f"{path.name}   —   {path.parent}")
            button.setFlat(True)
            set_icon(button, "recent")
            button.setToolTip(f"Open {path}")
            button.setStyleSheet("text-align: left;")
            button.clicked.connect(lambda _checked=False, path=path: self.recent_chosen.emit(path))
            column.addWidget(button)
        column.addStretch(1)
        row = QVBoxLayout()
        holder = QWidget()
        holder.setLayout(column)
        holder.setMaximumWidth(640)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addWidget(holder, 4, Qt.AlignmentFlag.AlignTop)
        centred.addStretch(1)
        row.addLayout(centred)
        return row
