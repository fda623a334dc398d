"""segstudio's own folders as a format: what another copy of segstudio, or a script, has written."""

from pathlib import Path

import numpy as np

from segstudio.dataset.classes import HIGHEST_ID, ClassList, save_classes
from segstudio.dataset.dataset import Sample, open_dataset
from segstudio.dataset.formats.annotation import NO_CLASS, Annotation, Raster
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.pictures import copy_picture
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceSample, from_class
from segstudio.dataset.masks import MaskArray, read_mask, write_mask
from segstudio.dataset.problems import Severity
from segstudio.dataset.statistics import present_ids, with_found_classes


def recognise(listing: Listing) -> Finding | None:
    """Recognise a list of classes beside folders of images and masks, as segstudio reads them."""
    folders = {path.parent.name for path in listing.images()}
    pairs = [name for name in folders if name.endswith("_segmentation") and name[:-12] + "images" in folders]
    lists = [name for name in ("classes.json", "classes.txt") if (listing.root / name).is_file()]
    if not pairs or not lists:
        return None
    return Finding(95, f"{lists[0]} beside {', '.join(sorted(pairs))}, as segstudio reads them")


def read(listing: Listing, _options: ReadingOptions) -> Source:
    """Open a dataset of segstudio as a source.

    Raises:
        SegstudioError: see `open_dataset`.
    """
    dataset = with_found_classes(open_dataset(listing.root))
    positions = np.full(HIGHEST_ID + 1, NO_CLASS, dtype=np.int32)
    positions[list(dataset.classes.ids)] = range(len(dataset.classes))

    def annotate(sample: SourceSample, _size: tuple[int, int]) -> Annotation:
        mask = read_mask(_path(sample))
        raster = Raster(positions[mask])
        if (raster.positions == NO_CLASS).any():
            unknown = sorted(set(present_ids(mask)) - set(dataset.classes.ids))
            raise FormatError(f"{_path(sample)} holds the id {unknown[0]}, which no class has. Mend that first.")
        return raster

    return Source(
        format=FOLDERS.name,
        root=listing.root,
        classes=tuple(from_class(entry) for entry in dataset.classes),
        samples=tuple(SourceSample(sample.name, sample.image, sample.mask, sample.split) for sample in dataset.samples),
        annotate=annotate,
        complete=True,
        skipped=tuple(
            Skipped(problem.path, problem.message) for problem in dataset.problems if problem.severity is Severity.ERROR
        ),
    )


class FoldersWriter:
    """Writes images, masks and ``classes.json`` as segstudio reads them."""

    def __init__(self, root: Path, classes: ClassList) -> None:
        self._root = root
        self._classes = classes

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a sample into the folders of its split."""
        copy_picture(sample.image, self._root / f"{sample.split}_images", sample.name)
        if mask is not None:
            write_mask(self._root / f"{sample.split}_segmentation" / f"{sample.name}.png", mask)

    def finish(self) -> None:
        """Write the classes."""
        save_classes(self._root, self._classes)


def _path(sample: SourceSample) -> Path:
    if not isinstance(sample.annotation, Path):
        raise FormatError(f"{sample.name} has no mask.")
    return sample.annotation


FOLDERS = Format("folders", "Image and mask folders (segstudio)", recognise, read, FoldersWriter)
