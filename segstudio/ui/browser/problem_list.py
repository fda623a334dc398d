"""What is wrong with the dataset, folded away until it is wanted."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QListWidget, QListWidgetItem, QToolButton, QVBoxLayout, QWidget

from segstudio.dataset.problems import Problem
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING

MOST_SHOWN = 500
"""Each wraps over several lines, which takes time to lay out; “Show all…” has the rest."""

_KEY = Qt.ItemDataRole.UserRole


class ProblemList(QWidget):
    """A line that counts problems and unfolds to a list of them. Not seen while there are none.

    Signals:
        sample_chosen(str): a person wants to see the sample with this key.
        all_requested(): a person wants to see more about them.
    """

    sample_chosen = Signal(str)
    all_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button = QToolButton()
        set_icon(self._button, "warning")
        self._button.setIconSize(QSize(18, 18))
        self._button.setCheckable(True)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._button.setToolTip("Show or hide what is wrong with this dataset")
        self._list = QListWidget()
        self._list.setWordWrap(True)
        self._list.setAlternatingRowColors(True)
        self._list.setSpacing(SPACING // 4)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setAccessibleName("Problems of the dataset")
        self._list.setMaximumHeight(180)
        self._list.setVisible(False)
        self._button.toggled.connect(self._list.setVisible)
        self._list.itemClicked.connect(self._on_item_clicked)
        self.all_button = QToolButton()
        self.all_button.setText("Show all…")
        self.all_button.setToolTip("Show what is wrong by kind, and mend what can be mended")
        self.all_button.clicked.connect(self.all_requested)
        line = QHBoxLayout()
        line.setSpacing(SPACING // 2)
        line.addWidget(self._button)
        line.addStretch(1)
        line.addWidget(self.all_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACING // 2)
        layout.addLayout(line)
        layout.addWidget(self._list)
        self.setVisible(False)

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """List these problems."""
        self._list.clear()
        for problem in problems[:MOST_SHOWN]:
            item = QListWidgetItem(problem.short_message)
            item.setToolTip(str(problem.path))
            item.setData(_KEY, problem.sample)
            self._list.addItem(item)
        count = len(problems)
        if count > MOST_SHOWN:
            self._list.addItem(QListWidgetItem(f"… and {count - MOST_SHOWN:,} more"))
        self._button.setText(f"{count} problem" if count == 1 else f"{count:,} problems")
        self.setVisible(count > 0)

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        key = item.data(_KEY)
        if isinstance(key, str):
            self.sample_chosen.emit(key)
