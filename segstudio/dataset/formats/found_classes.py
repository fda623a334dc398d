"""The classes of masks: what was seen in them, and the names that a list of classes gives."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segstudio.dataset.classes import UNPAINTED_ID
from segstudio.dataset.colours import Colour, hex_colour
from segstudio.dataset.formats.legends import Legend, named_class
from segstudio.dataset.formats.mask_kinds import SeenMask, is_void, palette_colours, palettes_agree
from segstudio.dataset.formats.mask_pictures import pack, unpack
from segstudio.dataset.formats.source import FormatError, SourceClass

_FEW_COLOURS = 64
_BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class FoundClasses:
    """The classes of masks.

    Attributes:
        classes: in order.
        notes: what was taken for granted.
        nearest: whether colours run into each other, so that pixels of other colours are of the nearest class.
    """

    classes: tuple[SourceClass, ...]
    notes: tuple[str, ...] = ()
    nearest: bool = False


def classes_by_id(seen: Sequence[SeenMask], legend: Legend | None) -> FoundClasses:
    """Return the classes of masks that hold ids: those of the list, and what was seen beside them."""
    plain = [each for each in seen if not each.picture.colours]
    counts: Counter[int] = sum((Counter(each.counts) for each in plain), start=Counter())
    colours = palette_colours(plain) if palettes_agree(plain) else {}
    listed, notes = _listed(legend, counts)
    known = {entry.id for entry in listed}
    found = [_with_colour(entry, colours) for entry in listed]
    extra = sorted(set(counts) - known)
    if listed and legend is not None and set(extra) - {0, UNPAINTED_ID}:
        notes.append(f"{legend.path.name} does not name the ids {_few(extra)}: they are called by their numbers.")
    for class_id in extra:
        entry = _unnamed(class_id, sorted(counts), alone=not listed)
        found.append(_with_colour(entry, colours))
    return FoundClasses(tuple(sorted(found, key=lambda entry: -1 if entry.id is None else entry.id)), tuple(notes))


def classes_by_colour(seen: Sequence[SeenMask], legend: Legend | None) -> FoundClasses:
    """Return the classes of colour masks: those of the list where it has their colours, and what was seen beside.

    Raises:
        FormatError: there are so many colours that these are no masks.
    """
    per_mask = [_colours_of(each) for each in seen if each.picture.palette or each.picture.channels == 3]
    counts: Counter[int] = sum((Counter(each) for each in per_mask), start=Counter())
    listed = [entry for entry in legend.classes if entry.colour is not None] if legend is not None else []
    known = {pack(entry.colour): entry for entry in listed if entry.colour is not None}
    covered = sum(counts[value] for value in known if value in counts)
    unknown = set(counts) - set(known) - {0}
    if covered >= 0.9 * counts.total() and len(unknown) > 8:
        return FoundClasses(tuple(listed), (_soft_note(len(unknown)),), nearest=True)
    if len(unknown) > _FEW_COLOURS:
        return _main_colours(per_mask, counts)
    notes: list[str] = []
    named = [entry for value, entry in known.items() if value in counts]
    if legend is not None and listed and unknown:
        held = "none" if not named else f"only {len(named)}"
        notes.append(
            f"{legend.path.name} has {held} of the {len(set(counts) - {0})} colours of the masks: the others are "
            f"called by their colours ({_few([hex_colour(unpack(value)) for value in sorted(unknown)])})."
        )
    elif legend is not None and not listed:
        notes.append(f"{legend.path.name} gives no colours, so it cannot name those of the masks.")
    # A list that fits is kept whole and in its order; of one that does not, only what fits.
    kept = listed if not unknown and listed else [replace(entry, id=None) for entry in named]
    rest = sorted(value for value in counts if value not in known)
    return FoundClasses((*kept, *(_by_colour(value) for value in rest)), tuple(notes))


def two_classes(legend: Legend | None) -> tuple[SourceClass, ...]:
    """Return background and one class, whose name is that of the list if it names just one."""
    objects = [entry for entry in legend.classes if not entry.background and not entry.ignored] if legend else []
    name = objects[0].name if len(objects) == 1 else "object"
    colour = objects[0].colour if len(objects) == 1 else None
    return SourceClass("background", 0, _BLACK, background=True), SourceClass(name, 1, colour)


def _listed(legend: Legend | None, counts: Mapping[int, int]) -> tuple[list[SourceClass], list[str]]:
    if legend is None:
        return [], []
    found = list(legend.classes)
    notes: list[str] = []
    highest = max((value for value in counts if value != UNPAINTED_ID), default=0)
    plain = not any(entry.background or entry.ignored for entry in found)
    if not legend.stated and plain and 0 in counts and highest == len(found):
        # Names without the background: the first is 1.
        found = [replace(entry, id=place) for place, entry in enumerate(found, start=1)]
        notes.append(f"{legend.path.name} does not name the background: its first class is taken for 1.")
    if not set(counts) & {entry.id for entry in found}:
        return [], [f"{legend.path.name} names none of the ids in the masks, so it is not used."]
    return [entry for entry in found if entry.id is not None], notes


def _unnamed(class_id: int, ids: Sequence[int], *, alone: bool) -> SourceClass:
    if is_void(class_id, ids):
        return SourceClass("void", class_id, ignored=True)
    if class_id == 0:
        return SourceClass("background", 0, background=True)
    return SourceClass("object" if alone and set(ids) <= {0, 1} else f"class {class_id}", class_id)


def _with_colour(entry: SourceClass, colours: Mapping[int, Colour]) -> SourceClass:
    if entry.colour is not None or entry.id is None or entry.id not in colours:
        return entry
    return replace(entry, colour=colours[entry.id])


def _colours_of(each: SeenMask) -> dict[int, int]:
    if each.picture.colours:
        return each.counts
    palette = each.picture.palette
    if palette is None:
        return {value * 0x10101: count for value, count in each.counts.items() if value <= 255}
    counts: Counter[int] = Counter()
    for index, count in each.counts.items():
        counts[pack(palette[index]) if index < len(palette) else 0] += count
    return counts


def _main_colours(per_mask: Sequence[Mapping[int, int]], counts: Counter[int]) -> FoundClasses:
    main = {value for each in per_mask for value, count in each.items() if count >= 0.005 * sum(each.values())}
    if len(main) > _FEW_COLOURS or sum(counts[value] for value in main) < 0.9 * counts.total():
        raise FormatError(
            f"The masks have {len(counts)} colours, more than there can be classes. Save them without soft edges, as "
            "PNG, or choose a folder where masks, not pictures, are beside the pictures."
        )
    return FoundClasses(
        tuple(_by_colour(value) for value in sorted(main)), (_soft_note(len(counts) - len(main)),), nearest=True
    )


def _soft_note(number: int) -> str:
    return f"The colours run into each other at borders: pixels of {number} colours between get the nearest class."


def _by_colour(value: int) -> SourceClass:
    colour = unpack(value)
    return named_class("background" if colour == _BLACK else hex_colour(colour), None, colour)


def _few(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values[:6]) + (" …" if len(values) > 6 else "")
