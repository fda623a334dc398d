"""Pictures on their way from one folder to another: byte for byte wherever that is possible."""

import io
import os
import re
import shutil
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from segstudio.dataset.dataset import is_image
from segstudio.dataset.files import write_atomically
from segstudio.dataset.formats.source import FormatError

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]+')
_LONGEST = 200
"""Bytes of a stem: file systems allow 255 for a name, and an ending and a suffix are added."""

_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "BMP": ".bmp", "TIFF": ".tif", "WEBP": ".webp", "MPO": ".jpg"}


class FreeNames:
    """Makes stems that every system can use and tell apart, upper and lower case being one."""

    def __init__(self) -> None:
        self._used: set[str] = set()

    def take(self, wanted: str) -> str:
        """Return ``wanted``, or what is nearest to it and was not taken before."""
        stem = _FORBIDDEN.sub("_", wanted).strip(" .") or "picture"
        stem = os.fsencode(stem)[:_LONGEST].decode(errors="ignore")
        number, name = 2, stem
        while name.casefold() in self._used:
            name, number = f"{stem}-{number}", number + 1
        self._used.add(name.casefold())
        return name


def copy_picture(image: Path, folder: Path, stem: str) -> Path:
    """Copy a picture into a folder and return the copy; a kind that datasets do not hold (GIF) becomes PNG.

    Raises:
        FormatError: it cannot be read.
        OSError: it cannot be written.
    """
    if is_image(image):
        target = folder / f"{stem}{image.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image, target)
        return target
    try:
        data = image.read_bytes()
    except OSError as error:
        raise FormatError(f"{image} cannot be read: {error.strerror or error}.") from error
    return write_picture(data, folder, stem, name=str(image))


def write_picture(data: bytes, folder: Path, stem: str, *, name: str) -> Path:
    """Write the bytes of a picture into a folder under the ending that they call for.

    Args:
        data: the bytes of a file.
        folder: where to.
        stem: the file's name without its ending.
        name: what to call the picture where it cannot be read.

    Raises:
        FormatError: these are not the bytes of a picture.
        OSError: it cannot be written.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            suffix = _SUFFIXES.get(picture.format or "")
            if suffix is None:
                buffer = io.BytesIO()
                picture.seek(0)
                picture.convert("RGB").save(buffer, "PNG")
                data, suffix = buffer.getvalue(), ".png"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise FormatError(f"{name} is damaged or not a picture: {error}.") from error
    target = folder / f"{stem}{suffix}"
    write_atomically(target, data)
    return target
