"""Lists of classes as other programs write them: names, numbers and colours in text, JSON, YAML and CSV.

==========================  ======================================================================
``labelmap.txt`` (CVAT)     ``name:r,g,b:parts:actions``
``label_colors.txt``        ``r g b name`` (CamVid) or ``name r g b``
``labels.txt`` (labelme)    a name a line; ``__ignore__`` first is what masks hold as 255
``labels.txt`` (Paddle)     a name a line, or ``name - r g b``; or ``id name``
``classes.txt`` (segstudio) tab-separated id, name, #rrggbb, and the word ``ignore``
``*.csv``                   columns name, r, g, b; or id and name
``*.json``                  segstudio, Mapillary, PixelAnnotationTool, X-AnyLabeling, Datumaro, ``{name: colour}`` …
``*.yaml``                  ISAT, ``names:`` of YOLO, ``{name: colour}``
==========================  ======================================================================
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from segstudio.dataset.classes import HIGHEST_ID, UNPAINTED_ID
from segstudio.dataset.colours import Colour
from segstudio.dataset.formats.listing import read_json, read_text
from segstudio.dataset.formats.source import FormatError, SourceClass

LEGEND_NAMES = (
    "classes.json",
    "classes.txt",
    "labelmap.txt",
    "class_names.txt",
    "label_colors.txt",
    "labels.txt",
    "label.txt",
    "classification.txt",
    "class_dict.csv",
    "classes.csv",
    "labels.csv",
    "label_colors.csv",
    "colormap.csv",
    "labelmap.csv",
    "object150_info.csv",
    "objectinfo150.txt",
    "dataset_meta.json",
    "mask_color_map.json",
    "mask_grayscale_map.json",
    "color_map.json",
    "colormap.json",
    "labels.json",
    "label_map.json",
    "labelmap.json",
    "isat.yaml",
    "classes.yaml",
    "labels.yaml",
    "data.yaml",
    "classes.yml",
    "labels.yml",
)
"""Names under which lists of classes are looked for, best first."""

_BACKGROUND = re.compile(r"_*(background|bg)_*", re.IGNORECASE)
_IGNORED = re.compile(r"_*(ignore|ignored|void|unlabel|unlabell?ed)_*", re.IGNORECASE)
_HEX = re.compile(r"#?([0-9a-fA-F]{6})([0-9a-fA-F]{2})?")
_LARGEST = 4 << 20
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Legend:
    """A list of classes.

    Attributes:
        path: the file that it was read from.
        classes: at least one; where the file gives no ids, each has its place in the list.
        stated: whether the file gives the ids.
    """

    path: Path
    classes: tuple[SourceClass, ...]
    stated: bool = False


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    id: int | None = None
    colour: Colour | None = None
    ignored: bool = False


def named_class(
    name: str, class_id: int | None = None, colour: Colour | None = None, *, ignored: bool = False
) -> SourceClass:
    """Return a class, taken for background or void if it is called so."""
    void = ignored or _IGNORED.fullmatch(name) is not None
    return SourceClass(name, class_id, colour, void, not void and _BACKGROUND.fullmatch(name) is not None)


def read_legend(path: Path) -> Legend:
    """Read a list of classes.

    Raises:
        FormatError: the file cannot be read or names no class.
    """
    try:
        large = path.stat().st_size > _LARGEST
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}.") from error
    if large:
        raise FormatError(f"{path} is too large for a list of classes.")
    match path.suffix.lower():
        case ".json":
            rows = _of_data(read_json(path))
        case ".yaml" | ".yml":
            rows = _of_data(_read_yaml(path))
        case ".csv":
            rows = _of_csv(read_text(path))
        case _:
            rows = _of_text(read_text(path))
    if not rows:
        raise FormatError(
            f"{path} names no class in a way that is known. Write a line for each class: its name, then red, green "
            "and blue if the masks are coloured."
        )
    return _legend(path, rows)


def _legend(path: Path, rows: Sequence[_Row]) -> Legend:
    stated = all(row.id is not None for row in rows)
    numbers = iter(range(len(rows)))
    classes: list[SourceClass] = []
    used: dict[str, int] = {}
    for row in rows:
        class_id = row.id if stated else None
        if not stated:
            # labelme counts from -1: what it ignores comes before 0.
            first = not classes and row.name == "__ignore__"
            class_id = UNPAINTED_ID if first else next(numbers)
        if class_id is not None and not 0 <= class_id <= HIGHEST_ID:
            class_id = UNPAINTED_ID if row.ignored or _IGNORED.fullmatch(row.name) else None
        used[row.name] = used.get(row.name, 0) + 1
        # ADE20K has two classes “screen”: they stay two.
        name = row.name if used[row.name] == 1 else f"{row.name} {used[row.name]}"
        classes.append(named_class(name, class_id, row.colour, ignored=row.ignored))
    return Legend(path, tuple(classes), stated)


def _read_yaml(path: Path) -> object:
    try:
        data: object = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FormatError(f"{path} is not valid YAML: {error}.") from error
    return data


def _of_data(data: object) -> list[_Row]:
    """Read plain data: what JSON and YAML hold."""
    if isinstance(data, list):
        return [row for item in data if (row := _of_item(item, None)) is not None]
    if not isinstance(data, Mapping):
        return []
    names = data.get("label_map")
    if isinstance(names, Mapping):  # Datumaro
        colours = data.get("segmentation_colors")
        palette = colours if isinstance(colours, list) else []
        pairs = [(_number(key), str(name)) for key, name in names.items()]
        return [
            _Row(name, number, colour_of(palette[place]) if place < len(palette) else None)
            for place, (number, name) in enumerate(pairs)
        ]
    for key in ("classes", "labels", "label", "names", "colors", "colours", "categories", "objects"):
        if isinstance(data.get(key), (list, Mapping)) and (rows := _of_data(data[key])):
            return rows
    return [row for key, item in data.items() if (row := _of_item(item, str(key))) is not None]


def _of_item(item: object, key: str | None) -> _Row | None:
    """Read an entry of a list, or of an object with its key."""
    if isinstance(item, Mapping):
        name = next(
            (item[word] for word in ("name", "title", "label", "readable") if isinstance(item.get(word), str)), key
        )
        number = next((n for word in ("id", "index", "value") if (n := _number(item.get(word))) is not None), None)
        if number is None and key is not None:
            number = _number(key)
        colour = colour_of(next((item[word] for word in ("color", "colour", "rgb") if word in item), None))
        ignored = item.get("ignore") is True or item.get("ignored") is True
        # An object in an object that says nothing of its own is not a class.
        return _Row(name.strip(), number, colour, ignored) if name and name.strip() and len(item) > 0 else None
    if isinstance(item, str) and key is None:
        return _Row(item.strip(), None) if item.strip() else None
    if key is None:
        return None
    if isinstance(item, str) and (number := _number(key)) is not None:
        return _Row(item.strip(), number) if item.strip() else None
    colour = colour_of(item)
    if colour is not None:
        return _Row(key, None, colour)
    number = _number(item)
    # A grey value is a number in masks of one channel.
    return None if number is None else _Row(key, number)


def colour_of(value: object) -> Colour | None:
    """Return the colour that is meant by ``#rrggbb``, ``[r, g, b]`` or ``"r, g, b"``; None if it is none."""
    if isinstance(value, str):
        match = _HEX.fullmatch(value.strip())
        if match and (value.strip().startswith("#")):
            text = match.group(1)
            return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)
        value = re.split(r"[\s,;]+", value.strip("()[] \t"))
    if not isinstance(value, (list, tuple)) or len(value) not in (3, 4):
        return None
    parts = [_number(part) for part in value[:3]]
    red, green, blue = parts
    if red is None or green is None or blue is None or not all(0 <= part <= 255 for part in (red, green, blue)):
        return None
    return red, green, blue


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,9}\s*", value):
        return int(value)
    return None


def _of_csv(text: str) -> list[_Row]:
    try:
        lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text))]
    except csv.Error:
        return []
    lines = [line for line in lines if any(line)]
    if not lines:
        return []
    columns = _columns(lines[0])
    if "name" not in columns:
        return _of_lines([" ".join(line) for line in lines])
    rows = []
    for line in lines[1:]:
        cells = {word: line[place] for word, place in columns.items() if place < len(line)}
        colour = colour_of([cells.get("r"), cells.get("g"), cells.get("b")]) or colour_of(cells.get("colour"))
        if cells.get("name"):
            rows.append(_Row(cells["name"].split(";")[0], _number(cells.get("id")), colour))
    return rows


def _columns(header: Iterable[str]) -> dict[str, int]:
    words = {
        "name": ("name", "class", "label", "class_name", "label_name", "category"),
        "id": ("id", "idx", "index", "class_id", "label_id", "value", "train_id"),
        "r": ("r", "red"),
        "g": ("g", "green"),
        "b": ("b", "blue"),
        "colour": ("color", "colour", "hex", "rgb"),
    }
    titles = [title.strip().casefold() for title in header]
    return {
        word: next(titles.index(found) for found in known if found in titles)
        for word, known in words.items()
        if any(found in titles for found in known)
    }


def _of_text(text: str) -> list[_Row]:
    lines = [line for line in text.splitlines() if line.strip() and not re.match(r"\s*(#(\s|$)|//)", line)]
    if lines and any("\t" in line for line in lines) and "name" in (columns := _columns(lines[0].split("\t"))):
        places = columns  # objectInfo150.txt: a table with a header
        rows = []
        for line in lines[1:]:
            cells = [cell.strip() for cell in line.split("\t")]
            if places["name"] < len(cells) and cells[places["name"]]:
                number = _number(cells[places["id"]]) if places.get("id", len(cells)) < len(cells) else None
                rows.append(_Row(cells[places["name"]].split(",")[0], number))
        return rows
    return _of_lines(lines)


def _of_lines(lines: Iterable[str]) -> list[_Row]:
    return [row for line in lines if (row := _of_line(line.strip())) is not None]


def _of_line(line: str) -> _Row | None:
    channel = r"(\d{1,3})"
    three = rf"{channel}[\s,;]+{channel}[\s,;]+{channel}"
    if len(line) > _LONGEST_LINE:
        return None  # no name: the patterns below would try for minutes
    if "\t" in line and (row := _of_tabs(line)) is not None:
        return row
    if match := re.fullmatch(rf"(.+?)\s*:\s*{channel}\s*,\s*{channel}\s*,\s*{channel}\s*(:.*)?", line):  # CVAT
        return _coloured(match.group(1), match.groups()[1:4])
    if match := re.fullmatch(rf"(\d+)[\s,;:]+(\D.*?)[\s,;:]+{three}", line):  # id name r g b
        return _coloured(match.group(2), match.groups()[2:5], int(match.group(1)))
    match = re.fullmatch(rf"(.+?)[\s,;:]+(?:-\s+)?{three}(?:[\s,;]+255)?", line)  # name r g b
    if match and not match.group(1).isdecimal():
        return _coloured(match.group(1), match.groups()[1:4])
    if match := re.fullmatch(rf"{three}[\s,;:]+(\D.*)", line):  # r g b name
        return _coloured(match.group(4), match.groups()[:3])
    if match := re.fullmatch(r"(.*?\S)[\s,;:]+(#[0-9a-fA-F]{6})", line):  # name #rrggbb
        return _Row(match.group(1), None, colour_of(match.group(2)))
    if match := re.fullmatch(r"(\d{1,5})[\s,;:]+(\D.*)", line):  # id name
        return _Row(match.group(2), int(match.group(1)))
    return _Row(line.rstrip(" :,;")) if line.rstrip(" :,;") else None


def _of_tabs(line: str) -> _Row | None:
    """Read a line as segstudio's own ``classes.txt`` has it."""
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) < 2 or not re.fullmatch(r"\d{1,5}", cells[0]) or not re.search(r"\D", cells[1]):
        return None
    if len(cells) > 2 and cells[2] and colour_of(cells[2]) is None:
        return None
    return _Row(cells[1], int(cells[0]), colour_of(cells[2]) if len(cells) > 2 else None, "ignore" in cells[3:])


def _coloured(name: str, channels: Sequence[str], class_id: int | None = None) -> _Row | None:
    colour = colour_of(list(channels))
    return None if colour is None else _Row(name.strip(), class_id, colour)
