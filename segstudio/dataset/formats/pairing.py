"""Which of two pictures is the mask of the other: by their folders, by their names."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segstudio.dataset.dataset import Split
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_pictures import MASK_ENDINGS
from segstudio.dataset.formats.source import Skipped

_MASK_FOLDER = re.compile(
    r"mask|annot|(?<!un)label(?!me|map)|segment|sem[_ ]?seg|ground[_ -]?truth|manual|trimap|panoptic"
    r"|(?<![a-z])(gts?|gtfine|gtcoarse|seg|segs|semantic|instances?|anno|targets?|lbls?|truth)(?![a-z])"
)
_IMAGE_FOLDER = re.compile(
    r"image|img|picture|photo|original|source|(?<![a-z])(raw|rgb|inputs?|data|scans?|ori)(?![a-z])"
)
_MASK_WORD = re.compile(
    r"masks?|manual\d*|labels?|labelids|labeltrainids|gts?|ground|truth|groundtruth|seg|segs|segmentation|annot|anno"
    r"|annotations?|semantic|sem|color|colour|rgblabels?|class|classes|trimap|watershed|mattes?|l|p|instances?|objects?"
)
_PICTURE_WORD = re.compile(
    r"images?|img|imgs|rgb|raw|photo|pictures?|orig|original|leftimg8bit|train|training|test|val"
)
_SPLITS: dict[str, Split] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
_SCORES = (
    (r"polygon|depth|fov|roi|scribble|panoptic", -5),
    (r"instance|object|watershed", -3),
    (r"semantic|class|sem[_ ]?seg", 6),
    (r"manual|ground|truth|(?<![a-z])gt", 5),
    (r"annot|label|seg", 4),
    (r"mask", 3),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A picture and its mask; None while it has none."""

    image: Path
    mask: Path | None


@dataclass(frozen=True, slots=True)
class Pairing:
    """What belongs together in a folder.

    Attributes:
        pairs: the pictures, by name, with their masks.
        skipped: masks whose picture was not found, or not for certain.
        notes: what was chosen where there was a choice.
    """

    pairs: tuple[Pair, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def masks(self) -> list[Path]:
        """The masks that have a picture."""
        return [pair.mask for pair in self.pairs if pair.mask is not None]


@dataclass(frozen=True, slots=True)
class _Named:
    """What the place and the name of a picture say."""

    path: Path
    stem: str
    key: str
    place: str
    kind: str


def split_of(listing: Listing, path: Path) -> Split | None:
    """Return the split that a folder on the way to a file is named for."""
    for part in reversed(path.relative_to(listing.root).parts[:-1]):
        for word in re.split(r"[^a-z]+", part.lower()):
            if word in _SPLITS:
                return _SPLITS[word]
    return None


def pictures_in(listing: Listing) -> list[Path]:
    """Return all files that may be pictures or masks, GIFs among them."""
    return [path for path in listing.files if path.suffix.lower() in MASK_ENDINGS]


def role_of(listing: Listing, folder: Path) -> str | None:
    """Say whether a folder is named for masks (“mask”) or for pictures (“image”); the deepest name counts."""
    return next((role for part in reversed(folder.relative_to(listing.root).parts) if (role := is_role(part))), None)


def is_role(part: str) -> str | None:
    """Say what a folder’s own name says that is in it: “mask”, “image” or None."""
    if _MASK_FOLDER.search(_words(part)):
        return "mask"
    return "image" if _IMAGE_FOLDER.search(_words(part)) else None


def pair_up(listing: Listing) -> Pairing:
    """Find the masks of the pictures in a folder.

    A mask lies in a folder that is named for masks, or beside its picture with a word such as ``_mask`` in its name,
    or beside a JPEG of the same name. Names are equal, or equal but for such words, or have the same number. Where
    pictures have several masks, one kind is taken for all: semantic before annotations before masks before instances.
    """
    by_folder: dict[Path, list[Path]] = defaultdict(list)
    for path in pictures_in(listing):
        by_folder[path.parent].append(path)
    roles = {folder: role_of(listing, folder) for folder in by_folder}
    masks = [path for folder, paths in by_folder.items() if roles[folder] == "mask" for path in paths]
    images = [path for folder, paths in by_folder.items() if roles[folder] == "image" for path in paths]
    others = [path for folder, paths in by_folder.items() if roles[folder] is None for path in paths]
    notes: list[str] = []
    if masks and images and others:
        folders = sorted({listing.relative(path.parent) for path in others})
        notes.append(
            f"Not read: {_few(folders)}, named neither for pictures nor for masks. To import such a folder, put the "
            "word “masks” into its name and take the other masks away."
        )
    if not images:
        images = others
    if not masks or not images:
        images, masks = _beside_each_other(by_folder)
    found = _matched([_named(listing, path) for path in images], [_named(listing, path) for path in masks])
    return replace(found, notes=(*notes, *found.notes))


def _beside_each_other(by_folder: dict[Path, list[Path]]) -> tuple[list[Path], list[Path]]:
    """Tell masks from pictures in one folder: by words in their names, else a PNG beside a JPEG of the same name."""
    images: list[Path] = []
    masks: list[Path] = []
    for paths in by_folder.values():
        plain = {_reduced(path.stem)[0] for path in paths if not _reduced(path.stem)[1]}
        here = {path for path in paths if _reduced(path.stem)[1] and _reduced(path.stem)[0] in plain}
        if not here:
            endings: dict[str, set[str]] = defaultdict(set)
            for path in paths:
                endings[path.stem.casefold()].add(path.suffix.lower())
            photos = {".jpg", ".jpeg", ".tif", ".tiff", ".webp"}
            here = {
                path
                for path in paths
                if path.suffix.lower() in (".png", ".bmp", ".gif") and endings[path.stem.casefold()] & photos
            }
        masks += [path for path in paths if path in here]
        images += [path for path in paths if path not in here]
    return images, masks


def _matched(images: Sequence[_Named], masks: Sequence[_Named]) -> Pairing:
    kinds: dict[str, list[_Named]] = defaultdict(list)
    for mask in masks:
        kinds[mask.kind].append(mask)
    matched: dict[Path, Path] = {}
    skipped: list[Skipped] = []
    notes: list[str] = []
    index = _Index(images)
    results = {kind: index.match(members) for kind, members in kinds.items()}
    order = sorted(kinds, key=lambda kind: (-_score(kind) if results[kind][0] else 99, -len(results[kind][0]), kind))
    taken: list[str] = []
    for kind in order:
        found, missed = results[kind]
        again = [image for image, _path in found if image in matched]
        if again and 2 * len(again) >= len(found):
            notes.append(
                f"The pictures have several kinds of masks. Taken: {_kind(taken, kinds)}; not taken: "
                f"{_kind([kind], kinds)}. To import those, take the others away."
            )
            continue
        taken.append(kind)
        for image, path in found:
            if image in matched:
                skipped.append(Skipped(path, f"{image.name} has another mask already: {matched[image].name}."))
            else:
                matched[image] = path
        skipped += missed
    pairs = tuple(Pair(image.path, matched.get(image.path)) for image in sorted(images, key=lambda each: each.path))
    bare = [pair.image.name for pair in pairs if pair.mask is None]
    if bare and matched:
        notes.append(f"{len(bare)} of {len(pairs)} pictures have no mask: {_few(bare)}. They come in unlabelled.")
    return Pairing(pairs, tuple(skipped), tuple(notes))


class _Index:
    """Pictures by what their names say, from the most certain to the least."""

    def __init__(self, images: Sequence[_Named]) -> None:
        self._images = images
        self._levels: tuple[Callable[[_Named], object], ...] = (
            lambda each: (each.place, each.stem),
            lambda each: (each.place, each.key),
            lambda each: each.stem,
            lambda each: each.key,
        )
        self._tables = [self._table(level) for level in self._levels]

    def match(self, masks: Sequence[_Named]) -> tuple[list[tuple[Path, Path]], list[Skipped]]:
        """Return the pairs of (picture, mask), and the masks whose picture was not found."""
        found: list[tuple[Path, Path]] = []
        missed: list[Skipped] = []
        for mask in masks:
            candidates = self._candidates(mask)
            if len(candidates) == 1:
                found.append((candidates[0].path, mask.path))
            elif candidates:
                names = _few([each.path.name for each in candidates])
                missed.append(
                    Skipped(mask.path, f"Several pictures could belong to it: {names}. Rename it as its own.")
                )
            else:
                missed.append(Skipped(mask.path, f"There is no picture named {mask.stem} or alike. Name both alike."))
        return (found, missed) if found else (self._by_number(masks) or ([], missed))

    def _candidates(self, mask: _Named) -> list[_Named]:
        levels = zip(self._levels, self._tables, strict=True)
        return next((found for level, table in levels if (found := table.get(level(mask)))), [])

    def _by_number(self, masks: Sequence[_Named]) -> tuple[list[tuple[Path, Path]], list[Skipped]] | None:
        images = {number: each.path for each in self._images if (number := _number(each.stem)) is not None}
        numbers = {number: each.path for each in masks if (number := _number(each.stem)) is not None}
        if len(images) < len(self._images) or len(numbers) < len(masks):
            return None  # one without a number, or two with the same: nothing is certain
        found = [(images[number], path) for number, path in numbers.items() if number in images]
        missed = [
            Skipped(path, f"There is no picture with the number {number}. Name both alike.")
            for number, path in numbers.items()
            if number not in images
        ]
        return (found, missed) if found else None

    def _table(self, level: Callable[[_Named], object]) -> dict[object, list[_Named]]:
        table: dict[object, list[_Named]] = defaultdict(list)
        for each in self._images:
            table[level(each)].append(each)
        return dict(table)


def _named(listing: Listing, path: Path) -> _Named:
    parts = path.relative_to(listing.root).parts[:-1]
    key, words = _reduced(path.stem)
    place = "/".join(place for part in parts if (place := _place(part)))
    role = next((part for part in reversed(parts) if _MASK_FOLDER.search(_words(part))), "")
    role = re.sub(r"train(ing)?|val(id(ation)?)?|test(ing)?", "", _words(role)).strip("_- .")
    return _Named(path, path.stem.casefold(), key, place, " ".join(filter(None, (role, *words))))


def _place(part: str) -> str:
    """Return what the name of a folder says beside that there are pictures or masks in it."""
    left = re.sub(r"(?:semantic|sem)[_ ]?(?=segment|seg)", "", _words(part))
    left = _IMAGE_FOLDER.sub("", re.sub(r"(mask|annotation|annot|label|image|img)s(?![a-z])", r"\1", left))
    left = re.sub(r"segmentation(?: class)?|annotation", "", left)
    return re.sub(r"[^a-z0-9]+|^s$", "", _MASK_FOLDER.sub("", left))


def _words(part: str) -> str:
    """Return the name of a folder in lower case, GTLeft as “gt left”."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", part).lower()


def _reduced(stem: str) -> tuple[str, list[str]]:
    """Return a stem without the words that say what it is, and those of them that say that it is a mask."""
    spaced = re.sub(r"(?<![a-z])(masks?|labels?|img|images?)(?=\d)", r"\1_", stem.casefold())
    tokens = [token for token in re.split(r"[_\-. ]+", spaced) if token]
    left = [token for token in tokens if not _MASK_WORD.fullmatch(token) and not _PICTURE_WORD.fullmatch(token)]
    words = [token for token in tokens[1:] if _MASK_WORD.fullmatch(token)]
    if len(tokens) > 1 and _MASK_WORD.fullmatch(tokens[0]) and len(tokens[0]) > 1:
        words.insert(0, tokens[0])
    return ("_".join(left), words) if left else (stem.casefold(), [])


def _number(stem: str) -> int | None:
    runs = re.findall(r"\d+", stem)
    return int(runs[-1]) if runs and len(runs[-1]) < 19 else None


def _score(kind: str) -> float:
    return next((score for pattern, score in _SCORES if re.search(pattern, kind)), 0) - (
        0.5 if re.search("colou?r", kind) else 0
    )


def _kind(names: Iterable[str], kinds: dict[str, list[_Named]]) -> str:
    return ", ".join(f"{kinds[name][0].path.parent.name}/{kinds[name][0].path.name} and its like" for name in names)


def _few(names: Sequence[str]) -> str:
    counted = list(Counter(names))
    return ", ".join(counted[:3]) + (f" and {len(counted) - 3} more" if len(counted) > 3 else "")
