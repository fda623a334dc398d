"""Masks in colours, out and in again."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.formats.colour_masks import COLOUR_MASKS
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from segstudio.dataset.masks import read_mask
from tests.dataset.formats.raster_support import (
    RING,
    THREE,
    check_damage,
    colours,
    damages,
    hexed,
    opened,
    picture,
    shapes_dataset,
    small_masks,
    there_and_back,
)


def test_masks_have_the_colours_and_both_lists_say_which(tmp_path: Path):
    export_dataset(shapes_dataset(tmp_path / "in", THREE, {"train/a": RING}), tmp_path / "out", COLOUR_MASKS)

    expected = np.array(["#000000", "#e69f00", "#56b4e9"])[RING]
    assert (hexed(tmp_path / "out" / "masks" / "train" / "a.png") == expected).all()
    assert (tmp_path / "out" / "class_dict.csv").read_text() == (
        "name,r,g,b\nbackground,0,0,0\nring,230,159,0\ndot,86,180,233\n"
    )
    assert open_source(tmp_path / "out").format == "colour_masks"


@settings(max_examples=40, deadline=None)
@given(
    small_masks,
    st.lists(st.integers(0, 65535), min_size=3, max_size=3, unique=True),
    st.lists(colours | st.integers(0, 255).map(lambda grey: (grey, grey, grey)), min_size=3, max_size=3, unique=True),
    st.sampled_from(range(3)),
)
def test_everything_comes_back(pixels: np.ndarray, ids: list[int], shades: list[tuple[int, int, int]], ignored: int):
    """R14, R16: grey colours among them, whose channels are equal like those of ids."""
    entries = [ClassInfo(i, f"class of {i}", c) for i, c in zip(ids, shades, strict=True)]
    entries[ignored] = ClassInfo(ids[ignored], "void", shades[ignored], ignored=True)
    classes = ClassList(tuple(entries))
    with tempfile.TemporaryDirectory() as folder:
        made = np.array(ids, np.uint16)[pixels]
        dataset = shapes_dataset(Path(folder) / "in", classes, {"train/a": made, "val/a": made[::-1]})
        back = there_and_back(dataset, COLOUR_MASKS, Path(folder))
        assert back.classes.entries == classes.entries
        found = {sample.key: read_mask(sample.mask).tolist() for sample in back if sample.mask is not None}
        assert found == {"train/a": made.tolist(), "val/a": made[::-1].tolist()}


def test_without_a_list_of_colours_it_is_refused(tmp_path: Path):
    picture(tmp_path / "images" / "a.png")

    with pytest.raises(FormatError, match="class_dict"):
        opened(tmp_path, COLOUR_MASKS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    out = tmp_path / "out"
    if not out.exists():
        export_dataset(shapes_dataset(tmp_path / "in", THREE, {"train/a": RING, "val/b": RING}), out, COLOUR_MASKS)

    check_damage(out, COLOUR_MASKS, data.draw(damages(out)))
