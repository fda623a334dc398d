"""The one loader of pictures: the window, training and prediction all see the pixels that it gives."""

import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from segstudio.errors import SegstudioError

ImageArray = npt.NDArray[np.uint8]
"""A picture: (height, width, 3), uint8, RGB."""

# Pictures of 12,000 x 12,000 are ordinary in microscopy and mapping; Pillow takes them for an attack.
Image.MAX_IMAGE_PIXELS = None

_EXIF_ORIENTATION = 0x0112


class ImageError(SegstudioError):
    """A picture cannot be read."""


def read_image(path: Path) -> ImageArray:
    """Read a picture as (height, width, 3) uint8 RGB, upright by its EXIF orientation.

    Grey is repeated, transparency is dropped, palettes become colours. More than 8 bits a channel
    are scaled so that the darkest and the brightest 0.1 % of the values become 0 and 255.

    Raises:
        ImageError: the file is missing, damaged or no picture; the message names it.
    """
    return _upright(_as_rgb8(_decode(path, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)), exif_orientation(path))


def read_reduced(path: Path, side: int) -> ImageArray:
    """Read a picture small, fast: its longer side is at most ``side`` pixels. Else as `read_image`."""
    width, height = image_size(path)
    factor = max(width, height) / side
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
    # JPEG can be decoded at an eighth, a quarter or half of its size for a fraction of the time.
    for divisor, reduced in (
        (8, cv2.IMREAD_REDUCED_COLOR_8),
        (4, cv2.IMREAD_REDUCED_COLOR_4),
        (2, cv2.IMREAD_REDUCED_COLOR_2),
    ):
        if factor >= divisor and path.suffix.lower() in {".jpg", ".jpeg"}:
            flags = reduced
            break
    image = _upright(_as_rgb8(_decode(path, flags)), exif_orientation(path))
    scale = side / max(image.shape[:2])
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return image


def image_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of a picture after its EXIF orientation, from the header alone if possible.

    Raises:
        ImageError: as `read_image`.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8)
    except (OSError, SyntaxError, ValueError, struct.error, UnidentifiedImageError):
        # OpenCV reads some files that Pillow does not know, such as TIFFs with five channels.
        height, width = read_image(path).shape[:2]
        return width, height
    return (height, width) if turned else (width, height)


def exif_orientation(path: Path) -> int:
    """Return the EXIF orientation of a file, 1 (upright) to 8; 1 where it says nothing."""
    try:
        with Image.open(path) as image:
            value = image.getexif().get(_EXIF_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, struct.error):
        return 1
    return value if value in range(1, 9) else 1


def _decode(path: Path, flags: int) -> npt.NDArray[Any]:
    try:
        data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror or error}.") from error
    if data.size == 0:
        raise ImageError(f"{path} is empty. Copy it again from where it came.")
    # imdecode on bytes, not imread on a path: imread fails on non-ASCII paths under Windows (R19).
    # Orientation is applied below, the same for every format and flag.
    try:
        pixels = cv2.imdecode(data, flags | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        pixels = None
    if pixels is None and path.suffix.lower() in {".tif", ".tiff"}:
        pixels = _decode_tiff(path)
    if pixels is None:
        raise ImageError(f"{path} is damaged or not a picture. Open it in another program, or take it out.")
    return pixels


def _decode_tiff(path: Path) -> npt.NDArray[Any] | None:
    """Read TIFFs that OpenCV refuses (odd channel counts, planar layouts); BGR like OpenCV's."""
    import tifffile

    try:
        pixels = np.squeeze(tifffile.imread(path, key=0))
    except Exception:  # noqa: BLE001 - tifffile raises whatever a damaged file provokes: all of it means unreadable
        return None
    if pixels.ndim == 3 and pixels.shape[0] < min(pixels.shape[1:]):
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3:
        pixels = pixels[..., 2::-1] if pixels.shape[2] >= 3 else pixels[..., 0]
    return pixels if pixels.ndim in (2, 3) else None


def _as_rgb8(pixels: npt.NDArray[Any]) -> ImageArray:
    if pixels.dtype != np.uint8:
        pixels = _windowed(pixels)
    return np.asarray(
        cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB), dtype=np.uint8
    )


def _windowed(pixels: npt.NDArray[Any]) -> ImageArray:
    values = np.nan_to_num(pixels.astype(np.float32), posinf=0.0, neginf=0.0)
    # Every 7th value is enough for a percentile, and keeps a 12,000 x 12,000 picture quick.
    low, high = np.percentile(values.ravel()[:: 7 if values.size > 1 << 20 else 1], (0.1, 99.9))
    if high <= low:
        low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / max(high - low, 1e-12))
    return np.asarray(np.clip(np.rint(scaled), 0, 255), dtype=np.uint8)


def _upright(image: ImageArray, orientation: int) -> ImageArray:
    """Undo the EXIF orientations of the standard's table (CIPA DC-008, tag 0x0112)."""
    match orientation:
        case 2:
            turned = image[:, ::-1]
        case 3:
            turned = image[::-1, ::-1]
        case 4:
            turned = image[::-1]
        case 5:
            turned = image.transpose(1, 0, 2)
        case 6:
            turned = image.transpose(1, 0, 2)[:, ::-1]
        case 7:
            turned = image.transpose(1, 0, 2)[::-1, ::-1]
        case 8:
            turned = image.transpose(1, 0, 2)[::-1]
        case _:
            turned = image
    return np.ascontiguousarray(turned)
