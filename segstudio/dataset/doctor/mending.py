"""Mends what can be mended without loss. Pictures are never touched; every file that is replaced is kept beside.

What is replaced goes to ``<stem>.original-<date>-<time>``, which belongs to no picture (see `files.is_kept_copy`).
"""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.classes import ClassInfo, ClassList, free_name, load_classes, save_classes
from segstudio.dataset.colours import spare_colour
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.doctor.mended_masks import MASK_MENDS, MendError, NothingToMendError
from segstudio.dataset.files import name_for_copy
from segstudio.dataset.images import image_size
from segstudio.dataset.masks import MaskArray, read_mask, write_mask
from segstudio.dataset.problems import Problem
from segstudio.dataset.statistics import present_ids
from segstudio.dataset.stored_masks import keep_original, mask_path
from segstudio.errors import SegstudioError

TITLES: dict[str, tuple[str, str]] = {
    "colours_to_ids": ("Convert its colours to ids", "Convert their colours to ids"),
    "palette_to_ids": ("Convert its palette to ids", "Convert their palettes to ids"),
    "threshold": ("Make it background and object", "Make them background and object"),
    "drop_transparency": ("Remove its transparency", "Remove their transparency"),
    "turn": ("Turn it like its picture", "Turn them like their pictures"),
    "resize": ("Bring it to its picture’s size", "Bring them to their pictures’ size"),
    "add_classes": ("Add classes for its ids", "Add classes for their ids"),
    "narrow": ("Store it with 8 bits", "Store them with 8 bits"),
    "put_aside": ("Put it aside", "Put them aside"),
    "give_to_picture": ("Give it to its picture", "Give them to their pictures"),
}
"""What a button says that does a mend: for one problem, and for several."""

DECISIONS = frozenset({"add_classes"})
"""Mends that nobody should do for a person in passing: a stray id may be a slip of the brush."""


@dataclass(frozen=True, slots=True)
class Mended:
    """What a mend did, and what `undo` needs.

    Attributes:
        problem: what was mended.
        written: the file that was written; None where one was only put aside.
        digest: SHA-256 of what was written.
        original: the name that the replaced file had; None where no file was replaced.
        kept: where the replaced file lies now.
    """

    problem: Problem
    written: Path | None
    digest: str = ""
    original: Path | None = None
    kept: Path | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return what was done as plain data."""
        return {
            "kind": self.problem.kind,
            "mend": self.problem.mend,
            "path": str(self.problem.path),
            "sample": self.problem.sample,
            "written": None if self.written is None else str(self.written),
            "kept": None if self.kept is None else str(self.kept),
        }


@dataclass(frozen=True, slots=True)
class MendingReport:
    """What became of several problems.

    Attributes:
        mended: what was mended, in order.
        failures: what was not, and why.
        stopped: whether it was stopped before the last.
    """

    mended: tuple[Mended, ...]
    failures: tuple[tuple[Problem, str], ...]
    stopped: bool = False


def mend(problem: Problem, dataset: Dataset) -> Mended:
    """Mend one problem, from the files as they are now.

    Args:
        problem: one that `verify` found in this dataset, with a `Problem.mend`.
        dataset: the dataset; what it knows of masks may be older than the files.

    Raises:
        NothingToMendError: the problem is not there any more.
        MendError: it has no mend, or a file could not be read or written; every file is as it was.
    """
    try:
        match problem.mend:
            case "add_classes":
                return _add_classes(problem, dataset)
            case "put_aside":
                return _put_aside(problem)
            case "give_to_picture":
                return _give_to_picture(problem, dataset)
            case str(name) if name in MASK_MENDS:
                return _mend_mask(problem, name, dataset)
    except MendError:
        raise
    except SegstudioError as error:
        raise MendError(str(error)) from error
    except OSError as error:
        raise MendError(
            f"{problem.path.name} was not mended: {error.strerror or error}. It is as it was before."
        ) from error
    raise MendError(f"{problem.path.name}: only you can mend this. {problem.message}")


def mend_all(
    problems: Iterable[Problem],
    dataset: Dataset,
    *,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_mended: Callable[[Mended], None] = lambda _mended: None,
) -> MendingReport:
    """Mend problems one after another; what cannot be mended does not keep the others from it.

    What is not there any more, since the mend of another problem has mended it as well, is no failure. Whoever wants
    the mends to be undone on another day calls `mended_record.mend_all_recorded`.
    """
    mended: list[Mended] = []
    failures: list[tuple[Problem, str]] = []
    wanted = [problem for problem in problems if problem.mend is not None]
    for done, problem in enumerate(wanted, start=1):
        if should_stop():
            return MendingReport(tuple(mended), tuple(failures), stopped=True)
        try:
            mended.append(mend(problem, dataset))
            on_mended(mended[-1])
        except NothingToMendError:
            pass
        except MendError as error:
            failures.append((problem, str(error)))
        on_progress(done, len(wanted))
    return MendingReport(tuple(mended), tuple(failures))


def undo(mended: Mended) -> None:
    """Put the file that was kept back.

    Raises:
        MendError: what the mend wrote was changed since, or the kept file is gone; nothing is touched then.
    """
    written, original, kept = mended.written, mended.original, mended.kept
    if written is not None and _digest(written) != mended.digest:
        where = f" What it was before is kept as {kept.name}." if kept is not None else ""
        raise MendError(f"{written.name} was changed after it was mended, so that is not undone.{where}")
    if kept is not None and not kept.is_file():
        raise MendError(f"{kept.name} is gone, so the mend cannot be undone.")
    if original is not None and original != written and original.exists():
        raise MendError(f"There is another {original.name} by now, so {kept and kept.name} stays where it is.")
    try:
        if kept is not None and original is not None:
            os.replace(kept, original)
        if written is not None and written != original:
            written.unlink(missing_ok=True)
    except OSError as error:
        raise MendError(f"The mend could not be undone: {error.strerror or error}.") from error


def _mend_mask(problem: Problem, name: str, dataset: Dataset) -> Mended:
    sample = _sample(problem, dataset)
    # Another mend may have written it under another name since it was checked.
    path = mask_path(sample)
    if path is None or not path.is_file():
        raise NothingToMendError(problem.path)
    mask = MASK_MENDS[name](path, sample, dataset)
    # A mask that lies elsewhere, as with a dataset that is only read, is not used any more, and stays.
    return _replace(problem, path, mask, sample.target, keep=path.parent == sample.target.parent)


def _give_to_picture(problem: Problem, dataset: Dataset) -> Mended:
    sample = _sample(problem, dataset)
    if mask_path(sample) is not None or not problem.path.is_file():
        raise NothingToMendError(problem.path)
    mask = read_mask(problem.path)
    width, height = image_size(sample.image)
    if mask.shape != (height, width):
        raise MendError(
            f"{problem.path.name} is {mask.shape[1]} × {mask.shape[0]} pixels, {sample.image.name} {width} × {height}: "
            "it is hardly the mask of that picture."
        )
    keep = problem.path.is_relative_to(dataset.output)
    return _replace(problem, problem.path, mask, sample.target, keep=keep)


def _replace(problem: Problem, old: Path, mask: MaskArray, target: Path, *, keep: bool) -> Mended:
    """Write a mask, after the old file was put aside; in that order, so that at no moment there is none."""
    kept = keep_original(old) if keep else None
    new = not target.exists()
    try:
        write_mask(target, mask)
        # On Windows and macOS “a.PNG” and “a.png” are one file.
        original = target if old.exists() and old.samefile(target) else old
        digest = _digest(target)
        if keep and original != target:
            old.unlink()
    except BaseException:
        with contextlib.suppress(OSError):
            if new and old.exists():
                target.unlink(missing_ok=True)
            if kept is not None and old.exists():
                kept.unlink()
        raise
    return Mended(problem, target, digest, original if keep else None, kept)


def _put_aside(problem: Problem) -> Mended:
    path = problem.path
    if not path.is_file():
        raise NothingToMendError(path)
    kept = name_for_copy(path, "original")
    path.rename(kept)
    return Mended(problem, None, "", path, kept)


def _add_classes(problem: Problem, dataset: Dataset) -> Mended:
    path = mask_path(_sample(problem, dataset))
    if path is None:
        raise NothingToMendError(problem.path)
    classes = load_classes(dataset.output) or dataset.classes
    unknown = sorted(set(present_ids(read_mask(path))) - set(classes.ids))
    if not unknown:
        raise NothingToMendError(path)
    entries = list(classes)
    for class_id in unknown:
        colour = spare_colour([entry.colour for entry in entries])
        entries.append(ClassInfo(class_id, free_name(f"class {class_id}", entries), colour))
    written = dataset.output / "classes.json"
    kept = keep_original(written) if written.is_file() else None
    save_classes(dataset.output, ClassList(tuple(entries), classes.blank))
    return Mended(problem, written, _digest(written), None if kept is None else written, kept)


def _sample(problem: Problem, dataset: Dataset) -> Sample:
    sample = None if problem.sample is None else dataset.find(problem.sample)
    if sample is None:
        raise NothingToMendError(problem.path)
    return sample


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
