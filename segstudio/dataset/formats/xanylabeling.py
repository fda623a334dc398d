"""X-AnyLabeling: labelme's JSON files with more kinds of shapes, and colours beside them (only read)."""

import contextlib

from segstudio.dataset.colours import Colour
from segstudio.dataset.formats.fields import items, record, whole
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.labelme import read_shapes, shape_files
from segstudio.dataset.formats.listing import Listing, read_json
from segstudio.dataset.formats.polygons import opencv_polygon
from segstudio.dataset.formats.source import FormatError, Source

_OWN = frozenset({"kie_linking", "difficult", "attributes", "score"})
"""Values of shapes that labelme does not know."""


def recognise(listing: Listing) -> Finding | None:
    """Recognise JSON files with shapes that have values of X-AnyLabeling's."""
    for path, data in shape_files(listing):
        shapes = data.get("shapes")
        if isinstance(shapes, list) and any(isinstance(each, dict) and _OWN & each.keys() for each in shapes):
            return Finding(92, f"JSON files with shapes, as X-AnyLabeling writes them, such as {path.name}")
    return None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of X-AnyLabeling. Raises `FormatError` where there is not one file of it that can be read."""
    return read_shapes(listing, options, name="xanylabeling", colours=_colours(listing), fill=opencv_polygon)


def _colours(listing: Listing) -> dict[str, Colour]:
    colours: dict[str, Colour] = {}
    for path in listing.named("mask_color_map.json"):
        # Colours are no reason to refuse what is drawn.
        with contextlib.suppress(FormatError):
            data = record(read_json(path), path.name)
            for name, colour in record(data.get("colors"), path.name).items():
                shades = [min(255, whole(value, path.name)) for value in items(colour, path.name)]
                if len(shades) == 3:
                    colours[name] = shades[0], shades[1], shades[2]
    return colours


XANYLABELING = Format("xanylabeling", "X-AnyLabeling (JSON)", recognise, read)
