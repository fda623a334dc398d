"""One loader: upright, whatever the format says and wherever it says it, and soon."""

import os
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from segstudio.dataset.exif import exif_orientation
from segstudio.dataset.first_look import first_look
from segstudio.dataset.formats.mask_pictures import read_mask_picture
from segstudio.dataset.headers import is_damaged_png, promises_too_much
from segstudio.dataset.images import image_size, read_image, read_reduced
from segstudio.dataset.masks import read_mask
from segstudio.errors import SegstudioError

UPRIGHT = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
TURNED = {
    1: UPRIGHT,
    2: UPRIGHT[:, ::-1],
    3: UPRIGHT[::-1, ::-1],
    4: UPRIGHT[::-1],
    5: UPRIGHT.transpose(1, 0, 2),
    6: UPRIGHT.transpose(1, 0, 2)[:, ::-1],
    7: UPRIGHT.transpose(1, 0, 2)[::-1, ::-1],
    8: UPRIGHT.transpose(1, 0, 2)[::-1],
}


def save(path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(UPRIGHT).save(path, exif=exif)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_every_orientation_is_undone(tmp_path, orientation, suffix):
    """R12."""
    path = tmp_path / f"a{suffix}"
    save(path, orientation)
    np.testing.assert_array_equal(read_image(path), TURNED[orientation])
    height, width = TURNED[orientation].shape[:2]
    assert image_size(path) == (width, height)


def test_an_orientation_that_follows_the_pixels_counts(tmp_path):
    """Some programs add it at the end of a PNG."""
    path = tmp_path / "a.png"
    save(path, 6)
    data = path.read_bytes()
    start = data.index(b"eXIf") - 4
    (length,) = struct.unpack(">I", data[start : start + 4])
    chunk = data[start : start + 12 + length]
    rest = data[:start] + data[start + 12 + length :]
    end = rest.index(b"IEND") - 4
    path.write_bytes(rest[:end] + chunk + rest[end:])
    assert exif_orientation(path) == 6


def test_the_orientation_of_a_png_is_found_without_its_pixels(tmp_path):
    path = tmp_path / "a.png"
    save(path, 3)
    data = bytearray(path.read_bytes())
    place = data.index(b"IDAT") + 4
    data[place : place + 20] = bytes(20)
    path.write_bytes(bytes(data))
    assert exif_orientation(path) == 3


def smooth(side):
    rows, columns = np.mgrid[0:side, 0:side]
    return np.dstack([rows * 255 // side, columns * 255 // side, np.full_like(rows, 200)]).astype(np.uint8)


def test_a_large_jpeg_is_seen_whole_before_it_is_read(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(smooth(4000)).save(path)
    look = first_look(path)
    np.testing.assert_allclose(look.astype(int), read_reduced(path, 2048), atol=4)


def test_of_a_large_png_what_could_be_read_in_time_is_seen_and_the_rest_is_grey(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(smooth(4000)).save(path, compress_level=1)
    whole, none = first_look(path, seconds=60), first_look(path, seconds=0)
    np.testing.assert_allclose(whole.astype(int), read_reduced(path, 2048), atol=4)
    assert (none == 128).all()
    assert none.shape == whole.shape


@pytest.mark.parametrize("name", ["small.png", "other.bmp", "damaged.png", "missing.png"])
def test_other_pictures_are_not_looked_at_before(tmp_path, name):
    path = tmp_path / name
    if name == "damaged.png":
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + zlib.compress(b"no picture"))
    elif name != "missing.png":
        Image.fromarray(smooth(40)).save(path)
    assert first_look(path) is None


def test_what_is_too_large_for_opencv_is_refused_in_plain_words(tmp_path):
    """R22: the limit is lifted; where somebody has set one, the message says what to do."""
    Image.fromarray(smooth(64)).save(tmp_path / "a.png")
    code = (
        "from pathlib import Path; from segstudio.dataset.images import ImageError, read_image\n"
        f"try: read_image(Path({str(tmp_path / 'a.png')!r}))\nexcept ImageError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "OPENCV_IO_MAX_IMAGE_PIXELS": "1000"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "more pixels than fit" in done.stdout


@pytest.mark.parametrize("read", [read_image, read_mask, read_mask_picture])
@pytest.mark.parametrize("lie", ["size", "length", "tiff"])
def test_a_small_file_that_promises_gigabytes_is_refused_at_once(tmp_path, read, lie):
    """R28: found by damaging files at random; OpenCV and Pillow took many seconds, and all the memory, for each."""
    path = tmp_path / "a.png"
    Image.fromarray(UPRIGHT[..., 0]).convert("P").save(path)
    data = bytearray(path.read_bytes())
    if lie == "size":
        data[16:24] = struct.pack(">II", 60_000, 60_000)
    elif lie == "length":
        data[33:37] = struct.pack(">I", 0xFFFFFFF0)
    else:
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, UPRIGHT[..., 0].astype(np.float32), compression="zlib")
        data = bytearray(path.read_bytes())
        for tag in (256, 257, 278):  # width, height, rows a strip
            place = next(found for kind in (3, 4) if (found := data.find(struct.pack("<HHI", tag, kind, 1))) >= 0)
            data[place : place + 12] = struct.pack("<HHII", tag, 4, 1, 60_000)
    path.write_bytes(data)
    begun = time.process_time()
    with pytest.raises(SegstudioError, match=path.name):
        read(path)
    assert time.process_time() - begun < 1


def test_large_sound_pictures_of_one_colour_are_believed(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "a.png")
    assert not is_damaged_png(tmp_path / "a.png")
    assert not promises_too_much(20_000, 20_000, stored=(tmp_path / "a.png").stat().st_size)
