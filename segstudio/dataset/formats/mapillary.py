"""Mapillary Vistas: ``<split>/images`` beside ``<split>/v2.0/labels``, the classes in ``config_v2.0.json``.

Neuhold et al., “The Mapillary Vistas Dataset for Semantic Understanding of Street Scenes”, ICCV 2017. A mask holds the
place of the class in the list of ``config*.json``.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from segstudio.dataset.formats.class_tables import ClassTable, reading_by
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.legends import colour_of
from segstudio.dataset.formats.listing import Listing, read_json
from segstudio.dataset.formats.pairing import split_of
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample

_CONFIG = re.compile(r"config(?:_(v\d+\.\d+))?\.json", re.IGNORECASE)


def recognise(listing: Listing) -> Finding | None:
    """Recognise the list of classes, and labels beside images."""
    if not _configs(listing) or not any(_masks(listing, version) for version in ("", *_configs(listing))):
        return None
    for path in _configs(listing).values():
        try:
            _classes(path)
        except FormatError:
            continue
        return Finding(94, f"{path.name} and labels beside images, as Mapillary Vistas has them")
    return None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of Mapillary Vistas; of several versions of its classes, the newest.

    Raises:
        FormatError: the list of classes is missing or damaged, or there are no masks with pictures.
    """
    configs = _configs(listing)
    version = max((each for each in configs if _masks(listing, each)), default="")
    path = options.classes or configs.get(version)
    if path is None:
        raise FormatError(f"{listing.root} has no config.json that lists the classes. Copy it from Mapillary there.")
    classes = _classes(path)
    masks = _masks(listing, version)
    images = {
        (image.parent.parent, image.stem): image
        for image in listing.ending(".jpg", ".jpeg", ".png")
        if image.parent.name == "images"
    }
    if not images.keys() & masks.keys():
        raise FormatError(f"No labels in {listing.root} belong to a picture in “images”. Copy the pictures there.")
    others = sorted(set(configs) - {version})
    return Source(
        format=MAPILLARY.name,
        root=listing.root,
        classes=classes,
        samples=tuple(
            SourceSample(image.stem, image, masks.get(key), split_of(listing, image))
            for key, image in sorted(images.items())
        ),
        annotate=reading_by(ClassTable.of(classes), mend=f"Its list of classes is {path.name}: is it the right one?"),
        complete=True,
        skipped=tuple(
            Skipped(mask, f"There is no picture named {mask.stem} in images. Copy it there.")
            for key, mask in masks.items()
            if key not in images
        ),
        notes=(f"Read are the classes of {path.name}, not those of {', '.join(others)}.",) if others else (),
    )


def _configs(listing: Listing) -> dict[str, Path]:
    """Return the lists of classes by version; “” where there is but one."""
    matches = [(path, _CONFIG.fullmatch(path.name)) for path in listing.ending(".json")]
    return {(match.group(1) or "").lower(): path for path, match in matches if match}


def _masks(listing: Listing, version: str) -> dict[tuple[Path, str], Path]:
    """Return the masks of a version by split and name."""
    found = {}
    for path in listing.ending(".png"):
        if path.parent.name == "labels" and (not version or path.parent.parent.name.casefold() == version):
            place = path.parent.parent.parent if version else path.parent.parent
            found[place, path.stem] = path
    return found


def _classes(path: Path) -> tuple[SourceClass, ...]:
    data = read_json(path)
    labels = data.get("labels") if isinstance(data, Mapping) else None
    if not isinstance(labels, list) or not labels or not all(isinstance(each, Mapping) for each in labels):
        raise FormatError(f"{path} has no list “labels”, as Mapillary’s have. Take it from the source again.")
    if not any("readable" in each or "instances" in each for each in labels):
        raise FormatError(f"{path} is no list of classes of Mapillary. Take it from the source again.")
    return tuple(
        SourceClass(
            str(each.get("readable") or each.get("name") or f"class {place}"),
            place,
            colour_of(each.get("color")),
            each.get("evaluate") is False,
        )
        for place, each in enumerate(labels)
    )


MAPILLARY = Format("mapillary", "Mapillary Vistas", recognise, read)
