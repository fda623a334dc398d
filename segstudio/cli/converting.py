"""``segstudio convert``: what another program has written becomes a dataset, and the other way round."""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from segstudio.cli.console import counting, stop_by_keyboard, tell, tell_json
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.formats.building import check_free
from segstudio.dataset.formats.dividing import SplitRule
from segstudio.dataset.formats.exporting import class_to_write, export_dataset
from segstudio.dataset.formats.folders import FOLDERS
from segstudio.dataset.formats.format import Format, ReadingOptions
from segstudio.dataset.formats.importing import import_source
from segstudio.dataset.formats.mapping import ClassMapping, default_mapping
from segstudio.dataset.formats.mapping_draft import MappingDraft
from segstudio.dataset.formats.registry import find_format, open_source
from segstudio.dataset.formats.report import ConversionReport
from segstudio.dataset.formats.source import FormatError, Source
from segstudio.dataset.statistics import with_found_classes


def convert(arguments: argparse.Namespace) -> int:
    """Convert a folder as the command line says; 1 if something was left out or it was stopped."""
    target = find_format(arguments.format)
    options = ReadingOptions(arguments.threshold, arguments.classes)
    source = open_source(arguments.source, name=arguments.source_format, options=options)
    mapping = _mapping(source, arguments.map, arguments.skip)
    if arguments.dry_run:
        return _say_what_would_be(source, mapping, as_json=arguments.json)
    check_free(arguments.destination)
    if target.write_class is not None:
        class_to_write(mapping.classes, arguments.class_name)  # before anything is written
    rule = SplitRule(not arguments.new_splits, arguments.val, arguments.test, arguments.seed, arguments.group)
    with counting("Converting") as show, stop_by_keyboard() as should_stop:
        report = _convert(source, mapping, rule, arguments.destination, target, arguments.class_name, show, should_stop)
    if arguments.json:
        tell_json(report.to_json())
    else:
        for note in report.notes:
            tell(f"note: {note}")
        for each in report.skipped:
            tell(f"skipped: {each.path}: {each.reason}")
        tell(f"{source.format} → {target.name}: {report.summary}")
    return 1 if report.skipped or report.stopped else 0


def _mapping(source: Source, renamed: list[str], skipped: list[str]) -> ClassMapping:
    """Return the mapping that the words ask for.

    Raises:
        FormatError: they name a class that the source does not have, or make no sense.
    """
    draft = MappingDraft.of(source)
    positions = {entry.name: position for position, entry in enumerate(source.classes)}
    wanted: dict[str, str | None] = dict.fromkeys(skipped)
    for word in renamed:
        # The longest name before a “=” that is a class: names may hold the sign themselves.
        places = [place for place, letter in enumerate(word) if letter == "=" and word[:place] in positions]
        if not places:
            raise FormatError(f"“{word}” is not CLASS=NAME with a class of the source: {', '.join(positions)}.")
        wanted[word[: places[-1]]] = word[places[-1] + 1 :]
    for name, becomes in wanted.items():
        if name not in positions:
            raise FormatError(f"The source has no class “{name}”, only {', '.join(positions)}.")
        draft = draft.becoming(positions[name], becomes)
    return draft.mapping()


def _convert(
    source: Source,
    mapping: ClassMapping,
    rule: SplitRule,
    destination: Path,
    target: Format,
    class_name: str | None,
    show: Callable[[int, int], None],
    should_stop: Callable[[], bool],
) -> ConversionReport:
    if target is FOLDERS and class_name is None:
        return import_source(source, destination, mapping, rule, should_stop=should_stop, on_progress=show)
    if source.format == FOLDERS.name and mapping == default_mapping(source):
        dataset = with_found_classes(open_dataset(source.root))
        return export_dataset(
            dataset, destination, target, class_name=class_name, should_stop=should_stop, on_progress=show
        )
    # By way of a dataset of ours, beside the destination: there is room for it where there is room for that.
    destination.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".segstudio-", dir=destination.absolute().parent) as between:
        folder = Path(between) / "dataset"
        imported = import_source(source, folder, mapping, rule, should_stop=should_stop, on_progress=show)
        if imported.stopped:
            return imported
        exported = export_dataset(
            open_dataset(folder), destination, target, class_name=class_name, should_stop=should_stop, on_progress=show
        )
    return imported.followed_by(exported)


def _say_what_would_be(source: Source, mapping: ClassMapping, *, as_json: bool) -> int:
    if as_json:
        tell_json(
            {
                "source": str(source.root),
                "source_format": source.format,
                "pictures": len(source.samples),
                "annotated": sum(sample.annotation is not None for sample in source.samples),
                "classes": mapping.classes.to_json()["classes"],
                "mapping": {entry.name: target for entry, target in zip(source.classes, mapping.targets, strict=True)},
                "skipped": [each.to_json() for each in source.skipped],
                "notes": list(source.notes),
            }
        )
        return 0
    annotated = sum(sample.annotation is not None for sample in source.samples)
    tell(f"{source.root} is read as {source.format}: {len(source.samples)} pictures, {annotated} annotated.")
    for note in source.notes:
        tell(f"note: {note}")
    for entry in mapping.classes:
        tell(f"  {entry.id:5} {entry.name}{'  (ignored)' if entry.ignored else ''}")
    for each in source.skipped:
        tell(f"would be skipped: {each.path}: {each.reason}")
    return 0
