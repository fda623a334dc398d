"""What is wrong with the names and places of files, whatever they hold."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from segstudio.dataset.dataset import SPLITS, Dataset, Sample
from segstudio.dataset.files import MASK_SUFFIXES, is_kept_copy
from segstudio.dataset.problems import Problem, Severity


def with_better_places(dataset: Dataset) -> Iterator[Problem]:
    """Give what opening found, and say of a mask without a picture which picture it might be meant for."""
    lone = [problem for problem in dataset.problems if problem.kind == "mask_without_image"]
    by_name: dict[str, list[Sample]] = defaultdict(list)
    if lone:
        for sample in dataset.samples:
            by_name[sample.name.casefold()].append(sample)
    for problem in dataset.problems:
        candidates = by_name.get(problem.path.stem.casefold(), ()) if problem in lone else ()
        yield _meant_for(problem, candidates) if candidates else problem


def names_that_clash(dataset: Dataset) -> Iterator[Problem]:
    """Find names that are one and the same on disks that do not tell upper from lower case."""
    for split in SPLITS:
        first: dict[str, Sample] = {}
        for sample in dataset.of_split(split):
            other = first.setdefault(sample.name.casefold(), sample)
            if other is not sample:
                message = (
                    f"{sample.image.name} and {other.image.name} differ in upper and lower case only: on Windows and "
                    "macOS they would share one mask. Rename one of them."
                )
                yield Problem("case_clash", Severity.WARNING, sample.image, message, sample.key, others=(other.image,))


def second_masks(dataset: Dataset) -> Iterator[Problem]:
    """Find masks that are not used since the picture has a better one in the same folder, and count kept copies."""
    by_key = {(sample.mask.parent, sample.name): sample for sample in dataset.samples if sample.mask is not None}
    folders = {sample.target.parent for sample in dataset.samples} | {folder for folder, _name in by_key}
    kept = 0
    for folder in sorted(folders):
        for path in _masks(folder):
            sample = by_key.get((folder, path.stem))
            if is_kept_copy(path.stem):
                kept += 1
            elif sample is not None and sample.mask is not None and path != sample.mask:
                message = f"{path.name} is not used: {sample.mask.name} is the mask of this picture. Put one aside."
                yield Problem(
                    "extra_mask", Severity.WARNING, path, message, sample.key, "put_aside", others=(sample.mask,)
                )
    if kept:
        copies = "One copy of a mask was" if kept == 1 else f"{kept} copies of masks were"
        message = f"{copies} kept aside. Delete them when you are sure that you do not need them."
        yield Problem("kept_copies", Severity.INFO, dataset.output, message)


def masks_without_folder(dataset: Dataset) -> Iterator[Problem]:
    """Find folders of masks whose split has no folder of pictures, so that nobody would ever hear of them."""
    used = {sample.target.parent.name for sample in dataset.samples}
    for split in SPLITS:
        for images, masks in ((f"{split}_images", f"{split}_segmentation"), _prepped(split)):
            count = 0 if masks in used or (dataset.root / images).is_dir() else len(_masks(dataset.root / masks))
            if count:
                message = f"There is no folder {images}/ for the masks in {masks}/ ({count}). Bring the pictures back."
                yield Problem("mask_without_image", Severity.WARNING, dataset.root / masks, message)


def _prepped(split: str) -> tuple[str, str]:
    return f"images_prepped_{split}", f"annotations_prepped_{split}"


def _meant_for(problem: Problem, candidates: Sequence[Sample]) -> Problem:
    if len(candidates) > 1:
        return problem
    sample, path = candidates[0], problem.path
    free = sample.mask is None
    here = sample.target.parent.name == path.parent.name
    if here and not free:
        return problem
    kind = "mask_named_otherwise" if here else "mask_in_wrong_folder"
    wrong = f"{path.name} has no picture in its split"
    if free:
        message = f"{wrong}, but {sample.image.name} in {sample.split} has no mask. Give it to that picture."
    else:
        message = f"{wrong}; the picture {sample.image.name} in {sample.split} has a mask already. Remove one of both."
    return replace(problem, kind=kind, message=message, sample=sample.key, mend="give_to_picture" if free else None)


def _masks(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and not entry.is_dir())
    except OSError:
        return []  # opening has told about it
    return [folder / name for name in names if Path(name).suffix.lower() in MASK_SUFFIXES]
