"""Formats with a JSON file for each picture."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.formats.annotation import Annotation
from segstudio.dataset.formats.listing import Listing, read_json
from segstudio.dataset.formats.names import split_of
from segstudio.dataset.formats.picture_search import PictureSearch, Taken
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample


@dataclass(frozen=True, slots=True)
class Sidecar:
    """How the JSON files of a format are read. All functions may raise `FormatError`.

    Attributes:
        name: the name of the format.
        holds: says whether what a file holds is an annotation of this format.
        classes: returns the classes that a file names, in its order.
        picture: finds the picture of a file; None if it is inside.
        draw: draws what a file holds, given where each class stands and the size of the picture.
        embedded: returns the picture inside of a file.
    """

    name: str
    holds: Callable[[object], bool]
    classes: Callable[[object, Path], Iterable[SourceClass]]
    picture: Callable[[object, Path, PictureSearch], Path | None]
    draw: Callable[[object, Path, Mapping[str, int], tuple[int, int]], Annotation]
    embedded: Callable[[object, Path], bytes] | None = None


def read_sidecars(
    listing: Listing, sidecar: Sidecar, *, first: Sequence[SourceClass] = (), notes: Sequence[str] = ()
) -> Source:
    """Open a folder with a JSON file for each picture; pictures among them without one are unlabelled.

    Args:
        listing: the folder.
        sidecar: how its files are read.
        first: the classes that are known beforehand; others come after them.
        notes: what is taken for granted.

    Raises:
        FormatError: there is not one file of the format.
    """
    search, taken = PictureSearch(listing), Taken()
    classes = {entry.name: entry for entry in first}
    samples: list[SourceSample] = []
    skipped: list[Skipped] = []
    for path in listing.ending(".json"):
        try:
            data = read_json(path)
            if not sidecar.holds(data):
                continue
            named = list(sidecar.classes(data, path))
            image = sidecar.picture(data, path, search)
            if image is not None:
                taken.take(image, path)
        except FormatError as error:
            skipped.append(Skipped(path, str(error)))
            continue
        name = path.stem if image is None else image.stem
        samples.append(SourceSample(name, image, path, split_of(listing.relative(path))))
        for entry in named:
            classes.setdefault(entry.name, entry)
    if not samples:
        reason = skipped[0].reason if skipped else f"No JSON file in {listing.root} is one of {sidecar.name}."
        raise FormatError(reason)
    samples.extend(search.unlabelled([sample.image for sample in samples if sample.image is not None]))
    positions = {name: position for position, name in enumerate(classes)}
    embedded = sidecar.embedded
    return Source(
        format=sidecar.name,
        root=listing.root,
        classes=tuple(classes.values()),
        samples=tuple(samples),
        annotate=lambda sample, size: sidecar.draw(read_json(_path(sample)), _path(sample), positions, size),
        embedded=None if embedded is None else lambda sample: embedded(read_json(_path(sample)), _path(sample)),
        skipped=tuple(skipped),
        notes=tuple(notes),
    )


def _path(sample: SourceSample) -> Path:
    if not isinstance(sample.annotation, Path):
        raise FormatError(f"{sample.name} has no annotation.")
    return sample.annotation
