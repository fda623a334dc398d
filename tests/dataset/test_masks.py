"""Masks on disk: exact ids, or a refusal."""

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from segstudio.dataset import files
from segstudio.dataset.masks import ColourMaskError, MaskError, read_mask, write_mask

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20)
MASKS = st.one_of(arrays.arrays(np.uint8, SHAPES), arrays.arrays(np.uint16, SHAPES))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(mask=MASKS)
def test_a_mask_reads_back_as_it_was_written(tmp_path, mask):
    write_mask(tmp_path / "a.png", mask)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), mask)
    with Image.open(tmp_path / "a.png") as stored:
        assert stored.mode == ("L" if mask.max() <= 255 else "I;16")


def test_a_palette_is_read_by_index(tmp_path):
    """R13: grey values of the palette's colours are no ids."""
    picture = Image.fromarray(np.array([[0, 1], [2, 3]], np.uint8), "P")
    picture.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0])
    picture.save(tmp_path / "a.png")
    assert read_mask(tmp_path / "a.png").tolist() == [[0, 1], [2, 3]]


def test_three_equal_channels_are_read_as_one(tmp_path):
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4)
    Image.fromarray(np.dstack([mask] * 3)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), mask)


def test_colours_are_refused(tmp_path):
    Image.fromarray(np.full((4, 4, 3), (128, 0, 0), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(ColourMaskError, match=r"a\.png"):
        read_mask(tmp_path / "a.png")


def test_jpeg_is_refused(tmp_path):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "a.jpg")
    with pytest.raises(MaskError, match="loss"):
        read_mask(tmp_path / "a.jpg")


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(MaskError, match=r"a\.png"):
        read_mask(tmp_path / "a.png")


def test_a_failed_write_keeps_the_old_mask_and_leaves_no_litter(tmp_path, monkeypatch):
    """R1, R2: the last good state survives a full disk."""
    old, new = np.ones((5, 5), np.uint8), np.full((5, 5), 2, np.uint8)
    write_mask(tmp_path / "a.png", old)

    def full_disk(*_words):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_mask(tmp_path / "a.png", new)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), old)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_disk_that_gives_back_other_bytes_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(files.Path, "read_bytes", lambda _path: b"other")
    with pytest.raises(OSError, match="did not give back"):
        files.write_atomically(tmp_path / "a.bin", b"these")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "mask", [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.float32), np.zeros((0, 2), np.uint8)]
)
def test_what_is_no_class_map_is_not_written(tmp_path, mask):
    with pytest.raises(MaskError, match="Received"):
        write_mask(tmp_path / "a.png", mask)


def test_masks_are_written_as_png_only(tmp_path):
    with pytest.raises(MaskError, match="PNG"):
        write_mask(tmp_path / "a.jpg", np.zeros((2, 2), np.uint8))


def test_opencv_reads_the_ids_too(tmp_path):
    mask = np.array([[0, 7], [255, 3]], np.uint8)
    write_mask(tmp_path / "ä.png", mask)
    raw = np.frombuffer((tmp_path / "ä.png").read_bytes(), np.uint8)
    np.testing.assert_array_equal(cv2.imdecode(raw, cv2.IMREAD_UNCHANGED), mask)
