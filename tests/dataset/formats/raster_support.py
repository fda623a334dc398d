"""What the tests of formats whose annotations are mask pictures share."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import Dataset, open_dataset
from segstudio.dataset.formats.annotation import Objects, Raster
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.format import Format, ReadingOptions
from segstudio.dataset.formats.importing import import_source, read_annotation
from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.mapping import default_mapping
from segstudio.dataset.formats.source import Source, SourceSample
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.errors import SegstudioError

Names = npt.NDArray[np.str_]


def picture(path: Path, size: tuple[int, int] = (12, 8), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, 90 if mode == "L" else (10, 200, 30)).save(path)
    return path


def mask(path: Path, pixels: npt.ArrayLike, palette: list[int] | None = None) -> Path:
    """Write (height, width) or (height, width, 3) as a picture, with a palette if one is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(pixels))
    if palette is not None:
        image.putpalette(palette)
    image.save(path)
    return path


def opened(folder: Path, entry: Format, options: ReadingOptions | None = None) -> Source:
    return entry.read(list_folder(folder), options or ReadingOptions())


def positions(source: Source, sample: SourceSample) -> npt.NDArray[np.int64]:
    """Return the positions of the classes of a sample's pixels, -1 where there is none."""
    assert sample.image is not None
    annotation = read_annotation(source, sample, sample.image)
    if isinstance(annotation, Raster):
        return annotation.positions.astype(np.int64)
    assert isinstance(annotation, Objects)
    found = np.full(annotation.size[::-1], -1, dtype=np.int64)
    for each in annotation.drawn:
        rows, columns = each.pixels.shape
        found[each.top : each.top + rows, each.left : each.left + columns][each.pixels] = each.position
    return found


def names(source: Source, sample: SourceSample) -> Names:
    """Return the names of the classes of a sample's pixels, “” where there is none."""
    return np.array([*(entry.name for entry in source.classes), ""])[positions(source, sample)]


def sample_of(source: Source, name: str) -> SourceSample:
    return next(sample for sample in source.samples if sample.name == name)


def raw(path: Path) -> npt.NDArray[np.int64]:
    """Return what Pillow reads, in the file's own mode: the reading that the tests compare with."""
    with Image.open(path) as image:
        return np.array(image).astype(np.int64)


def hexed(path: Path) -> Names:
    """Return the colour of each pixel as #rrggbb."""
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGB")).astype(np.int64)
    flat, inverse = np.unique(pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2], return_inverse=True)
    return np.array([f"#{value:06x}" for value in flat], dtype="<U40")[inverse].reshape(pixels.shape[:2])


def shapes_dataset(folder: Path, classes: ClassList, masks: dict[str, npt.NDArray[np.uint8]]) -> Dataset:
    """Make a dataset of ours with these masks, by ``split/name``."""
    save_classes(folder, classes)
    for key, pixels in masks.items():
        split, name = key.split("/")
        picture(folder / f"{split}_images" / f"{name}.png", pixels.shape[::-1])
        write_mask(folder / f"{split}_segmentation" / f"{name}.png", pixels)
    return open_dataset(folder)


def there_and_back(dataset: Dataset, entry: Format, folder: Path) -> Dataset:
    """Export a dataset, import what was written, and return what came of it."""
    report = export_dataset(dataset, folder / "there", entry)
    assert report.skipped == ()
    source = opened(folder / "there", entry)
    assert source.skipped == ()
    back = import_source(source, folder / "back", default_mapping(source))
    assert back.skipped == ()
    return open_dataset(folder / "back")


def named_pixels(dataset: Dataset) -> dict[str, Names]:
    """Return the names of the classes of all masks, by split and name."""
    found = {}
    for sample in dataset:
        assert sample.mask is not None
        table = np.full(65536, "?", dtype="<U200")
        for entry in dataset.classes:
            table[entry.id] = entry.name
        found[f"{sample.split}/{sample.name}"] = table[read_mask(sample.mask)]
    return found


RING = np.zeros((9, 12), dtype=np.uint8)
RING[1:8, 1:8] = 1
RING[3:6, 3:6] = 0
RING[4, 4] = 2
RING[0, 11] = RING[8, 11] = RING[8, 9] = 2
"""A ring with an island of one pixel in it, and a class in parts (R16)."""

THREE = ClassList(
    (ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "ring", (230, 159, 0)), ClassInfo(2, "dot", (86, 180, 233)))
)

colours = st.tuples(*[st.integers(0, 255)] * 3)
"""Any colour."""

small_masks = st.lists(st.integers(0, 2), min_size=20, max_size=20).map(lambda v: np.array(v, np.uint8).reshape(4, 5))
"""Masks of 5 x 4 pixels of three classes."""


def damages(folder: Path) -> st.SearchStrategy[tuple[Path, Callable[[Path], None]]]:
    """Return ways to spoil one file of a folder: cut short, bytes flipped, emptied, another kind of picture, gone."""

    def flip(place: int, value: int) -> Callable[[Path], None]:
        def spoil(path: Path) -> None:
            data = bytearray(path.read_bytes())
            data[place % len(data)] ^= value
            path.write_bytes(bytes(data))

        return spoil

    def cut(share: int) -> Callable[[Path], None]:
        return lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size * share // 100]) and None

    def become(mode: str) -> Callable[[Path], None]:
        def spoil(path: Path) -> None:
            name = "JPEG" if mode == "CMYK" else "TIFF" if mode == "F" else "PNG"
            Image.new(mode, (12, 8), 77 if mode in ("L", "I;16", "F", "P", "1") else None).save(path, name)

        return spoil

    ways = st.one_of(
        st.builds(flip, st.integers(0, 5000), st.integers(1, 255)),
        st.integers(0, 99).map(cut),
        st.sampled_from(["RGB", "RGBA", "L", "LA", "1", "I;16", "CMYK", "F", "P"]).map(become),
        st.just(Path.unlink),
        st.binary(max_size=60).map(lambda data: lambda path: path.write_bytes(data) and None),
    )
    return st.tuples(st.sampled_from(sorted(path for path in folder.rglob("*") if path.is_file())), ways)


def read_all(folder: Path, entry: Format) -> None:
    """Recognise, open and read all that a folder holds; what is damaged is refused in words, or skipped."""
    entry.recognise(list_folder(folder))
    said: list[str] = []
    try:
        source = opened(folder, entry)
    except SegstudioError as error:
        said.append(str(error))
    else:
        said += [each.reason for each in source.skipped]
        for sample in source.samples:
            if sample.annotation is not None and sample.image is not None:
                try:
                    read_annotation(source, sample, sample.image)
                except SegstudioError as error:
                    said.append(str(error))
    assert all(len(sentence) > 20 for sentence in said)


def check_damage(folder: Path, entry: Format, damage: tuple[Path, Callable[[Path], None]]) -> None:
    """Spoil one file, read everything, and put the folder back."""
    path, spoil = damage
    kept = path.read_bytes()
    try:
        spoil(path)
        read_all(folder, entry)
    finally:
        path.write_bytes(kept)


def copy_of(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target))
