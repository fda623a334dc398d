"""A mask as other programs write it: numbers, a palette, or colours; nothing is taken for an id yet."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from segstudio.dataset.classes import HIGHEST_ID
from segstudio.dataset.colours import Colour
from segstudio.dataset.exif import UNDECODABLE
from segstudio.dataset.formats.source import FormatError
from segstudio.dataset.headers import is_damaged_png, promises_too_much

MASK_ENDINGS = frozenset({".png", ".bmp", ".tif", ".tiff", ".gif", ".webp", ".jpg", ".jpeg"})
"""Endings of files that may be masks; compare in lower case."""

_TINT = 40


@dataclass(frozen=True, slots=True)
class MaskPicture:
    """The pixels of a mask.

    Attributes:
        values: (height, width): grey values (uint8, uint16), indices into the palette (uint8), or colours as
            0xRRGGBB (uint32).
        colours: whether the values are colours.
        palette: the colours that the indices stand for; None if there is no palette.
        lossy: whether the file is a JPEG or the like, whose values are not exact.
        channels: 3 where the file has colours, even if in this one they are all grey; else 1.
    """

    values: npt.NDArray[np.unsignedinteger[Any]]
    colours: bool = False
    palette: tuple[Colour, ...] | None = None
    lossy: bool = False
    channels: int = 1

    def in_colours(self) -> "MaskPicture":
        """Return the same picture as colours: those of its palette, or three equal channels."""
        if self.colours:
            return self
        if self.palette is not None:
            table = np.zeros(256, dtype=np.uint32)
            packed = [pack(colour) for colour in self.palette[:256]]
            table[: len(packed)] = packed
            return MaskPicture(table[self.values], colours=True, lossy=self.lossy, channels=3)
        return MaskPicture(self.values.astype(np.uint32) * 0x10101, colours=True, lossy=self.lossy, channels=3)


def pack(colour: Colour) -> int:
    """Return a colour as 0xRRGGBB."""
    return colour[0] << 16 | colour[1] << 8 | colour[2]


def unpack(value: int) -> Colour:
    """Return the colour of 0xRRGGBB."""
    return value >> 16 & 255, value >> 8 & 255, value & 255


def read_mask_picture(path: Path) -> MaskPicture:
    """Read a mask of any kind: 1 to 16 bits of grey, palette (R13), colours; transparent pixels become 0 or black.

    Three equal channels are taken for grey.

    Raises:
        FormatError: it is missing, damaged, or holds fractions, negative numbers or numbers above 65535.
    """
    try:
        if is_damaged_png(path):
            raise FormatError(f"{path} is damaged. Take it from the source again.")
        with Image.open(path) as picture:
            _check_single(picture, path)
            if promises_too_much(*picture.size, stored=path.stat().st_size):
                raise FormatError(f"{path} is damaged. Take it from the source again.")
            lossy = picture.format in ("JPEG", "MPO") or (picture.format == "WEBP" and not _is_lossless_webp(path))
            # Pillow cuts 16 bits of a colour channel down to 8 without a word (R14).
            deep = any("16" in str(tile[3]) for tile in picture.tile) and picture.mode in ("RGB", "RGBA", "LA")
            if not deep:
                return _of_picture(picture, path, lossy=lossy)
    except FileNotFoundError as error:
        raise FormatError(f"{path} does not exist.") from error
    except UNDECODABLE as error:
        pixels = _by_other_means(path)
        if pixels is None:
            raise FormatError(f"{path} is damaged or not a picture: {error}. Take it from the source again.") from error
        return _of_array(pixels, path)
    pixels = _by_other_means(path)
    if pixels is None:
        raise FormatError(f"{path} is damaged or not a picture. Take it from the source again.")
    return _of_array(pixels, path)


def _check_single(picture: Image.Image, path: Path) -> None:
    """Raise `FormatError` for a stack of slices; smaller pages, as microscopes add them, are no stack."""
    if picture.format != "TIFF" or getattr(picture, "n_frames", 1) == 1:
        return
    size = picture.size
    picture.seek(1)
    if picture.size == size:
        raise FormatError(f"{path} is a stack of several slices. Save each slice as a file of its own.")
    picture.seek(0)


def _of_picture(picture: Image.Image, path: Path, *, lossy: bool) -> MaskPicture:
    if picture.mode == "P":
        palette = _palette(picture)
        values = np.array(picture, dtype=np.uint8)
        if picture.format == "GIF" and all(red == green == blue for red, green, blue in palette):
            # Programs that write grey as GIF order the palette as they please: here the grey value counts.
            return MaskPicture(np.array(picture.convert("L"), dtype=np.uint8))
        return MaskPicture(values, palette=palette)
    if picture.mode == "1":
        return MaskPicture(np.array(picture, dtype=np.uint8))
    if picture.mode in ("CMYK", "YCbCr", "LAB", "HSV", "PA"):
        picture = picture.convert("RGBA" if picture.mode == "PA" else "RGB")
    found = _of_array(np.array(picture), path)
    if lossy and found.colours:
        # JPEG tints what was grey.
        pixels = np.array(picture.convert("RGB"), dtype=np.uint8)
        if int((pixels.max(axis=2) - pixels.min(axis=2)).max()) <= _TINT:
            return MaskPicture(np.ascontiguousarray(pixels[..., 1]), lossy=True, channels=3)
    return MaskPicture(found.values, found.colours, lossy=lossy, channels=found.channels)


def _of_array(pixels: npt.NDArray[Any], path: Path) -> MaskPicture:
    """Tell grey from colours in (height, width) or (height, width, channels), RGB."""
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        half = np.iinfo(pixels.dtype).max / 2 if pixels.dtype.kind in "iu" else 0.5
        pixels = np.where(pixels[..., -1:] < half, pixels.dtype.type(0), pixels[..., :-1])
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim == 2:
        return MaskPicture(_whole(pixels, path))
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:
        raise FormatError(f"{path} is not one plane of pixels ({pixels.shape}). Save each plane as a file of its own.")
    if np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2]):
        return MaskPicture(_whole(pixels[..., 0], path), channels=3)
    if pixels.dtype != np.uint8:
        raise FormatError(f"{path} holds colours of more than 8 bits. Save it with 8 bits a channel.")
    packed = np.zeros(pixels.shape[:2], dtype=np.uint32)
    for channel in range(3):
        packed = (packed << np.uint32(8)) | pixels[..., channel]
    return MaskPicture(packed, colours=True, channels=3)


def _whole(pixels: npt.NDArray[Any], path: Path) -> npt.NDArray[np.unsignedinteger[Any]]:
    if pixels.size == 0:
        raise FormatError(f"{path} has no pixels.")
    if pixels.dtype in (np.uint8, np.bool_):
        return np.ascontiguousarray(pixels.astype(np.uint8))
    if pixels.dtype.kind == "f" and not (np.isfinite(pixels).all() and np.array_equal(pixels, np.rint(pixels))):
        raise FormatError(f"{path} holds fractions, not whole numbers. Convert it to 8- or 16-bit grey.")
    if pixels.dtype.kind not in "iuf":
        raise FormatError(f"{path} holds {pixels.dtype}, not whole numbers. Convert it to 8- or 16-bit grey.")
    low, high = int(pixels.min()), int(pixels.max())
    if low < 0 or high > HIGHEST_ID:
        raise FormatError(f"{path} holds the number {low if low < 0 else high}; they may go from 0 to {HIGHEST_ID}.")
    return np.ascontiguousarray(pixels.astype(np.uint8 if high <= 255 else np.uint16))


def _palette(picture: Image.Image) -> tuple[Colour, ...]:
    flat = picture.getpalette("RGB") or []
    return tuple((flat[start], flat[start + 1], flat[start + 2]) for start in range(0, len(flat) - 2, 3))


def _by_other_means(path: Path) -> npt.NDArray[Any] | None:
    """Read what Pillow cannot: 16-bit colours by OpenCV, TIFFs of wide numbers by tifffile; RGB."""
    import tifffile

    if path.suffix.lower() in (".tif", ".tiff"):
        try:
            return np.asarray(np.squeeze(tifffile.imread(path, key=0)))
        except Exception:  # noqa: BLE001 - tifffile raises whatever a damaged file provokes: all of it means unreadable
            return None
    try:
        data = path.read_bytes()
        if not data:
            return None
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error):
        return None
    if pixels is None or pixels.ndim == 2:
        return pixels
    order = [2, 1, 0, 3][: pixels.shape[2]] if pixels.shape[2] >= 3 else list(range(pixels.shape[2]))
    return np.ascontiguousarray(pixels[..., order])


def _is_lossless_webp(path: Path) -> bool:
    # RIFF container: the fourcc of the first chunk is "VP8L" for lossless, "VP8 " for lossy, "VP8X" for either.
    with path.open("rb") as file:
        head = file.read(512)
    return head[12:16] == b"VP8L" or (head[12:16] == b"VP8X" and b"VP8L" in head)
