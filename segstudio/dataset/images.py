"""The one loader of pictures: the window, training and prediction all see the pixels that it gives."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from segstudio.dataset.depth import DeepImage, deepened
from segstudio.dataset.exif import UNREADABLE, exif_orientation
from segstudio.dataset.headers import is_damaged_png, promises_too_much
from segstudio.errors import SegstudioError

ImageArray = npt.NDArray[np.uint8]
"""A picture: (height, width, 3), uint8, RGB."""

_TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Pictures of 12,000 x 12,000 are ordinary in microscopy and mapping; Pillow takes them for an attack.
Image.MAX_IMAGE_PIXELS = None


class ImageError(SegstudioError):
    """A picture cannot be read."""


def read_image(path: Path) -> ImageArray:
    """Read a picture as (height, width, 3) uint8 RGB, upright by its EXIF orientation.

    Grey is repeated, transparency is dropped, palettes become colours. More than 8 bits a channel
    are scaled so that the darkest and the brightest 0.1 % of the values become 0 and 255.

    Raises:
        ImageError: the file is missing, damaged or no picture; the message names it.
    """
    return read_deep(path)[0]


def read_deep(path: Path) -> tuple[ImageArray, DeepImage | None]:
    """Read a picture as `read_image` does, and with it, where it has more than 8 bits a channel, all of them (R14).

    The first is the second through its own window, so that what is looked at is what is learned from.
    """
    try:
        pixels = _as_rgb(_decode(path, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH))
        if pixels.dtype == np.uint8:
            return pixels, None
        deep = deepened(pixels)
        return deep.rgb, deep
    except MemoryError as error:
        raise _too_large(path) from error


def read_reduced(path: Path, side: int) -> ImageArray:
    """Read a picture small, fast: its longer side is at most ``side`` pixels. Else as `read_image`."""
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH
    if path.suffix.lower() in {".jpg", ".jpeg"}:
        # JPEG can be decoded at an eighth, a quarter or half of its size for a fraction of the time.
        factor = _longer_side(path) / side
        for divisor, reduced in (
            (8, cv2.IMREAD_REDUCED_COLOR_8),
            (4, cv2.IMREAD_REDUCED_COLOR_4),
            (2, cv2.IMREAD_REDUCED_COLOR_2),
        ):
            if factor >= divisor:
                flags = reduced
                break
    image = _as_rgb(_decode(path, flags))
    if image.dtype != np.uint8:
        image = deepened(image).rgb
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
            turned = image.format == "TIFF"  # Pillow has turned the size of a TIFF by itself
    except UNREADABLE:
        # OpenCV reads some files that Pillow does not know, such as TIFFs with five channels.
        height, width = read_image(path).shape[:2]
        return width, height
    lies = not turned and exif_orientation(path) in (5, 6, 7, 8)
    return (height, width) if lies else (width, height)


def _longer_side(path: Path) -> int:
    """Return the longer side of a picture, whichever way up it is, as its header has it; 0 where Pillow cannot tell."""
    try:
        with Image.open(path) as image:
            return max(image.size)
    except UNREADABLE:
        return 0


def _decode(path: Path, flags: int) -> npt.NDArray[Any]:
    """Return the pixels as OpenCV gives them, BGR or grey, upright."""
    try:
        data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise ImageError(f"{path} cannot be read: {error.strerror or error}.") from error
    if data.size == 0:
        raise ImageError(f"{path} is empty. Copy it again from where it came.")
    if is_damaged_png(path):
        raise ImageError(f"{path} is damaged. Restore it from a copy, or take it out.")
    # imdecode on bytes, not imread on a path: imread fails on non-ASCII paths under Windows (R19).
    # Orientation is applied below, the same for every format and flag; only TIFFs are turned by OpenCV whatever it is
    # told.
    try:
        pixels = cv2.imdecode(data, flags | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem or "CV_IO_MAX_IMAGE" in str(error) or data.size >= 2**31:
            raise _too_large(path) from error
        pixels = None
    tiff = bytes(data[:4]) in _TIFF_SIGNATURES
    if pixels is not None:
        return pixels if tiff else upright(pixels, exif_orientation(path))
    pixels = _decode_tiff(path) if tiff else None
    if pixels is None:
        raise ImageError(f"{path} is damaged or not a picture. Open it in another program, or take it out.")
    return upright(pixels, exif_orientation(path))


def _too_large(path: Path) -> ImageError:
    return ImageError(f"{path} has more pixels than fit into this computer’s memory. Cut it into smaller pictures.")


def _decode_tiff(path: Path) -> npt.NDArray[Any] | None:
    """Read TIFFs that OpenCV refuses (odd channel counts, planar layouts); BGR like OpenCV's."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            width, height = int(file.pages[0].imagewidth), int(file.pages[0].imagelength)
        if promises_too_much(width, height, stored=path.stat().st_size):
            return None
        pixels = np.squeeze(tifffile.imread(path, key=0))
    except Exception:  # noqa: BLE001 - tifffile raises whatever a damaged file provokes: all of it means unreadable
        return None
    if pixels.size == 0:
        return None
    if pixels.ndim == 3 and pixels.shape[0] < min(pixels.shape[1:]):
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.ndim == 3:
        pixels = pixels[..., 2::-1] if pixels.shape[2] >= 3 else pixels[..., 0]
    return pixels if pixels.ndim in (2, 3) and pixels.size else None


def _as_rgb(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return RGB of what OpenCV gives; deep grey becomes one channel, since three equal ones would say no more."""
    if pixels.dtype == np.uint8:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB))
    if pixels.ndim == 2:
        return pixels
    blue, green, red = (pixels[..., channel] for channel in range(3))
    grey = np.array_equal(blue, green) and np.array_equal(blue, red)
    return np.ascontiguousarray(blue if grey else pixels[..., 2::-1])


def upright(image: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Turn (height, width, …) as its EXIF orientation says (CIPA DC-008, tag 0x0112)."""
    match orientation:
        case 2:
            turned = image[:, ::-1]
        case 3:
            turned = image[::-1, ::-1]
        case 4:
            turned = image[::-1]
        case 5:
            turned = np.swapaxes(image, 0, 1)
        case 6:
            turned = np.swapaxes(image, 0, 1)[:, ::-1]
        case 7:
            turned = np.swapaxes(image, 0, 1)[::-1, ::-1]
        case 8:
            turned = np.swapaxes(image, 0, 1)[::-1]
        case _:
            turned = image
    return np.ascontiguousarray(turned)
