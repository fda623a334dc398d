"""What every key does, read from the actions themselves, so that it is never out of date; and where to change it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.ui.shortcuts import ShortcutClashError, Shortcuts, page_of, plain_text
from segstudio.ui.theme import SPACING, set_role

_ACTION = Qt.ItemDataRole.UserRole
_BY_HAND = (
    ("Zoom at the cursor", "Wheel, or Ctrl + wheel"),
    ("Change the brush size", "Shift + wheel"),
    ("Move the picture", "Space + drag, or middle button"),
    ("Erase while held", "Ctrl + drag"),
    ("Straight line from the last stroke", "Shift + click"),
    ("Take the class under the cursor", "Alt + click"),
    ("Hide the mask while held", "`"),
    ("Move the brush by keyboard", "Arrow keys; Shift: faster"),
    ("Paint by keyboard", "Space, after an arrow key"),
    ("Next tool, tool before", "Tab, Shift + Tab"),
    ("Complete, drop, one point back", "Enter, Esc, Backspace"),
    ("Show a class alone", "Alt + click on its eye"),
)


class CheatSheet(QDialog):
    """Lists keys and mouse gestures by page, and lets a person choose other keys."""

    def __init__(self, actions: Sequence[QAction], shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard and mouse")
        self._actions = actions
        self._shortcuts = shortcuts
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search")
        self._search.setClearButtonEnabled(True)
        self._search.setAccessibleName("Search for a key or what it does")
        self._search.textChanged.connect(self._filter)
        self._table = QTreeWidget()
        self._table.setHeaderLabels(["What", "How"])
        self._table.setAlternatingRowColors(True)
        self._table.setRootIsDecorated(False)
        self._table.setAccessibleName("Keys")
        self._table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._table.header().setStretchLastSection(False)
        self._table.currentItemChanged.connect(lambda _now, _before: self._on_chosen())
        self._keys = QKeySequenceEdit()
        self._keys.setMaximumSequenceLength(1)
        self._keys.setAccessibleName("New key")
        self._set = QPushButton("Use this key")
        self._set.clicked.connect(self._on_set)
        self._restore = QPushButton("Restore")
        self._restore.setToolTip("Back to the key that it had at first")
        self._restore.clicked.connect(self._on_restore)
        self._said = QLabel()
        self._said.setWordWrap(True)
        set_role(self._said, "problem")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(self._keys, 1)
        row.addWidget(self._set)
        row.addWidget(self._restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addWidget(self._search)
        layout.addWidget(self._table, 1)
        layout.addLayout(row)
        layout.addWidget(self._said)
        layout.addWidget(buttons)
        self._fill()
        self._on_chosen()
        self.resize(520, 640)

    def choose(self, name: str) -> None:
        """Select the row of the action with this object name."""
        for item in self._rows():
            action = item.data(0, _ACTION)
            if isinstance(action, QAction) and action.objectName() == name:
                self._table.setCurrentItem(item)

    def _fill(self) -> None:
        groups: dict[str, QTreeWidgetItem] = {}
        for action in self._actions:
            page = page_of(action)
            title = "Everywhere" if page is None else page.objectName() or "Here"
            self._group(groups, title).addChild(_row(plain_text(action), _keys_of(action), action))
        for what, how in _BY_HAND:
            self._group(groups, "On the picture").addChild(_row(what, how, None))
        self._table.expandAll()

    def _group(self, groups: dict[str, QTreeWidgetItem], title: str) -> QTreeWidgetItem:
        if title not in groups:
            groups[title] = QTreeWidgetItem([title])
            groups[title].setFlags(Qt.ItemFlag.ItemIsEnabled)
            font = self.font()
            font.setBold(True)
            groups[title].setFont(0, font)
            self._table.addTopLevelItem(groups[title])
        return groups[title]

    def _rows(self) -> list[QTreeWidgetItem]:
        groups = (self._table.topLevelItem(i) for i in range(self._table.topLevelItemCount()))
        rows = (group.child(i) for group in groups if group is not None for i in range(group.childCount()))
        return [row for row in rows if row is not None]

    def _chosen(self) -> QAction | None:
        item = self._table.currentItem()
        action = None if item is None else item.data(0, _ACTION)
        return action if isinstance(action, QAction) else None

    def _on_chosen(self) -> None:
        action = self._chosen()
        self._said.clear()
        for widget in (self._keys, self._set):
            widget.setEnabled(action is not None)
        self._restore.setEnabled(action is not None and self._shortcuts.is_changed(action))
        self._keys.setKeySequence(QKeySequence() if action is None else action.shortcut())

    def _on_set(self) -> None:
        action = self._chosen()
        if action is not None:
            self._try(lambda: self._shortcuts.bind(action, self._keys.keySequence(), self._actions))

    def _on_restore(self) -> None:
        action = self._chosen()
        if action is not None:
            self._try(lambda: self._shortcuts.restore(action, self._actions))

    def _try(self, change: Callable[[], None]) -> None:
        action, item = self._chosen(), self._table.currentItem()
        try:
            change()
        except ShortcutClashError as error:
            self._said.setText(str(error))
            return
        if action is not None and item is not None:
            item.setText(1, _keys_of(action))
        self._on_chosen()

    def _filter(self, text: str) -> None:
        wanted = text.casefold()
        for item in self._rows():
            item.setHidden(wanted not in f"{item.text(0)} {item.text(1)}".casefold())


def _row(what: str, how: str, action: QAction | None) -> QTreeWidgetItem:
    item = QTreeWidgetItem([what, how])
    item.setData(0, _ACTION, action)
    if action is None:
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    return item


def _keys_of(action: QAction) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(keys.toString(native) for keys in action.shortcuts() if not keys.isEmpty())
