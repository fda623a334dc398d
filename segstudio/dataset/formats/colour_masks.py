"""Masks in colours beside pictures, with lists of the colours: what many training scripts read.

::

    images/train/<name>.jpg    masks/train/<name>.png    RGB
    classes.json               id, name, colour, ignore: all that segstudio knows
    class_dict.csv             name,r,g,b
"""

import csv
import io
from dataclasses import replace
from pathlib import Path

from segstudio.dataset.classes import ClassList, save_classes
from segstudio.dataset.dataset import SPLITS, Sample
from segstudio.dataset.files import write_atomically
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.legends import Legend, read_legend
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_writing import distinct_colours, write_colour_mask
from segstudio.dataset.formats.pairing import pair_up, split_of
from segstudio.dataset.formats.pairs import source_of_pairs
from segstudio.dataset.formats.pictures import copy_picture
from segstudio.dataset.formats.source import FormatError, Source, SourceSample
from segstudio.dataset.masks import MaskArray

_LISTS = ("classes.json", "class_dict.csv")


def recognise(listing: Listing) -> Finding | None:
    """Recognise what `ColourMasksWriter` writes."""
    if not all((listing.root / name).is_file() for name in _LISTS):
        return None
    folders = {path.parent for path in listing.images()}
    both = any({listing.root / "masks" / split, listing.root / "images" / split} <= folders for split in SPLITS)
    return Finding(85, "masks in colours beside images, with class_dict.csv and classes.json") if both else None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open masks in colours whose colours are in ``classes.json`` or ``class_dict.csv``.

    Raises:
        FormatError: there is no such list, or no mask belongs to a picture.
    """
    path = next((listing.root / name for name in _LISTS if (listing.root / name).is_file()), None)
    if path is None and options.classes is None:
        raise FormatError(f"{listing.root} has no class_dict.csv with a line “name,r,g,b” for each class. Write one.")
    pairing = pair_up(listing)
    samples = [
        SourceSample(pair.image.stem, pair.image, pair.mask, split_of(listing, pair.image)) for pair in pairing.pairs
    ]
    legend: Legend | None = None if path is None else read_legend(path)
    return source_of_pairs(listing, pairing, options, name=COLOUR_MASKS.name, legend=legend, samples=samples)


class ColourMasksWriter:
    """Writes pictures, masks in colours and the lists of classes."""

    def __init__(self, root: Path, classes: ClassList) -> None:
        self._root = root
        self._colours = distinct_colours(classes)
        self._classes = classes

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a sample into the folders of its split."""
        copy_picture(sample.image, self._root / "images" / sample.split, sample.name)
        if mask is not None:
            write_colour_mask(self._root / "masks" / sample.split / f"{sample.name}.png", mask, self._colours)

    def finish(self) -> None:
        """Write the lists of classes."""
        entries = tuple(replace(entry, colour=self._colours[entry.id]) for entry in self._classes)
        save_classes(self._root, ClassList(entries, self._classes.blank))
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(("name", "r", "g", "b"))
        table.writerows((entry.name, *entry.colour) for entry in entries)
        write_atomically(self._root / "class_dict.csv", text.getvalue().encode())


COLOUR_MASKS = Format("colour_masks", "Pictures and masks in colours", recognise, read, ColourMasksWriter)
