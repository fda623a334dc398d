"""Samples moved from one split to another: their pictures, masks and predictions, and what is said about them.

All files are moved, or none (see `rewriting`); the last move can be undone, also after the program was started anew.
"""

import contextlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segstudio.dataset.dataset import SPLITS, Dataset, Sample, Split, list_again
from segstudio.dataset.files import IMAGE_SUFFIXES, MASK_SUFFIXES, flush_folder
from segstudio.dataset.review import FILE as REVIEW_FILE
from segstudio.dataset.review import renamed_reviews
from segstudio.dataset.rewriting import Rewrite, forget_rewrites, last_rewrite, rewriting
from segstudio.dataset.steps import EmitStep, ShouldStop, Steps, Stopped
from segstudio.errors import SegstudioError

_LAYOUTS = (("{}_images", "{}_segmentation"), ("images_prepped_{}", "annotations_prepped_{}"))
_MOST_NAMED = 5


class MoveError(SegstudioError):
    """Samples cannot be moved; every file is where it was."""


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What was done.

    Attributes:
        dataset: the dataset as it is now.
        keys: of each sample that was moved, its key before and its key now.
    """

    dataset: Dataset
    keys: Mapping[str, str]


@dataclass(slots=True)
class _Plan:
    """Which file goes where, and what becomes of the samples."""

    keys: dict[str, str] = field(default_factory=dict)
    files: dict[Path, Path] = field(default_factory=dict)
    clashes: list[str] = field(default_factory=list)


def move_samples(
    dataset: Dataset, keys: Iterable[str], split: Split, *, emit: EmitStep, should_stop: ShouldStop
) -> MoveResult | None:
    """Move samples to a split; those that are in it already stay.

    Args:
        dataset: the dataset; nobody else may write its masks meanwhile.
        keys: which samples.
        split: where to; its folders are made if they are missing.
        emit: gets `StepProgress`.
        should_stop: asked after each file; once it says True, everything is taken back.

    Returns:
        What was done; None if it was stopped, and every file is where it was.

    Raises:
        MoveError: the dataset has no splits or is read-only, names clash (all are listed), or a file cannot be moved.
        RewriteError: another program is at it, or what was begun could not be taken back.
    """
    wanted = {key: split for key in keys if _existing(dataset, key).split != split}
    if not wanted:
        return MoveResult(dataset, {})
    what = f"“{_existing(dataset, next(iter(wanted))).name}”" if len(wanted) == 1 else f"{len(wanted):,} pictures"
    return _move(dataset, wanted, title=f"Move {what} to {split}", undoing=False, emit=emit, should_stop=should_stop)


def undoable_move(output: Path) -> str | None:
    """Return the title of the move that can be undone in a dataset that is written to ``output``, or None."""
    rewrite = last_rewrite(output)
    return None if rewrite is None or rewrite.facts.get("kind") != "move" else rewrite.title


def undo_move(dataset: Dataset, *, emit: EmitStep, should_stop: ShouldStop) -> MoveResult | None:
    """Move the samples of the last move back, with all that was painted since; those deleted since stay deleted.

    Raises:
        MoveError: there is nothing to undo, or as `move_samples`.
        RewriteError: as `move_samples`.
    """
    undone = last_rewrite(dataset.output)
    if undone is None or undone.facts.get("kind") != "move":
        raise MoveError("There is no move to undo: it can be undone only until the next change of this kind.")
    wanted = {new: split for new, split in _ways_back(undone).items() if dataset.find(new) is not None}
    if not wanted:
        forget_rewrites(dataset.output)
        return MoveResult(dataset, {})
    title = f"Undo: {undone.title}"
    return _move(dataset, wanted, title=title, undoing=True, emit=emit, should_stop=should_stop)


def _move(
    dataset: Dataset,
    wanted: Mapping[str, Split],
    *,
    title: str,
    undoing: bool,
    emit: EmitStep,
    should_stop: ShouldStop,
) -> MoveResult | None:
    plan = _planned(dataset, wanted)
    facts = {"kind": "undo"} if undoing else {"kind": "move", "keys": [[old, new] for old, new in plan.keys.items()]}
    files = [*plan.files, *plan.files.values(), dataset.output / REVIEW_FILE]
    try:
        with rewriting(dataset.output, files, title=title, facts=facts):
            for folder in {target.parent for target in plan.files.values()}:
                folder.mkdir(parents=True, exist_ok=True)
            Steps(emit, should_stop).run("moving files", _move_file, list(plan.files.items()))
            for folder in {path.parent for path in (*plan.files, *plan.files.values())}:
                flush_folder(folder)
            renamed_reviews(dataset.output, plan.keys)
    except Stopped:
        return None
    except OSError as error:
        reason = error.strerror or error
        raise MoveError(
            f"{error.filename or 'A file'} could not be moved: {reason}. Every file is where it was."
        ) from error
    if undoing:
        forget_rewrites(dataset.output)
    else:
        _drop_originals(dataset.output)
    return MoveResult(list_again(dataset), plan.keys)


def _move_file(pair: tuple[Path, Path]) -> None:
    source, target = pair
    # Looked at again: os.replace would write over what somebody put there meanwhile.
    if target.exists():
        raise MoveError(f"{target} exists by now. Nothing was moved.")
    os.replace(source, target)


def _planned(dataset: Dataset, wanted: Mapping[str, Split]) -> _Plan:
    """Say which file goes where.

    Raises:
        MoveError: there are no splits, or names clash.
    """
    if dataset.output != dataset.root:
        raise MoveError(
            f"{dataset.root} cannot be written to, so its pictures cannot be moved. Copy it elsewhere first."
        )
    images, masks = _layout(dataset)
    taken = {
        split: _names_in(dataset.root, images.format(split), masks.format(split)) for split in set(wanted.values())
    }
    found = {split: _masks_in(dataset.root / masks.format(split)) for split in SPLITS}
    runs = _folders_in(dataset.predictions)
    plan = _Plan()
    for key, split in wanted.items():
        sample = _existing(dataset, key)
        if sample.name.casefold() in taken[split]:
            plan.clashes.append(f"{sample.name} ({sample.split} to {split})")
            continue
        taken[split].add(sample.name.casefold())
        image = dataset.root / images.format(split) / sample.image.name
        folder = dataset.root / masks.format(split)
        plan.files[sample.image] = image
        for mask in found[sample.split].get(sample.name, ()):
            plan.files[mask] = folder / mask.name
        plan.keys[key] = f"{split}/{sample.name}"
        plan.files.update(_predictions(runs, sample, split))
    if plan.clashes:
        raise MoveError(_clash_words(plan.clashes))
    return plan


def _layout(dataset: Dataset) -> tuple[str, str]:
    """Return how the folders of pictures and of masks are named, with {} for the split."""
    for images, masks in _LAYOUTS:
        if all(sample.image.parent == dataset.root / images.format(sample.split) for sample in dataset.samples):
            return images, masks
    raise MoveError(
        f"The pictures of {dataset.root} all lie in one folder, so there is one split only. "
        "Import it (File › Import) into a new dataset, which has train, val and test."
    )


def _names_in(root: Path, images: str, masks: str) -> set[str]:
    """Return the stems that a split has, without regard to case: some file systems know none."""
    names = [*_files_in(root / images, IMAGE_SUFFIXES), *_files_in(root / masks, MASK_SUFFIXES)]
    return {Path(name).stem.casefold() for name in names}


def _masks_in(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for name in _files_in(folder, MASK_SUFFIXES):
        found.setdefault(Path(name).stem, []).append(folder / name)
    return found


def _predictions(runs: Sequence[Path], sample: Sample, split: Split) -> dict[Path, Path]:
    """Say where the predictions of a sample go; where one lies already, it stays."""
    name = f"{sample.name}.png"
    pairs = ((run / sample.split / name, run / split / name) for run in runs)
    return {source: target for source, target in pairs if source.is_file() and not target.exists()}


def _files_in(folder: Path, suffixes: Iterable[str]) -> list[str]:
    known = frozenset(suffixes)
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        return [entry.name for entry in entries if Path(entry.name).suffix.lower() in known]
    return []


def _folders_in(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [folder / entry.name for entry in entries if entry.is_dir()]
    return []


def _clash_words(clashes: Sequence[str]) -> str:
    listed = ", ".join(clashes[:_MOST_NAMED])
    more = f" and {len(clashes) - _MOST_NAMED:,} more" if len(clashes) > _MOST_NAMED else ""
    return f"Nothing was moved, since there is a picture or mask of the same name already: {listed}{more}. Rename them."


def _ways_back(undone: Rewrite) -> dict[str, Split]:
    """Return, by the key that a moved sample has now, the split that it came from."""
    origins = {str(new): str(old).partition("/")[0] for old, new in undone.facts["keys"]}
    return {key: split for key, origin in origins.items() for split in SPLITS if split == origin}


def _drop_originals(output: Path) -> None:
    """Throw away what was put aside: a move is undone by moving back, and kept pictures would only take room."""
    rewrite = last_rewrite(output)
    if rewrite is not None:
        for kept in rewrite.originals.values():
            if kept is not None:
                with contextlib.suppress(OSError):
                    kept.unlink()


def _existing(dataset: Dataset, key: str) -> Sample:
    sample = dataset.find(key)
    if sample is None:
        raise MoveError(f"There is no sample {key} in {dataset.root}. Open the dataset again.")
    return sample
