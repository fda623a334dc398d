"""Many files of a dataset rewritten as one: all of them or none, killed at any moment or not.

Everything happens in ``<output>/.segstudio/remap-<number>/``:

1. ``plan.json`` is written: which files will be rewritten.
2. Every original is put aside there, as a hard link where the disk can do that (no room, no time), else as a copy.
3. The caller rewrites the files, each of them atomically.
4. ``plan.json`` is renamed ``done.json``. That is the moment at which it has happened.

A ``plan.json`` that is found on opening was broken off, and is taken *back*, never forward. Going back moves files
that are there: it takes no room on the disk and reads no mask, so it works where the reason for breaking off (a full
disk, a damaged file) still stands, and it leaves what people saw last. The originals of the last rewrite that was
done are kept until the next one, so that it can be undone.

No numpy and no OpenCV: opening a dataset goes through here.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segstudio.dataset.file_lock import LockedError, locked
from segstudio.dataset.files import flush_folder, sweep, write_atomically
from segstudio.errors import SegstudioError

FOLDER = ".segstudio"
"""Where segstudio keeps what is its own, in the folder that a dataset is written to."""

_PREFIX = "remap-"
_PLAN, _DONE = "plan.json", "done.json"


class RewriteError(SegstudioError):
    """Files could not be rewritten; all are as before."""


class UnfinishedRewriteError(RewriteError):
    """Files could not be put back either: a part of them is rewritten until the dataset is opened again."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Files that are, or were, rewritten as one.

    Attributes:
        folder: where its plan and the originals lie.
        title: what it does, for people: a few words.
        facts: what the caller needs to undo it; plain data.
        originals: each file, and where its original lies; None for a file that was not there before.
    """

    folder: Path
    title: str
    facts: Mapping[str, Any]
    originals: Mapping[Path, Path | None]


@contextlib.contextmanager
def rewriting(output: Path, files: Iterable[Path], *, title: str, facts: Mapping[str, Any]) -> Iterator[Rewrite]:
    """Rewrite files in the body of a ``with``: if it raises, or is killed, all are as before.

    Args:
        output: the folder that the dataset is written to.
        files: all that may be written; those that are not there may be made.
        title: see `Rewrite`.
        facts: see `Rewrite`.

    Raises:
        RewriteError: another program is at it, or the originals could not be put aside.
        UnfinishedRewriteError: the files could not be put back.
    """
    with _alone(output):
        _take_back_unfinished(output)
        rewrite = _planned(output, files, title, facts)
        try:
            _put_aside(rewrite)
            yield rewrite
            os.replace(rewrite.folder / _PLAN, rewrite.folder / _DONE)
        except BaseException:
            _take_back(rewrite)
            raise
        flush_folder(rewrite.folder)
        for folder in _folders(output):
            if folder != rewrite.folder:
                with contextlib.suppress(OSError):  # what is left of it only takes room
                    _discard(folder)


def recover(output: Path) -> str | None:
    """Take back a rewrite that was broken off; called whenever a dataset is opened.

    Returns:
        The title of what was taken back; None where everything was in order, as nearly always.

    Raises:
        RewriteError: one is under way just now.
        UnfinishedRewriteError: the files cannot be put back.
    """
    if all((folder / _DONE).is_file() for folder in _folders(output)):
        return None
    with _alone(output):
        return _take_back_unfinished(output)


def last_rewrite(output: Path) -> Rewrite | None:
    """Return the last rewrite that was done and not yet forgotten, or None."""
    done = [folder for folder in _folders(output) if (folder / _DONE).is_file()]
    return _read(output, done[-1] / _DONE) if done else None


def forget_rewrites(output: Path) -> None:
    """Throw away the originals of what was done: it cannot be undone any more."""
    for folder in _folders(output):
        if (folder / _DONE).is_file():
            _discard(folder)


@contextlib.contextmanager
def _alone(output: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(output / FOLDER / "remap.lock"))
        except LockedError as error:
            raise RewriteError(
                f"The masks in {output} are being rewritten by segstudio just now. Wait until that is done."
            ) from error
        except OSError as error:
            raise RewriteError(f"{output / FOLDER} cannot be written to: {error.strerror or error}.") from error
        yield


def _folders(output: Path) -> list[Path]:
    """Return the folders of all rewrites, oldest first."""
    try:
        with os.scandir(output / FOLDER) as entries:
            names = [entry.name for entry in entries if entry.name.removeprefix(_PREFIX).isdecimal()]
    except OSError:
        return []  # there is none yet
    return [output / FOLDER / name for name in sorted(names, key=lambda name: int(name.removeprefix(_PREFIX)))]


def _planned(output: Path, files: Iterable[Path], title: str, facts: Mapping[str, Any]) -> Rewrite:
    before = _folders(output)
    number = int(before[-1].name.removeprefix(_PREFIX)) + 1 if before else 1
    folder = output / FOLDER / f"{_PREFIX}{number}"
    originals = {
        path: folder / f"{position:06}{path.suffix}" if path.exists() else None
        for position, path in enumerate(dict.fromkeys(files))
    }
    data = {
        "title": title,
        "facts": facts,
        "files": [[name_within(output, path), kept and kept.name] for path, kept in originals.items()],
    }
    try:
        # ASCII, so that file names that are no UTF-8 come back as they were.
        write_atomically(folder / _PLAN, (json.dumps(data, indent=1) + "\n").encode("ascii"))
    except OSError as error:
        raise RewriteError(f"{folder} cannot be written to: {error.strerror or error}. Nothing has changed.") from error
    return Rewrite(folder, title, facts, originals)


def name_within(output: Path, path: Path) -> str:
    """Name a file so that it is found again after the dataset was moved, if it lies in ``output``."""
    path = Path(os.path.abspath(path))
    return path.relative_to(output).as_posix() if path.is_relative_to(output) else str(path)


def _read(output: Path, plan: Path) -> Rewrite:
    try:
        data = json.loads(plan.read_text(encoding="ascii"))
        originals = {output / name: None if kept is None else plan.parent / kept for name, kept in data["files"]}
        return Rewrite(plan.parent, str(data["title"]), dict(data["facts"]), originals)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnfinishedRewriteError(
            f"{plan} is damaged ({error}). Restore the masks of this dataset from a copy, then remove {plan.parent}."
        ) from error


def _put_aside(rewrite: Rewrite) -> None:
    for path, kept in rewrite.originals.items():
        if kept is not None:
            try:
                _link_or_copy(path, kept)
            except OSError as error:
                raise RewriteError(
                    f"{path.name} could not be put aside: {error.strerror or error}. Nothing has changed."
                ) from error
    # All at once and before the first file is rewritten: after a power cut the originals must be there.
    flush_folder(rewrite.folder)


def _link_or_copy(path: Path, kept: Path) -> None:
    if not path.is_symlink():
        with contextlib.suppress(OSError):
            os.link(path, kept)
            return
    write_atomically(kept, path.read_bytes())
    shutil.copystat(path, kept)


def _take_back_unfinished(output: Path) -> str | None:
    title = None
    for folder in _folders(output):
        if (folder / _PLAN).is_file():
            rewrite = _read(output, folder / _PLAN)
            _take_back(rewrite)
            title = rewrite.title
        elif not (folder / _DONE).is_file():
            _discard(folder)  # killed before there was a plan, or while it was thrown away
    return title


def _take_back(rewrite: Rewrite) -> None:
    """Put every original back. Killed in its middle, it can simply be done again."""
    try:
        for path, kept in rewrite.originals.items():
            if kept is None:
                path.unlink(missing_ok=True)
            elif kept.exists():
                _put_back(kept, path)
        for folder in {path.parent for path in rewrite.originals if path.parent.is_dir()}:
            sweep(folder)
            flush_folder(folder)
        _discard(rewrite.folder)
    except OSError as error:
        raise UnfinishedRewriteError(
            f"“{rewrite.title}” was broken off, and not every file could be put back: {error.strerror or error}. "
            "Open the dataset again when its disk can be written to; the originals are safe."
        ) from error


def _put_back(kept: Path, path: Path) -> None:
    try:
        os.replace(kept, path)
    except OSError:  # on another disk, behind a link
        write_atomically(path, kept.read_bytes())
        kept.unlink()


def _discard(folder: Path) -> None:
    # The plan first: a plan that outlived its originals would, on the next opening, take back what came after it.
    (folder / _PLAN).unlink(missing_ok=True)
    (folder / _DONE).unlink(missing_ok=True)
    flush_folder(folder)
    shutil.rmtree(folder, ignore_errors=True)
