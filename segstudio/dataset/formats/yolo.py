"""YOLO: a text file for each picture, a polygon in fractions of the picture on each line.

Polygons are filled as Ultralytics fills them when it trains: OpenCV's ``fillPoly`` on coordinates cut to whole pixels.
Written is one polygon for each region; a hole is reached by a way that is left again. That gives the mask back to the
pixel, up to pictures of 100,000 pixels a side. The format has neither a background nor ignored classes: an ignored one
is written as a class like others, under a name that says so, and known by it when it is read again. Ids become 0, 1, 2
… in the order of the classes, colours are lost.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

from segstudio.dataset.classes import ClassList
from segstudio.dataset.dataset import SPLITS, Sample
from segstudio.dataset.files import write_atomically
from segstudio.dataset.formats.annotation import Annotation, Objects
from segstudio.dataset.formats.fields import paired
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.names import named_class, undrawn, written_names
from segstudio.dataset.formats.outlines import Region, keyhole_ring, regions
from segstudio.dataset.formats.picture_search import PictureSearch, Taken
from segstudio.dataset.formats.pictures import copy_picture
from segstudio.dataset.formats.polygons import opencv_polygon
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceSample
from segstudio.dataset.formats.yolo_folder import YoloFolder, label_lines, settings_of
from segstudio.dataset.images import image_size
from segstudio.dataset.masks import MaskArray

_BOX = 4
"""Numbers on a line behind the class where it is a box: middle, width and height."""

_LOOKED_INTO = 20


def recognise(listing: Listing) -> Finding | None:
    """Recognise text files of numbers with the stems of pictures."""
    stems = {path.stem for path in listing.images()}
    boxes: Path | None = None
    for path in [path for path in listing.ending(".txt") if path.stem in stems][:_LOOKED_INTO]:
        lines = label_lines(path)
        if lines and any(len(numbers) > _BOX for _, numbers in lines):
            return Finding(88 if settings_of(listing) else 70, f"polygons as YOLO writes them, such as {path.name}")
        boxes = boxes or (path if lines else None)
    return Finding(40, f"boxes as YOLO writes them, such as {boxes.name}") if boxes else None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open a folder of YOLO.

    Raises:
        FormatError: there is no text file of polygons, or only boxes.
    """
    folder = YoloFolder(listing, options.classes)
    search, taken = PictureSearch(listing), Taken()
    samples: list[SourceSample] = []
    skipped: list[Skipped] = []
    highest, boxes, polygons = -1, 0, 0
    for path in folder.label_files():
        lines = label_lines(path)
        if lines is None:
            continue  # a text for people
        highest = max([highest, *(index for index, _ in lines)])
        boxes += any(len(numbers) == _BOX for _, numbers in lines)
        polygons += any(len(numbers) > _BOX for _, numbers in lines)
        try:
            image = folder.picture(path, search)
            taken.take(image, path)
        except FormatError as error:
            skipped.append(Skipped(path, str(error)))
            continue
        samples.append(SourceSample(image.stem, image, path, folder.split_of(image)))
    if not polygons and (boxes or not samples or not folder.class_names):
        found = "only boxes" if boxes else "nothing"
        raise FormatError(f"The text files in {listing.root} hold {found}, no polygons. Export as YOLO segmentation.")
    for found_sample in search.unlabelled([sample.image for sample in samples if sample.image is not None]):
        split = folder.split_of(found_sample.image) if found_sample.image else None
        samples.append(SourceSample(found_sample.name, found_sample.image, None, split))
    names = folder.class_names or [str(number) for number in range(highest + 1)]
    return Source(
        format="yolo",
        root=listing.root,
        classes=tuple(named_class(name) for name in names),
        samples=tuple(samples),
        annotate=lambda sample, size: _annotate(sample, size, len(names)),
        skipped=tuple(skipped),
        notes=() if folder.class_names else ("No file names the classes: they are called by their numbers.",),
    )


def _annotate(sample: SourceSample, size: tuple[int, int], count: int) -> Annotation:
    path = sample.annotation
    lines = label_lines(path) if isinstance(path, Path) else None
    if lines is None or not isinstance(path, Path):
        raise FormatError(f"The annotation of {sample.name} is no text file of numbers.")
    drawn = []
    for number, (index, numbers) in enumerate(lines, start=1):
        where = f"line {number} of {path.name}"
        if index >= count:
            raise FormatError(f"There is no class {index}, as {where} has it. Put its name into the list of classes.")
        if len(numbers) == _BOX:
            raise FormatError(f"There is a box on {where}, not a polygon. Export as YOLO segmentation.")
        points = np.array(paired(numbers, where))
        if points.min() < -0.5 or points.max() > 1.5:
            raise FormatError(f"The numbers on {where} are no fractions of the picture. Export it again.")
        drawn.append(opencv_polygon(index, [(points.clip(0, 1) * size).tolist()], size))
    return Objects(size, tuple(each for each in drawn if each is not None))


class YoloWriter:
    """Writes ``images/<split>``, ``labels/<split>`` and ``data.yaml``."""

    def __init__(self, root: Path, classes: ClassList) -> None:
        self._root = root
        below = undrawn(classes)
        names = written_names(classes)
        drawn = [entry.id for entry in classes if entry is not below]
        self._names = [names[class_id] for class_id in drawn]
        self._indices = {class_id: index for index, class_id in enumerate(drawn)}
        self._splits = {"train", "val"}

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a picture and, if it has a mask, its polygons; a mask of background gives an empty file."""
        self._splits.add(sample.split)
        image = copy_picture(sample.image, self._root / "images" / sample.split, sample.name)
        if mask is not None:
            text = "".join(f"{line}\n" for line in self._lines(mask, image_size(image)))
            write_atomically(self._root / "labels" / sample.split / f"{sample.name}.txt", text.encode())

    def finish(self) -> None:
        """Write which splits and classes there are."""
        data: dict[str, object] = {split: f"images/{split}" for split in SPLITS if split in self._splits}
        data["names"] = dict(enumerate(self._names))
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        write_atomically(self._root / "data.yaml", text.encode())

    def _lines(self, mask: MaskArray, size: tuple[int, int]) -> Iterator[str]:
        for region in regions(mask):
            if region.class_id in self._indices:
                yield f"{self._indices[region.class_id]} {_fractions(region, size)}"


def _fractions(region: Region, size: tuple[int, int]) -> str:
    # The middle of a pixel: whoever cuts or rounds down finds the pixel again.
    return " ".join(f"{(x + 0.5) / size[0]:.6f} {(y + 0.5) / size[1]:.6f}" for x, y in keyhole_ring(region))


YOLO = Format("yolo", "YOLO segmentation (txt)", recognise, read, YoloWriter)
