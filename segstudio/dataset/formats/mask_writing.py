"""Masks as other programs want them: with a palette, or in colours. Proven to read back before they take their name."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from segstudio.dataset.classes import HIGHEST_ID, ClassInfo
from segstudio.dataset.colours import Colour
from segstudio.dataset.files import write_atomically
from segstudio.dataset.formats.mask_pictures import pack, read_mask_picture, unpack
from segstudio.dataset.masks import MaskArray


def distinct_colours(classes: Iterable[ClassInfo]) -> dict[int, Colour]:
    """Return a colour for each id, its own where no class before has it, else the next that is free."""
    colours: dict[int, Colour] = {}
    used: set[int] = set()
    entries = list(classes)
    own = {pack(entry.colour) for entry in entries}
    for entry in entries:
        value = pack(entry.colour)
        if value in used:
            value = next(free for step in range(1, 1 << 24) if (free := (value + step) % (1 << 24)) not in used | own)
        used.add(value)
        colours[entry.id] = unpack(value)
    return colours


def write_palette_mask(path: Path, mask: MaskArray, palette: Mapping[int, Colour]) -> None:
    """Write a mask as an 8-bit palette PNG: index = id (R13).

    Args:
        path: the PNG to write.
        mask: (height, width), ids up to 255.
        palette: the colours of ids; indices without one get a grey that no id has.

    Raises:
        OSError: it cannot be written, or did not read back as it was written.
    """
    spare = next((grey, grey, grey) for grey in range(127, 512) if (grey, grey, grey) not in palette.values())
    picture = Image.fromarray(mask.astype(np.uint8))
    picture.putpalette([channel for index in range(256) for channel in palette.get(index, spare)])
    _write(path, picture, mask.astype(np.uint32), coloured=False)


def write_colour_mask(path: Path, mask: MaskArray, colours: Mapping[int, Colour]) -> None:
    """Write a mask as an RGB PNG of colours; arguments and errors as `write_palette_mask`."""
    table = np.zeros((HIGHEST_ID + 1, 3), dtype=np.uint8)
    packed = np.zeros(HIGHEST_ID + 1, dtype=np.uint32)
    for class_id, colour in colours.items():
        table[class_id] = colour
        packed[class_id] = pack(colour)
    _write(path, Image.fromarray(table[mask]), packed[mask], coloured=True)


def write_list(path: Path, lines: Iterable[str]) -> None:
    """Write a text file, UTF-8, a line for each of ``lines``."""
    write_atomically(path, "".join(f"{line}\n" for line in lines).encode())


def _write(
    path: Path, picture: Image.Image, expected: np.ndarray[tuple[int, ...], np.dtype[np.uint32]], *, coloured: bool
) -> None:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")

    def same(written: Path) -> None:
        found = read_mask_picture(written)
        values = found.in_colours().values if coloured else found.values
        if not np.array_equal(values, expected):
            raise OSError(f"{path.name} did not read back as it was written")

    write_atomically(path, buffer.getvalue(), check=same)
