"""Throwing away so that it can be fetched back."""

import itertools
from pathlib import Path

from PySide6.QtCore import QFile

TRASH_FOLDER = ".trash"


def move_to_trash(folder: Path) -> Path | None:
    """Move a folder to the system's trash, or into ``.trash`` beside it where the system has none.

    Returns:
        Where it is now; None if the system does not tell.

    Raises:
        OSError: it can be moved to neither.
    """
    file = QFile(str(folder))  # the static way answers with a pair or not, by the version of PySide6
    if file.moveToTrash():
        return Path(file.fileName()) if file.fileName() else None
    trash = folder.parent / TRASH_FOLDER
    trash.mkdir(exist_ok=True)
    for number in itertools.count(1):
        target = trash / (folder.name if number == 1 else f"{folder.name}-{number}")
        if not target.exists():
            return folder.rename(target)
    raise AssertionError("count() never ends")
