"""EISeg, also as PaddleLabel writes it: JSON files of polygons with the stems of their pictures (only read)."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from segstudio.dataset.colours import Colour
from segstudio.dataset.formats.annotation import Annotation, Objects
from segstudio.dataset.formats.fields import Record, glances, items, near, points, records, text, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.names import named_class
from segstudio.dataset.formats.picture_search import PictureSearch
from segstudio.dataset.formats.polygons import opencv_polygon
from segstudio.dataset.formats.sidecars import Sidecar, read_sidecars
from segstudio.dataset.formats.source import FormatError, Source, SourceClass


def recognise(listing: Listing) -> Finding | None:
    """Recognise JSON files that are lists of polygons with a name and a number each."""
    found = next((path for path, data in glances(listing) if _holds(data)), None)
    return None if found is None else Finding(80, f"JSON files of polygons, as EISeg writes them, such as {found.name}")


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a folder of EISeg. Raises `FormatError` where there is not one file of it that can be read."""
    return read_sidecars(listing, EISEG_FILES)


def _holds(data: object) -> bool:
    return isinstance(data, list) and any(
        isinstance(each, dict) and {"points", "labelIdx"} <= each.keys() for each in data
    )


def _polygons(data: object, path: Path) -> list[Record]:
    return records(data, path.name)


def _name(entry: Record, path: Path) -> str:
    return text(entry.get("name"), f"the name of a polygon in {path.name}")


def _classes(data: object, path: Path) -> list[SourceClass]:
    return [
        named_class(_name(entry, path), id=_number(entry, path), colour=_colour(entry, path))
        for entry in _polygons(data, path)
    ]


def _number(entry: Record, path: Path) -> int:
    return whole(entry.get("labelIdx"), f"“labelIdx” in {path.name}")


def _colour(entry: Record, path: Path) -> Colour | None:
    with contextlib.suppress(FormatError):
        shades = [min(255, whole(value, path.name)) for value in items(entry.get("color"), path.name)]
        return (shades[0], shades[1], shades[2]) if len(shades) == 3 else None
    return None


def _picture(_data: object, path: Path, search: PictureSearch) -> Path:
    return search.of_stem(path.stem, near=path.parent)


def _draw(data: object, path: Path, positions: Mapping[str, int], size: tuple[int, int]) -> Annotation:
    drawn = []
    for count, entry in enumerate(_polygons(data, path), start=1):
        where = f"polygon {count} in {path.name}"
        found = near(points(entry.get("points"), where), size, where)
        drawn.append(opencv_polygon(positions[_name(entry, path)], [found], size))
    return Objects(size, tuple(each for each in drawn if each is not None))


EISEG_FILES = Sidecar(name="eiseg", holds=_holds, classes=_classes, picture=_picture, draw=_draw)

EISEG = Format("eiseg", "EISeg (JSON)", recognise, read)
