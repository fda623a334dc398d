"""A mask for each object or for each class: several files that lie over one picture.

::

    <name>/images/<name>.png   <name>/masks/*.png          as in the 2018 Data Science Bowl (nuclei)
    images/<name>.png          masks/<name>/*.png          a folder of objects for each picture
    images/<name>.png          masks/<class>/<name>.png    a folder for each class
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from segstudio.dataset.formats.annotation import Annotation, DrawnObject, Objects, cut_out
from segstudio.dataset.formats.format import Finding, Format, ReadingOptions
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mask_kinds import THRESHOLD
from segstudio.dataset.formats.mask_pictures import read_mask_picture
from segstudio.dataset.formats.pairing import is_role, pictures_in, split_of
from segstudio.dataset.formats.source import FormatError, Skipped, Source, SourceClass, SourceSample


@dataclass(frozen=True, slots=True)
class _Layer:
    """A mask of one object, or of all of one class."""

    path: Path
    position: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """What was found: the masks of each picture, and the names of the classes."""

    title: str
    masks: dict[Path, list[_Layer]]
    classes: tuple[str, ...] = ("object",)


def recognise(listing: Listing) -> Finding | None:
    """Recognise one of the three layouts by its folders."""
    folders = {path.parent for path in pictures_in(listing)}
    if not any(_in_masks(listing, folder) for folder in folders):
        return None  # soon said, of most folders
    layout = _layout(listing)
    return None if layout is None else Finding(70, layout.title)


def read(listing: Listing, options: ReadingOptions) -> Source:
    """Open pictures with several masks each.

    Raises:
        FormatError: the folders are not laid out in one of the three ways.
    """
    layout = _layout(listing)
    if layout is None:
        raise FormatError(
            f"{listing.root} has no folder “masks” with a folder for each picture or class, and no <name>/images "
            "beside <name>/masks. Put the masks so."
        )
    owned = {layer.path for layers in layout.masks.values() for layer in layers}
    samples = tuple(
        SourceSample(image.stem, image, tuple(layers) or None, split_of(listing, image))
        for image, layers in sorted(layout.masks.items())
    )
    bare = sum(sample.annotation is None for sample in samples)
    return Source(
        format=OBJECT_MASKS.name,
        root=listing.root,
        classes=tuple(SourceClass(name) for name in layout.classes),
        samples=samples,
        annotate=lambda sample, size: _annotation(sample, size, options.threshold),
        skipped=tuple(
            Skipped(path, "No picture belongs to this mask. Copy it to the images, or remove the mask.")
            for path in _masks(listing)
            if path not in owned
        ),
        notes=(
            f"{layout.title}: all that no mask covers is background.",
            *([f"{bare} pictures have no mask: they come in unlabelled."] if bare else []),
        ),
    )


def _annotation(sample: SourceSample, size: tuple[int, int], threshold: int | None) -> Annotation:
    layers = sample.annotation
    if not isinstance(layers, tuple):
        raise FormatError(f"{sample.name} has no masks.")
    drawn: list[DrawnObject] = []
    for layer in layers:
        picture = read_mask_picture(layer.path)
        if picture.colours:
            raise FormatError(f"{layer.path} has colours, where black and white was expected. Convert it to grey.")
        values = picture.values if picture.palette is None else picture.in_colours().values & 255
        found = (values.shape[1], values.shape[0])
        if found not in (size, size[::-1]) or (drawn and found != size):
            raise FormatError(
                f"{layer.path} is {found[0]} × {found[1]} pixels, the picture {size[0]} × {size[1]}. Export it again."
            )
        size = found
        top = int(values.max())
        limit = threshold if threshold is not None else THRESHOLD if top >= 200 else max(1, (top + 1) // 2)
        each = cut_out(layer.position, values >= limit)
        if each is not None:
            drawn.append(each)
    return Objects(size, tuple(drawn))


def _layout(listing: Listing) -> _Layout | None:
    return _folder_per_picture(listing) or _folders_in_masks(listing)


def _folder_per_picture(listing: Listing) -> _Layout | None:
    """Find <name>/images/<one picture> beside <name>/masks/<several>."""
    images: dict[Path, list[Path]] = defaultdict(list)
    masks: dict[Path, list[Path]] = defaultdict(list)
    for path in pictures_in(listing):
        match path.parent.name.casefold():
            case "images" | "image":
                images[path.parent.parent].append(path)
            case "masks" | "mask":
                masks[path.parent.parent].append(path)
    single = {place: found[0] for place, found in images.items() if len(found) == 1 and place != listing.root}
    if not single or not any(len(masks[place]) > 1 for place in single):
        return None
    found = {image: [_Layer(path, 0) for path in masks.get(place, ())] for place, image in single.items()}
    return _Layout("A mask for each object, in a folder for each picture", found)


def _folders_in_masks(listing: Listing) -> _Layout | None:
    """Find masks/<picture>/* or masks/<class>/<picture>."""
    images: dict[str, list[Path]] = defaultdict(list)
    for path in pictures_in(listing):
        if is_role(path.parent.name) == "image" or (path.parent == listing.root and is_role(path.parent.name) is None):
            images[path.stem].append(path)
    folders: dict[str, list[Path]] = defaultdict(list)
    for path in _masks(listing):
        folders[path.parent.name].append(path)
    if not folders or not images:
        return None
    single = {stem: found[0] for stem, found in images.items() if len(found) == 1}
    own = {stem: image for stem, image in single.items() if stem in folders}
    if own and 2 * len(own) >= len(folders):
        found = {image: [_Layer(path, 0) for path in folders.get(stem, ())] for stem, image in single.items()}
        return _Layout("A mask for each object, in a folder for each picture", found)
    stems = Counter(path.stem for paths in folders.values() for path in paths)
    if len(folders) < 2 or not any(count > 1 and stem in single for stem, count in stems.items()):
        return None
    if any(name.casefold() in ("train", "val", "test", "training", "validation") for name in folders):
        return None
    classes = tuple(sorted(folders))
    by_class = {
        image: [_Layer(path, classes.index(path.parent.name)) for path in _of_stem(folders.values(), stem)]
        for stem, image in single.items()
    }
    return _Layout(f"A mask for each class, in the folders {', '.join(classes[:5])}", by_class, classes)


def _of_stem(folders: Iterable[list[Path]], stem: str) -> list[Path]:
    return sorted(path for paths in folders for path in paths if path.stem == stem)


def _masks(listing: Listing) -> list[Path]:
    """Return the pictures in folders within a folder for masks, and those of <name>/masks."""
    return [path for path in pictures_in(listing) if _in_masks(listing, path.parent)]


def _in_masks(listing: Listing, folder: Path) -> bool:
    parts = [part.casefold() for part in folder.relative_to(listing.root).parts]
    return len(parts) >= 2 and bool({"mask", "masks"} & set(parts[-2:]))


OBJECT_MASKS = Format("object_masks", "A mask for each object or class", recognise, read)
