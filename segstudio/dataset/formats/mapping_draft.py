"""The mapping of classes while a person changes it: merge, rename, leave out, order of overlap."""

from dataclasses import dataclass, replace

from segstudio.dataset.classes import HIGHEST_ID, UNPAINTED_ID, ClassInfo, ClassList, free_name
from segstudio.dataset.formats.mapping import ClassMapping, default_mapping
from segstudio.dataset.formats.source import Source


@dataclass(frozen=True, slots=True)
class MappingDraft:
    """What each class of a source is to become, by name. Immutable: what changes it returns another one.

    Attributes:
        source: whose classes these are.
        names: for each class of the source the name of the class that it becomes, or None if it is left out. Classes
            with one name are merged.
        order: positions of the source's classes from the lowest to the topmost; None: as the source draws them.
    """

    source: Source
    names: tuple[str | None, ...]
    order: tuple[int, ...] | None = None

    @staticmethod
    def of(source: Source) -> "MappingDraft":
        """Begin with every class as the source calls it.

        Raises:
            FormatError: the source has no class.
        """
        usual = default_mapping(source)
        return MappingDraft(source, tuple(_entry(usual.classes, target).name for target in usual.targets))

    def becoming(self, position: int, name: str | None) -> "MappingDraft":
        """Let a class become the one of this name, new or not; None, or no name, to leave it out."""
        wanted = None if name is None else name.strip() or None
        return replace(self, names=(*self.names[:position], wanted, *self.names[position + 1 :]))

    def ordered(self, order: tuple[int, ...] | None) -> "MappingDraft":
        """Let objects lie over each other by class, the last of ``order`` topmost; None: as the source draws them."""
        return replace(self, order=order)

    def moved(self, position: int, step: int) -> "MappingDraft":
        """Move a class up (1) or down (-1) among those that lie over each other."""
        order = list(self.order if self.order is not None else range(len(self.names)))
        place = order.index(position)
        to = min(max(place + step, 0), len(order) - 1)
        order.insert(to, order.pop(place))
        return replace(self, order=tuple(order))

    def mapping(self) -> ClassMapping:
        """Return the mapping as it stands.

        Each class keeps the id and the colour that it would have had by itself; merged ones those of the class whose
        name they take, or of the first of them. What is left out of a source in which every pixel has a class becomes
        “left out”, an ignored class: there is nothing behind it.

        Raises:
            ClassesError: an id is out of range.
        """
        usual = default_mapping(self.source)
        own = [_entry(usual.classes, target) for target in usual.targets]
        chosen: dict[str, ClassInfo] = {}
        for name in dict.fromkeys(name for name in self.names if name is not None):
            alike = [entry for entry, becomes in zip(own, self.names, strict=True) if becomes == name]
            model = next((entry for entry in alike if entry.name == name), alike[0])
            chosen[name] = replace(model, name=name)
        entries = sorted(chosen.values(), key=lambda entry: usual.classes.ids.index(entry.id))
        targets = tuple(None if name is None else chosen[name].id for name in self.names)
        background = usual.background
        if None in targets and self.source.complete:
            background = next(i for i in (UNPAINTED_ID, *range(HIGHEST_ID)) if i not in usual.classes.ids)
            entries.append(ClassInfo(background, free_name("left out", entries), (128, 128, 128), ignored=True))
        elif background not in {entry.id for entry in entries}:
            known = _entry(usual.classes, background)
            entries.insert(0, replace(known, name=free_name(known.name, entries)))
        ids = [entry.id for entry in entries]
        blank = usual.classes.blank if usual.classes.blank in ids else ids[0]
        return ClassMapping(ClassList(tuple(entries), blank), targets, background, self.order)


def _entry(classes: ClassList, class_id: int | None) -> ClassInfo:
    entry = None if class_id is None else classes.find(class_id)
    if entry is None:
        raise KeyError(class_id)
    return entry
