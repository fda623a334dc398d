"""What can be done with the selected samples: by key, and from the menu of the browser."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from segstudio.dataset.dataset import SPLITS
from segstudio.dataset.review import Review, ReviewState
from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.browser.review_dialog import ReviewDialog

_STATES = (
    (ActionSpec("review_done", "Mark as &done", "", ("Ctrl+Return",), "Mark the selected pictures as done"), "DONE"),
    (
        ActionSpec("review_needs_work", "Mark as needs &work", "", ("Ctrl+Shift+Return",), "They need more work"),
        "NEEDS_WORK",
    ),
    (ActionSpec("review_todo", "Mark as t&odo", "", ("Ctrl+Backspace",), "Nobody has looked at them yet"), "TODO"),
)


class SampleMenu(QObject):
    """The actions on samples, and the menu that shows them.

    Signals:
        state_chosen(list[str], ReviewState), tag_chosen(list[str], str, bool), described(dict[str, Review]),
        move_chosen(list[str], str), undo_requested(), redo_requested(), move_undo_requested(): a person wants that.

    Args:
        view: what the menu belongs to, and the keys work in whose window.
        selected: gives the keys of the selected samples.
        review: gives what is said of a sample, by key.
    """

    state_chosen = Signal(object, object)
    tag_chosen = Signal(object, str, bool)
    described = Signal(object)
    move_chosen = Signal(object, str)
    undo_requested = Signal()
    redo_requested = Signal()
    move_undo_requested = Signal()

    def __init__(self, view: QWidget, selected: Callable[[], list[str]], review: Callable[[str], Review]) -> None:
        super().__init__(view)
        self._view = view
        self._selected = selected
        self._review = review
        self._tags: tuple[str, ...] = ()
        self.states = [
            make_action(view, spec, partial(self._choose_state, ReviewState[name])) for spec, name in _STATES
        ]
        self.describe = make_action(
            view,
            ActionSpec("review_describe", "&Tags and notes…", "", ("F4",), "Write tags and notes"),
            self.ask_for_description,
        )
        self.undo = make_action(
            view,
            ActionSpec("review_undo", "Undo review", "", ("Ctrl+Alt+Z",), "Take back what was said of pictures last"),
            self.undo_requested.emit,
        )
        self.redo = make_action(
            view,
            ActionSpec("review_redo", "Redo review", "", ("Ctrl+Alt+Y",), "Say of pictures again what was taken back"),
            self.redo_requested.emit,
        )
        self.undo_move = make_action(
            view,
            ActionSpec("undo_move", "Undo move", "", (), "Move pictures back to the splits that they came from"),
            self.move_undo_requested.emit,
        )
        # A key works only for an action that belongs to a widget that is seen.
        view.addActions([*self.states, self.describe, self.undo, self.redo])
        self.set_titles("", "")
        self.set_undoable_move(None)

    def set_tags(self, tags: tuple[str, ...]) -> None:
        """Offer these tags."""
        self._tags = tags

    def set_titles(self, undo: str, redo: str) -> None:
        """Say what would be undone and done again; empty where there is nothing."""
        for action, title, word in ((self.undo, undo, "Undo"), (self.redo, redo, "Redo")):
            action.setText(f"{word}: {title}".replace("&", "&&") if title else f"{word} review")
            action.setEnabled(bool(title))

    def set_undoable_move(self, title: str | None) -> None:
        """Say which move can be undone; None for none."""
        self.undo_move.setText(f"Undo: {title}".replace("&", "&&") if title else "Undo move")
        self.undo_move.setEnabled(title is not None)

    def ask_for_description(self) -> None:
        """Ask for tags and notes of the selected samples."""
        keys = self._selected()
        if keys:
            reviews = {key: self._review(key) for key in keys}
            dialog = ReviewDialog(reviews, self._tags, self._view.window())
            dialog.confirmed.connect(self.described)
            dialog.open()

    def build(self) -> QMenu:
        """Return a new menu for what is selected now."""
        keys = self._selected()
        menu = QMenu(self._view)
        menu.addActions(self.states)
        menu.addSeparator()
        self._add_tags(menu.addMenu("Ta&g"), keys)
        menu.addAction(self.describe)
        menu.addSeparator()
        moves = menu.addMenu("&Move to")
        held = {key.partition("/")[0] for key in keys}
        for split in SPLITS:
            action = moves.addAction(split, partial(self.move_chosen.emit, keys, split))
            action.setEnabled(bool(held - {split}))
        moves.setEnabled(bool(keys))
        menu.addSeparator()
        menu.addActions([self.undo, self.redo, self.undo_move])
        return menu

    def show(self, position: QPoint) -> None:
        """Show the menu at a position of the view."""
        menu = self.build()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._view.mapToGlobal(position))

    def _add_tags(self, menu: QMenu, keys: list[str]) -> None:
        # Of very many samples most say the same: each review is looked at once.
        distinct = {id(review): review for review in map(self._review, keys)}.values() if self._tags else ()
        for tag in self._tags:
            action = QAction(tag.replace("&", "&&"), menu)
            action.setCheckable(True)
            action.setChecked(bool(keys) and all(tag in review.tags for review in distinct))
            action.triggered.connect(partial(self.tag_chosen.emit, keys, tag))
            menu.addAction(action)
        menu.setEnabled(bool(keys and self._tags))

    def _choose_state(self, state: ReviewState) -> None:
        keys = self._selected()
        if keys:
            self.state_chosen.emit(keys, state)
