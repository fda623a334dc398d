"""Where the pictures and masks of a run's sample predictions are, here and now. No Keras."""

import json
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.stored_masks import mask_path


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """The files of a sample that a run was trained or validated on; None for what is not here.

    Attributes:
        image: its picture.
        mask: its mask, as it was when the run began where that was kept.
    """

    image: Path | None
    mask: Path | None


def find_sample_files(folder: Path, keys: list[str], *, dataset: Dataset | None) -> dict[str, SampleFiles]:
    """Find the files of samples of a run.

    Args:
        folder: the run's.
        keys: of the samples, ``<split>/<name>``.
        dataset: looked in for what is not where the run had it: that may have been another machine.

    Returns:
        The files by key, one entry for each.
    """
    listed = _listed(folder)
    found = {}
    for key in keys:
        entry = listed.get(key, {})
        sample = None if dataset is None else dataset.find(key)
        found[key] = SampleFiles(
            image=_first(entry.get("image"), None if sample is None else sample.image),
            mask=_first(
                folder / "data" / f"{key}.png", entry.get("mask"), None if sample is None else mask_path(sample)
            ),
        )
    return found


def _listed(folder: Path) -> dict[str, dict[str, str]]:
    """Return what ``config.json`` says of each sample; nothing where it says nothing that can be read."""
    try:
        data = json.loads((folder / "config.json").read_text(encoding="utf-8"))["data"]
        return {entry["sample"]: entry for part in ("train", "val") for entry in data[part]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _first(*paths: str | Path | None) -> Path | None:
    """Return the first that is a file here."""
    for path in paths:
        if path is None:
            continue
        try:
            if Path(path).is_file():
                return Path(path)
        except (OSError, ValueError):  # a path of another machine may be none at all here
            continue
    return None
