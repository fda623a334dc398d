"""A dataset to measure on: real pictures where they are, else the program's own sample; always a copy."""

import os
import shutil
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[3]


def copy_dataset(folder: Path) -> str:
    """Put a dataset into a new folder and return its name."""
    shared = Path(os.environ.get("SEGSTUDIO_DATA", _PROJECT / ".." / "shared" / "data")).resolve()
    if (shared / "nuclei").is_dir():
        shutil.copytree(shared / "nuclei", folder)
        return "nuclei"
    from segstudio.dataset.synthetic import make_sample_dataset

    make_sample_dataset(folder)
    return "sample"
