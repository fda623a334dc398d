"""A dataset makes a folder of another format."""

from collections.abc import Callable
from pathlib import Path

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.formats.building import Stopped, built
from segstudio.dataset.formats.folders import FOLDERS
from segstudio.dataset.formats.format import Format, Writer
from segstudio.dataset.formats.names import is_background
from segstudio.dataset.formats.report import ConversionReport
from segstudio.dataset.formats.source import FormatError, Skipped
from segstudio.dataset.images import image_size
from segstudio.dataset.masks import MaskArray, mask_size, read_mask
from segstudio.dataset.statistics import present_ids
from segstudio.errors import SegstudioError


def export_dataset(
    dataset: Dataset,
    destination: Path,
    target: Format,
    *,
    class_name: str | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ConversionReport:
    """Write a dataset in another format, into a folder that is there whole or not at all.

    Pictures without a mask are written without an annotation. A sample that cannot be read is skipped, and the report
    says why.

    Args:
        dataset: what to export.
        destination: a folder that is new or empty.
        target: the format; one that can be written.
        class_name: the class to write, where the format holds only one; None for the only one that there is.
        should_stop: asked before each sample; once it says yes, nothing is left behind.
        on_progress: told how many of how many samples are done.

    Raises:
        FormatError: the format is only read, the class cannot be told, the destination is taken, or not one sample can
            be written.
        OSError: the disk is full, read-only or gone.
    """
    begin = _beginning(target, dataset.classes, class_name)
    skipped: list[Skipped] = []
    pictures = masks = 0
    try:
        with built(destination) as folder:
            writer = begin(folder)
            for done, sample in enumerate(dataset, start=1):
                if should_stop():
                    raise Stopped
                try:
                    _add(writer, sample, dataset)
                except SegstudioError as error:
                    skipped.append(Skipped(sample.image, str(error)))
                else:
                    pictures += 1
                    masks += sample.mask is not None
                on_progress(done, len(dataset))
            if not pictures:
                reasons = "; ".join(dict.fromkeys(each.reason for each in skipped[:3]))
                raise FormatError(f"Nothing in {dataset.root} could be exported: {reasons or 'it holds no picture'}")
            writer.finish()
    except Stopped:
        return ConversionReport(dataset.root, FOLDERS.name, destination, target.name, 0, 0, stopped=True)
    return ConversionReport(dataset.root, FOLDERS.name, destination, target.name, pictures, masks, tuple(skipped))


def class_to_write(classes: ClassList, name: str | None) -> ClassInfo:
    """Return the class of a name, or the only one that could be meant.

    Raises:
        FormatError: there is none of this name, or several could be meant.
    """
    names = ", ".join(entry.name for entry in classes)
    if name is not None:
        found = next((entry for entry in classes if entry.name == name), None)
        if found is None:
            raise FormatError(f"There is no class “{name}”, only {names}.")
        return found
    candidates = [entry for entry in classes.counted if not is_background(entry.name)]
    if len(candidates) != 1:
        raise FormatError(f"Masks of this format show one class: say which of {names}.")
    return candidates[0]


def _beginning(target: Format, classes: ClassList, class_name: str | None) -> Callable[[Path], Writer]:
    write, write_class = target.write, target.write_class
    if write_class is not None:
        entry = class_to_write(classes, class_name)
        return lambda folder: write_class(folder, entry)
    if write is None:
        raise FormatError(f"{target.title} can be imported, but not exported.")
    if class_name is not None:
        raise FormatError(f"{target.title} holds all classes, so none can be chosen. Leave classes out instead.")
    return lambda folder: write(folder, classes)


def _add(writer: Writer, sample: Sample, dataset: Dataset) -> None:
    writer.add(sample, None if sample.mask is None else _checked_mask(sample, sample.mask, dataset))


def _checked_mask(sample: Sample, path: Path, dataset: Dataset) -> MaskArray:
    if mask_size(path) != image_size(sample.image):
        raise FormatError(f"{path.name} is not of the size of its picture. Mend that first: see verify.")
    mask = read_mask(path)
    unknown = sorted(present_ids(mask).keys() - set(dataset.classes.ids))
    if unknown:
        raise FormatError(f"{path.name} holds the id {unknown[0]}, which no class has. Mend that first: see verify.")
    return mask
