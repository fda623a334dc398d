"""SYNTHIA, read."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.cityscapes import city_classes
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import SourceClass
from segstudio.dataset.formats.synthia import SYNTHIA, synthia_classes
from tests.dataset.formats.raster_support import RING, check_damage, damages, hexed, mask, names, picture


def table(classes: tuple[SourceClass, ...]) -> dict[str, str]:
    return {"#{:02x}{:02x}{:02x}".format(*e.colour): e.name for e in reversed(classes) if e.colour}


def rand(root: Path) -> None:
    picture(root / "RGB" / "0.png", (12, 9))
    mask(root / "GT" / "0.png", np.array([[128, 128, 128], [128, 64, 128], [0, 0, 0]], np.uint8)[RING])


def test_colours_of_synthia_have_its_names(tmp_path: Path):
    rand(tmp_path)

    source = open_source(tmp_path)

    assert source.format == "synthia"
    assert (names(source, source.samples[0]) == np.array(["Sky", "Road", "Void"])[RING]).all()
    assert source.classes[0].ignored


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "RGB").exists():
        rand(tmp_path)

    check_damage(tmp_path, SYNTHIA, data.draw(damages(tmp_path)))


@pytest.mark.parametrize(
    ("folder", "known"),
    [
        ("rand", table(synthia_classes())),
        ("al", table(synthia_classes())),
        ("sf", table(city_classes())),
        ("rand_custom_labelmap", None),
        ("rand_meta_file", None),
    ],
)
def test_real_structure_of_datumaro(real_data: Path, folder: str, known: dict[str, str] | None):
    root = real_data / "imports" / "datumaro_assets" / "synthia_dataset" / folder
    if known is None:
        meta = json.loads((root.parent / "rand_meta_file" / "dataset_meta.json").read_text())
        pairs = zip(meta["segmentation_colors"], meta["label_map"].values(), strict=True)
        known = {"#{:02x}{:02x}{:02x}".format(*colour): name for colour, name in pairs}

    source = open_source(root)

    assert (source.format, len(source.samples)) == ("synthia", 2)
    for sample in source.samples:
        assert isinstance(sample.annotation, Path)
        assert (names(source, sample) == np.vectorize(known.get)(hexed(sample.annotation))).all()
