"""What the program remembers of a person: window, theme, recent datasets. Never anything about their work.

A setting that is damaged or of another version counts as absent (R28): a start never fails for it.
"""

import os
from pathlib import Path

from platformdirs import user_cache_path, user_config_path, user_data_path
from PySide6.QtCore import QByteArray, QSettings

from segstudio.ui.theme import Scheme

_RECENT_LIMIT = 10


def open_settings() -> QSettings:
    """Return the settings; ``SEGSTUDIO_HOME`` names another folder for them."""
    home = os.environ.get("SEGSTUDIO_HOME")
    folder = Path(home) if home else user_config_path("segstudio", appauthor=False)
    return QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)


def journal_folder() -> Path:
    """Return the folder of the journals of strokes; ``SEGSTUDIO_HOME`` names another one to find it in.

    On a person's own disk, not in the dataset: see `painting.journal`.
    """
    home = os.environ.get("SEGSTUDIO_HOME")
    return (Path(home) if home else user_data_path("segstudio", appauthor=False)) / "journals"


def cache_folder() -> Path:
    """Return the folder of what can be made again; ``SEGSTUDIO_HOME`` names another one to find it in."""
    home = os.environ.get("SEGSTUDIO_HOME")
    return Path(home) / "cache" if home else user_cache_path("segstudio", appauthor=False)


class Settings:
    """The program's settings, typed, over Qt's untyped ones."""

    def __init__(self, store: QSettings) -> None:
        self.store = store

    @property
    def theme(self) -> Scheme:
        """Light, dark, or as the desktop is."""
        match self.store.value("window/theme"):
            case "light":
                return "light"
            case "dark":
                return "dark"
            case _:
                return "system"

    @theme.setter
    def theme(self, scheme: Scheme) -> None:
        self.store.setValue("window/theme", scheme)

    @property
    def recent(self) -> list[Path]:
        """The datasets that were opened lately, newest first, as far as they are still there."""
        return [path for path in self._paths("datasets/recent") if path.is_dir()]

    def remember(self, dataset: Path) -> None:
        """Put a dataset at the head of the recent ones."""
        others = [path for path in self._paths("datasets/recent") if path != dataset]
        self.store.setValue("datasets/recent", [str(path) for path in [dataset, *others][:_RECENT_LIMIT]])

    def output_for(self, dataset: Path) -> Path | None:
        """Return the folder that a person chose to write to for a dataset on read-only storage."""
        self.store.beginGroup("datasets/output")
        value = self.store.value(_plain(dataset))
        self.store.endGroup()
        return Path(value) if isinstance(value, str) and Path(value).is_dir() else None

    def set_output_for(self, dataset: Path, output: Path) -> None:
        """Remember where to write for a dataset on read-only storage."""
        self.store.beginGroup("datasets/output")
        self.store.setValue(_plain(dataset), str(output))
        self.store.endGroup()

    def bytes(self, name: str) -> QByteArray | None:
        """Return a stored geometry or splitter state, or None."""
        value = self.store.value(name)
        return value if isinstance(value, QByteArray) else None

    def _paths(self, name: str) -> list[Path]:
        value = self.store.value(name)
        # Qt gives a list of one text back as that text.
        texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [Path(text) for text in texts if isinstance(text, str) and text]


def _plain(path: Path) -> str:
    # Keys of an INI file have no slashes; hex keeps every path apart and needs no escaping.
    return str(path).encode("utf-8", "surrogateescape").hex()
