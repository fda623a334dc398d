"""A source and a mapping make a dataset."""

import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segstudio.dataset.classes import save_classes
from segstudio.dataset.exif import exif_orientation
from segstudio.dataset.formats.annotation import Annotation, Objects, Raster, cut_out
from segstudio.dataset.formats.building import Stopped, built
from segstudio.dataset.formats.dividing import SplitRule, divide
from segstudio.dataset.formats.folders import FOLDERS
from segstudio.dataset.formats.mapping import ClassMapping
from segstudio.dataset.formats.pictures import FreeNames, copy_picture, write_picture
from segstudio.dataset.formats.report import ConversionReport
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceSample
from segstudio.dataset.images import image_size, upright
from segstudio.dataset.masks import write_mask
from segstudio.dataset.statistics import present_ids
from segstudio.errors import SegstudioError

REPORT_NAME = "import.json"
"""The report of an import, in the dataset's folder."""

_STAGING = "staging"
"""Where samples lie until the classes of all are known, and with them the splits."""


@dataclass(frozen=True, slots=True)
class _Written:
    """A sample that lies in the folder being built, not yet in its split."""

    sample: SourceSample
    image: Path
    mask: Path | None
    present: Collection[int]


def import_source(
    source: Source,
    destination: Path,
    mapping: ClassMapping,
    rule: SplitRule | None = None,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ConversionReport:
    """Write a source as a dataset of segstudio. The source is not changed; pictures are copied byte for byte.

    A sample that cannot be read is skipped, and the report says why. The destination is there whole or not at all.

    Args:
        source: what to import.
        destination: a folder that is new or empty.
        mapping: which class becomes which.
        rule: which sample goes into which split; by default the source's own, else a fifth into val.
        should_stop: asked before each sample; once it says yes, nothing is left behind.
        on_progress: told how many of how many samples are done.

    Raises:
        FormatError: the destination is taken, or not one sample can be imported.
        OSError: the disk is full, read-only or gone.
    """
    rule = rule or SplitRule()
    try:
        with built(destination) as folder:
            written, skipped = _write_all(source, folder, mapping, rule, should_stop, on_progress)
            if not written:
                reasons = "; ".join(dict.fromkeys(each.reason for each in skipped[:3])) or "it holds no picture"
                raise FormatError(f"Nothing in {source.root} could be imported: {reasons}")
            _into_splits(written, folder, rule)
            save_classes(folder, mapping.classes)
            masks = sum(each.mask is not None for each in written)
            report = _report(source, destination, pictures=len(written), masks=masks, skipped=tuple(skipped))
            text = json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
            (folder / REPORT_NAME).write_text(text, encoding="utf-8")
            return report
    except Stopped:
        return _report(source, destination, stopped=True)


def read_annotation(source: Source, sample: SourceSample, image: Path) -> Annotation:
    """Read the annotation of a sample as it lies on its picture, upright.

    Args:
        source: the source.
        sample: one of its samples that has an annotation.
        image: its picture.

    Raises:
        SegstudioError: it cannot be read, or is of another size than the picture.
    """
    size = image_size(image)
    annotation = source.annotate(sample, size)
    if annotation.size == size:
        return annotation
    orientation = exif_orientation(image)
    if orientation in (5, 6, 7, 8) and annotation.size == size[::-1]:
        return _turned(annotation, orientation)  # drawn on the picture as it lies in the file (R12)
    width, height = annotation.size
    raise FormatError(
        f"The annotation of {sample.name} is {width} × {height} pixels, its picture {size[0]} × {size[1]}. "
        "Export it again at the picture’s size."
    )


def put_picture(source: Source, sample: SourceSample, folder: Path, stem: str) -> Path:
    """Copy the picture of a sample into a folder, wherever the source has it, and return the copy.

    Raises:
        SegstudioError: there is none, or it cannot be read.
        OSError: it cannot be written.
    """
    if sample.image is not None:
        return copy_picture(sample.image, folder, stem)
    if source.embedded is None:
        raise FormatError(f"There is no picture for {sample.name} in {source.root}.")
    return write_picture(source.embedded(sample), folder, stem, name=f"The picture inside of {sample.name}")


def _write_all(
    source: Source,
    folder: Path,
    mapping: ClassMapping,
    rule: SplitRule,
    should_stop: Callable[[], bool],
    on_progress: Callable[[int, int], None],
) -> tuple[list[_Written], list[Skipped]]:
    written: list[_Written] = []
    skipped = list(source.skipped)
    # In different splits names may be equal, as long as nothing is moved from one to another.
    kept = rule.keep and any(sample.split is not None for sample in source.samples)
    names: dict[Path, FreeNames] = defaultdict(FreeNames)
    for done, sample in enumerate(source.samples, start=1):
        if should_stop():
            raise Stopped
        group = folder / _STAGING / ((sample.split or "train") if kept else "all")
        try:
            written.append(_write(source, sample, group, names[group].take(sample.name), mapping))
        except SegstudioError as error:
            skipped.append(Skipped(sample.image or source.root, str(error)))
        on_progress(done, len(source.samples))
    return written, skipped


def _write(source: Source, sample: SourceSample, folder: Path, stem: str, mapping: ClassMapping) -> _Written:
    image = put_picture(source, sample, folder / "images", stem)
    try:
        if sample.annotation is None:
            image_size(image)  # what is no picture is skipped, not copied
            return _Written(sample, image, None, ())
        mask = mapping.mask(read_annotation(source, sample, image))
    except SegstudioError:
        image.unlink()
        raise
    path = folder / "masks" / f"{stem}.png"
    write_mask(path, mask)
    return _Written(sample, image, path, present_ids(mask).keys())


def _into_splits(written: list[_Written], folder: Path, rule: SplitRule) -> None:
    present = {position: each.present for position, each in enumerate(written)}
    splits = divide([each.sample for each in written], rule, present)
    for each, split in zip(written, splits, strict=True):
        _move(each.image, folder / f"{split}_images")
        if each.mask is not None:
            _move(each.mask, folder / f"{split}_segmentation")
    shutil.rmtree(folder / _STAGING)  # of what was skipped there is nothing left in it


def _move(path: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    path.rename(folder / path.name)


def _turned(annotation: Annotation, orientation: int) -> Annotation:
    if isinstance(annotation, Raster):
        return Raster(upright(annotation.positions, orientation))
    width, height = annotation.size
    turned = []
    for each in annotation.drawn:
        whole = np.zeros((height, width), dtype=bool)
        rows, columns = each.pixels.shape
        whole[each.top : each.top + rows, each.left : each.left + columns] = each.pixels
        turned.append(cut_out(each.position, upright(whole, orientation)))
    return Objects((height, width), tuple(each for each in turned if each is not None))


def _report(
    source: Source,
    destination: Path,
    *,
    pictures: int = 0,
    masks: int = 0,
    skipped: tuple[Skipped, ...] = (),
    stopped: bool = False,
) -> ConversionReport:
    return ConversionReport(
        source.root, source.format, destination, FOLDERS.name, pictures, masks, skipped, source.notes, stopped
    )
