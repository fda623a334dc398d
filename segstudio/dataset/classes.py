"""The classes of a dataset: ids, names, colours, and which one is ignored.

``classes.json`` at the dataset's root is what segstudio writes::

    {"classes": [{"id": 0, "name": "background", "colour": "#000000", "ignore": false}, ...]}

Beside ``classes`` there may be ``"blank": 255``: the id of the pixels of a new mask. Without it, that is class 0, or
the first class where there is no 0. ``classes.txt`` (tab-separated id, name, colour and optionally the word
``ignore``) is read as well.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from segstudio.dataset.colours import Colour, hex_colour, parse_colour, spare_colour
from segstudio.dataset.files import write_atomically
from segstudio.errors import SegstudioError

HIGHEST_ID = 65535
"""The largest id that a 16-bit mask can hold."""

UNPAINTED_ID = 255
"""The id of pixels that nobody has painted, where it is free: the habit of PASCAL VOC and Cityscapes."""


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

    Attributes:
        entries: the classes.
        stated_blank: the id of the pixels of a new mask where it is not the default; see `blank`.

    Raises:
        ClassesError: an id or a name stands twice, an id is out of range, a name is empty, or new masks would
            start as a class that is not there.
    """

    entries: tuple[ClassInfo, ...]
    stated_blank: int | None = None

    def __post_init__(self) -> None:
        self._check_entries()
        if self.stated_blank is None:
            return
        if self.stated_blank not in self.ids:
            raise ClassesError(f"New masks cannot start as {self.stated_blank}: no class has this id.")
        if self.stated_blank == self._default_blank:
            object.__setattr__(self, "stated_blank", None)  # lists that mean the same are equal

    def _check_entries(self) -> None:
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

    @property
    def blank(self) -> int:
        """The id of the pixels of a new mask, which is also what the eraser paints."""
        return self._default_blank if self.stated_blank is None else self.stated_blank

    @property
    def unpainted(self) -> int | None:
        """The id of pixels that nobody has painted yet; None where new masks start as a class that counts."""
        return self.blank if self.blank in self.ignored_ids else None

    @property
    def _default_blank(self) -> int:
        ids = self.ids
        return 0 if 0 in ids or not ids else ids[0]

    def find(self, class_id: int) -> ClassInfo | None:
        """Return the class with this id, or None."""
        return next((entry for entry in self.entries if entry.id == class_id), None)

    def replaced(self, entry: ClassInfo) -> "ClassList":
        """Return a list in which ``entry`` stands in place of the class with its id."""
        return self._with(tuple(entry if old.id == entry.id else old for old in self.entries))

    def with_new(self, name: str) -> "ClassList":
        """Return a list with one more class: the next free id (but 255) and colour, at the end but before unpainted."""
        free = next(i for i in range(HIGHEST_ID + 1) if i not in self.ids and i != UNPAINTED_ID)
        entries = [*self.entries, ClassInfo(free, name, _spare_colour(self.entries))]
        if len(entries) > 1 and entries[-2].id == self.unpainted:
            entries[-2:] = reversed(entries[-2:])
        return self._with(tuple(entries))

    def moved(self, class_id: int, position: int) -> "ClassList":
        """Return a list in which a class stands at another position (0 is the first; ends are kept to).

        Raises:
            ClassesError: there is no such class.
        """
        entry = self._existing(class_id)
        others = [other for other in self.entries if other.id != class_id]
        others.insert(min(max(position, 0), len(others)), entry)
        return self._with(tuple(others))

    def reordered(self, ids: Iterable[int]) -> "ClassList":
        """Return a list in the order of ``ids``, which names every class once.

        Raises:
            ClassesError: it does not.
        """
        wanted = tuple(ids)
        if sorted(wanted) != sorted(self.ids):
            raise ClassesError(f"Every class must be named once: {sorted(self.ids)}. Received: {sorted(wanted)}.")
        return self._with(tuple(self._existing(class_id) for class_id in wanted))

    def removed(self, class_id: int, replacement: int) -> "ClassList":
        """Return a list without a class whose pixels become those of another.

        Where new masks started as the class that is removed, they start as its replacement.

        Raises:
            ClassesError: one of both does not exist, both are the same, or no class that counts would be left.
        """
        self._existing(class_id), self._existing(replacement)
        if class_id == replacement:
            raise ClassesError(f"Class {class_id} cannot become itself. Choose another class.")
        blank = replacement if self.blank == class_id else self.blank
        left = ClassList(tuple(entry for entry in self.entries if entry.id != class_id), blank)
        if not left.counted:
            raise ClassesError("At least one class that is not ignored must stay: there would be nothing to learn.")
        return left

    def starting_as(self, class_id: int) -> "ClassList":
        """Return a list with which new masks start as this class.

        Raises:
            ClassesError: there is no such class.
        """
        return replace(self, stated_blank=class_id)

    def starting_as_class(self) -> "ClassList":
        """Return a list with which new masks start as class 0 or, if that does not count, as the first that does."""
        counted = [entry.id for entry in self.counted]
        return self.starting_as(0 if 0 in counted else counted[0]) if counted else self

    def starting_unpainted(self) -> "ClassList":
        """Return a list with which new masks start as unpainted, an ignored class that is added where it is missing."""
        if self.unpainted is not None:
            return self
        present = self.find(UNPAINTED_ID)
        if present is not None and present.ignored:
            return self.starting_as(UNPAINTED_ID)
        # Downwards from 255, then above it: eight bits for as long as they last.
        order = (*range(UNPAINTED_ID, -1, -1), *range(UNPAINTED_ID + 1, HIGHEST_ID + 1))
        free = next(i for i in order if i not in self.ids)
        name = free_name("unpainted", self.entries)
        return ClassList((*self.entries, ClassInfo(free, name, (128, 128, 128), ignored=True)), free)

    def _existing(self, class_id: int) -> ClassInfo:
        entry = self.find(class_id)
        if entry is None:
            raise ClassesError(f"There is no class with the id {class_id}.")
        return entry

    def _with(self, entries: tuple[ClassInfo, ...]) -> "ClassList":
        # The blank is stated: which class comes first must not decide what new masks start as.
        return ClassList(entries, self.blank if self.entries else None)

    def to_json(self) -> dict[str, object]:
        """Return the list as plain data, for ``classes.json`` and for run folders."""
        entries = [
            {"id": e.id, "name": e.name, "colour": hex_colour(e.colour), "ignore": e.ignored} for e in self.entries
        ]
        return {"classes": entries} if self.stated_blank is None else {"classes": entries, "blank": self.stated_blank}

    @staticmethod
    def from_json(data: object) -> "ClassList":
        """Read what `to_json` wrote; the bare list of classes and ``color`` are accepted.

        Raises:
            ClassesError: ``data`` is something else.
        """
        entries, blank = (data.get("classes"), data.get("blank")) if isinstance(data, dict) else (data, None)
        if not isinstance(entries, list):
            raise ClassesError("A list of classes was expected, each with id, name and colour.")
        if blank is not None and (not isinstance(blank, int) or isinstance(blank, bool)):
            raise ClassesError(f"`blank` must be the id of a class, got {blank!r}.")
        return ClassList(tuple(_entry_from_json(item) for item in entries), blank)


DEFAULT_CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "object", spare_colour(()))))
"""What a folder of pictures starts with when it says nothing about its classes."""


def free_name(wanted: str, taken: Iterable[ClassInfo]) -> str:
    """Return ``wanted``, with a number behind it if a class of ``taken`` is named so."""
    names = {entry.name for entry in taken}
    numbered = (f"{wanted} {number}" for number in range(2, len(names) + 3))
    return next(name for name in (wanted, *numbered) if name not in names)


def classes_for_ids(ids: Iterable[int]) -> ClassList:
    """Make up names and colours for ids that were found in masks; 255 is taken to be ignored.

    255 as “nobody labelled this” is the habit of PASCAL VOC and Cityscapes.
    """
    entries: list[ClassInfo] = []
    for class_id in sorted(set(ids)):
        if class_id == UNPAINTED_ID:
            entries.append(ClassInfo(UNPAINTED_ID, "unlabelled", (128, 128, 128), ignored=True))
        elif class_id == 0:
            entries.append(ClassInfo(0, "background", (0, 0, 0)))
        else:
            entries.append(ClassInfo(class_id, f"class {class_id}", _spare_colour(entries)))
    return ClassList(tuple(entries))


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
        except SegstudioError as error:
            raise ClassesError(f"{path}: {error}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ClassesError(f"{path} cannot be read: {error}") from error
        if len(classes) == 0:
            raise ClassesError(f"{path} lists no class. Add at least one, or remove the file.")
        return classes
    return None


def save_classes(folder: Path, classes: ClassList) -> None:
    """Write ``classes.json`` into ``folder``, whole or not at all."""
    text = json.dumps(classes.to_json(), indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder / "classes.json", text.encode())


def _spare_colour(taken: Iterable[ClassInfo]) -> Colour:
    return spare_colour([entry.colour for entry in taken])


def _parse_json(text: str) -> ClassList:
    try:
        return ClassList.from_json(json.loads(text))
    except (ValueError, RecursionError) as error:  # the second where brackets are nested a thousandfold
        raise ClassesError(f"not valid JSON: {error}") from error


def _parse_text(text: str) -> ClassList:
    entries: list[ClassInfo] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) < 2 or not fields[0].isdecimal():
            raise ClassesError(f"line {number}: expected id, name and colour with tabs between, got “{line.strip()}”.")
        colour = parse_colour(fields[2]) if len(fields) > 2 and fields[2] else _spare_colour(entries)
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
