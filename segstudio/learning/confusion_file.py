"""``confusion.json`` of a run: pixels of val by truth and prediction, of the best epoch. No Keras."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassList
from segstudio.dataset.files import write_atomically
from segstudio.learning.runs import RunError

CONFUSION_FILE = "confusion.json"


@dataclass(frozen=True, slots=True)
class RunConfusion:
    """What was taken for what.

    Attributes:
        epoch: after which it was counted.
        names: of the classes, in the matrix' order.
        colours: red, green and blue of the classes.
        matrix: (classes, classes) int64, pixels by truth (row) and prediction (column).
    """

    epoch: int
    names: tuple[str, ...]
    colours: tuple[tuple[int, int, int], ...]
    matrix: npt.NDArray[np.int64]

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """(classes, classes): which share of the row's class was taken for the column's; 0 in rows without pixels."""
        return np.asarray(self.matrix / np.maximum(self.matrix.sum(axis=1, keepdims=True), 1), dtype=np.float64)

    def sentence(self, row: int, column: int) -> str:
        """Say in words what a field stands for."""
        truth, prediction = self.names[row], self.names[column]
        pixels, total = int(self.matrix[row, column]), int(self.matrix[row].sum())
        if not total:
            return f"No pixel of “{truth}” in val"
        share = _percent(pixels / total)
        how = "was found" if row == column else f"was taken for “{prediction}”"
        return f"{share} of “{truth}” {how}: {pixels:,} of {total:,} pixels"


def read_confusion(folder: Path, classes: ClassList) -> RunConfusion | None:
    """Read what was taken for what in a run; None where it was not counted.

    Raises:
        RunError: the file is damaged.
    """
    path = folder / CONFUSION_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        ids = [int(class_id) for class_id in data["classes"]]
        matrix = np.array(data["matrix"], dtype=np.int64)
        epoch = int(data["epoch"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path} cannot be read: {error}") from error
    if not ids or matrix.shape != (len(ids), len(ids)) or (matrix < 0).any():
        raise RunError(f"{path} cannot be read: it has no row and no column for each of {len(ids)} classes.")
    entries = [classes.find(class_id) for class_id in ids]
    names = tuple(str(class_id) if entry is None else entry.name for class_id, entry in zip(ids, entries, strict=True))
    colours = tuple((128, 128, 128) if entry is None else entry.colour for entry in entries)
    return RunConfusion(epoch, names, colours, matrix)


def write_confusion_csv(path: Path, confusion: RunConfusion) -> None:
    """Write the pixels as CSV: a row for each class of the truth, a column for each of the prediction.

    Raises:
        OSError: the disk is full, read-only or gone.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["truth \\ prediction", *confusion.names])
    for name, row in zip(confusion.names, confusion.matrix.tolist(), strict=True):
        writer.writerow([name, *row])
    write_atomically(path, text.getvalue().encode("utf-8-sig"))


def _percent(share: float) -> str:
    if 0 < share < 0.001:
        return "Less than 0.1 %"
    return f"{share:.1%}".replace("%", " %") if share < 0.0995 else f"{share:.0%}".replace("%", " %")
