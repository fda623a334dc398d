"""The files of a folder, listed once, so that each format need not do it again to recognise its own."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from segstudio.dataset.dataset import is_image
from segstudio.dataset.formats.source import FormatError

_DEEPEST = 6
"""Folders below folders: deeper than any format goes, and an end where links make a ring."""


@dataclass(frozen=True)
class Listing:
    """The files of a folder and of the folders in it, by name; hidden ones are left out.

    Attributes:
        root: the folder.
        files: all files, as paths that begin with ``root``.
    """

    root: Path
    files: tuple[Path, ...]
    _by_suffix: dict[str, list[Path]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_suffix: dict[str, list[Path]] = defaultdict(list)
        for path in self.files:
            by_suffix[path.suffix.lower()].append(path)
        object.__setattr__(self, "_by_suffix", by_suffix)

    def ending(self, *suffixes: str) -> list[Path]:
        """Return the files with these endings, given in lower case with a dot, by name."""
        return sorted(path for suffix in suffixes for path in self._by_suffix.get(suffix, ()))

    def images(self) -> list[Path]:
        """Return the files whose ending is that of a picture; masks among them."""
        return [path for path in self.files if is_image(path)]

    def named(self, *names: str) -> list[Path]:
        """Return the files with one of these names, in any case, wherever they lie."""
        wanted = {name.casefold() for name in names}
        return [path for path in self.files if path.name.casefold() in wanted]

    def relative(self, path: Path) -> str:
        """Return the path below the root, with ``/`` between folders."""
        return path.relative_to(self.root).as_posix()


def list_folder(root: Path) -> Listing:
    """List a folder.

    Raises:
        FormatError: there is no such folder, or it cannot be listed.
    """
    root = Path(os.path.abspath(root))
    if not root.is_dir():
        raise FormatError(f"{root} is not a folder. Choose the folder that holds the pictures and their annotations.")
    try:
        return Listing(root, tuple(_walk(root, _DEEPEST)))
    except OSError as error:
        raise FormatError(f"{error.filename} cannot be listed: {error.strerror or error}.") from error


def read_text(path: Path) -> str:
    """Read a text file, UTF-8 with or without a byte order mark.

    Raises:
        FormatError: it cannot be read or is in another encoding.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not a UTF-8 text. Save it as UTF-8.") from error


def read_json(path: Path) -> object:
    """Read a JSON file.

    Raises:
        FormatError: it cannot be read or is no JSON.
    """
    try:
        data: object = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path} is not valid JSON: {error}. Export it again.") from error
    return data


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    for entry in found:
        if not entry.is_dir():
            yield Path(entry.path)
        elif depth > 0:
            yield from _walk(Path(entry.path), depth - 1)
