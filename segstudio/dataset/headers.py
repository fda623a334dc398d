"""Whether the header of a picture can be believed, before room is made for what it promises."""

import os
import struct
import zlib
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.pack(">I4s", 13, b"IHDR")
_ORDINARY = 1 << 28
"""Pixels: so many are made room for in a moment."""
_MOST_PER_BYTE = 20_000
"""Pixels that a byte of a file can stand for: deflate makes one of 1,032, each of 8 pixels where they are bits."""


def is_damaged_png(path: Path) -> bool:
    """Say whether the header of a PNG is damaged, or one of its parts goes on behind the end of the file.

    OpenCV and Pillow make room for the picture and its parts before they find that out: gigabytes, and many seconds,
    for a file of a hundred bytes. False for what is no PNG.

    Raises:
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(_SIGNATURE)) != _SIGNATURE:
            return False
        header = file.read(25)
        if header[:8] != _HEADER or zlib.crc32(header[4:21]).to_bytes(4, "big") != header[21:]:
            return True
        while len(head := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            if name == b"IEND":
                return False
            if file.seek(length + 4, os.SEEK_CUR) > size:
                return True
    return False


def promises_too_much(width: int, height: int, *, stored: int) -> bool:
    """Say whether a file of ``stored`` bytes cannot hold a picture of this size: what tells its size is damaged."""
    return width * height > max(_ORDINARY, stored * _MOST_PER_BYTE)
