"""SYNTHIA: masks in colours in ``GT``, ``SemSeg`` or ``GTLeft`` beside ``RGB`` or ``RGBLeft``.

Ros et al., “The SYNTHIA Dataset”, CVPR 2016. SYNTHIA-SF has the colours of Cityscapes. Where ``label_colors.txt`` or
``dataset_meta.json`` is there, it counts.
"""

from dataclasses import replace

from segstudio.dataset.formats.cityscapes import city_classes
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.legends import Legend, named_class
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_kinds import look_at
from segstudio.dataset.formats.mask_pictures import pack
from segstudio.dataset.formats.pairing import Pairing, pair_up, pictures_in
from segstudio.dataset.formats.pairs import find_legend, source_of_pairs
from segstudio.dataset.formats.source import Source, SourceClass

_FOLDERS = (("rgb", "gt"), ("rgb", "semseg"), ("rgbleft", "gtleft"))
_COLOURS = """
Void 0 0 0|Sky 128 128 128|Building 128 0 0|Road 128 64 128|Sidewalk 0 0 192|Fence 64 64 128|Vegetation 128 128 0
Pole 192 192 128|Car 64 0 128|TrafficSign 192 128 128|Pedestrian 64 64 0|Bicycle 0 128 192|LaneMarking 0 172 0
TrafficLight 0 128 128
"""


def recognise(listing: Listing) -> Finding | None:
    """Recognise the names of the folders."""
    folders = {part.casefold() for path in pictures_in(listing) for part in path.parts[-3:-1]}
    pair = next((pair for pair in _FOLDERS if set(pair) <= folders), None)
    return None if pair is None else Finding(55, "folders named RGB and GT or alike, as SYNTHIA has them")


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of SYNTHIA.

    Raises:
        FormatError: no mask belongs to a picture, or the masks are of another kind.
    """
    pairing = pair_up(listing)
    notes: list[str] = []
    legend = None
    if pairing.masks:
        legend = find_legend(listing, pairing.masks[0], notes) or _legend(listing, pairing)
    source = source_of_pairs(listing, pairing, options, name=SYNTHIA.name, legend=legend)
    return replace(source, notes=(*source.notes, *notes))


def synthia_classes() -> tuple[SourceClass, ...]:
    """Return the classes of SYNTHIA-RAND and -AL with their colours, numbered in their order."""
    found = []
    for place, entry in enumerate(_COLOURS.strip().replace("\n", "|").split("|")):
        name, red, green, blue = entry.split()
        found.append(named_class(name, place, (int(red), int(green), int(blue))))
    return tuple(found)


def _legend(listing: Listing, pairing: Pairing) -> Legend | None:
    seen = [each for each in look_at(pairing.masks[:50]) if each.picture.colours]
    colours = {value for each in seen for value in each.counts}
    for classes in (synthia_classes(), city_classes()):
        known = {pack(entry.colour) for entry in classes if entry.colour is not None}
        if colours and colours <= known:
            return Legend(listing.root / "SYNTHIA", classes)
    return None


SYNTHIA = Format("synthia", "SYNTHIA", recognise, read)
