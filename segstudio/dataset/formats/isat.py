"""ISAT: a JSON file for each picture, with polygons in layers, and the classes in ``isat.yaml`` (only read)."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import yaml

from segstudio.dataset.colours import Colour, ColourError, parse_colour
from segstudio.dataset.formats.annotation import Annotation, Objects
from segstudio.dataset.formats.fields import Record, agreed, glances, near, number, points, record, records, text, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing, read_text
from segstudio.dataset.formats.names import named_class
from segstudio.dataset.formats.picture_search import PictureSearch
from segstudio.dataset.formats.polygons import skimage_polygon
from segstudio.dataset.formats.sidecars import Sidecar, read_sidecars
from segstudio.dataset.formats.source import FormatError, Source, SourceClass


def recognise(listing: Listing) -> Finding | None:
    """Recognise JSON files that say of themselves that they are ISAT's."""
    found = next((path for path, data in glances(listing) if _holds(data)), None)
    return None if found is None else Finding(95, f"JSON files as ISAT writes them, such as {found.name}")


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of ISAT. Raises `FormatError` where there is not one file of it that can be read."""
    path = options.classes or min(listing.named("isat.yaml"), key=lambda each: len(each.parts), default=None)
    return read_sidecars(listing, ISAT_FILES, first=[] if path is None else _listed_classes(path))


def _holds(data: object) -> bool:
    if not isinstance(data, dict) or "objects" not in data:
        return False
    info = data.get("info")
    return isinstance(info, dict) and info.get("description") == "ISAT"


def _listed_classes(path: Path) -> list[SourceClass]:
    try:
        data: object = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise FormatError(f"{path} is not valid YAML: {error}. Mend or remove it.") from error
    labels = records(record(data, path.name).get("label"), f"“label” in {path.name}")
    return [
        named_class(text(entry.get("name"), f"a name in {path.name}"), colour=_colour(entry.get("color")))
        for entry in labels
    ]


def _colour(value: object) -> Colour | None:
    with contextlib.suppress(ColourError):
        return parse_colour(value) if isinstance(value, str) else None
    return None


def _objects(data: object, path: Path) -> list[Record]:
    return records(record(data, path.name).get("objects"), f"“objects” in {path.name}")


def _classes(data: object, path: Path) -> list[SourceClass]:
    return [named_class(_category(entry, path)) for entry in _objects(data, path)]


def _category(entry: Record, path: Path) -> str:
    return text(entry.get("category"), f"a category in {path.name}")


def _info(data: object, path: Path) -> Record:
    return record(record(data, path.name).get("info"), f"“info” in {path.name}")


def _picture(data: object, path: Path, search: PictureSearch) -> Path:
    return search.find(text(_info(data, path).get("name"), f"the name of the picture in {path.name}"), near=path.parent)


def _draw(data: object, path: Path, positions: Mapping[str, int], size: tuple[int, int]) -> Annotation:
    info = _info(data, path)
    width, height = (whole(info.get(key), f"“{key}” in {path.name}", lowest=1) for key in ("width", "height"))
    declared = agreed((width, height), size, path.name)
    layered = []
    for count, entry in enumerate(_objects(data, path), start=1):
        category = _category(entry, path)
        where = f"object {count} in {path.name}, “{category}”,"
        found = near(points(entry.get("segmentation"), where), declared, where)
        layer = number(entry.get("layer", 0), f"the layer of {where}")
        layered.append((layer, skimage_polygon(positions[category], [found], declared)))
    layered.sort(key=lambda each: each[0])
    return Objects(declared, tuple(drawn for _, drawn in layered if drawn is not None))


ISAT_FILES = Sidecar(name="isat", holds=_holds, classes=_classes, picture=_picture, draw=_draw)

ISAT = Format("isat", "ISAT (JSON)", recognise, read)
