"""A button that offers to save something in one of several formats."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from segstudio.ui.icons import set_icon


class SaveMenu(QToolButton):
    """Asks where, and calls what writes.

    Args:
        what: is saved, in a word; the file is called so unless a person says otherwise.
        formats: what writes a file, by the name of its format, which is also its ending.
    """

    def __init__(self, what: str, formats: Mapping[str, Callable[[Path], None]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what = what
        self._last = Path.home()
        set_icon(self, "save")
        self.setToolTip(f"Save the {what}")
        self.setAccessibleName(f"Save the {what}")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        for name, write in formats.items():
            action = menu.addAction(f"Save as {name}…")
            action.triggered.connect(lambda _checked, name=name, write=write: self._ask(name, write))
        self.setMenu(menu)

    def _ask(self, name: str, write: Callable[[Path], None]) -> None:
        start = self._last / f"{self._what}.{name.lower()}"
        chosen, _filter = QFileDialog.getSaveFileName(
            self, f"Save the {self._what}", str(start), f"{name} (*.{name.lower()})"
        )
        if chosen:
            path = Path(chosen)
            self._last = path.parent
            write(path if path.suffix else path.with_suffix(f".{name.lower()}"))
