"""The folders of PASCAL VOC, which CVAT and others use as well.

::

    JPEGImages/<name>.jpg
    SegmentationClass/<name>.png
    ImageSets/Segmentation/train.txt  val.txt  test.txt      a name a line

Everitt et al., “The PASCAL Visual Object Classes Challenge 2012 Development Kit”, 2012.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.colours import Colour
from segstudio.dataset.dataset import SPLITS, Sample, Split
from segstudio.dataset.formats.listing import Listing, read_text
from segstudio.dataset.formats.mask_writing import distinct_colours, write_list
from segstudio.dataset.formats.pairing import Pair, Pairing, pictures_in
from segstudio.dataset.formats.pictures import FreeNames, copy_picture
from segstudio.dataset.formats.source import FormatError, Skipped, SourceSample
from segstudio.dataset.masks import MaskArray

WriteMask = Callable[[Path, MaskArray, Mapping[int, Colour]], object]

MASKS = "segmentationclass"
_IMAGES = "jpegimages"


class ImageSets:
    """The pictures, masks and lists of a folder in this layout; of several (VOC2007, VOC2012), all."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.masks = [path for path in pictures_in(listing) if _is_mask(path)]
        self._images = {_key(path): path for path in pictures_in(listing) if path.parent.name.casefold() == _IMAGES}
        self._lists = [
            path for path in listing.ending(".txt") if [part.casefold() for part in path.parts[-3:-1]] == _LISTS
        ]

    def pairing(self) -> tuple[Pairing, list[SourceSample]]:
        """Return what belongs together, and the samples: pictures with a mask, and those that a list names."""
        splits, skipped = self._splits()
        masks = {_key(path): path for path in self.masks}
        skipped += [
            Skipped(path, f"There is no picture {path.stem} in JPEGImages. Copy it there, or remove the mask.")
            for key, path in masks.items()
            if key not in self._images
        ]
        wanted = [key for key in self._images if key in masks or key in splits]
        pairs = [Pair(self._images[key], masks.get(key)) for key in wanted]
        samples = [SourceSample(key[1], self._images[key], masks.get(key), splits.get(key)) for key in wanted]
        left = len(self._images) - len(wanted)
        notes = [f"{left} pictures have no mask and stand in no list: they are not read."] if left else []
        return Pairing(tuple(pairs), tuple(skipped), tuple(notes)), samples

    def _splits(self) -> tuple[dict[tuple[Path, str], Split], list[Skipped]]:
        splits: dict[tuple[Path, str], Split] = {}
        skipped: list[Skipped] = []
        for path in self._lists:
            split = next((split for split in SPLITS if path.stem.casefold() == split), None)
            root = path.parent.parent.parent
            for line in read_text(path).splitlines():
                key = (root, line.strip().replace("\\", "/").removeprefix("/"))
                if not key[1] or split is None:
                    continue
                if key not in self._images:
                    skipped.append(Skipped(path, f"It names {key[1]}, which is not in JPEGImages. Copy it there."))
                else:
                    splits[key] = split
        return splits, skipped


_LISTS = ["imagesets", "segmentation"]


class ImageSetsWriter:
    """Writes pictures and lists in this layout."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names = FreeNames()
        self._lists: dict[str, list[str]] = defaultdict(list)

    def add(self, sample: Sample) -> Path:
        """Copy the picture of a sample and return where its mask belongs."""
        name = self._names.take(sample.name)  # samples of two splits may have the same
        copy_picture(sample.image, self._root / "JPEGImages", name)
        self._lists[sample.split].append(name)
        return self._root / "SegmentationClass" / f"{name}.png"

    def finish(self) -> None:
        """Write the lists."""
        for split in SPLITS:
            if self._lists[split]:
                write_list(self._root / "ImageSets" / "Segmentation" / f"{split}.txt", self._lists[split])


class LabelledSetsWriter:
    """Writes pictures, masks, lists, and the classes with their colours as ``labelmap.txt``.

    Args:
        root: a new folder.
        classes: the classes.
        write_mask: writes a mask, (height, width) of ids, in the colours by id.

    Raises:
        FormatError: a name of a class cannot stand in the list.
    """

    def __init__(self, root: Path, classes: ClassList, write_mask: WriteMask) -> None:
        self.root = root
        self._write_mask = write_mask
        self._colours = distinct_colours(classes)
        self._labels = label_lines(classes, self._colours)
        self._sets = ImageSetsWriter(root)

    def add(self, sample: Sample, mask: MaskArray | None) -> None:
        """Write a sample."""
        path = self._sets.add(sample)
        if mask is not None:
            self._write_mask(path, mask, self._colours)

    def finish(self) -> None:
        """Write the lists of pictures and of classes."""
        self._sets.finish()
        write_list(self.root / "labelmap.txt", self._labels)


def label_lines(classes: ClassList, colours: Mapping[int, Colour]) -> list[str]:
    """Return the lines of a ``labelmap.txt``: ``name:r,g,b:parts:actions``.

    Raises:
        FormatError: a name cannot stand there.
    """
    names = listed_names(classes)
    return [
        "# label:color_rgb:parts:actions",
        *(f"{name}:{','.join(map(str, colours[entry.id]))}::" for name, entry in zip(names, classes, strict=True)),
    ]


def listed_names(classes: Iterable[ClassInfo]) -> list[str]:
    """Return the names of classes as they can stand in a list: on one line, and not begun by ``#``, a comment.

    Raises:
        FormatError: a name holds a colon, which ends names there, or two would be the same.
    """
    names: list[str] = []
    for entry in classes:
        name = " ".join(entry.name.split()).lstrip("#/ ")
        if ":" in name or not name or name in names:
            raise FormatError(
                f"The class “{entry.name}” cannot stand in labelmap.txt, where a colon ends a name, # begins a "
                "comment, and each name stands once. Rename it first."
            )
        names.append(name)
    return names


def _is_mask(path: Path) -> bool:
    name = path.parent.name.casefold()
    return name.startswith(MASKS) and "visual" not in name and path.suffix.lower() not in (".jpg", ".jpeg")


def _key(path: Path) -> tuple[Path, str]:
    return path.parent.parent, path.stem
