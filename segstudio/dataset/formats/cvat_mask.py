"""CVAT’s “Segmentation mask 1.1”: the folders of VOC with masks in colours, named in ``labelmap.txt``.

https://docs.cvat.ai/docs/manual/advanced/formats/format-smask/
"""

import re
from pathlib import Path

from segstudio.dataset.classes import ClassList
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.image_sets import ImageSets, LabelledSetsWriter
from segstudio.dataset.formats.legends import read_legend
from segstudio.dataset.formats.listing import Listing, read_text
from segstudio.dataset.formats.mask_pictures import read_mask_picture
from segstudio.dataset.formats.mask_writing import write_colour_mask
from segstudio.dataset.formats.pairing import pair_up
from segstudio.dataset.formats.pairs import source_of_pairs
from segstudio.dataset.formats.source import FormatError, Source

# From the start of a line: from everywhere in it, a long line would take minutes.
_LINE = re.compile(r"^[^:\n]+:\d+,\d+,\d+:[^:\n]*:[^\n]*", re.MULTILINE)


def recognise(listing: Listing) -> Finding | None:
    """Recognise a ``labelmap.txt`` of CVAT beside masks in colours."""
    if _label_map(listing) is None:
        return None
    masks = ImageSets(listing).masks or pair_up(listing).masks
    try:
        coloured = bool(masks) and read_mask_picture(masks[0]).channels == 3
    except FormatError:
        coloured = False
    return Finding(93, "labelmap.txt with colours beside masks in colours, as CVAT writes them") if coloured else None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open an export of CVAT.

    Raises:
        FormatError: there is no ``labelmap.txt``, or the pictures are missing.
    """
    label_map = _label_map(listing)
    if label_map is None:
        raise FormatError(f"{listing.root} has no labelmap.txt with a line “name:r,g,b::” for each class.")
    sets = ImageSets(listing)
    pairing, samples = sets.pairing()
    legend = read_legend(label_map)
    if pairing.masks:
        return source_of_pairs(listing, pairing, options, name=CVAT_MASK.name, legend=legend, samples=samples)
    found = pair_up(listing)
    if not found.masks:
        raise FormatError(
            f"No mask in {listing.root} has a picture. Export from CVAT with “Save images”, or copy the pictures into "
            "a folder JPEGImages."
        )
    return source_of_pairs(listing, found, options, name=CVAT_MASK.name, legend=legend)


def _writer(root: Path, classes: ClassList) -> LabelledSetsWriter:
    return LabelledSetsWriter(root, classes, write_colour_mask)


def _label_map(listing: Listing) -> Path | None:
    for path in listing.named("labelmap.txt"):
        try:
            if _LINE.search(read_text(path)):
                return path
        except FormatError:
            continue
    return None


CVAT_MASK = Format("cvat_mask", "CVAT segmentation mask 1.1", recognise, read, _writer)
