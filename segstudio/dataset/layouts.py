"""The folders of a dataset, and which image belongs to which mask in them: listings of names, no file is opened."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.files import IMAGE_SUFFIXES, MASK_SUFFIXES, is_kept_copy
from segstudio.dataset.problems import Problem, Severity
from segstudio.dataset.samples import SPLITS, Split, SplitTable

_MASKS = frozenset(MASK_SUFFIXES)
_MASK_FOLDERS = ("masks", "segmentation", "annotations", "labels", "train_segmentation")


@dataclass(frozen=True, slots=True)
class Layout:
    """One pair of folders.

    Attributes:
        split: what is in them.
        images: the folder of the pictures.
        masks: the folder of the masks.
        written: where masks are written; what is there wins over what is in ``masks``.
        found: whether the names of the folders say that this is a dataset.
    """

    split: Split
    images: Path
    masks: Path
    written: Path
    found: bool

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that are listed, whether they are there or not."""
        return tuple(dict.fromkeys((self.images, self.masks, self.written)))


def layouts_of(root: Path, output: Path) -> list[Layout]:
    """Return the pairs of folders of a dataset; see `dataset` for the layouts that are known."""
    for images, masks in (("{}_images", "{}_segmentation"), ("images_prepped_{}", "annotations_prepped_{}")):
        layouts = [
            Layout(split, root / images.format(split), root / masks.format(split), output / masks.format(split), True)
            for split in SPLITS
            if (root / images.format(split)).is_dir()
        ]
        if layouts:
            return layouts
    if (root / "images").is_dir():
        name = next((name for name in _MASK_FOLDERS if (root / name).is_dir()), "masks")
        return [Layout("train", root / "images", root / name, output / name, True)]
    return [Layout("train", root, root / "train_segmentation", output / "train_segmentation", False)]


def paired(layout: Layout, problems: list[Problem]) -> SplitTable:
    """Match the images of a pair of folders with their masks; add what does not match to ``problems``."""
    masks = _masks_by_stem(layout, problems)
    images: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for name, stem, suffix in _files(layout.images, problems):
        if suffix in IMAGE_SUFFIXES:
            first = images.setdefault(stem, name)
            if first is not name:
                images[stem], other = min(first, name), max(first, name)
                others.append((other, stem))
    for name, stem in sorted(others):
        message = f"{name} and {images[stem]} would share one mask. Rename one of them."
        path = layout.images / name
        problems.append(Problem("duplicate_stem", Severity.ERROR, path, message, f"{layout.split}/{stem}"))
    for stem in sorted(masks.keys() - images.keys()):
        path = layout.written / masks[stem]
        message = f"There is no image for the mask {path.name} in {layout.images.name}/."
        problems.append(Problem("mask_without_image", Severity.WARNING, path, message))
    names = sorted(images)
    files, chosen = [images[name] for name in names], [masks.get(name) for name in names]
    return SplitTable(layout.split, layout.images, layout.written, names, files, chosen)


def _masks_by_stem(layout: Layout, problems: list[Problem]) -> dict[str, str]:
    """Return the mask of each stem: its name in the folder that is written to, or its whole path elsewhere."""
    found: dict[str, str] = {}
    for folder in dict.fromkeys((layout.masks, layout.written)):
        best: dict[str, str] = {}
        for name, stem, suffix in _files(folder, problems):
            if suffix not in _MASKS or is_kept_copy(stem):
                continue
            other = best.setdefault(stem, name)
            if other is not name:
                best[stem] = min(other, name, key=_rank)
        prefix = "" if folder == layout.written else os.path.join(folder, "")  # noqa: PTH118 - fifty thousand Paths
        found.update({stem: prefix + name for stem, name in best.items()} if prefix else best)
    return found


def _rank(name: str) -> tuple[int, bool, str]:
    # In lower case first: that is how masks are written, and what was written last is what counts.
    suffix = name[name.rindex(".") :]
    return MASK_SUFFIXES.index(suffix.lower()), suffix != suffix.lower(), name


def _files(folder: Path, problems: list[Problem]) -> Iterator[tuple[str, str, str]]:
    """Go through the files of a folder that have an ending and are not hidden, in no order: name, stem, ending.

    Stem and ending are those of `Path`, the ending in lower case; there may be a hundred thousand, so that no `Path` is
    made, nor a list for the garbage collector to go through.
    """
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                dot = name.rfind(".")
                if 0 < dot < len(name) - 1 and name[0] != "." and not entry.is_dir():
                    yield name, name[:dot], name[dot:].lower()
    except FileNotFoundError:
        return
    except OSError as error:
        message = f"The folder {folder.name} cannot be listed: {error.strerror or error}."
        problems.append(Problem("unreadable_folder", Severity.ERROR, folder, message))
