"""The statistics of a dataset as tables: for CSV, for JSON, for people."""

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segstudio.dataset.class_weights import Weights, inverse_weights, median_frequency_weights
from segstudio.dataset.files import write_atomically
from segstudio.dataset.survey import DatasetStatistics, SplitStatistics

TABLES = ("classes", "together", "sizes")
"""The tables: a row for each split and class; for each split and pair of classes; for each split and picture size."""

Cell = str | int | float | bool | None


def rows(statistics: DatasetStatistics, table: str) -> list[list[Cell]]:
    """Return one of `TABLES`, its header first; where there is no figure stands None."""
    make = {"classes": _class_rows, "together": _pair_rows, "sizes": _size_rows}[table]
    header = {
        "classes": [
            *("split", "class_id", "class", "ignored", "pixels", "pixel_share", "pictures", "picture_share"),
            *("median_frequency_weight", "inverse_weight"),
        ],
        "together": ["split", "class_id", "class", "other_id", "other", "pictures"],
        "sizes": ["split", "width", "height", "pictures"],
    }[table]
    return [list(header), *(row for split in statistics.splits for row in make(split))]


def to_csv(statistics: DatasetStatistics, table: str) -> str:
    """Return one of `TABLES` as CSV (RFC 4180, but for plain line feeds)."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows(statistics, table))
    return text.getvalue()


def to_json(statistics: DatasetStatistics) -> dict[str, Any]:
    """Return everything as plain data; no NaN is in it."""
    return {"dataset": statistics.name, "splits": {each.split: _split_json(each) for each in statistics.splits}}


def write_csv(statistics: DatasetStatistics, path: Path) -> list[Path]:
    """Write the table of classes to ``path`` and the others beside it: ``<stem>-together.csv``, ``<stem>-sizes.csv``.

    With a byte order mark, without which spreadsheets take UTF-8 for something else.

    Raises:
        OSError: a file cannot be written.
    """
    paths = [path, *(path.with_name(f"{path.stem}-{table}{path.suffix}") for table in TABLES[1:])]
    for table, target in zip(TABLES, paths, strict=True):
        write_atomically(target, to_csv(statistics, table).encode("utf-8-sig"))
    return paths


def write_json(statistics: DatasetStatistics, path: Path) -> None:
    """Write everything to one file.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(path, (json.dumps(to_json(statistics), indent=1, ensure_ascii=False) + "\n").encode())


def weights_of(statistics: SplitStatistics) -> tuple[Weights, Weights]:
    """Return the weights by median frequency and by inverse frequency."""
    return median_frequency_weights(statistics), inverse_weights(statistics)


def _class_rows(split: SplitStatistics) -> Iterator[list[Cell]]:
    every, masks = int(split.pixels.sum()), len(split.masks)
    median, inverse = weights_of(split)
    for i, entry in enumerate(split.classes):
        pixels, holding = int(split.pixels[i]), int(split.holding[i])
        shares = (_share(pixels, every), _share(holding, masks))
        weights = (_number(median[i]), _number(inverse[i]))
        yield [split.split, entry.id, entry.name, entry.ignored, pixels, shares[0], holding, shares[1], *weights]


def _pair_rows(split: SplitStatistics) -> Iterator[list[Cell]]:
    for i, one in enumerate(split.classes):
        for j, other in enumerate(split.classes[i + 1 :], start=i + 1):
            yield [split.split, one.id, one.name, other.id, other.name, int(split.together[i, j])]


def _size_rows(split: SplitStatistics) -> Iterator[list[Cell]]:
    for (width, height), pictures in split.sizes.items():
        yield [split.split, width, height, pictures]


def _split_json(split: SplitStatistics) -> dict[str, Any]:
    names = rows(DatasetStatistics("", (split,)), "classes")[0][1:]
    return {
        "pictures": split.pictures,
        "masks": len(split.masks),
        "unreadable": list(split.unreadable),
        "coverage": _rounded(split.coverage),
        "classes": [dict(zip(map(str, names), row[1:], strict=True)) for row in _class_rows(split)],
        "together": split.together.tolist(),
        "sizes": [{"width": width, "height": height, "pictures": n} for (width, height), n in split.sizes.items()],
    }


def _share(part: int, whole: int) -> float | None:
    return _rounded(part / whole) if whole else None


def _number(value: float) -> float | None:
    return None if math.isnan(value) else _rounded(float(value))


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
