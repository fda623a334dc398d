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
    action.setToolTip(tooltip(spec))
    action.setStatusTip(spec.tip)
    if spec.checkable:
        action.toggled.connect(slot)
    else:
        action.triggered.connect(lambda _checked=False: slot())
    return action


def tooltip(spec: ActionSpec) -> str:
    """Say what an action does, and by which key."""
    text = spec.tip or spec.text.replace("&", "")
    if not spec.shortcuts:
        return text
    keys = QKeySequence(spec.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{text} ({keys})"
