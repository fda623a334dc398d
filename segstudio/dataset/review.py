"""How far people are with each sample: done or not, tags and notes, kept in ``review.json`` beside the dataset.

::

    {"samples": {"train/scene-001": {"state": "done", "tags": ["night"], "notes": "…"}}}

Samples of which there is nothing to say are not in it. Several people may have the dataset open: only what was changed
is written over what the file holds by then, field by field, tag by tag, and what other programs put into it is kept.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

from segstudio.dataset.file_lock import LockedError, locked
from segstudio.dataset.files import write_atomically
from segstudio.dataset.rewriting import FOLDER
from segstudio.errors import SegstudioError

FILE = "review.json"
_PATIENCE_SECONDS = 5.0
_SAMPLES = b' "samples": {'
_AT_ONCE = 1000
"""Lines that are parsed at once."""


class ReviewError(SegstudioError):
    """What was said about samples could not be read or written."""


class _DamagedError(Exception):
    """The file is there and makes no sense."""


class ReviewState(Enum):
    """How far a person is with a sample."""

    TODO = "todo"
    NEEDS_WORK = "needs work"
    DONE = "done"


_STATES = {state.value: state for state in ReviewState}


@dataclass(frozen=True, slots=True)
class Review:
    """What people say of a sample.

    Attributes:
        state: how far they are.
        tags: words, each once, in order.
        notes: free text.
    """

    state: ReviewState = ReviewState.TODO
    tags: tuple[str, ...] = ()
    notes: str = ""


NO_REVIEW = Review()
"""What is said of a sample of which nothing is said."""

Reviews = Mapping[str, Review]
"""By key of the sample; those that are not in it are `NO_REVIEW`."""


@dataclass(frozen=True, slots=True)
class ReviewChange:
    """What a person did to one sample: what was said before and what is said now."""

    before: Review
    after: Review

    @property
    def reversed(self) -> "ReviewChange":
        """The change that takes this one back."""
        return ReviewChange(self.after, self.before)


Changes = Mapping[str, ReviewChange]


def clean_tags(words: Iterable[str]) -> tuple[str, ...]:
    """Return tags without blanks around them, each once, in order."""
    return tuple(sorted({" ".join(word.split()) for word in words} - {""}))


def load_reviews(output: Path) -> tuple[Reviews, str]:
    """Read what is said about the samples of a dataset that is written to ``output``.

    Returns:
        The reviews, and what a person should know: empty, or that a damaged file was put aside.

    Raises:
        ReviewError: the file cannot be read.
    """
    try:
        return _reviews(_read(output / FILE)), ""
    except _DamagedError as error:
        kept = _put_aside(output / FILE)
        return {}, f"{FILE} is damaged ({error}), so nothing is known of states, tags and notes. It was kept as {kept}."


def update_reviews(output: Path, changes: Changes) -> tuple[Reviews, str]:
    """Apply changes to what the file holds now, and write it, whole or not at all.

    Returns:
        As `load_reviews`: what the file holds afterwards, changes of others included.

    Raises:
        ReviewError: another program holds the file, or it cannot be read or written; nothing has changed.
    """
    try:
        with _alone(output):
            return _update(output, changes)
    except OSError as error:
        raise ReviewError(f"{output / FILE} could not be written: {error.strerror or error}.") from error


def renamed_reviews(output: Path, keys: Mapping[str, str]) -> None:
    """Let what is said about samples follow them to their new keys.

    Raises:
        ReviewError: as `update_reviews`.
    """
    try:
        with _alone(output):
            data = _read(output / FILE)
            samples = data.get("samples", {})
            moving = {new: samples.pop(old) for old, new in keys.items() if old in samples}
            if moving:
                samples.update(moving)
                _write(output, data)
    except _DamagedError:
        return  # told, and put aside, when it is next loaded
    except OSError as error:
        raise ReviewError(f"{output / FILE} could not be written: {error.strerror or error}.") from error


@contextlib.contextmanager
def _alone(output: Path) -> Iterator[None]:
    """Hold the lock of the file; whoever holds it is done in a moment, so wait a little."""
    with contextlib.ExitStack() as stack:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                stack.enter_context(locked(output / FOLDER / "review.lock"))
                break
            except LockedError as error:
                if time.monotonic() > deadline:
                    raise ReviewError(f"{FILE} is being written by another program. Try again.") from error
                time.sleep(0.02)
        yield


def _update(output: Path, changes: Changes) -> tuple[Reviews, str]:
    said = ""
    try:
        data = _read(output / FILE)
    except _DamagedError as error:
        said = f"{FILE} was damaged ({error}) and is kept as {_put_aside(output / FILE)}."
        data = {}
    samples = data.setdefault("samples", {})
    for key, change in changes.items():
        entry = _changed(samples.get(key, {}), change)
        if entry:
            samples[key] = entry
        else:
            samples.pop(key, None)
    _write(output, data)
    return _reviews(data), said


def _changed(entry: Mapping[str, Any], change: ReviewChange) -> dict[str, Any]:
    """Apply to an entry of the file the fields in which both reviews differ."""
    before, after, new = change.before, change.after, dict(entry)
    if before.state is not after.state:
        new["state"] = "" if after.state is ReviewState.TODO else after.state.value
    if before.tags != after.tags:
        kept = set(_review(entry).tags) - (set(before.tags) - set(after.tags))
        new["tags"] = list(clean_tags(kept | set(after.tags) - set(before.tags)))
    if before.notes != after.notes:
        new["notes"] = after.notes
    return {name: value for name, value in new.items() if value or name not in ("state", "tags", "notes")}


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes()
        data = _parsed_by_lines(text.splitlines()) or json.loads(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ReviewError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise _DamagedError("it is not JSON") from error
    samples = data.get("samples", {}) if isinstance(data, dict) else None
    if not isinstance(samples, dict) or not all(isinstance(entry, dict) for entry in samples.values()):
        raise _DamagedError("it does not list samples")
    return dict(data)


def _parsed_by_lines(lines: list[bytes]) -> dict[str, Any] | None:
    """Parse a large file as `_write` writes it, some lines at a time; None where it looks otherwise.

    To parse it at once would hold the interpreter, and with it the window, for as long as that takes.
    """
    if len(lines) < _AT_ONCE or _SAMPLES not in lines or lines[-2:] != [b" }", b"}"]:
        return None
    start = lines.index(_SAMPLES) + 1
    try:
        data = json.loads(b"".join((*lines[:start], b"}}")))
        for first in range(start, len(lines) - 2, _AT_ONCE):
            part = b"".join(lines[first : min(first + _AT_ONCE, len(lines) - 2)])
            data["samples"].update(json.loads(b"{" + part.removesuffix(b",") + b"}"))
    except (ValueError, RecursionError, AttributeError):
        return None
    return dict(data)


def _write(output: Path, data: Mapping[str, Any]) -> None:
    # A line for each sample: quick to write (what indents in `json` is not), and version control shows what changed.
    # ASCII, so that keys that are no UTF-8 come back as they were (R20).
    others = "".join(f" {json.dumps(key)}: {json.dumps(value)},\n" for key, value in data.items() if key != "samples")
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(entry)}" for key, entry in data["samples"].items())
    write_atomically(output / FILE, f'{{\n{others} "samples": {{\n{lines}\n }}\n}}\n'.encode("ascii"))


def _reviews(data: Mapping[str, Any]) -> dict[str, Review]:
    """Read all entries; reviews that say the same are one object, so that many are soon compared."""
    one: dict[Review, Review] = {NO_REVIEW: NO_REVIEW}
    found = ((str(key), _review(entry)) for key, entry in data.get("samples", {}).items())
    return {key: one.setdefault(review, review) for key, review in found if review != NO_REVIEW}


def _review(entry: Mapping[str, Any]) -> Review:
    """Read an entry; what is strange in it counts as not said, and stays in the file."""
    state, tags, notes = entry.get("state"), entry.get("tags"), entry.get("notes")
    return Review(
        _STATES.get(state, ReviewState.TODO) if isinstance(state, str) else ReviewState.TODO,
        clean_tags(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        notes if isinstance(notes, str) else "",
    )


def _put_aside(path: Path) -> str:
    stem = f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    names = (f"{stem}{path.suffix}" if number == 1 else f"{stem}-{number}{path.suffix}" for number in count(1))
    kept = next(other for name in names if not (other := path.with_name(name)).exists())
    try:
        os.replace(path, kept)
    except OSError as error:
        raise ReviewError(f"{path} is damaged and could not be put aside: {error.strerror or error}.") from error
    return kept.name
