"""What was mended in a dataset, kept in ``.segstudio/mends.jsonl``: a mend can be undone on another day as well.

A line for each mend, in order. Paths are told from the folder on, so that a dataset that was moved keeps its record.
"""

import contextlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.doctor.mended_masks import MendError
from segstudio.dataset.doctor.mending import Mended, MendingReport, mend_all, undo
from segstudio.dataset.files import write_atomically
from segstudio.dataset.problems import Problem
from segstudio.dataset.rewriting import FOLDER
from segstudio.dataset.steps import ShouldStop

_FILE = "mends.jsonl"


def mend_all_recorded(
    problems: Iterable[Problem],
    dataset: Dataset,
    *,
    should_stop: ShouldStop = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> MendingReport:
    """Do as `mending.mend_all`, and put each mend on record at once."""
    return mend_all(
        problems,
        dataset,
        should_stop=should_stop,
        on_progress=on_progress,
        on_mended=lambda mended: _note(dataset.output, mended),
    )


def undo_all_recorded(
    mended: Sequence[Mended],
    output: Path,
    *,
    should_stop: ShouldStop = lambda: False,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> MendingReport:
    """Undo mends in this order, and take those that were undone out of the record.

    Args:
        mended: of two mends of one file, only the last can be undone; so the last comes first.
        output: where the dataset is written to.
        should_stop: asked before each.
        on_progress: told how many of how many are done.
    """
    done: list[Mended] = []
    failures: list[tuple[Problem, str]] = []
    stopped = False
    for number, each in enumerate(mended, start=1):
        if should_stop():
            stopped = True
            break
        try:
            undo(each)
            done.append(each)
        except MendError as error:
            failures.append((each.problem, str(error)))
        on_progress(number, len(mended))
    _forget(output, done)
    return MendingReport(tuple(done), tuple(failures), stopped)


def load_mended(output: Path) -> list[Mended]:
    """Return the mends of the record whose files are still there, in order; lines that make no sense are passed over.

    Whether what they wrote was painted on since is only known to `mending.undo`, which refuses it then.
    """
    there = [each for each in _read(output) if each.kept is None or each.kept.is_file()]
    return [each for each in there if each.written is None or each.written.is_file()]


def _note(output: Path, mended: Mended) -> None:
    # A mend stands, and what it replaced is kept, whether it is on record or not.
    with contextlib.suppress(OSError):
        path = output / FOLDER / _FILE
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.write(f"{json.dumps(_to_json(mended, output))}\n")


def _forget(output: Path, undone: Collection[Mended]) -> None:
    path = output / FOLDER / _FILE
    left = [each for each in _read(output) if each not in undone]
    lines = "".join(f"{json.dumps(_to_json(each, output))}\n" for each in left)
    with contextlib.suppress(OSError):  # what is gone is not offered anyway
        if lines:
            write_atomically(path, lines.encode("ascii"))
        else:
            path.unlink(missing_ok=True)


def _read(output: Path) -> list[Mended]:
    try:
        lines = (output / FOLDER / _FILE).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found: list[Mended] = []
    for line in lines:
        # A line may be cut off by a power cut, or be of a later version.
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            found.append(_from_json(json.loads(line), output))
    return found


def _to_json(mended: Mended, output: Path) -> dict[str, Any]:
    problem = {
        **mended.problem.to_json(),
        "path": _told(mended.problem.path, output),
        "others": [_told(path, output) for path in mended.problem.others],
    }
    paths = {"written": mended.written, "original": mended.original, "kept": mended.kept}
    told = {name: None if path is None else _told(path, output) for name, path in paths.items()}
    return {"problem": problem, "digest": mended.digest, **told}


def _from_json(data: dict[str, Any], output: Path) -> Mended:
    def path(name: str) -> Path | None:
        return None if data[name] is None else output / data[name]

    problem = Problem.from_json(data["problem"])
    problem = replace(problem, path=output / problem.path, others=tuple(output / each for each in problem.others))
    return Mended(problem, path("written"), str(data["digest"]), path("original"), path("kept"))


def _told(path: Path, output: Path) -> str:
    return str(path.relative_to(output) if path.is_relative_to(output) else path)
