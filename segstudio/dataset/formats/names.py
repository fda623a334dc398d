"""What names say: which class is the background or counts for nothing, which folder is for validation."""

import re
from pathlib import Path

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import Split
from segstudio.dataset.formats.source import SourceClass

BACKGROUND = "_background_"
"""What labelme calls the background."""

IGNORED = "__ignore__"
"""What labelme calls the class that counts for nothing."""

_BACKGROUNDS = frozenset({BACKGROUND, "__background__", "background"})
_IGNORED = frozenset({IGNORED, "_ignore_", "ignore", "ignored", "void", "__void__", "unpainted"})

_SPLITS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "train2017", "train2014"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "val2017", "val2014", "dev"), "val"),
    **dict.fromkeys(("test", "testing", "test2017", "test2014"), "test"),
}


def is_background(name: str) -> bool:
    """Say whether a class of this name is what lies behind all objects."""
    return name.casefold() in _BACKGROUNDS


def is_ignored(name: str) -> bool:
    """Say whether a class of this name counts for nothing."""
    return name.casefold() in _IGNORED


def named_class(name: str, **fields: object) -> SourceClass:
    """Return a class of which only the name says what it is for; ``fields`` are the other ones of `SourceClass`."""
    return SourceClass(name, ignored=is_ignored(name), background=is_background(name), **fields)  # type: ignore[arg-type]


def undrawn(classes: ClassList) -> ClassInfo | None:
    """Return the class that formats of objects leave out, since it is where no object is; None: all are drawn.

    It is the one that is called background, as it has to be found again by its name.
    """
    return next((entry for entry in classes if is_background(entry.name) and not entry.ignored), None)


def written_names(classes: ClassList, *, ignored: str | None = None) -> dict[int, str]:
    """Return by id the names of classes in a format where only the name says that a class is ignored.

    Args:
        classes: the classes.
        ignored: what the first ignored class is to be called; by default its own name, where that says so.
    """
    first = next((entry for entry in classes if entry.ignored), None)
    names: dict[int, str] = {}
    if first is not None:
        names[first.id] = ignored or (first.name if is_ignored(first.name) else IGNORED)
    for entry in classes:
        if entry is not first:
            # Neither lines of a text file nor XML can hold what is not printable.
            name = "".join(letter if letter.isprintable() else " " for letter in entry.name).strip() or "class"
            while name in names.values():
                name += "-2"
            names[entry.id] = name
    return {entry.id: names[entry.id] for entry in classes}


def split_of(path: str | Path) -> Split | None:
    """Return the split that a path tells: its file's name before its folders, the last one first."""
    for part in reversed(re.split(r"[/\\]", str(path))):
        for word in reversed(re.split(r"[^a-z0-9]+", part.casefold())):
            if word in _SPLITS:
                return _SPLITS[word]
    return None
