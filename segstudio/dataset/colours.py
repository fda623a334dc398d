"""The colours of classes: how they are written, and which to take next."""

import re
from collections.abc import Collection

from segstudio.errors import SegstudioError

Colour = tuple[int, int, int]
"""Red, green, blue; each 0 to 255."""

# Chosen to stay apart for the usual colour-vision deficiencies at the start of the list, where most datasets end.
_PALETTE: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
    (204, 121, 167),
    (0, 114, 178),
    (154, 99, 219),
    (148, 203, 81),
    (255, 128, 128),
    (0, 206, 209),
    (178, 122, 72),
    (255, 105, 180),
    (110, 139, 61),
    (135, 135, 255),
    (255, 165, 79),
    (64, 224, 160),
    (205, 92, 92),
    (189, 183, 107),
    (100, 149, 237),
)


class ColourError(SegstudioError):
    """A text is not a colour."""


def spare_colour(used: Collection[Colour]) -> Colour:
    """Return the first colour of the palette that is not used yet; once all are, they come again."""
    return next((colour for colour in _PALETTE if colour not in used), _PALETTE[len(used) % len(_PALETTE)])


def hex_colour(colour: Colour) -> str:
    """Write a colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def parse_colour(text: str) -> Colour:
    """Read ``#rrggbb``.

    Raises:
        ColourError: it is something else.
    """
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ColourError(f"“{text}” is not a colour. Write it as #rrggbb, for example #ff8000.")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
