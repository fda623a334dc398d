"""What a run learns from, kept as it was when the run began: painting while it trains cannot change it. No Keras.

``data/masks/<split>/<name>.<ending>`` in the run's folder is the mask as it was. It is a second name of the same file
where the disk allows that: masks are never written into but replaced, so that the old file lives on under this name.
``data/samples.json`` lists the samples with the SHA-256 of each. Pictures are not copied; nobody paints on them, and
whether they changed is seen by the hash when a run goes on.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from segstudio.dataset.dataset import Sample, Split
from segstudio.dataset.files import write_atomically
from segstudio.learning.division import DataError, Division

_FOLDER = "data"
_LIST = "samples.json"


def freeze_masks(folder: Path, division: Division) -> Division:
    """Give every mask a name in the run's folder; return the samples with these, ``target`` being the mask's own file.

    Raises:
        DataError: a mask is gone.
        OSError: the disk is full, read-only or gone.
    """
    return Division(*(tuple(_freeze(folder, sample) for sample in part) for part in (division.train, division.val)))


def write_list(folder: Path, division: Division, digests: Sequence[bytes]) -> None:
    """Write the list of the samples of `freeze_masks`.

    Args:
        folder: the run's.
        division: as `freeze_masks` returned it.
        digests: of the samples, train before val.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    samples = [*division.train, *division.val]
    entries = [_entry(folder, sample, digest) for sample, digest in zip(samples, digests, strict=True)]
    data = {"train": entries[: len(division.train)], "val": entries[len(division.train) :]}
    # In ASCII, since a path need not be valid Unicode.
    write_atomically(folder / _FOLDER / _LIST, json.dumps(data).encode())


def read_list(folder: Path) -> tuple[Division, list[bytes]]:
    """Return the samples of a run and their digests, as `write_list` wrote them.

    Raises:
        DataError: the list is gone or damaged.
    """
    path = folder / _FOLDER / _LIST
    try:
        data = json.loads(path.read_bytes())
        parts = [[_sample(folder, entry) for entry in data[part]] for part in ("train", "val")]
        digests = [bytes.fromhex(entry["sha256"]) for part in ("train", "val") for entry in data[part]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}, the list of what this run learns from, cannot be read: {error}.") from error
    return Division(tuple(parts[0]), tuple(parts[1])), digests


def refuse_changes(division: Division, digests: Sequence[bytes], wanted: Sequence[bytes]) -> None:
    """Refuse samples that are no longer what the run began with.

    Raises:
        DataError: a picture or mask has changed; it is named.
    """
    for sample, digest, right in zip((*division.train, *division.val), digests, wanted, strict=True):
        if digest != right:
            raise DataError(
                f"{sample.image} or its mask is no longer what this run began with, so it cannot go on. "
                "Train again with its settings."
            )


def _freeze(folder: Path, sample: Sample) -> Sample:
    if sample.mask is None:
        raise DataError(f"{sample.image} has no mask.")
    kept = folder / _FOLDER / "masks" / sample.split / sample.mask.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        original = sample.mask.resolve(strict=True)
    except OSError as error:
        raise DataError(f"{sample.mask} cannot be read: {error.strerror or error}.") from error
    kept.unlink(missing_ok=True)
    try:
        os.link(original, kept)
    except OSError:
        # Another disk, or one that knows no second names.
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(original, kept)
    return replace(sample, mask=kept, target=sample.mask)


def _entry(folder: Path, sample: Sample, digest: bytes) -> dict[str, str]:
    assert sample.mask is not None
    return {
        "split": sample.split,
        "name": sample.name,
        "image": str(sample.image),
        "mask": str(sample.target),
        "kept": sample.mask.relative_to(folder).as_posix(),
        "sha256": digest.hex(),
    }


def _sample(folder: Path, entry: dict[str, str]) -> Sample:
    split: Split = entry["split"]  # type: ignore[assignment] # as it was written
    return Sample(split, entry["name"], Path(entry["image"]), folder / entry["kept"], Path(entry["mask"]))
