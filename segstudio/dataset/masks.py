"""Masks on disk: one channel, lossless, pixel value = class id. Nothing else is ever written."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from segstudio.dataset.exif import UNDECODABLE
from segstudio.dataset.files import write_atomically
from segstudio.dataset.headers import is_damaged_png, promises_too_much
from segstudio.dataset.images import image_size
from segstudio.errors import SegstudioError

MaskArray = npt.NDArray[np.unsignedinteger[Any]]
"""A class map: (height, width), uint8, or uint16 where ids go above 255."""


class MaskError(SegstudioError):
    """A mask cannot be read as a class map."""


class ColourMaskError(MaskError):
    """The mask stores colours, not ids."""


def read_mask(path: Path) -> MaskArray:
    """Read a class map as (height, width), uint8 or uint16.

    Accepted: 8- and 16-bit grey, three equal channels (the value of each), and palettes, which are
    read by index (R13). Sixteen bits come back as uint8 where every id fits.

    Raises:
        MaskError: damaged, missing, JPEG (its ids are not exact), transparent, or not whole numbers.
        ColourMaskError: three channels that differ.
    """
    try:
        if is_damaged_png(path):
            raise MaskError(f"{path} is damaged. Restore it from a copy, or paint it anew.")
        with Image.open(path) as picture:
            if promises_too_much(*picture.size, stored=path.stat().st_size):
                raise MaskError(f"{path} is damaged. Restore it from a copy, or paint it anew.")
            file_format, mode = picture.format, picture.mode
            # Palettes and single bits by index: OpenCV would give grey values.
            indexed = np.array(picture, dtype=np.uint8) if mode in ("P", "1") else None
    except FileNotFoundError as error:
        raise MaskError(f"{path} does not exist.") from error
    except UnidentifiedImageError as error:
        raise MaskError(f"{path} is damaged or not a picture. Restore it from a copy, or paint it anew.") from error
    except UNDECODABLE as error:
        raise MaskError(f"{path} is damaged or not a picture: {error}.") from error
    if file_format == "JPEG" or (file_format == "WEBP" and not _is_lossless_webp(path)):
        raise MaskError(f"{path} is stored with loss, which blurs ids at every border. Save it as PNG from its source.")
    if indexed is not None:
        return indexed
    if mode in ("LA", "RGBA", "PA", "La", "RGBa"):
        raise MaskError(f"{path} has transparency, so its pixels are not plain ids. Convert it to one channel.")
    if mode == "F":
        raise MaskError(f"{path} holds fractions, not whole ids. Convert it to 8- or 16-bit grey.")
    return _ids(path, _decode(path))


def write_mask(path: Path, mask: MaskArray) -> None:
    """Write a class map as one-channel PNG: 8 bit, or 16 bit where an id is above 255.

    The file is complete and proven to read back to the same ids before it takes its name (R1, R15).

    Args:
        path: the PNG to write; an older one there is replaced only by a good one.
        mask: (height, width), uint8 or uint16.

    Raises:
        MaskError: ``mask`` is no class map, or ``path`` does not end in ``.png``.
        OSError: the disk is full, read-only or gone; the old file is intact.
    """
    if mask.ndim != 2 or mask.dtype not in (np.uint8, np.uint16) or mask.size == 0:
        raise MaskError(f"A mask must be (height, width) of uint8 or uint16. Received: {mask.shape} of {mask.dtype}.")
    if path.suffix.lower() != ".png":
        raise MaskError(f"Masks are written as PNG only. Received: {path.name}.")
    stored = _narrow(mask)
    # Level 1: class maps have long runs, so higher levels cost time and gain next to nothing.
    done, encoded = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise MaskError(f"The mask for {path.name} could not be encoded.")

    def same_ids(written: Path) -> None:
        if not np.array_equal(read_mask(written), stored):
            raise OSError(f"{path.name} did not read back as it was written")

    write_atomically(path, encoded.tobytes(), check=same_ids)


def mask_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of a mask from its header.

    Raises:
        SegstudioError: it cannot be read.
    """
    return image_size(path)


def _ids(path: Path, pixels: npt.NDArray[Any]) -> MaskArray:
    if pixels.ndim == 3:
        if np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2]):
            pixels = np.ascontiguousarray(pixels[..., 0])
        else:
            raise ColourMaskError(f"{path} is a picture of colours, not of class ids. Convert it with a colour map.")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise MaskError(f"{path} holds {pixels.dtype}, not 8- or 16-bit ids.")
    return _narrow(pixels.astype(np.uint16)) if pixels.dtype == np.uint16 else pixels.astype(np.uint8)


def _narrow(mask: MaskArray) -> MaskArray:
    return mask.astype(np.uint8) if mask.dtype == np.uint16 and int(mask.max()) <= 255 else mask


def _decode(path: Path) -> npt.NDArray[Any]:
    # Bytes, not a path: OpenCV's imread fails on non-ASCII paths under Windows (R19).
    try:
        data = path.read_bytes()
        pixels = None
        if data:
            pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error) as error:
        raise MaskError(f"{path} cannot be read: {error}.") from error
    if pixels is None:
        raise MaskError(f"{path} is damaged. Restore it from a copy, or paint it anew.")
    return pixels


def _is_lossless_webp(path: Path) -> bool:
    # RIFF container: the fourcc of the first chunk is "VP8L" for lossless, "VP8 " for lossy (RFC 9649).
    with path.open("rb") as file:
        return file.read(16)[12:16] == b"VP8L"
