"""A folder of pictures and a folder of masks, or both in one: what most datasets are, whoever wrote them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segstudio.dataset.formats.annotation import Annotation, Raster
from segstudio.dataset.formats.class_tables import ClassTable, mask_of
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.found_classes import FoundClasses, classes_by_colour, classes_by_id, two_classes
from segstudio.dataset.formats.legends import LEGEND_NAMES, Legend, read_legend
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_kinds import THRESHOLD, MaskKind, SeenMask, kind_of, look_at
from segstudio.dataset.formats.mask_pictures import MaskPicture, read_mask_picture
from segstudio.dataset.formats.pairing import Pairing, is_role, pair_up, pictures_in, role_of, split_of
from segstudio.dataset.formats.source import Annotate, FormatError, Source, SourceSample

_FEW = 100


def recognise(listing: Listing) -> Finding | None:
    """Recognise pictures and masks by the names of their folders, or of themselves."""
    folders = {path.parent for path in pictures_in(listing)}
    roles = {role_of(listing, folder) for folder in folders}
    if "mask" in roles and len(roles) > 1:
        masks = sorted(listing.relative(folder) for folder in folders if role_of(listing, folder) == "mask")
        return Finding(40, f"pictures beside masks in {', '.join(masks[:3])}")
    # Names stand beside those that they belong to: the first of each folder will do, of a hundred thousand.
    amounts: Counter[Path] = Counter()
    some: list[Path] = []
    for path in pictures_in(listing):
        amounts[path.parent] += 1
        if amounts[path.parent] <= _FEW and len(some) < 20 * _FEW:
            some.append(path)
    number = len(pair_up(Listing(listing.root, tuple(some))).masks)
    return Finding(30, "masks named after pictures") if number else None


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open pictures and masks.

    Raises:
        FormatError: no mask belongs to a picture, none can be read, or these are no masks.
    """
    return source_of_pairs(listing, pair_up(listing), options)


def source_of_pairs(
    listing: Listing,
    pairing: Pairing,
    options: ReadingOptions,
    *,
    name: str = "pairs",
    legend: Legend | None = None,
    samples: Sequence[SourceSample] | None = None,
) -> Source:
    """Make a source of pictures and masks that were found, whatever the masks hold.

    Args:
        listing: the folder.
        pairing: the pictures and their masks.
        options: what a person says about them.
        name: the name of the format.
        legend: the list of classes, if it is known; by default it is looked for. One that a person chose comes first.
        samples: the samples, if their splits are known; by default they come from the names of folders.

    Raises:
        FormatError: as `read`.
    """
    if not pairing.masks:
        raise FormatError(
            f"No mask in {listing.root} belongs to a picture. Put the masks into a folder named “masks” beside the "
            "pictures’ folder, and give each the name of its picture."
        )
    seen = look_at(pairing.masks)
    if not seen:
        # Each is then named in the report with what is the matter with it.
        read_mask_picture(pairing.masks[0])
    notes: list[str] = []
    if legend is None or options.classes is not None:
        legend = _legend(listing, pairing.masks[0], options, notes)
    kind = kind_of(seen, threshold=options.threshold, legend=legend)
    found, annotate = _reader(kind, seen, legend, options)
    if len(seen) < len(pairing.masks) and len(pairing.masks) > 20:
        notes.append(f"{len(seen)} of {len(pairing.masks)} masks were looked at to find the classes.")
    return Source(
        format=name,
        root=listing.root,
        classes=found.classes,
        samples=_samples(listing, pairing) if samples is None else tuple(samples),
        annotate=annotate,
        complete=True,
        skipped=pairing.skipped,
        notes=(*pairing.notes, *notes, *found.notes),
    )


def find_legend(listing: Listing, near: Path, notes: list[str]) -> Legend | None:
    """Find the list of classes of a folder: by its usual names, the nearest to the masks first.

    Args:
        listing: the folder.
        near: a mask.
        notes: gets a sentence for each list that cannot be read.
    """
    order = {name: place for place, name in enumerate(LEGEND_NAMES)}

    def rank(path: Path) -> tuple[int, int]:
        parent = path.parent
        steps = 0 if parent == near.parent else 1 if parent in near.parents else 2
        depth = len(near.parents) - len(parent.parts) if steps == 1 else 0
        return steps * 100 + depth, order[path.name.casefold()]

    for path in sorted(listing.named(*LEGEND_NAMES), key=rank):
        try:
            return read_legend(path)
        except FormatError as error:
            notes.append(f"{path.name} is not used as the list of classes: {error}")
    return None


def _samples(listing: Listing, pairing: Pairing) -> tuple[SourceSample, ...]:
    splits = [split_of(listing, pair.image) for pair in pairing.pairs]
    if len(set(splits)) == 1:
        splits = [None] * len(splits)  # one folder “train”, say: not shared out yet
    stems = Counter((split, pair.image.stem) for split, pair in zip(splits, pairing.pairs, strict=True))
    found: list[SourceSample] = []
    for split, pair in zip(splits, pairing.pairs, strict=True):
        name = pair.image.stem
        if stems[split, name] > 1:
            folders = [part for part in pair.image.relative_to(listing.root).parts[:-1] if not is_role(part)]
            name = "_".join((*folders, name))  # Tile 1/images/a.jpg, Tile 2/images/a.jpg
        found.append(SourceSample(name, pair.image, pair.mask, split))
    return tuple(found)


def _legend(listing: Listing, near: Path, options: ReadingOptions, notes: list[str]) -> Legend | None:
    if options.classes is not None:
        return read_legend(options.classes)
    return find_legend(listing, near, notes)


def _reader(
    kind: MaskKind, seen: Sequence[SeenMask], legend: Legend | None, options: ReadingOptions
) -> tuple[FoundClasses, Annotate]:
    match kind:
        case MaskKind.BINARY:
            threshold = options.threshold if options.threshold is not None else _threshold(seen)
            values = {value for each in seen for value in each.counts}
            exact = len(values) <= 2 and options.threshold is None
            note = f"The masks are soft-edged, or so they are to be read: grey {threshold} and more is object."
            return FoundClasses(two_classes(legend), () if exact else (note,)), _by_threshold(threshold)
        case MaskKind.OBJECT_NUMBERS:
            note = (
                "The masks hold numbers of objects, not classes (each number is one piece, and how many there are "
                "differs): all objects become one class. If the numbers are classes, name them in a file of classes."
            )
            return FoundClasses(two_classes(legend), (note,)), _by_threshold(1)
        case MaskKind.COLOURS:
            found = classes_by_colour(seen, legend)
            return found, _by_table(found, coloured=True)
        case MaskKind.IDS:
            found = classes_by_id(seen, legend)
            return found, _by_table(found, coloured=False)


def _by_threshold(threshold: int) -> Annotate:
    def annotate(sample: SourceSample, _size: tuple[int, int]) -> Annotation:
        path = mask_of(sample)
        picture = read_mask_picture(path)
        if picture.colours:
            raise FormatError(f"{path} is a picture of colours where the others are grey. Convert it to grey.")
        if picture.palette is not None:
            picture = _grey(picture)
        return Raster((picture.values >= threshold).astype(np.int8))

    return annotate


def _grey(picture: MaskPicture) -> MaskPicture:
    """Return a palette's grey levels where it has only such; indices else."""
    palette = picture.palette or ()
    used = [palette[index] for index in np.unique(picture.values).tolist() if index < len(palette)]
    if any(red != green or red != blue for red, green, blue in used) or not used:
        return picture
    return MaskPicture((picture.in_colours().values & 255).astype(np.uint8))


def _by_table(found: FoundClasses, *, coloured: bool) -> Annotate:
    table = ClassTable.of(found.classes)
    mend = "Name it in a file of classes, and choose that file."

    def annotate(sample: SourceSample, _size: tuple[int, int]) -> Annotation:
        path = mask_of(sample)
        picture = read_mask_picture(path)
        if coloured and (picture.channels == 3 or picture.palette is not None):
            picture = picture.in_colours()
        return table.raster(picture, path, mend=mend, nearest=found.nearest)

    return annotate


def _threshold(seen: Sequence[SeenMask]) -> int:
    plain = [each for each in seen if not each.picture.colours and each.picture.palette is None]
    top = max((value for each in plain for value in each.counts), default=255)
    return THRESHOLD if top >= 200 else (top + 1) // 2


PAIRS = Format("pairs", "Pictures and masks, in two folders or in one", recognise, read)
