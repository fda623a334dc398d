"""Actions as a table: what a menu, a tool bar and a shortcut have in common is said once."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from segstudio.ui.icons import set_icon


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One thing that a person can do.

    Attributes:
        name: a fixed word, also the object's name: ``undo``.
        text: in menus, with ``&`` before the access key: ``&Undo``.
        icon: name of an icon, or empty.
        shortcuts: key sequences in Qt's portable text; the first is shown.
        tip: what it does, a short sentence; the shortcut is added by itself.
        checkable: whether it is on or off.
    """

    name: str
    text: str
    icon: str = ""
    shortcuts: tuple[str, ...] = ()
    tip: str = ""
    checkable: bool = False


def make_action(
    parent: QObject,
    spec: ActionSpec,
    slot: Callable[..., object],
    *,
    context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
) -> QAction:
    """Make the action of a table's row; a checkable one calls ``slot(checked)``, another ``slot()``."""
    action = QAction(spec.text, parent)
    action.setObjectName(spec.name)
    action.setCheckable(spec.checkable)
    action.setShortcuts([QKeySequence(keys) for keys in spec.shortcuts])
    action.setShortcutContext(context)
    if spec.icon:
        set_icon(action, spec.icon)
    action.setStatusTip(spec.tip)
    retell_tooltip(action)
    if spec.checkable:
        action.toggled.connect(slot)
    else:
        action.triggered.connect(lambda _checked=False: slot())
    return action


def retell_tooltip(action: QAction) -> None:
    """Say in the tooltip what an action does, and by which key; again after its key has changed."""
    text = action.statusTip() or action.text().replace("&", "")
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{text} ({keys})" if keys else text)
