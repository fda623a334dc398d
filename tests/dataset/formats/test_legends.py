"""Lists of classes in text: read as they are meant, and given up on soon where they are none."""

import contextlib
import time

import pytest

from segstudio.dataset.formats.legends import read_legend
from segstudio.dataset.formats.source import FormatError


@pytest.mark.parametrize(
    ("line", "name", "colour"),
    [
        ("road:128,64,128::", "road", (128, 64, 128)),
        ("road 128 64 128", "road", (128, 64, 128)),
        ("128 64 128\troad", "road", (128, 64, 128)),
        ("lane 2 - 128 64 128", "lane 2", (128, 64, 128)),
        ("lane 2 128 64 128 255", "lane 2", (128, 64, 128)),
        ("7 road 128 64 128", "road", (128, 64, 128)),
        ("road #804080", "road", (128, 64, 128)),
    ],
)
def test_a_line_is_read_as_it_is_meant(tmp_path, line, name, colour):
    (tmp_path / "labels.txt").write_text(f"{line}\n")
    (entry,) = read_legend(tmp_path / "labels.txt").classes
    assert (entry.name, entry.colour) == (name, colour)


@pytest.mark.parametrize("part", ["1, ", "a ", ": ", " 1 ; a"])
def test_a_very_long_line_does_not_hold_up_the_program(tmp_path, part):
    """R28: found by damaging files at random; one line took minutes."""
    (tmp_path / "labels.txt").write_text(part * 30_000)
    begun = time.process_time()
    with pytest.raises(FormatError, match="names no class"):
        read_legend(tmp_path / "labels.txt")
    (tmp_path / "labels.txt").write_text(part * (490 // len(part)) + "\n")
    with contextlib.suppress(FormatError):
        read_legend(tmp_path / "labels.txt")
    assert time.process_time() - begun < 3
