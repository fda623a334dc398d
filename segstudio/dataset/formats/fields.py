"""Values out of files that anybody may have written: each is what it should be, or an error says which is not."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from segstudio.dataset.formats.listing import Listing, read_json
from segstudio.dataset.formats.source import FormatError

Record = dict[str, object]
Point = tuple[float, float]

_LARGEST = 10_000_000
"""No coordinate and no side of a picture is beyond this."""

LARGE_FILE = 8 << 20
"""Files of more bytes are not read to recognise a format."""

_GLANCES = 40
"""The files of a folder are counted up to here to look into the first ones."""


def record(value: object, where: str) -> Record:
    """Return a mapping with texts as keys. Raises `FormatError`, as all of these, where it is something else."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _wrong(where, "a group of named values", value)
    return value


def items(value: object, where: str) -> list[object]:
    """Return a list."""
    if not isinstance(value, list):
        raise _wrong(where, "a list", value)
    return value


def records(value: object, where: str) -> list[Record]:
    """Return a list of mappings."""
    return [record(entry, f"{where}, entry {number}") for number, entry in enumerate(items(value, where), start=1)]


def text(value: object, where: str) -> str:
    """Return a text with something in it, that can be written as UTF-8."""
    if not isinstance(value, str) or not value.strip():
        raise _wrong(where, "a text", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _wrong(where, "a text in Unicode", value) from None
    return value.strip()


def number(value: object, where: str) -> float:
    """Return a finite number of pixels; digits as text will do."""
    if isinstance(value, str) and len(value) < 40:
        try:
            value = float(value)
        except ValueError:
            raise _wrong(where, "a number", value) from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise _wrong(where, f"a number between −{_LARGEST} and {_LARGEST}", value)
    return float(value)


def whole(value: object, where: str, *, lowest: int = 0) -> int:
    """Return a whole number that is not below ``lowest``."""
    found = number(value, where)
    if not found.is_integer() or found < lowest:
        raise _wrong(where, f"a whole number of {lowest} or more", value)
    return int(found)


def points(value: object, where: str, *, least: int = 3) -> list[Point]:
    """Return pairs of numbers, ``least`` of them or more."""
    found = []
    for entry in items(value, where):
        if not isinstance(entry, list | tuple) or len(entry) < 2:
            raise _wrong(where, "a list of pairs of numbers", entry)
        found.append((number(entry[0], where), number(entry[1], where)))
    return enough(found, where, least=least)


def paired(value: Sequence[object], where: str, *, least: int = 3) -> list[Point]:
    """Return the pairs of a flat list x, y, x, y …"""
    if len(value) % 2:
        raise FormatError(f"{where} has an odd number of coordinates. Export it again.")
    numbers = [number(entry, where) for entry in value]
    return enough(list(zip(numbers[::2], numbers[1::2], strict=True)), where, least=least)


def enough(found: list[Point], where: str, *, least: int = 3) -> list[Point]:
    """Return the points, which are ``least`` or more."""
    if len(found) < least:
        raise FormatError(f"{where} has {len(found)} points where {least} are needed. Draw it again or delete it.")
    return found


def near(found: list[Point], size: tuple[int, int], where: str) -> list[Point]:
    """Return the points, none of which is far outside of a picture of this width and height: those are mistakes."""
    reach = 2 * max(size) + 100
    for x, y in found:
        if not (-reach <= x <= size[0] + reach and -reach <= y <= size[1] + reach):
            raise FormatError(
                f"{where} goes to ({x:g}, {y:g}), far outside of the picture of {size[0]} × {size[1]} pixels. "
                "Draw it again or delete it."
            )
    return found


def agreed(declared: tuple[int, int], size: tuple[int, int], where: str) -> tuple[int, int]:
    """Return the size that an annotation gives, if it is that of its picture, upright or lying.

    Raises:
        FormatError: it is another; asked before anything of that size is made.
    """
    if declared not in (size, size[::-1]):
        raise FormatError(
            f"{where} is for a picture of {declared[0]} × {declared[1]} pixels, the picture has {size[0]} × {size[1]}. "
            "Export it again at the picture’s size."
        )
    return declared


def glances(listing: Listing, *, each: int = 3) -> Iterator[tuple[Path, object]]:
    """Yield some JSON files and what is in them, to recognise a format by: the first ``each`` of each folder.

    What cannot be read is left out, and so are large files.
    """
    seen: Counter[Path] = Counter()
    for path in listing.ending(".json"):
        seen[path.parent] += 1
        if seen[path.parent] <= each and seen.total() <= _GLANCES:
            with contextlib.suppress(FormatError, OSError):
                if path.stat().st_size <= LARGE_FILE:
                    yield path, read_json(path)


def _wrong(where: str, wanted: str, value: object) -> FormatError:
    shown = repr(value)
    shown = shown if len(shown) <= 40 else f"{shown[:40]}…"
    return FormatError(f"{where} should be {wanted}, not {shown}. Export it again.")
