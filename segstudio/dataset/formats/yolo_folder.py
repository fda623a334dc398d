"""What belongs to what in a folder of YOLO: text files, pictures, names of classes, splits."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import yaml

from segstudio.dataset.dataset import SPLITS, Split, is_image
from segstudio.dataset.formats.fields import Record, items, text, whole
from segstudio.dataset.formats.listing import Listing, read_text
from segstudio.dataset.formats.names import split_of
from segstudio.dataset.formats.picture_search import PictureSearch
from segstudio.dataset.formats.source import FormatError

_NAMES = ("classes.txt", "obj.names", "labels.txt", "predefined_classes.txt")
"""Files that name the classes, one on each line, where no YAML does; the first of these."""

_LISTS: dict[str, Split] = {"train.txt": "train", "val.txt": "val", "valid.txt": "val", "test.txt": "test"}
"""Files that list the pictures of a split."""

_LINE = re.compile(r"\d{1,5}(?:\s+[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?){4,}")

_LARGEST = 64 << 20


def label_lines(path: Path) -> list[tuple[int, list[float]]] | None:
    """Return the class and the numbers of each line; None if the file holds anything else.

    An empty file is an empty list: a picture with nothing on it.
    """
    try:
        if path.stat().st_size > _LARGEST:
            return None
        lines = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    except (FormatError, OSError):
        return None
    if not all(_LINE.fullmatch(line) for line in lines):
        return None
    words = [line.split() for line in lines]
    return [(int(first), [float(word) for word in others]) for first, *others in words]


def settings_of(listing: Listing) -> tuple[Path, Record] | None:
    """Return the YAML file that names classes, the one nearest to the root, and what is in it."""
    for path in sorted(listing.ending(".yaml", ".yml"), key=lambda each: len(each.parts)):
        try:
            data: object = yaml.safe_load(read_text(path))
        except (yaml.YAMLError, FormatError, ValueError, RecursionError):
            continue
        if isinstance(data, dict) and "names" in data:
            return path, {str(key): value for key, value in data.items()}
    return None


class YoloFolder:
    """A folder of YOLO, as its YAML file and the names of its files tell.

    Attributes:
        class_names: the names of the classes by their numbers; empty where no file tells.

    Raises:
        FormatError: it is of poses, or the names of its classes make no sense.
    """

    def __init__(self, listing: Listing, classes: Path | None) -> None:
        self._listing = listing
        found = settings_of(listing)
        path, settings = found if found is not None else (None, {})
        if "kpt_shape" in settings:
            raise FormatError(f"{path} is of poses, not of the pixels of objects. Export as YOLO segmentation.")
        self._names_file = classes or next(iter(listing.named(*_NAMES[:1]) or listing.named(*_NAMES[1:])), None)
        self.class_names = self._class_names(settings, path, classes)
        self._folders = list(self._split_folders(settings))
        self._listed = dict(self._listed_pictures())

    def label_files(self) -> Iterator[Path]:
        """Yield the text files that may hold polygons."""
        for path in self._listing.ending(".txt"):
            name = path.name.casefold()
            # A picture may be called “train” too.
            if path != self._names_file and name not in _NAMES and (name not in _LISTS or label_lines(path)):
                yield path

    def picture(self, path: Path, search: PictureSearch) -> Path:
        """Return the picture of a text file: in ``images`` where this is in ``labels``, beside it, or anywhere near.

        Raises:
            FormatError: there is none, or it is not clear which.
        """
        parts = list(path.relative_to(self._listing.root).parent.parts)
        for index in reversed(range(len(parts))):
            if parts[index].casefold() == "labels":
                folder = self._listing.root.joinpath(*parts[:index], "images", *parts[index + 1 :])
                image = search.beside(folder / path.name)
                if image is not None:
                    return image
        return search.beside(path) or search.of_stem(path.stem, near=path.parent)

    def split_of(self, image: Path) -> Split | None:
        """Return the split of a picture: as listed, as the YAML has its folder, or as its folder is called."""
        if image in self._listed:
            return self._listed[image]
        folder = f"/{self._listing.relative(image.parent)}/"
        for split, wanted in self._folders:
            if f"/{wanted}/" in folder:
                return split
        return split_of(self._listing.relative(image.parent))

    def _class_names(self, settings: Record, path: Path | None, classes: Path | None) -> list[str]:
        if path is not None and classes is None:
            where = f"“names” in {path.name}"
            names = settings["names"]
            if not isinstance(names, dict):
                return _unique([text(str(name), where) for name in items(names, where)])
            numbered = {whole(number, where): text(str(name), where) for number, name in names.items()}
            if any(number > 65535 for number in numbered):
                raise FormatError(f"{where} numbers its classes too high. Number them 0, 1, 2 …")
            return _unique([numbered.get(number, str(number)) for number in range(max(numbered, default=-1) + 1)])
        if self._names_file is None:
            return []
        lines = [line.strip() for line in read_text(self._names_file).splitlines()]
        return _unique([line for line in lines if line])

    def _split_folders(self, settings: Record) -> Iterator[tuple[Split, str]]:
        folders = {self._listing.relative(image.parent) for image in self._listing.images()}
        for split in SPLITS:
            value = settings.get(split, settings.get("valid") if split == "val" else None)
            for entry in value if isinstance(value, list) else [value]:
                parts = [part for part in PurePosixPath(str(entry or "")).parts if part not in ("..", "/", ".")]
                # What leads there is often that of another machine. Of one word only it must be the whole entry.
                for start in range(max(1, len(parts) - 1)):
                    wanted = "/".join(parts[start:])
                    if wanted and any(f"/{wanted}/" in f"/{folder}/" for folder in folders):
                        yield split, wanted
                        break

    def _listed_pictures(self) -> Iterator[tuple[Path, Split]]:
        search = PictureSearch(self._listing)
        for path in self._listing.named(*_LISTS):
            for line in read_text(path).splitlines():
                if is_image(Path(line.strip())):
                    try:
                        yield search.find(line.strip(), near=path.parent), _LISTS[path.name.casefold()]
                    except FormatError:
                        continue  # listed, but not there: nothing to import


def _unique(names: list[str]) -> list[str]:
    """Give names that occur twice a number, as each has its own."""
    seen: dict[str, None] = {}
    for name in names:
        free = name
        while free in seen:
            free += "-2"
        seen[free] = None
    return list(seen)
