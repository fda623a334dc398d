"""The classes of a dataset: ids, names, colours, and which one is ignored.

``classes.json`` at the dataset's root is what segstudio writes::

    {"classes": [{"id": 0, "name": "background", "colour": "#000000", "ignore": false}, ...]}

``classes.txt`` (tab-separated id, name, colour and optionally the word ``ignore``) is read as well.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.files import write_atomically
from segstudio.errors import SegstudioError

Colour = tuple[int, int, int]
"""Red, green, blue; each 0 to 255."""

HIGHEST_ID = 65535
"""The largest id that a 16-bit mask can hold."""

# Chosen to stay apart for the usual colour-vision deficiencies at the start of the list, where most datasets end.
_PALETTE: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
    (204, 121, 167),
    (0, 114, 178),
    (154, 99, 219),
    (148, 203, 81),
    (255, 128, 128),
    (0, 206, 209),
    (178, 122, 72),
    (255, 105, 180),
    (110, 139, 61),
    (135, 135, 255),
    (255, 165, 79),
    (64, 224, 160),
    (205, 92, 92),
    (189, 183, 107),
    (100, 149, 237),
)


class ClassesError(SegstudioError):
    """The list of classes cannot be read or does not make sense."""


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One class of a dataset.

    Attributes:
        id: the value of its pixels in a mask, 0 to 65535.
        name: what people call it; unique within a dataset.
        colour: how it is drawn.
        ignored: its pixels count in no loss and no metric (also known as void).
    """

    id: int
    name: str
    colour: Colour
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class ClassList:
    """The classes of a dataset, in the order in which people see them.

    Raises:
        ClassesError: an id or a name stands twice, an id is out of range, or a name is empty.
    """

    entries: tuple[ClassInfo, ...]

    def __post_init__(self) -> None:
        seen_ids: set[int] = set()
        seen_names: set[str] = set()
        for entry in self.entries:
            if not 0 <= entry.id <= HIGHEST_ID:
                raise ClassesError(f"Class “{entry.name}” has id {entry.id}; ids go from 0 to {HIGHEST_ID}.")
            if not entry.name.strip():
                raise ClassesError(f"Class {entry.id} has no name. Give it one.")
            if entry.id in seen_ids:
                raise ClassesError(f"Two classes have the id {entry.id}. Give each class an id of its own.")
            if entry.name in seen_names:
                raise ClassesError(f"Two classes are named “{entry.name}”. Give each class a name of its own.")
            seen_ids.add(entry.id)
            seen_names.add(entry.name)

    def __iter__(self) -> Iterator[ClassInfo]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, position: int) -> ClassInfo:
        return self.entries[position]

    @property
    def ids(self) -> tuple[int, ...]:
        """All ids, in order of the list."""
        return tuple(entry.id for entry in self.entries)

    @property
    def counted(self) -> tuple[ClassInfo, ...]:
        """The classes that are learned and measured: all but the ignored ones.

        The order of this tuple is the order of a model's output channels.
        """
        return tuple(entry for entry in self.entries if not entry.ignored)

    @property
    def ignored_ids(self) -> frozenset[int]:
        """The ids that count in no loss and no metric."""
        return frozenset(entry.id for entry in self.entries if entry.ignored)

    def find(self, class_id: int) -> ClassInfo | None:
        """Return the class with this id, or None."""
        return next((entry for entry in self.entries if entry.id == class_id), None)

    def replaced(self, entry: ClassInfo) -> "ClassList":
        """Return a list in which ``entry`` stands in place of the class with its id."""
        return ClassList(tuple(entry if old.id == entry.id else old for old in self.entries))

    def with_new(self, name: str) -> "ClassList":
        """Return a list with one more class at the end: the next free id and colour."""
        free = next(i for i in range(HIGHEST_ID + 1) if i not in self.ids)
        return ClassList((*self.entries, ClassInfo(free, name, spare_colour(self.entries))))

    def to_json(self) -> list[dict[str, object]]:
        """Return the list as plain data, for ``classes.json`` and for run folders."""
        return [{"id": e.id, "name": e.name, "colour": hex_colour(e.colour), "ignore": e.ignored} for e in self.entries]

    @staticmethod
    def from_json(data: object) -> "ClassList":
        """Read what `to_json` wrote; a ``{"classes": [...]}`` around it and ``color`` are accepted.

        Raises:
            ClassesError: ``data`` is something else.
        """
        if isinstance(data, dict):
            data = data.get("classes")
        if not isinstance(data, list):
            raise ClassesError("A list of classes was expected, each with id, name and colour.")
        return ClassList(tuple(_entry_from_json(item) for item in data))


DEFAULT_CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "object", _PALETTE[0])))
"""What a folder of pictures starts with when it says nothing about its classes."""


def spare_colour(taken: Iterable[ClassInfo]) -> Colour:
    """Return the first colour of the palette that no class of ``taken`` has."""
    used = [entry.colour for entry in taken]
    return next((colour for colour in _PALETTE if colour not in used), _PALETTE[len(used) % len(_PALETTE)])


def classes_for_ids(ids: Iterable[int]) -> ClassList:
    """Make up names and colours for ids that were found in masks; 255 is taken to be ignored.

    255 as “nobody labelled this” is the habit of PASCAL VOC and Cityscapes.
    """
    entries: list[ClassInfo] = []
    for class_id in sorted(set(ids)):
        if class_id == 255:
            entries.append(ClassInfo(255, "unlabelled", (128, 128, 128), ignored=True))
        elif class_id == 0:
            entries.append(ClassInfo(0, "background", (0, 0, 0)))
        else:
            entries.append(ClassInfo(class_id, f"class {class_id}", spare_colour(entries)))
    return ClassList(tuple(entries))


def hex_colour(colour: Colour) -> str:
    """Write a colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def parse_colour(text: str) -> Colour:
    """Read ``#rrggbb``.

    Raises:
        ClassesError: it is something else.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ClassesError(f"“{text}” is not a colour. Write it as #rrggbb, for example #ff8000.")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def load_classes(folder: Path) -> ClassList | None:
    """Read ``classes.json`` or ``classes.txt`` of ``folder``; None where there is neither.

    Raises:
        ClassesError: the file is there but cannot be understood; the message names it.
    """
    for name, parse in (("classes.json", _parse_json), ("classes.txt", _parse_text)):
        path = folder / name
        if not path.is_file():
            continue
        try:
            classes = parse(path.read_text(encoding="utf-8-sig"))
        except ClassesError as error:
            raise ClassesError(f"{path}: {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ClassesError(f"{path} cannot be read: {error}") from error
        if len(classes) == 0:
            raise ClassesError(f"{path} lists no class. Add at least one, or remove the file.")
        return classes
    return None


def save_classes(folder: Path, classes: ClassList) -> None:
    """Write ``classes.json`` into ``folder``, whole or not at all."""
    text = json.dumps({"classes": classes.to_json()}, indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder / "classes.json", text.encode())


def _parse_json(text: str) -> ClassList:
    try:
        return ClassList.from_json(json.loads(text))
    except json.JSONDecodeError as error:
        raise ClassesError(f"not valid JSON: {error}") from error


def _parse_text(text: str) -> ClassList:
    entries: list[ClassInfo] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) < 2 or not fields[0].isdecimal():
            raise ClassesError(f"line {number}: expected id, name and colour with tabs between, got “{line.strip()}”.")
        colour = parse_colour(fields[2]) if len(fields) > 2 and fields[2] else spare_colour(entries)
        entries.append(ClassInfo(int(fields[0]), fields[1], colour, "ignore" in fields[3:]))
    return ClassList(tuple(entries))


def _entry_from_json(item: object) -> ClassInfo:
    if not isinstance(item, dict):
        raise ClassesError(f"expected an object with id, name and colour, got {item!r}.")
    class_id, name = item.get("id"), item.get("name")
    if not isinstance(class_id, int) or isinstance(class_id, bool) or not isinstance(name, str):
        raise ClassesError(f"a class needs a whole number `id` and a text `name`, got {item!r}.")
    colour = item.get("colour", item.get("color"))
    if not isinstance(colour, str):
        raise ClassesError(f'class “{name}” needs a `colour` such as "#ff8000".')
    ignored = item.get("ignore", False)
    if not isinstance(ignored, bool):
        raise ClassesError(f"class “{name}”: `ignore` must be true or false, got {ignored!r}.")
    return ClassInfo(class_id, name, parse_colour(colour), ignored)
