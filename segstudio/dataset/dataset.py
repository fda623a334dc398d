"""A dataset: one folder with images, masks and classes.

Layouts that are read as they stand, in this order:

==============================  ===============================  =====================
images                          masks                            split
==============================  ===============================  =====================
``<split>_images/``             ``<split>_segmentation/``        train, val, test
``images_prepped_<split>/``     ``annotations_prepped_<split>/`` train, val, test
``images/``                     ``masks/`` and the like          train
the folder itself               ``train_segmentation/``          train
==============================  ===============================  =====================

Image and mask belong together by their stem. Opening reads folder listings and the list of
classes, never pictures, so it is quick for a hundred thousand samples.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from segstudio.dataset.classes import DEFAULT_CLASSES, ClassList, load_classes
from segstudio.dataset.files import IMAGE_SUFFIXES, MASK_SUFFIXES, is_kept_copy, is_writable
from segstudio.dataset.problems import Problem, Severity
from segstudio.dataset.rewriting import recover
from segstudio.errors import SegstudioError

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)

_MASK_FOLDERS = ("masks", "segmentation", "annotations", "labels", "train_segmentation")


class DatasetError(SegstudioError):
    """A folder cannot be opened as a dataset."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An image and its mask, if it has one.

    Attributes:
        split: train, val or test.
        name: the stem that image and mask share.
        image: the picture's file.
        mask: the mask's file, or None while the image is unlabelled.
        target: where the mask is written when it is saved; always a PNG.
    """

    split: Split
    name: str
    image: Path
    mask: Path | None
    target: Path

    @property
    def key(self) -> str:
        """``<split>/<name>``: unique within a dataset."""
        return f"{self.split}/{self.name}"


@dataclass(frozen=True)
class Dataset:
    """An opened dataset. Immutable: what changes it returns another one.

    Attributes:
        root: the folder that was opened.
        output: where masks, classes, runs and predictions are written; the root itself unless that is read-only.
        classes: what the pixels of a mask may be.
        classes_known: False where no file said so and `DEFAULT_CLASSES` stands in.
        samples: train, then val, then test, by name within each.
        problems: what opening found; `verify` finds more.
    """

    root: Path
    output: Path
    classes: ClassList
    classes_known: bool
    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...] = ()
    _by_key: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", {sample.key: i for i, sample in enumerate(self.samples)})

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.root.name

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return self.output / "runs"

    @property
    def predictions(self) -> Path:
        """The folder of the predictions."""
        return self.output / "predictions"

    def find(self, key: str) -> Sample | None:
        """Return the sample with this key, or None."""
        position = self._by_key.get(key)
        return None if position is None else self.samples[position]

    def of_split(self, split: Split) -> tuple[Sample, ...]:
        """Return the samples of one split."""
        return tuple(sample for sample in self.samples if sample.split == split)

    def labelled(self, split: Split) -> tuple[Sample, ...]:
        """Return the samples of one split that have a mask."""
        return tuple(sample for sample in self.samples if sample.split == split and sample.mask is not None)

    def with_saved_mask(self, key: str) -> "Dataset":
        """Return the dataset after the mask of a sample was written to its target."""
        return self.with_saved_masks({key})

    def with_saved_masks(self, keys: Collection[str]) -> "Dataset":
        """Return the dataset after the masks of some samples were written to their targets."""
        positions = [self._by_key[key] for key in keys]
        moved = [position for position in positions if self.samples[position].mask != self.samples[position].target]
        if not moved:
            return self
        samples = list(self.samples)
        for position in moved:
            samples[position] = replace(samples[position], mask=samples[position].target)
        return replace(self, samples=tuple(samples))

    def with_classes(self, classes: ClassList) -> "Dataset":
        """Return the dataset with another list of classes."""
        return replace(self, classes=classes, classes_known=True)


def open_dataset(root: Path, *, output: Path | None = None) -> Dataset:
    """Open a folder as a dataset.

    Args:
        root: the folder; see the module's table for the layouts.
        output: where to write; needed only if ``root`` is read-only. Masks there win over those in ``root``.

    Raises:
        DatasetError: there is no such folder, it cannot be listed, or it holds no picture.
        ClassesError: the list of classes is broken.
        RewriteError: its masks are being rewritten just now, or were once and cannot be put back.
    """
    root = Path(os.path.abspath(root))
    output = root if output is None else Path(os.path.abspath(output))
    if not root.is_dir():
        raise DatasetError(f"{root} is not a folder. Choose the folder that holds the pictures.")
    problems = _recovered(output)
    samples: list[Sample] = []
    layouts = _layouts(root)
    for layout in layouts:
        samples.extend(_pair(layout, output, problems))
    if not samples and not any(layout.found for layout in layouts):
        raise DatasetError(
            f"{root} holds no pictures. Choose a folder with pictures ({', '.join(sorted(IMAGE_SUFFIXES))}), "
            "or one with train_images/ and train_segmentation/ in it."
        )
    classes = load_classes(output) or load_classes(root)
    return Dataset(root, output, classes or DEFAULT_CLASSES, classes is not None, tuple(samples), tuple(problems))


def open_folders(images: Path, masks: Path, *, split: Split = "train") -> Dataset:
    """Open any image folder with any mask folder as a dataset of one split.

    Classes come from ``classes.json`` or ``classes.txt`` beside the masks or in the folder above the images.

    Raises:
        DatasetError: a folder is missing or there is no picture.
        ClassesError: the list of classes is broken.
        RewriteError: as `open_dataset`.
    """
    for folder in (images, masks):
        if not folder.is_dir():
            raise DatasetError(f"{folder} is not a folder.")
    root = Path(os.path.abspath(images)).parent
    problems = _recovered(root)
    samples = _pair(_Layout(split, images, masks, (masks,), found=True), root, problems, target=masks)
    if not samples:
        raise DatasetError(f"{images} holds no pictures.")
    classes = load_classes(masks) or load_classes(root)
    return Dataset(root, root, classes or DEFAULT_CLASSES, classes is not None, tuple(samples), tuple(problems))


def _recovered(output: Path) -> list[Problem]:
    """Take back what was broken off when the masks were last rewritten, and say so."""
    title = recover(output)
    if title is None:
        return []
    message = f"“{title}” was broken off, and has been taken back: every mask is as before. Do it again if you like."
    return [Problem("interrupted_rewrite", Severity.WARNING, output, message)]


def needs_output(root: Path) -> bool:
    """Say whether a dataset lies on read-only storage, so that a person must choose where to write."""
    return not is_writable(root)


def is_image(path: Path) -> bool:
    """Say by its name whether a file is taken for a picture."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def find_images(paths: Iterable[Path]) -> list[Path]:
    """Expand pictures and folders of pictures (one level) to a list of pictures, by name.

    Raises:
        DatasetError: a path does not exist, or a file is no picture.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(entry for entry in path.iterdir() if entry.is_file() and is_image(entry)))
        elif not path.exists():
            raise DatasetError(f"{path} does not exist.")
        elif not is_image(path):
            raise DatasetError(f"{path} is not a picture. Known endings: {', '.join(sorted(IMAGE_SUFFIXES))}.")
        else:
            found.append(path)
    return found


@dataclass(frozen=True, slots=True)
class _Layout:
    """One pair of folders. ``masks`` is where masks are written relative to the output folder's root."""

    split: Split
    images: Path
    written: Path
    masks: tuple[Path, ...]
    found: bool


def _layouts(root: Path) -> list[_Layout]:
    for images, masks in (("{}_images", "{}_segmentation"), ("images_prepped_{}", "annotations_prepped_{}")):
        layouts = [
            _Layout(split, root / images.format(split), Path(masks.format(split)), (root / masks.format(split),), True)
            for split in SPLITS
            if (root / images.format(split)).is_dir()
        ]
        if layouts:
            return layouts
    if (root / "images").is_dir():
        name = next((name for name in _MASK_FOLDERS if (root / name).is_dir()), "masks")
        return [_Layout("train", root / "images", Path(name), (root / name,), True)]
    return [_Layout("train", root, Path("train_segmentation"), (root / "train_segmentation",), False)]


def _pair(layout: _Layout, output: Path, problems: list[Problem], *, target: Path | None = None) -> list[Sample]:
    """Match the images of a pair of folders with their masks; note what does not match."""
    written = target or output / layout.written
    masks: dict[str, Path] = {}
    for folder in dict.fromkeys((*layout.masks, written)):
        masks.update(_masks_by_stem(folder, problems))
    images: dict[str, Path] = {}
    for path in _files(layout.images, problems):
        if not is_image(path):
            continue
        if path.stem in images:
            message = f"{path.name} and {images[path.stem].name} would share one mask. Rename one of them."
            problems.append(Problem("duplicate_stem", Severity.ERROR, path, message, f"{layout.split}/{path.stem}"))
            continue
        images[path.stem] = path
    for stem in sorted(masks.keys() - images.keys()):
        message = f"There is no image for the mask {masks[stem].name} in {layout.images.name}/."
        problems.append(Problem("mask_without_image", Severity.WARNING, masks[stem], message))
    return [
        Sample(layout.split, stem, path, masks.get(stem), written / f"{stem}.png")
        for stem, path in sorted(images.items())
    ]


def _masks_by_stem(folder: Path, problems: list[Problem]) -> dict[str, Path]:
    best: dict[str, Path] = {}
    for path in _files(folder, problems):
        suffix = path.suffix.lower()
        if suffix not in MASK_SUFFIXES or path.name.startswith(".") or is_kept_copy(path):
            continue
        other = best.get(path.stem)
        if other is None or _rank(path) < _rank(other):
            best[path.stem] = path
    return best


def _rank(mask: Path) -> tuple[int, bool]:
    # In lower case first: that is how masks are written, and what was written last is what counts.
    suffix = mask.suffix.lower()
    return MASK_SUFFIXES.index(suffix), mask.suffix != suffix


def _files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        message = f"The folder {folder.name} cannot be listed: {error.strerror or error}."
        problems.append(Problem("unreadable_folder", Severity.ERROR, folder, message))
        return []
    return [folder / name for name in names]
