"""Boxes that offer what is wanted, with “any” in the first place."""

from collections.abc import Iterable

from PySide6.QtWidgets import QComboBox


def offer(box: QComboBox, any_text: str, entries: Iterable[tuple[str, object]]) -> None:
    """Fill a box anew without telling anybody; what was chosen stays chosen if it is still offered.

    Args:
        box: the box.
        any_text: what stands first and means None.
        entries: what else is offered, as text and value.
    """
    kept = box.currentData()
    blocked = box.blockSignals(True)
    box.clear()
    box.addItem(any_text, None)
    for text, value in entries:
        box.addItem(text, value)
    box.setCurrentIndex(max(box.findData(kept), 0))
    box.blockSignals(blocked)
