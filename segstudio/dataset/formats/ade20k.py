"""ADE20K: the scene parsing benchmark (grey ids 0 to 150), and the full dataset of 2017 and 2020 (``_seg.png``).

Zhou et al., “Scene Parsing through ADE20K Dataset”, CVPR 2017. In the benchmark 0 is “other” and not evaluated. In
``_seg.png`` the class is ``red // 10 * 256 + green``, and blue numbers the objects; ``_atr.txt`` (2017) and ``.json``
(2020) beside it name them (``loadAde20K.m`` of the development kit).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from segstudio.dataset.formats.annotation import Annotation, Raster
from segstudio.dataset.formats.class_tables import ClassTable, mask_of, reading_by
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.legends import read_legend
from segstudio.dataset.formats.listing import Listing, read_json, read_text
from segstudio.dataset.formats.mask_pictures import read_mask_picture
from segstudio.dataset.formats.pairing import Pairing, pair_up, split_of
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample

_BENCHMARK = re.compile(r"ADE_(?:train|val)_\d+")
_OTHER = SourceClass("other", 0, (0, 0, 0), ignored=True)
_NUMBER = 150


@dataclass(frozen=True, slots=True)
class _Objects:
    """What the file beside a mask says: the name of each object by its number, of each class by its code."""

    by_number: Mapping[int, str]
    by_code: Mapping[int, str]


def recognise(listing: Listing) -> Finding | None:
    """Recognise the names of ADE20K’s files."""
    segments = [path for path in listing.ending(".png") if path.stem.endswith("_seg")]
    if segments and any(_beside(path) is not None for path in segments[:50]):
        return Finding(92, f"{len(segments)} masks named *_seg.png with their lists of objects, as ADE20K has them")
    named = sum(_BENCHMARK.fullmatch(path.stem) is not None for path in listing.ending(".png"))
    return Finding(90, f"{named} masks named ADE_*, as ADE20K’s scene parsing has them") if named else None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of ADE20K.

    Raises:
        FormatError: it has no masks of ADE20K, or none with a picture.
    """
    segments = [path for path in listing.ending(".png") if path.stem.endswith("_seg")]
    return _read_full(listing, segments) if segments else _read_benchmark(listing, options)


def _read_benchmark(listing: Listing, options: ReadingOptions) -> Source:
    pairing = pair_up(listing)
    if not pairing.masks:
        raise FormatError(
            f"No mask in {listing.root} belongs to a picture. Choose the folder that holds both “images” and "
            "“annotations”."
        )
    found = options.classes or next(iter(listing.named("objectInfo150.txt", "object150_info.csv")), None)
    names = {} if found is None else {entry.id: entry.name for entry in read_legend(found).classes if entry.id}
    notes = ["0 is “other” in ADE20K: it is ignored."]
    if found is None:
        notes.append("objectInfo150.txt, which names the classes, is not there: they are called by their numbers.")
    classes = (_OTHER, *(SourceClass(names.get(n, f"class {n}"), n) for n in range(1, _NUMBER + 1)))
    mend = "It is no mask of the scene parsing benchmark; take the one of that name from its annotations."
    return Source(
        format=ADE20K.name,
        root=listing.root,
        classes=classes,
        samples=_samples(listing, pairing),
        annotate=reading_by(ClassTable({n: n for n in range(_NUMBER + 1)}, {}), mend=mend),
        complete=True,
        skipped=pairing.skipped,
        notes=(*pairing.notes, *notes),
    )


def _read_full(listing: Listing, segments: list[Path]) -> Source:
    images = {path.with_suffix(""): path for path in listing.ending(".jpg", ".jpeg")}
    skipped: list[Skipped] = []
    samples: list[SourceSample] = []
    names: Counter[str] = Counter()
    named: dict[Path, _Objects] = {}
    for path in segments:
        stem = path.with_name(path.stem.removesuffix("_seg"))
        if stem not in images:
            skipped.append(Skipped(path, f"There is no picture named {stem.name}.jpg beside it. Copy it there."))
            continue
        try:
            named[path] = _objects(path)
        except FormatError as error:
            skipped.append(Skipped(path, str(error)))
            continue
        names.update({*named[path].by_number.values(), *named[path].by_code.values()})
        samples.append(SourceSample(stem.name, images[stem], path, split_of(listing, path)))
    if not samples:
        reasons = skipped[0].reason if skipped else "there are no masks named *_seg.png."
        raise FormatError(f"Nothing in {listing.root} can be read as ADE20K: {reasons}")
    order = sorted(names)
    classes = (_OTHER, *(replace(SourceClass(name), id=place) for place, name in enumerate(_short(order), start=1)))
    places = {name: place for place, name in enumerate(order, start=1)}

    def annotate(sample: SourceSample, _size: tuple[int, int]) -> Annotation:
        return _classes_of(mask_of(sample), named[mask_of(sample)], places)

    return Source(
        format=ADE20K.name,
        root=listing.root,
        classes=classes,
        samples=tuple(samples),
        annotate=annotate,
        complete=True,
        skipped=tuple(skipped),
        notes=("Parts of objects (*_parts_*.png) are not read.", "What has no label is ignored."),
    )


def _classes_of(path: Path, objects: _Objects, places: Mapping[str, int]) -> Raster:
    values = read_mask_picture(path).in_colours().values
    colours, inverse = np.unique(values, return_inverse=True)
    blues = sorted({0, *(int(value) & 255 for value in colours)})
    found = []
    for value in colours.tolist():
        code = (value >> 16) // 10 * 256 + (value >> 8 & 255)
        # The objects are numbered by the rank of their blue, whatever it is.
        name = objects.by_code.get(code) or objects.by_number.get(blues.index(value & 255))
        if value != 0 and name is None:
            raise FormatError(f"{path} holds an object of class {code}, which {path.stem}’s list does not name.")
        found.append(0 if value == 0 or name is None else places[name])
    return Raster(np.array(found, dtype=np.int16)[inverse].reshape(values.shape))


def _objects(path: Path) -> _Objects:
    beside = _beside(path)
    if beside is None:
        raise FormatError(f"{path.name} has neither a .json nor an _atr.txt beside it, which name its classes.")
    return _of_json(beside) if beside.suffix == ".json" else _of_attributes(beside)


def _of_json(path: Path) -> _Objects:
    data = read_json(path)
    annotation = data.get("annotation") if isinstance(data, Mapping) else None
    entries = annotation.get("object") if isinstance(annotation, Mapping) else None
    if not isinstance(entries, list):
        raise FormatError(f"{path} has no list of objects, as ADE20K’s have. Take it from the source again.")
    by_code = {
        entry["name_ndx"]: entry["name"].strip()
        for entry in entries
        if isinstance(entry, Mapping)
        and isinstance(entry.get("name_ndx"), int)
        and isinstance(entry.get("name"), str)
        and entry["name"].strip()
        and _level(entry) == 0
    }
    return _Objects({}, by_code)


def _level(entry: Mapping[str, object]) -> object:
    parts = entry.get("parts")
    return parts.get("part_level", 0) if isinstance(parts, Mapping) else 0


def _of_attributes(path: Path) -> _Objects:
    """Read lines “number # level of part # occluded # names # raw name # attributes”."""
    by_number: dict[int, str] = {}
    for line in read_text(path).splitlines():
        cells = [cell.strip() for cell in line.split("#")]
        if len(cells) >= 5 and cells[0].isdecimal() and cells[1] == "0" and cells[3]:
            by_number[int(cells[0])] = cells[3]
    return _Objects(by_number, {})


def _beside(path: Path) -> Path | None:
    stem = path.stem.removesuffix("_seg")
    return next((found for end in (".json", "_atr.txt") if (found := path.with_name(stem + end)).is_file()), None)


def _short(names: list[str]) -> list[str]:
    """Return the first synonym of each name, where no other has it."""
    first = Counter(name.split(",")[0].strip() for name in names)
    return [short if first[short := name.split(",")[0].strip()] == 1 and short else name for name in names]


def _samples(listing: Listing, pairing: Pairing) -> tuple[SourceSample, ...]:
    splits = [split_of(listing, pair.image) for pair in pairing.pairs]
    return tuple(
        SourceSample(pair.image.stem, pair.image, pair.mask, split)
        for pair, split in zip(pairing.pairs, splits, strict=True)
    )


ADE20K = Format("ade20k", "ADE20K", recognise, read)
