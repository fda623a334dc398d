"""``segstudio statistics``: what a dataset holds, in figures."""

import argparse
import math
import sys

from segstudio.cli.console import counting, stop_by_keyboard, tell, tell_json
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.dataset.statistics_tables import to_csv, to_json, weights_of
from segstudio.dataset.survey import DatasetStatistics, SplitStatistics, survey

_MOST_SIZES = 5


def statistics(arguments: argparse.Namespace) -> int:
    """Count, and tell it as text, CSV or JSON; 1 if something could not be read: the rest is told all the same."""
    dataset = with_found_classes(open_dataset(arguments.dataset))
    with counting("Counting") as show, stop_by_keyboard() as should_stop:
        found = survey(dataset, emit=lambda step: show(step.done, step.total), should_stop=should_stop)
    if found is None:
        raise KeyboardInterrupt
    if arguments.json:
        tell_json(to_json(found))
    elif arguments.csv:
        sys.stdout.write(to_csv(found, arguments.table))
    else:
        _tell(found)
    return 1 if found.all.unreadable else 0


def _tell(found: DatasetStatistics) -> None:
    for split in found.splits if len(found.splits) > 2 else found.splits[:1]:
        _tell_split(split)
    for key in found.all.unreadable:
        tell(f"cannot be read: {key}")


def _tell_split(split: SplitStatistics) -> None:
    coverage = "" if split.coverage is None or split.unpainted is None else f", {split.coverage:.1%} painted"
    tell(f"{split.split}: {split.pictures} pictures, {len(split.masks)} masks{coverage}")
    sizes = [f"{n} of {width} × {height}" for (width, height), n in split.sizes.items()]
    more = f", and {len(sizes) - _MOST_SIZES} more sizes" if len(sizes) > _MOST_SIZES else ""
    tell(f"  sizes: {', '.join(sizes[:_MOST_SIZES])}{more}")
    every = max(int(split.pixels.sum()), 1)
    median, inverse = weights_of(split)
    tell(f"  {'class':24} {'pixels':>14} {'share':>8} {'pictures':>9} {'median freq.':>13} {'inverse':>9}")
    for i, entry in enumerate(split.classes):
        name = f"{entry.name} (ignored)" if entry.ignored else entry.name
        weights = f"{_weight(median[i]):>13} {_weight(inverse[i]):>9}"
        pixels = int(split.pixels[i])
        tell(f"  {name:24} {pixels:14,} {pixels / every:8.2%} {split.holding[i]:9,} {weights}")


def _weight(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"
