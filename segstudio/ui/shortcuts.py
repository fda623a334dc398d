"""Which key does what: the tables' own keys, and what a person has made of them."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QStackedWidget

from segstudio.errors import SegstudioError
from segstudio.ui.actions import retell_tooltip

_DEFAULT = "default_keys"
_GROUP = "shortcuts"


class ShortcutClashError(SegstudioError):
    """A key is taken by another action of the same page."""


class Shortcuts:
    """Reads and writes the keys that a person has chosen, and gives them to actions.

    Args:
        store: where they are remembered; what is damaged there counts as absent (R28).
    """

    def __init__(self, store: QSettings) -> None:
        self._store = store

    def apply(self, actions: Iterable[QAction]) -> None:
        """Give actions the keys that a person has chosen for them; to those that were not seen before."""
        for action in actions:
            if action.property(_DEFAULT) is None and action.objectName():
                action.setProperty(_DEFAULT, _to_text(action.shortcuts()))
                chosen = self._store.value(f"{_GROUP}/{action.objectName()}")
                if isinstance(chosen, str):
                    _set(action, _from_text(chosen))

    def bind(self, action: QAction, keys: QKeySequence, actions: Sequence[QAction]) -> None:
        """Let a key do this, and remember it; an empty sequence takes the key away.

        Args:
            action: what it shall do.
            keys: the key, or keys one after another.
            actions: all that may already have it.

        Raises:
            ShortcutClashError: another action of the page, or of the window, has it; nothing has changed.
        """
        for other in actions:
            if other is not action and _meet(action, other) and any(_clash(keys, held) for held in other.shortcuts()):
                name = keys.toString(QKeySequence.SequenceFormat.NativeText)
                raise ShortcutClashError(f"{name} is taken: it does “{plain_text(other)}”. Choose another key.")
        _set(action, [] if keys.isEmpty() else [keys])
        self._store.setValue(f"{_GROUP}/{action.objectName()}", _to_text(action.shortcuts()))

    def restore(self, action: QAction, actions: Sequence[QAction]) -> None:
        """Give an action its own keys back.

        Raises:
            ShortcutClashError: one of them has been given to another action; nothing has changed.
        """
        own = _from_text(str(action.property(_DEFAULT) or ""))
        for keys in own:
            self.bind(action, keys, actions)
        _set(action, own)
        self._store.remove(f"{_GROUP}/{action.objectName()}")

    def is_changed(self, action: QAction) -> bool:
        """Say whether a person has chosen the keys of an action."""
        return self._store.contains(f"{_GROUP}/{action.objectName()}")


def plain_text(action: QAction) -> str:
    """Return an action's text without the marks that menus need."""
    return action.text().replace("&", "").rstrip("…")


def page_of(action: QAction) -> QObject | None:
    """Return the page that an action works on; None if it works everywhere."""
    parent = action.parent()
    while parent is not None:
        holder = parent.parent()
        if isinstance(holder, QStackedWidget) and holder.objectName() == "pages":
            return parent
        parent = holder
    return None


def _meet(one: QAction, other: QAction) -> bool:
    """Say whether two actions can be had at the same time."""
    pages = (page_of(one), page_of(other))
    return None in pages or pages[0] is pages[1]


def _clash(keys: QKeySequence, held: QKeySequence) -> bool:
    # One that begins with the other would never be reached.
    none = QKeySequence.SequenceMatch.NoMatch
    return not keys.isEmpty() and (keys.matches(held) != none or held.matches(keys) != none)


def _set(action: QAction, keys: list[QKeySequence]) -> None:
    action.setShortcuts(keys)
    retell_tooltip(action)


def _to_text(keys: Sequence[QKeySequence]) -> str:
    # A tab apart: every printable character can be a key itself.
    return "\t".join(sequence.toString(QKeySequence.SequenceFormat.PortableText) for sequence in keys)


def _from_text(text: str) -> list[QKeySequence]:
    made = (QKeySequence(part, QKeySequence.SequenceFormat.PortableText) for part in text.split("\t") if part)
    return [sequence for sequence in made if not sequence.isEmpty()]
