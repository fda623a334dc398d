"""The picture that an annotation means, wherever it lies by now."""

import filecmp
import os
import re
import struct
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from PIL import Image, UnidentifiedImageError

from segstudio.dataset.dataset import Split, is_image
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.names import split_of
from segstudio.dataset.formats.source import FormatError, SourceSample

UNREADABLE = (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, struct.error)
"""What Pillow raises where a file is damaged or not a picture."""

_MASK_FOLDER = re.compile(r"mask|label|annotation|segmentation|^gt", re.IGNORECASE)


class Taken:
    """The pictures that have an annotation already: a second one would be a second sample of the same picture."""

    def __init__(self) -> None:
        self._by: dict[Path, Path] = {}

    def take(self, image: Path, annotation: Path) -> None:
        """Note what annotates a picture.

        Raises:
            FormatError: another file does.
        """
        first = self._by.setdefault(image, annotation)
        if first != annotation:
            raise FormatError(
                f"{first} is for the same picture, {image.name}. Leave one of both, or mend the name in it."
            )


class PictureSearch:
    """Finds pictures in a folder by the names that annotations give them: often folders have been moved since."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        for path in listing.images():
            self._by_name[path.name.casefold()].append(path)
            self._by_stem[path.stem.casefold()].append(path)
        self._files = frozenset(listing.files)

    def find(self, name: str, *, near: Path, split: Split | None = None) -> Path:
        """Return the picture of a name, which may have folders in it, right or wrong, with ``/`` or ``\\``.

        Looked for as the name says from ``near`` and from the root, then by the file's name anywhere. Of several,
        those whose folders agree with the name, then those of the same split, then the nearest; where these are
        copies of each other, the first.

        Args:
            name: what the annotation calls it.
            near: the folder that the annotation lies in.
            split: the split that it is for.

        Raises:
            FormatError: there is none, or there are several.
        """
        parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part != "/"]
        if not parts or parts[-1] == "..":
            raise FormatError(f"“{name}” is not the name of a picture. Write the picture’s file name there.")
        for folder in (near, self._listing.root):
            path = Path(os.path.normpath(folder.joinpath(*parts)))
            if path in self._files or (".." in parts and is_image(path) and os.path.isfile(path)):  # noqa: PTH113 - never raises
                return path
        found = self._by_name.get(parts[-1].casefold(), [])
        if not found:
            raise FormatError(f"There is no picture “{parts[-1]}” in {self._listing.root}. Put it there and try again.")
        return self._only(_nearest(found, parts, near, split))

    def beside(self, path: Path) -> Path | None:
        """Return the picture that has the stem of an annotation and lies beside it, if there is just one."""
        stem = path.stem.casefold()
        found = [image for image in self._by_stem.get(stem, ()) if image.parent == path.parent]
        return found[0] if len(found) == 1 else None

    def of_stem(self, stem: str, *, near: Path) -> Path:
        """Return the picture of a stem, the nearest one where there are several; folders of masks do not count.

        Raises:
            FormatError: there is none, or there are several.
        """
        found = [path for path in self._by_stem.get(stem.casefold(), ()) if not _MASK_FOLDER.search(path.parent.name)]
        if not found:
            raise FormatError(f"There is no picture “{stem}” in {self._listing.root}. Put it there and try again.")
        return self._only(_nearest(found, [], near, None))

    def unlabelled(self, annotated: Collection[Path]) -> Iterator[SourceSample]:
        """Yield the pictures that lie among annotated ones and are not annotated, as samples."""
        folders = {path.parent for path in annotated}
        taken = {path.with_suffix("") for path in annotated}
        for path in self._listing.images():
            if path.parent in folders and path.with_suffix("") not in taken:
                yield SourceSample(path.stem, path, split=split_of(self._listing.relative(path.parent)))

    def _only(self, found: list[Path]) -> Path:
        for other in found[1:]:
            if not _same_bytes(found[0], other):
                names = " and ".join(self._listing.relative(each) for each in (found[0], other))
                raise FormatError(f"It is not clear which picture is meant: {names}. Import their folders one by one.")
        return found[0]


def _nearest(found: list[Path], parts: list[str], near: Path, split: Split | None) -> list[Path]:
    def closeness(path: Path) -> tuple[int, bool, bool, int]:
        equal = 0
        for ours, theirs in zip(reversed(path.parts), reversed(parts), strict=False):
            if ours.casefold() != theirs.casefold():
                break
            equal += 1
        shared = len(os.path.commonpath([path.parent, near])) if path.anchor == near.anchor else 0
        is_mask = _MASK_FOLDER.search(path.parent.name) is not None
        return equal, not is_mask, split is not None and split_of(path.parent.name) == split, shared

    best = max(map(closeness, found))
    return [path for path in found if closeness(path) == best]


def _same_bytes(first: Path, second: Path) -> bool:
    try:
        return filecmp.cmp(first, second, shallow=False)
    except OSError:
        return False
