"""PixelAnnotationTool, read."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.pixelannotationtool import PIXEL_ANNOTATION_TOOL
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.raster_support import (
    RING,
    check_damage,
    damages,
    mask,
    names,
    opened,
    picture,
    positions,
    raw,
    sample_of,
)


def label(name: str, number: int, colour: list[int]) -> dict[str, object]:
    return {"name": name, "id": number, "color": colour, "categorie": "x", "id_categorie": 1}


def config(root: Path) -> None:
    labels = {"road": label("road", 7, [128, 64, 128]), "sky": label("sky", 23, [70, 130, 180])}
    (root / "config.json").write_text(json.dumps({"labels": labels}))


def three(ids: np.ndarray) -> np.ndarray:
    return np.repeat(ids.astype(np.uint8)[..., None], 3, axis=2)


def test_the_result_is_taken_in_place_of_what_was_painted_and_borders_are_ignored(tmp_path: Path):
    picture(tmp_path / "a.jpg", (12, 9))
    mask(tmp_path / "a_watershed_mask.png", three(np.array([7, 23, 255])[RING]))
    mask(tmp_path / "a_mask.png", three(RING * 0))
    config(tmp_path)

    source = open_source(tmp_path)

    assert source.format == "pixelannotationtool"
    assert (names(source, source.samples[0]) == np.array(["road", "sky", "border"])[RING]).all()
    assert [entry.name for entry in source.classes if entry.ignored] == ["border"]


def test_colours_say_the_same_and_strokes_leave_the_rest_ignored(tmp_path: Path):
    table = np.array([[128, 64, 128], [70, 130, 180], [0, 0, 0]], np.uint8)
    picture(tmp_path / "a.jpg", (12, 9))
    mask(tmp_path / "a_color_mask.png", table[RING])
    picture(tmp_path / "b.jpg", (12, 9))
    mask(tmp_path / "b_mask.png", three(np.array([7, 23, 0])[RING]))
    config(tmp_path)

    source = opened(tmp_path, PIXEL_ANNOTATION_TOOL)

    for name in "ab":
        assert (names(source, sample_of(source, name)) == np.array(["road", "sky", "border"])[RING]).all()
    assert "painted by hand" in source.notes[1]


def test_without_its_list_of_labels_it_is_refused(tmp_path: Path):
    picture(tmp_path / "a.jpg", (12, 9))
    mask(tmp_path / "a_watershed_mask.png", three(RING))

    with pytest.raises(FormatError, match=r"config\.json"):
        opened(tmp_path, PIXEL_ANNOTATION_TOOL)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "config.json").exists():
        picture(tmp_path / "a.jpg", (12, 9))
        mask(tmp_path / "a_watershed_mask.png", three(np.array([7, 23, 255])[RING]))
        mask(tmp_path / "a_color_mask.png", three(RING))
        config(tmp_path)

    check_damage(tmp_path, PIXEL_ANNOTATION_TOOL, data.draw(damages(tmp_path)))


def test_real_files(real_data: Path):
    root = real_data / "imports" / "pixelannotationtool"

    source = open_source(root)

    assert (source.format, len(source.samples)) == ("pixelannotationtool", 2)
    ids = np.array([entry.id for entry in source.classes])
    colours = np.array([entry.colour or (0, 0, 0) for entry in source.classes])
    for sample in source.samples:
        found = positions(source, sample)
        assert (ids[found] == raw(root / "images_test" / f"{sample.name}_watershed_mask.png")[..., 0]).all()
        # The colour mask says the same.
        assert (colours[found] == raw(root / "images_test" / f"{sample.name}_color_mask.png")).all()
