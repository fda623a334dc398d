"""CamVid: lists of pictures and masks as SegNet has them, or the original folders with ``<name>_L.png``.

Brostow, Fauqueur, Cipolla, “Semantic object classes in video”, Pattern Recognition Letters 2009; the 12 numbered
classes are those of Badrinarayanan, Kendall, Cipolla, “SegNet”, 2017.
"""

import re
from dataclasses import replace
from pathlib import Path

from segstudio.dataset.dataset import Split
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.legends import Legend, named_class
from segstudio.dataset.formats.listing import Listing, read_text
from segstudio.dataset.formats.mask_kinds import look_at
from segstudio.dataset.formats.pairing import Pair, Pairing, pictures_in
from segstudio.dataset.formats.pairs import find_legend, source_of_pairs
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample

_LISTS: dict[str, Split] = {"train.txt": "train", "val.txt": "val", "test.txt": "test"}
_LINE = re.compile(r"(\S.*?\.\w+)\s+(\S.*\.\w+)")

# Name and colour; Brostow et al., label_colors.txt.
_COLOURS = """
Animal 64 128 64|Archway 192 0 128|Bicyclist 0 128 192|Bridge 0 128 64|Building 128 0 0|Car 64 0 128
CartLuggagePram 64 0 192|Child 192 128 64|Column_Pole 192 192 128|Fence 64 64 128|LaneMkgsDriv 128 0 192
LaneMkgsNonDriv 192 0 64|Misc_Text 128 128 64|MotorcycleScooter 192 0 192|OtherMoving 128 64 64|ParkingBlock 64 192 128
Pedestrian 64 64 0|Road 128 64 128|RoadShoulder 128 128 192|Sidewalk 0 0 192|SignSymbol 192 128 128|Sky 128 128 128
SUVPickupTruck 64 128 192|TrafficCone 0 0 64|TrafficLight 0 64 64|Train 192 64 128|Tree 128 128 0|Truck_Bus 192 128 192
Tunnel 64 0 64|VegetationMisc 192 192 0|Void 0 0 0|Wall 64 192 0
"""
_SEGNET = "Sky Building Pole Road Pavement Tree SignSymbol Fence Car Pedestrian Bicyclist Unlabelled"


def recognise(listing: Listing) -> Finding | None:
    """Recognise lists of pairs, or masks named ``_L`` beside CamVid’s list of colours."""
    for path in listing.named(*_LISTS):
        try:
            first = next((line for line in read_text(path).splitlines() if line.strip()), "")
        except FormatError:
            continue
        match = _LINE.fullmatch(first.strip())
        if match and "annot" in match.group(2).casefold():
            return Finding(92, f"{path.name} names pictures and their annotations, as SegNet’s CamVid has them")
    originals = [path for path in pictures_in(listing) if re.fullmatch(r"\d{4}\w+_\w+_L", path.stem)]
    if originals and listing.named("label_colors.txt"):
        return Finding(91, f"label_colors.txt and {len(originals)} masks named *_L, as CamVid has them")
    return None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of CamVid.

    Raises:
        FormatError: there are neither lists of pairs nor masks named ``_L``.
    """
    pairing, samples = _by_lists(listing)
    if not pairing.masks:
        missed = pairing.skipped
        pairing, samples = _by_names(listing)
        pairing = replace(pairing, skipped=(*missed, *pairing.skipped))
    if not pairing.masks:
        raise FormatError(
            f"{listing.root} has no train.txt with lines “picture mask” whose files are there, and no masks named *_L. "
            "Choose the folder of CamVid that holds both pictures and masks."
        )
    notes: list[str] = []
    legend = find_legend(listing, pairing.masks[0], notes) or _legend(listing, pairing)
    source = source_of_pairs(listing, pairing, options, name=CAMVID.name, legend=legend, samples=samples)
    return replace(source, notes=(*source.notes, *notes))


def camvid_classes() -> tuple[SourceClass, ...]:
    """Return the 32 classes of CamVid with their colours, numbered in their order."""
    found = []
    for place, entry in enumerate(_COLOURS.strip().replace("\n", "|").split("|")):
        name, red, green, blue = entry.split()
        found.append(named_class(name, place, (int(red), int(green), int(blue))))
    return tuple(found)


def _legend(listing: Listing, pairing: Pairing) -> Legend | None:
    seen = look_at(pairing.masks[:20])
    if any(each.picture.colours for each in seen):
        return Legend(listing.root / "CamVid", camvid_classes())
    names = _SEGNET.split()
    if all(value < len(names) for each in seen for value in each.counts):
        return Legend(listing.root / "CamVid", tuple(named_class(n, i) for i, n in enumerate(names)), stated=True)
    return None


def _by_lists(listing: Listing) -> tuple[Pairing, list[SourceSample]]:
    pairs: list[Pair] = []
    samples: list[SourceSample] = []
    skipped: list[Skipped] = []
    files = {listing.relative(path): path for path in pictures_in(listing)}
    for path in listing.named(*_LISTS):
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            if not line.strip():
                continue
            match = _LINE.fullmatch(line.strip())
            image, mask = (_find(files, path, listing, text) for text in match.groups()) if match else (None, None)
            if image is None or mask is None:
                what = "no pair of a picture and a mask" if match is None else "a file that is not there"
                skipped.append(Skipped(path, f"Line {number} names {what}: “{line.strip()}”. Mend the list."))
                continue
            pairs.append(Pair(image, mask))
            samples.append(SourceSample(image.stem, image, mask, _LISTS[path.name.casefold()], _video(image)))
    return Pairing(tuple(pairs), tuple(skipped)), samples


def _find(files: dict[str, Path], beside: Path, listing: Listing, text: str) -> Path | None:
    """Find a file by a path of another computer: by as much of its end as fits below the list or the root."""
    parts = [part for part in text.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    above = listing.relative(beside.parent).split("/") if beside.parent != listing.root else []
    for start in range(len(parts)):
        tail = parts[start:]
        for begin in (above, []):
            found = files.get("/".join((*begin, *tail)))
            if found is not None:
                return found
    return None


def _by_names(listing: Listing) -> tuple[Pairing, list[SourceSample]]:
    pictures = pictures_in(listing)
    images = {path.stem: path for path in pictures if not path.stem.endswith("_L")}
    masks = {path.stem[:-2]: path for path in pictures if path.stem.endswith("_L")}
    pairs = [Pair(path, masks[stem]) for stem, path in images.items() if stem in masks]
    skipped = [
        Skipped(path, f"There is no picture named {stem}. Copy it there.")
        for stem, path in masks.items()
        if stem not in images
    ]
    samples = [SourceSample(pair.image.stem, pair.image, pair.mask, None, _video(pair.image)) for pair in pairs]
    return Pairing(tuple(pairs), tuple(skipped)), samples


def _video(image: Path) -> str | None:
    """Return the sequence that a frame such as ``0016E5_07959`` is of."""
    match = re.fullmatch(r"(\w+)_f?\d+", image.stem)
    return match.group(1) if match else None


CAMVID = Format("camvid", "CamVid", recognise, read)
