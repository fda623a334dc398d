"""The JSON files of COCO: what kind each is of, and what it says of categories and pictures."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from segstudio.dataset.colours import Colour, ColourError, parse_colour
from segstudio.dataset.dataset import Split
from segstudio.dataset.formats.fields import LARGE_FILE, Record, glances, items, record, records, text, whole
from segstudio.dataset.formats.listing import Listing, read_json
from segstudio.dataset.formats.names import is_background, is_ignored, split_of
from segstudio.dataset.formats.source import FormatError, Skipped, SourceClass

_HEAD = 4096
"""Of large files only so many bytes are looked at to recognise them."""


class Kind(Enum):
    """What the annotations of a file are; the value says why the file cannot be imported, where it cannot."""

    SHAPES = ""
    PANOPTIC = "It holds a panoptic segmentation. Import the folder as coco_panoptic."
    KEYPOINTS = "It holds the joints of persons, not the pixels of objects. Use the file of instances instead."
    CAPTIONS = "It holds sentences, not the pixels of objects. Use the file of instances instead."
    BOXES = "It holds boxes only, not the pixels of objects. Export polygons or masks."
    LABELS = "It holds labels of whole pictures, not the pixels of objects. Use the file of instances instead."
    NOTHING = "It lists pictures, but no annotation at all. Use a file of instances."


@dataclass(frozen=True, slots=True)
class CocoFile:
    """A JSON file of COCO.

    Attributes:
        path: the file.
        split: the split that its name or folder tells.
        categories: its classes by category id.
        images: its pictures by image id.
        annotations: its annotations by image id, in the order of the file.
    """

    path: Path
    split: Split | None
    categories: dict[int, SourceClass]
    images: dict[int, Record]
    annotations: dict[int, list[Record]]


def glimpsed(listing: Listing) -> dict[Path, Kind]:
    """Return the files of a folder that seem to be COCO's, and their kind; few are looked into."""
    found = {path: kind_of(path, data) for path, data in glances(listing, each=20) if is_coco(data)}
    for path in listing.ending(".json"):
        with contextlib.suppress(OSError):
            if path.stat().st_size > LARGE_FILE:
                with path.open("rb") as file:
                    head = file.read(_HEAD)
                if re.search(rb'"(images|annotations|licenses)"\s*:\s*\[', head):
                    found[path] = Kind.PANOPTIC if "panoptic" in path.name else Kind.SHAPES
    return found


def is_coco(data: object) -> bool:
    """Say whether the content of a JSON file is built as COCO's are."""
    return isinstance(data, dict) and isinstance(data.get("images"), list) and "annotations" in data


def kind_of(path: Path, data: object) -> Kind:
    """Say what the annotations of a file are. COCO's joints have outlines too, but those of its instances again."""
    found = data.get("annotations") if isinstance(data, dict) else None
    entries = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []

    def any_has(key: str) -> bool:
        return any(each.get(key) for each in entries)

    if any_has("segments_info"):
        return Kind.PANOPTIC
    if "keypoints" in path.name or (any_has("keypoints") and not any_has("segmentation")):
        return Kind.KEYPOINTS
    if any_has("segmentation"):
        return Kind.SHAPES
    if any_has("caption"):
        return Kind.CAPTIONS
    if any_has("bbox"):
        return Kind.BOXES
    if entries:
        return Kind.LABELS
    # COCO's lists of test pictures; else there is just nothing on any picture.
    named = "image_info" not in path.name and isinstance(data, dict) and data.get("categories")
    return Kind.SHAPES if named else Kind.NOTHING


def coco_files(listing: Listing, kind: Kind, skipped: list[Skipped], notes: list[str]) -> Iterator[CocoFile]:
    """Yield the files of a kind; what is lost is added to ``skipped``, files for other purposes to ``notes``."""
    for path in listing.ending(".json"):
        try:
            data = read_json(path)
            if not is_coco(data):
                continue
            found = kind_of(path, data)
            if found is kind:
                yield _coco_file(path, record(data, path.name), listing)
            elif found is Kind.BOXES:
                skipped.append(Skipped(path, found.value))
            else:
                reason = found.value or "It holds polygons. Import the folder as coco."
                notes.append(f"{listing.relative(path)} is left out. {reason}")
        except FormatError as error:
            skipped.append(Skipped(path, str(error)))


def merged_classes(files: list[CocoFile]) -> tuple[dict[str, int], tuple[SourceClass, ...]]:
    """Return the classes of several files, those of one name being one, and where each name stands."""
    classes = {entry.name: entry for file in reversed(files) for entry in reversed(file.categories.values())}
    ordered = tuple(reversed(classes.values()))
    return {entry.name: position for position, entry in enumerate(ordered)}, ordered


def _coco_file(path: Path, data: Record, listing: Listing) -> CocoFile:
    images = {
        whole(entry.get("id"), f"an image id in {path.name}"): entry
        for entry in records(data.get("images"), f"“images” in {path.name}")
    }
    annotations: dict[int, list[Record]] = {}
    for entry in records(data.get("annotations"), f"“annotations” in {path.name}"):
        annotations.setdefault(whole(entry.get("image_id"), f"an image_id in {path.name}"), []).append(entry)
    categories = [
        _category(entry, f"a category in {path.name}")
        for entry in records(data.get("categories"), f"“categories” in {path.name}")
    ]
    split = split_of(listing.relative(path))
    return CocoFile(path, split, dict(categories), images, annotations)


def _category(entry: Record, where: str) -> tuple[int, SourceClass]:
    name, number = text(entry.get("name"), f"the name of {where}"), whole(entry.get("id"), f"the id of {where}")
    ignored = entry.get("ignored") is True or is_ignored(name)
    return number, SourceClass(
        name, number, _colour(entry.get("color")), ignored=ignored, background=is_background(name) and not ignored
    )


def _colour(value: object) -> Colour | None:
    with contextlib.suppress(ColourError, FormatError):
        if isinstance(value, str):
            return parse_colour(value)
        shades = [min(255, whole(shade, "a colour")) for shade in items(value, "a colour")]
        return (shades[0], shades[1], shades[2]) if len(shades) == 3 else None
    return None
