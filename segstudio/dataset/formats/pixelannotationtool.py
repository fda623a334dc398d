"""PixelAnnotationTool: ``config.json`` and, beside each picture, ``_watershed_mask.png`` and its like.

https://github.com/abreheret/PixelAnnotationTool. Of the masks, ``_watershed_mask`` holds the result as ids (255: border
between areas), ``_color_mask`` the same in colours (black: border), ``_mask`` only what was painted by hand.
"""

from collections.abc import Mapping
from pathlib import Path

from segstudio.dataset.classes import UNPAINTED_ID
from segstudio.dataset.formats.annotation import Annotation
from segstudio.dataset.formats.class_tables import ClassTable, mask_of
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.legends import read_legend
from segstudio.dataset.formats.listing import Listing, read_json
from segstudio.dataset.formats.mask_pictures import read_mask_picture
from segstudio.dataset.formats.pairing import pictures_in
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample

_SUFFIXES = ("_watershed_mask", "_color_mask", "_mask")
"""Ends of the names of masks, the best first."""

_FEW_FILES = 20


def recognise(listing: Listing) -> Finding | None:
    """Recognise masks of the three names, or two of them."""
    kinds = {suffix for path in listing.ending(".png") if (suffix := _suffix(path)) is not None}
    if kinds and _config(listing) is not None:
        return Finding(95, "config.json with labels and masks beside pictures, as PixelAnnotationTool writes them")
    if kinds >= {"_watershed_mask", "_color_mask"}:
        return Finding(80, "masks named _watershed_mask and _color_mask, as PixelAnnotationTool names them")
    return None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open what PixelAnnotationTool wrote.

    Raises:
        FormatError: ``config.json`` is missing or names no class, or no mask has a picture.
    """
    config = options.classes or _config(listing)
    if config is None:
        raise FormatError(
            f"{listing.root} has no config.json that names the labels. Save it from PixelAnnotationTool (File, Save "
            "config file) into that folder."
        )
    known = read_legend(config).classes
    border = SourceClass("border", UNPAINTED_ID, ignored=True)
    classes = (*(entry for entry in known if entry.id != UNPAINTED_ID), border)
    ids = ClassTable.of(classes)
    colours = {entry.colour: place for place, entry in enumerate(classes) if entry.colour is not None}
    # Black is what the tool draws between areas, whatever else may be black.
    by_colour = ClassTable({}, {**colours, (0, 0, 0): len(classes) - 1})
    by_hand = ClassTable({e.id: n for n, e in enumerate(classes) if e.id is not None} | {0: len(classes) - 1}, {})
    samples, skipped = _samples(listing)
    if not any(sample.annotation is not None for sample in samples):
        raise FormatError(f"No mask in {listing.root} has a picture of its name beside it. Copy the pictures there.")

    def annotate(sample: SourceSample, _size: tuple[int, int]) -> Annotation:
        path = mask_of(sample)
        picture = read_mask_picture(path)
        mend = f"Add it to {config.name}."
        match _suffix(path):
            case "_color_mask":
                return by_colour.raster(picture.in_colours(), path, mend=mend)
            case "_mask":
                return by_hand.raster(picture, path, mend=mend)
            case _:
                return ids.raster(picture, path, mend=mend)

    by_hand_only = sum(_suffix(mask_of(s)) == "_mask" for s in samples if s.annotation is not None)
    notes = ["Borders between areas, which the masks hold as 255, are ignored."]
    if by_hand_only:
        notes.append(f"{by_hand_only} pictures have only what was painted by hand: the rest of them is ignored.")
    return Source(
        format=PIXEL_ANNOTATION_TOOL.name,
        root=listing.root,
        classes=classes,
        samples=tuple(samples),
        annotate=annotate,
        complete=True,
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


def _samples(listing: Listing) -> tuple[list[SourceSample], list[Skipped]]:
    masks: dict[Path, dict[str, Path]] = {}
    images: dict[Path, Path] = {}
    for path in pictures_in(listing):
        suffix = _suffix(path)
        if suffix is None:
            images[path.with_suffix("")] = path
        else:
            masks.setdefault(path.with_name(path.stem.removesuffix(suffix)), {})[suffix] = path
    best = {key: next(found[suffix] for suffix in _SUFFIXES if suffix in found) for key, found in masks.items()}
    skipped = [
        Skipped(path, f"There is no picture named {key.name} beside it. Copy it there.")
        for key, path in best.items()
        if key not in images
    ]
    return [SourceSample(path.stem, path, best.get(key)) for key, path in images.items()], skipped


def _suffix(path: Path) -> str | None:
    if path.suffix.lower() != ".png":
        return None
    return next((suffix for suffix in _SUFFIXES if path.stem.endswith(suffix)), None)


def _config(listing: Listing) -> Path | None:
    # The name can be chosen; where there are many, they are something else, and reading them all would take long.
    files = listing.ending(".json")
    for path in files if len(files) <= _FEW_FILES else listing.named("config.json")[:_FEW_FILES]:
        try:
            data = read_json(path)
        except FormatError:
            continue
        labels = data.get("labels") if isinstance(data, Mapping) else None
        if isinstance(labels, Mapping) and any(isinstance(v, Mapping) and "categorie" in v for v in labels.values()):
            return path
    return None


PIXEL_ANNOTATION_TOOL = Format("pixelannotationtool", "PixelAnnotationTool", recognise, read)
