"""Other ids in all masks of a dataset, as one operation: a class is removed and its pixels become another's.

All masks and ``classes.json`` are rewritten, or none (see `rewriting`). Predictions and runs are left alone: they tell
what a model said about the classes of its own time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import HIGHEST_ID, ClassList, free_name, save_classes
from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.masks import MaskArray, read_mask, write_mask
from segstudio.dataset.rewriting import Rewrite, forget_rewrites, last_rewrite, name_within, rewriting
from segstudio.dataset.statistics import present_ids
from segstudio.dataset.steps import EmitStep, ShouldStop, Steps, Stopped
from segstudio.errors import SegstudioError

Table = npt.NDArray[np.uint16]
"""(65536,) uint16: the new id of each old one."""


class RemapError(SegstudioError):
    """The ids were not changed; every mask is as it was."""


class UnreadableMasksError(RemapError):
    """Some masks cannot be read, so that nobody knows whether they hold the ids.

    Attributes:
        failures: each such file, and why.
    """

    def __init__(self, failures: Sequence[tuple[Path, str]]) -> None:
        self.failures = tuple(failures)
        count = "One mask" if len(failures) == 1 else f"{len(failures)} masks"
        reasons = [reason for _path, reason in failures[:5]]
        more = [f"and {len(failures) - 5} more"] if len(failures) > 5 else []
        listed = "\n".join(reasons + more)
        super().__init__(f"{count} cannot be used, so nothing was changed. Mend or remove first:\n{listed}")


@dataclass(frozen=True, slots=True)
class RemapResult:
    """What was done.

    Attributes:
        dataset: the dataset as it is now.
        masks: how many masks were rewritten.
        pixels: how many pixels have another id now.
    """

    dataset: Dataset
    masks: int
    pixels: int


def remove_class(
    dataset: Dataset, class_id: int, replacement: int, *, emit: EmitStep, should_stop: ShouldStop
) -> RemapResult | None:
    """Remove a class; its pixels become those of another, in all masks. Else as `remap`.

    Raises:
        ClassesError: one of both does not exist, or no class that counts would be left.
    """
    classes = dataset.classes.removed(class_id, replacement)
    entry = dataset.classes.find(class_id)
    title = f"Remove class “{entry.name if entry else class_id}”"
    return remap(dataset, {class_id: replacement}, classes, title=title, emit=emit, should_stop=should_stop)


def remap(
    dataset: Dataset,
    mapping: Mapping[int, int],
    classes: ClassList,
    *,
    title: str,
    emit: EmitStep,
    should_stop: ShouldStop,
) -> RemapResult | None:
    """Give pixels other ids in all masks of a dataset, and the dataset another list of classes.

    Args:
        dataset: the dataset; nobody else may write its masks meanwhile.
        mapping: old id to new id, all at once: two ids may change places.
        classes: the classes afterwards.
        title: what it is for people, a few words: told where it was broken off or can be undone.
        emit: gets `StepProgress`.
        should_stop: asked after each mask; once it says True, everything is taken back.

    Returns:
        What was done; None if it was stopped, and every mask is as before.

    Raises:
        RemapError: the ids do not fit the classes, or a file could not be written.
        UnreadableMasksError: masks cannot be read; all of them are listed.
        RewriteError: another program is at it, or (`UnfinishedRewriteError`) what was begun could not be taken back.
    """
    changes = {old: new for old, new in mapping.items() if old != new}
    _check(dataset.classes, changes, classes)
    steps = Steps(emit, should_stop)
    try:
        concerned = _concerned(dataset, changes, steps)
        sources = {sample.target: mask for sample, mask, _pixels in concerned}
        facts = {
            "kind": "remap",
            "mapping": [[old, new] for old, new in changes.items()],
            "before": dataset.classes.to_json(),
            "removed": sorted(set(dataset.classes.ids) - set(classes.ids)),
            "sources": [name_within(dataset.output, source) for source in sources.values()],
        }
        table = _table(changes)

        def rewrite(pair: tuple[Path, Path]) -> None:
            target, source = pair
            write_mask(target, table[read_mask(source)])

        with rewriting(dataset.output, [*sources, dataset.output / "classes.json"], title=title, facts=facts):
            steps.run("rewriting the masks", rewrite, list(sources.items()))
            save_classes(dataset.output, classes)
    except Stopped:
        return None
    except OSError as error:
        raise _not_written(error) from error
    remapped = dataset.with_saved_masks([sample.key for sample, _mask, _pixels in concerned]).with_classes(classes)
    return RemapResult(remapped, len(concerned), sum(pixels for _sample, _mask, pixels in concerned))


def undoable_remap(output: Path) -> str | None:
    """Return the title of the remap that can be undone in a dataset that is written to ``output``, or None."""
    rewrite = last_rewrite(output)
    return rewrite.title if rewrite is not None and rewrite.facts.get("kind") == "remap" else None


def undo_remap(dataset: Dataset, *, emit: EmitStep, should_stop: ShouldStop) -> RemapResult | None:
    """Undo the last remap as a whole, from the originals that were kept; else as `remap`.

    What was painted since then stays: only pixels that still are as the remap left them get their old ids back. Classes
    that were added or edited since then stay as well, and masks that were deleted stay deleted.

    Raises:
        RemapError: there is nothing to undo, or the id of a class that would come back was given to another.
        UnreadableMasksError: masks cannot be read, or have another size now.
        RewriteError: as `remap`.
    """
    undone = last_rewrite(dataset.output)
    if undone is None or undone.facts.get("kind") != "remap":
        raise RemapError("There is nothing to undo: originals are kept only until the next change of this kind.")
    mapping = {int(old): int(new) for old, new in undone.facts["mapping"]}
    classes = _with_returned(dataset.classes, undone, mapping)
    pairs = _pairs(dataset, undone)
    table = _table(mapping)
    steps = Steps(emit, should_stop)
    try:
        returning = _answers(
            steps.run("reading the masks", lambda pair: _count_returning(*pair, table), pairs, later=len(pairs)),
            [target for target, _original in pairs],
        )
        files = [*(target for target, _original in pairs), dataset.output / "classes.json"]
        with rewriting(dataset.output, files, title=f"Undo: {undone.title}", facts={"kind": "undo"}):
            steps.run("rewriting the masks", lambda pair: write_mask(pair[0], _returned(*pair, table)), pairs)
            save_classes(dataset.output, classes)
    except Stopped:
        return None
    except OSError as error:
        raise _not_written(error) from error
    forget_rewrites(dataset.output)
    return RemapResult(dataset.with_classes(classes), len(pairs), sum(returning))


def _check(before: ClassList, changes: Mapping[int, int], after: ClassList) -> None:
    for class_id in (*changes.keys(), *changes.values()):
        if not 0 <= class_id <= HIGHEST_ID:
            raise RemapError(f"Ids go from 0 to {HIGHEST_ID}. Received: {class_id}.")
    for new in changes.values():
        if after.find(new) is None:
            raise RemapError(f"Pixels cannot become {new}: no class has this id.")
    for class_id in set(before.ids) - set(after.ids) - set(changes):
        raise RemapError(f"It is not said what the pixels of class {class_id} become.")


def _concerned(dataset: Dataset, changes: Mapping[int, int], steps: Steps) -> list[tuple[Sample, Path, int]]:
    """Read every mask; return the samples with pixels to change, their masks, and how many pixels that is."""
    masks = [(sample, sample.mask) for sample in dataset.samples if sample.mask is not None]

    def look(pair: tuple[Sample, Path]) -> int | str:
        try:
            counts = present_ids(read_mask(pair[1]))
        except SegstudioError as error:
            return str(error)
        return sum(counts.get(old, 0) for old in changes)

    pixels = _answers(steps.run("reading the masks", look, masks, later=len(masks)), [mask for _sample, mask in masks])
    return [(sample, mask, count) for (sample, mask), count in zip(masks, pixels, strict=True) if count]


def _answers(answers: Sequence[int | str], paths: Sequence[Path]) -> list[int]:
    """Return the answers if none of them is a reason why a file cannot be used."""
    failures = [(path, answer) for path, answer in zip(paths, answers, strict=True) if isinstance(answer, str)]
    if failures:
        raise UnreadableMasksError(failures)
    return [answer for answer in answers if isinstance(answer, int)]


def _table(changes: Mapping[int, int]) -> Table:
    table = np.arange(HIGHEST_ID + 1, dtype=np.uint16)
    table[list(changes.keys())] = list(changes.values())
    return table


def _pairs(dataset: Dataset, undone: Rewrite) -> list[tuple[Path, Path]]:
    """Return the masks that are still there, each with its original: kept, or where it was read from."""
    masks = [(path, kept) for path, kept in undone.originals.items() if path.name != "classes.json"]
    sources = [dataset.output / str(name) for name in undone.facts["sources"]]
    return [(path, kept or source) for (path, kept), source in zip(masks, sources, strict=True) if path.is_file()]


def _count_returning(target: Path, original: Path, table: Table) -> int | str:
    try:
        before, now = read_mask(original), read_mask(target)
    except SegstudioError as error:
        return str(error)
    if before.shape != now.shape:
        return f"{target} has another size than it had before."
    return int(np.count_nonzero((now == table[before]) & (now != before)))


def _returned(target: Path, original: Path, table: Table) -> MaskArray:
    before, now = read_mask(original), read_mask(target)
    return np.where(now == table[before], before, now)


def _with_returned(classes: ClassList, undone: Rewrite, mapping: Mapping[int, int]) -> ClassList:
    """Put the removed classes back where they stood."""
    before = ClassList.from_json(undone.facts["before"])
    entries = list(classes)
    blank = classes.blank
    for class_id in sorted(undone.facts["removed"], key=before.ids.index):
        entry, other = before.find(class_id), classes.find(class_id)
        if other is not None:
            raise RemapError(f"“{undone.title}” cannot be undone: the id {class_id} belongs to “{other.name}” by now.")
        if entry is not None:
            entries.insert(before.ids.index(class_id), replace(entry, name=free_name(entry.name, entries)))
            if before.blank == class_id and blank == mapping[class_id]:
                blank = class_id
    return ClassList(tuple(entries), blank)


def _not_written(error: OSError) -> RemapError:
    return RemapError(f"A file could not be written: {error.strerror or error}. Every mask is as it was before.")
