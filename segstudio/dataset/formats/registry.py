"""All formats, and which of them a folder is of."""

from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.formats.ade20k import ADE20K
from segstudio.dataset.formats.binary_masks import BINARY_MASKS
from segstudio.dataset.formats.camvid import CAMVID
from segstudio.dataset.formats.cityscapes import CITYSCAPES
from segstudio.dataset.formats.coco import COCO
from segstudio.dataset.formats.coco_panoptic import COCO_PANOPTIC
from segstudio.dataset.formats.colour_masks import COLOUR_MASKS
from segstudio.dataset.formats.cvat_mask import CVAT_MASK
from segstudio.dataset.formats.cvat_xml import CVAT_XML
from segstudio.dataset.formats.eiseg import EISEG
from segstudio.dataset.formats.folders import FOLDERS
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.isat import ISAT
from segstudio.dataset.formats.kitti import KITTI
from segstudio.dataset.formats.labelme import LABELME
from segstudio.dataset.formats.labelme_xml import LABELME_XML
from segstudio.dataset.formats.listing import Listing, list_folder
from segstudio.dataset.formats.mapillary import MAPILLARY
from segstudio.dataset.formats.object_masks import OBJECT_MASKS
from segstudio.dataset.formats.pairs import PAIRS
from segstudio.dataset.formats.pixelannotationtool import PIXEL_ANNOTATION_TOOL
from segstudio.dataset.formats.source import FormatError, Source
from segstudio.dataset.formats.synthia import SYNTHIA
from segstudio.dataset.formats.voc import VOC
from segstudio.dataset.formats.xanylabeling import XANYLABELING
from segstudio.dataset.formats.yolo import YOLO

FORMATS: tuple[Format, ...] = (
    FOLDERS,
    XANYLABELING,
    LABELME,
    COCO,
    COCO_PANOPTIC,
    ISAT,
    EISEG,
    CVAT_XML,
    LABELME_XML,
    YOLO,
    CVAT_MASK,
    VOC,
    CITYSCAPES,
    CAMVID,
    PIXEL_ANNOTATION_TOOL,
    ADE20K,
    OBJECT_MASKS,
    KITTI,
    MAPILLARY,
    SYNTHIA,
    COLOUR_MASKS,
    BINARY_MASKS,
    PAIRS,
)
"""Every format; of two that are equally certain, the first is taken."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """That a folder seems to be of a format."""

    format: Format
    finding: Finding


def find_format(name: str) -> Format:
    """Return the format of this name.

    Raises:
        FormatError: there is none.
    """
    for entry in FORMATS:
        if entry.name == name:
            return entry
    raise FormatError(f"There is no format “{name}”. Known are: {', '.join(entry.name for entry in FORMATS)}.")


def recognise(listing: Listing) -> list[Recognised]:
    """Return the formats that a folder seems to be of, the most certain first."""
    found = [Recognised(entry, finding) for entry in FORMATS if (finding := entry.recognise(listing)) is not None]
    return sorted(found, key=lambda each: -each.finding.certainty)


def open_source(folder: Path, *, name: str | None = None, options: ReadingOptions | None = None) -> Source:
    """Open a folder of another format.

    Args:
        folder: the folder; nothing in it is changed.
        name: the name of its format; by default it is recognised.
        options: what its files do not say.

    Raises:
        FormatError: it is no folder, of no known format, or cannot be made sense of.
    """
    listing = list_folder(folder)
    if name is not None:
        return find_format(name).read(listing, options or ReadingOptions())
    found = recognise(listing)
    if not found:
        raise nothing_recognised(folder)
    return found[0].format.read(listing, options or ReadingOptions())


def nothing_recognised(folder: Path) -> FormatError:
    """Return the error that says that a folder is of no known format."""
    known = ", ".join(entry.title for entry in FORMATS)
    return FormatError(
        f"{folder} holds nothing that looks like annotated pictures. Choose the folder that has both the pictures "
        f"and their annotations in it. Known formats: {known}."
    )
