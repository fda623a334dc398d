"""Which way up a picture is, without reading its pixels."""

import io
import struct
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

UNREADABLE = (OSError, SyntaxError, ValueError, struct.error, UnidentifiedImageError)
"""What Pillow raises over a damaged file when it opens it."""

UNDECODABLE = (*UNREADABLE, EOFError, IndexError, KeyError, TypeError, OverflowError, MemoryError)
"""What Pillow raises over a damaged file when it reads its pixels."""

_PNG = b"\x89PNG\r\n\x1a\n"
_UPRIGHT = 1


def exif_orientation(path: Path) -> int:
    """Return the EXIF orientation of a file, 1 (upright) to 8; 1 where it says nothing."""
    try:
        with path.open("rb") as file:
            png = file.read(len(_PNG)) == _PNG
            # Pillow reads a PNG to its end, pixels and all, in case an eXIf chunk follows them.
            source = io.BytesIO(_without_pixels(file)) if png else file
            source.seek(0)
            with Image.open(source) as image:
                exif = Image.Image.getexif(image) if png else image.getexif()
                value = exif.get(ExifTags.Base.Orientation, _UPRIGHT)
    except UNREADABLE:
        return _UPRIGHT
    return value if value in range(1, 9) else _UPRIGHT


def _without_pixels(file: io.BufferedReader) -> bytes:
    """Return a PNG without its IDAT chunks, from a file that stands behind the signature."""
    kept = [_PNG]
    while len(head := file.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name == b"IDAT":
            file.seek(length + 4, io.SEEK_CUR)
        else:
            kept += [head, file.read(length + 4)]
    return b"".join(kept)
