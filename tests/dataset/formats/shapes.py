"""What the tests of formats with shapes share: masks that are hard to draw, a way there and back, broken files."""

import copy
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import Dataset, open_dataset
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.importing import import_source
from segstudio.dataset.formats.mapping import default_mapping
from segstudio.dataset.formats.registry import find_format, open_source
from segstudio.dataset.formats.report import ConversionReport
from segstudio.dataset.masks import MaskArray, read_mask, write_mask
from segstudio.errors import SegstudioError

CLASSES = ClassList(
    (
        ClassInfo(0, "background", (0, 0, 0)),
        ClassInfo(1, "cat", (10, 20, 30)),
        ClassInfo(2, "dog", (200, 100, 0)),
        ClassInfo(255, "unpainted", (128, 128, 128), ignored=True),
    ),
    255,
)

JUNK: list[object] = [
    None, True, 0, -1, 3.5, 1e300, 10**40, float("nan"), float("inf"), "", "x", "\ud800", "../" * 9, "a\0b", [],
    {}, [[]],
    [1], [[1, 2]], [["x", None]], {"a": 1}, "9" * 50, [[1e300, 1e300]] * 3, [[0, 0], [1e7, 1e7], [0, 1e7]],
]  # fmt: skip


def pictures_of(*rows: str) -> MaskArray:
    """Return a mask drawn in letters: a dot is background, c cat, d dog, u unpainted."""
    return np.array([[{".": 0, "c": 1, "d": 2, "u": 255}[letter] for letter in row] for row in rows], dtype=np.uint8)


HARD: dict[str, MaskArray] = {
    "ring": pictures_of(".......", ".ccccc.", ".c...c.", ".c.d.c.", ".c...c.", ".ccccc.", "......."),
    "two parts": pictures_of("cc...cc", "cc...cc", ".......", "dd...dd"),
    "islands": pictures_of("c.....d", "...c...", "d.....c"),
    "touching": pictures_of("ccccddd", "ccccddd", "ccuuddd", "uuuuuuu"),
    "diagonals": pictures_of("c.c.c.c", ".c.c.c.", "c.c.d.c", ".d.c.c."),
    "ring with a gap at a corner": pictures_of(".......", "..ccc..", ".c...c.", ".c...c.", ".cc.c..", "......."),
    "rings in rings": pictures_of(
        "ccccccccc",
        "cdddddddc",
        "cd.....dc",
        "cd.ccc.dc",
        "cd.cuc.dc",
        "cd.ccc.dc",
        "cd.....dc",
        "cdddddddc",
        "ccccccccc",
    ),
    "many holes": pictures_of("ccccccc", "c.c.c.c", "ccccccc", "c.cdc.c", "ccccccc"),
    "one class all over": pictures_of("ddd", "ddd"),
    "nothing": pictures_of("...", "..."),
    "unpainted": pictures_of("uuu", "uuu"),
    "one pixel": pictures_of("c"),
    "a line": pictures_of("ccccccc"),
}


@st.composite
def masks(draw: st.DrawFn, *, ids: Sequence[int] = (0, 1, 2, 255), side: int = 14) -> MaskArray:
    """Make masks of few pixels, of noise or of squares."""
    height, width = draw(st.integers(1, side)), draw(st.integers(1, side))
    cells = draw(st.lists(st.sampled_from(ids), min_size=height * width, max_size=height * width))
    mask = np.array(cells, dtype=np.uint8).reshape(height, width)
    scale = draw(st.sampled_from([1, 1, 3]))
    return mask.repeat(scale, axis=0).repeat(scale, axis=1)


def make_dataset(folder: Path, found: dict[str, MaskArray], classes: ClassList = CLASSES) -> Dataset:
    """Write a dataset with a picture for each mask; its keys are “split/name”."""
    for key, mask in found.items():
        split, name = key.split("/")
        write_picture(folder / f"{split}_images" / f"{name}.png", mask.shape[::-1])
        write_mask(folder / f"{split}_segmentation" / f"{name}.png", mask)
    save_classes(folder, classes)
    return open_dataset(folder)


def write_picture(path: Path, size: tuple[int, int]) -> Path:
    """Write a picture that differs from others by its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (sum(path.stem.encode()) % 256, 90, 30)).save(path)
    return path


def there_and_back(folder: Path, format_name: str, dataset: Dataset) -> tuple[Dataset, ConversionReport]:
    """Export a dataset, import what came of it, and return that and the report of the export."""
    exported = export_dataset(dataset, folder / "exported", find_format(format_name))
    source = open_source(folder / "exported", name=format_name)
    assert source.skipped == ()
    imported = import_source(source, folder / "back", default_mapping(source))
    assert imported.skipped == ()
    return open_dataset(folder / "back"), exported


def drawn_names(dataset: Dataset, key: str) -> list[list[str]]:
    """Return the name of the class of each pixel of a sample; what is ignored or background goes by that."""
    sample = dataset.find(key)
    assert sample is not None
    assert sample.mask is not None
    names = {
        entry.id: "ignored" if entry.ignored else "background" if "background" in entry.name else entry.name
        for entry in dataset.classes
    }
    return [[names[value] for value in row] for row in read_mask(sample.mask).tolist()]


def imported_mask(folder: Path, format_name: str, stem: str) -> tuple[MaskArray, ClassList]:
    """Import a folder and return the mask of a sample, and the classes."""
    source = open_source(folder, name=format_name)
    with tempfile.TemporaryDirectory() as place:
        import_source(source, Path(place) / "out", default_mapping(source))
        dataset = open_dataset(Path(place) / "out")
        sample = next(sample for sample in dataset if sample.name == stem)
        assert sample.mask is not None
        return read_mask(sample.mask), dataset.classes


def import_or_refuse(folder: Path, format_name: str) -> ConversionReport | None:
    """Import a folder that may be broken; nothing but an error for people may come of it."""
    with tempfile.TemporaryDirectory() as place:
        try:
            source = open_source(folder, name=format_name)
            report = import_source(source, Path(place) / "out", default_mapping(source))
        except SegstudioError:
            return None
        return report


@st.composite
def broken(draw: st.DrawFn, data: object) -> str:
    """Make the text of a JSON file that is wrong somewhere: a value is another or missing, or the file ends early."""
    found = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 2))):
        parent: object = found
        while True:
            keys: list[object] = list(parent) if isinstance(parent, dict) else list(range(len(parent)))  # type: ignore[arg-type]
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            child = parent[key]  # type: ignore[index]
            if isinstance(child, dict | list) and child and draw(st.integers(0, 3)):
                parent = child
                continue
            if draw(st.booleans()):
                parent[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))  # type: ignore[index]
            else:
                del parent[key]  # type: ignore[attr-defined]
            break
    text = json.dumps(found)
    return text[: draw(st.integers(0, len(text)))] if draw(st.integers(0, 9)) == 0 else text


@st.composite
def broken_text(draw: st.DrawFn, text: str) -> str:
    """Make a text in which a number, a word or a piece is another or missing."""
    words = text.replace('"', ' " ').split(" ")
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(words) - 1))
        words[at] = draw(
            st.sampled_from(
                [
                    "",
                    "nan",
                    "inf",
                    "-1",
                    "1e300",
                    "9" * 50,
                    "x",
                    "3.5",
                    "0",
                    "-7.5",
                    "1e7",
                    "&#0;",
                    "<",
                    "é",
                    "1,2;3",
                    ";;",
                ]
            )
        )
    joined = " ".join(words).replace(' " ', '"')
    return joined[: draw(st.integers(0, len(joined)))] if draw(st.integers(0, 9)) == 0 else joined
