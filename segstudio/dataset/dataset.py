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
from dataclasses import dataclass, replace
from pathlib import Path

from segstudio.dataset.classes import DEFAULT_CLASSES, ClassList, load_classes
from segstudio.dataset.files import IMAGE_SUFFIXES, is_writable
from segstudio.dataset.layouts import Layout, layouts_of, paired
from segstudio.dataset.problems import Problem, Severity
from segstudio.dataset.rewriting import recover
from segstudio.dataset.samples import SPLITS, Sample, Samples, Split
from segstudio.errors import SegstudioError

__all__ = [
    "SPLITS",
    "Dataset",
    "DatasetError",
    "Sample",
    "Samples",
    "Split",
    "find_images",
    "is_image",
    "list_again",
    "needs_output",
    "open_dataset",
    "open_folders",
]


_BROKEN_OFF = "interrupted_rewrite"


class DatasetError(SegstudioError):
    """A folder cannot be opened as a dataset."""


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
        folders: those that the samples were listed from, and in which others would be looked for.
    """

    root: Path
    output: Path
    classes: ClassList
    classes_known: bool
    samples: Samples
    problems: tuple[Problem, ...] = ()
    folders: tuple[Path, ...] = ()

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
        return self.samples.find(key)

    def of_split(self, split: Split) -> tuple[Sample, ...]:
        """Return the samples of one split."""
        return self.samples.of_split(split)

    def labelled(self, split: Split) -> tuple[Sample, ...]:
        """Return the samples of one split that have a mask."""
        return self.samples.of_split(split, labelled=True)

    def with_saved_mask(self, key: str) -> "Dataset":
        """Return the dataset after the mask of a sample was written to its target."""
        return self.with_saved_masks({key})

    def with_saved_masks(self, keys: Collection[str]) -> "Dataset":
        """Return the dataset after the masks of some samples were written to their targets.

        Raises:
            KeyError: there is no such sample.
        """
        samples = self.samples.with_saved_masks(keys)
        return self if samples is self.samples else replace(self, samples=samples)

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
    layouts = layouts_of(root, output)
    samples = _listed(layouts, problems)
    if not samples and not any(layout.found for layout in layouts):
        raise DatasetError(
            f"{root} holds no pictures. Choose a folder with pictures ({', '.join(sorted(IMAGE_SUFFIXES))}), "
            "or one with train_images/ and train_segmentation/ in it."
        )
    classes = load_classes(output) or load_classes(root)
    known = classes is not None
    return Dataset(
        root, output, classes or DEFAULT_CLASSES, known, samples, tuple(problems), _folders(root, output, layouts)
    )


def list_again(dataset: Dataset) -> Dataset:
    """Return a dataset that `open_dataset` has opened with the files that are in its folders now.

    The classes stay. Where nothing has changed, the answer is the dataset itself.

    Raises:
        DatasetError: its folders cannot be listed just now, which does not mean that the files are gone.
    """
    if not dataset.root.is_dir():
        raise DatasetError(f"{dataset.root} cannot be reached any more.")
    problems = [problem for problem in dataset.problems if problem.kind == _BROKEN_OFF]
    layouts = layouts_of(dataset.root, dataset.output)
    samples = _listed(layouts, problems)
    unreadable = next((problem for problem in problems if problem.kind == "unreadable_folder"), None)
    if unreadable is not None:
        raise DatasetError(unreadable.message)
    folders = _folders(dataset.root, dataset.output, layouts)
    again = replace(dataset, samples=samples, problems=tuple(problems), folders=folders)
    return dataset if again == dataset else again


def _listed(layouts: Iterable[Layout], problems: list[Problem]) -> Samples:
    return Samples([paired(layout, problems) for layout in layouts])


def _folders(root: Path, output: Path, layouts: Iterable[Layout]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys((root, output, *(folder for layout in layouts for folder in layout.folders))))


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
    layout = Layout(split, images, masks, masks, found=True)
    samples = _listed([layout], problems)
    if not samples:
        raise DatasetError(f"{images} holds no pictures.")
    classes = load_classes(masks) or load_classes(root)
    known = classes is not None
    return Dataset(root, root, classes or DEFAULT_CLASSES, known, samples, tuple(problems), layout.folders)


def _recovered(output: Path) -> list[Problem]:
    """Take back what was broken off when the masks were last rewritten, and say so."""
    title = recover(output)
    if title is None:
        return []
    message = f"“{title}” was broken off, and has been taken back: every mask is as before. Do it again if you like."
    return [Problem(_BROKEN_OFF, Severity.WARNING, output, message)]


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
