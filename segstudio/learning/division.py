"""Which samples a run learns from and which it is measured on."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.errors import SegstudioError
from segstudio.learning.painted import painted


class DataError(SegstudioError):
    """The dataset cannot be trained on as it is."""


@dataclass(frozen=True, slots=True)
class Division:
    """The samples of a run. Those of ``val`` are never trained on."""

    train: tuple[Sample, ...]
    val: tuple[Sample, ...]


def divide(dataset: Dataset, *, validation_fraction: float, seed: int) -> Division:
    """Take the `painted` samples of train and val; where val has none, hold out a part of train by seed.

    At least one sample stays in train, and at least one is held out where train has two or more.

    Raises:
        DataError: no picture in train has a mask, or none with a painted pixel.
    """
    train, val = painted(dataset, "train"), painted(dataset, "val")
    if not train:
        raise DataError(
            f"No picture in the train split of {dataset.name} has a painted mask. Paint at least one in Label."
        )
    if val or validation_fraction == 0 or len(train) < 2:
        return Division(train, val)
    held = min(max(1, round(len(train) * validation_fraction)), len(train) - 1)
    chosen = set(np.random.default_rng(seed).permutation(len(train))[:held].tolist())
    return Division(
        tuple(sample for i, sample in enumerate(train) if i not in chosen),
        tuple(sample for i, sample in enumerate(train) if i in chosen),
    )


def sample_digest(sample: Sample) -> bytes:
    """Return a SHA-256 over the key, the file names and the bytes of image and mask of a sample.

    Raises:
        DataError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in (sample.image, sample.mask):
        if path is not None:
            try:
                data = path.read_bytes()
            except OSError as error:
                raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
            digest.update(f"{sample.key}\0{path.name}\0{len(data)}\0".encode(errors="surrogateescape"))
            digest.update(data)
    return digest.digest()


def fingerprint(digests: Iterable[bytes]) -> str:
    """Return one SHA-256 over `sample_digest` of all samples of a run, train before val, as hexadecimal."""
    return hashlib.sha256(b"".join(digests)).hexdigest()
