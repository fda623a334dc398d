"""ADE20K, read: the benchmark, and the full dataset of 2017 and 2020."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.ade20k import ADE20K
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


def benchmark(root: Path) -> None:
    for split, name in (("training", "ADE_train_00000001"), ("validation", "ADE_val_00000001")):
        picture(root / "images" / split / f"{name}.jpg", (12, 9))
        mask(root / "annotations" / split / f"{name}.png", RING * 75)
    (root / "objectInfo150.txt").write_text("Idx\tRatio\tTrain\tVal\tName\n75\t0.1\t1\t1\tcomputer, data processor\n")


def full(root: Path, year: int) -> None:
    folder = root / "training" / "street"
    picture(folder / "a.jpg", (12, 9))
    code = np.array([[0, 0, 0], [10, 145, 40], [70, 39, 90]], np.uint8)  # 401 and 1831, by red and green
    mask(folder / "a_seg.png", code[RING])
    if year == 2020:
        objects = [
            {"name": "car, auto", "name_ndx": 401, "parts": {"part_level": 0}},
            {"name": "person, individual", "name_ndx": 1831, "parts": {"part_level": 0}},
            {"name": "wheel", "name_ndx": 1, "parts": {"part_level": 1}},
        ]
        (folder / "a.json").write_text(json.dumps({"annotation": {"object": objects}}))
    else:
        lines = (
            '001 # 0 # 0 # car, auto # car # ""',
            '002 # 0 # 0 # person, individual # man # ""',
            '001 # 1 # 0 # x # x # ""',
        )
        (folder / "a_atr.txt").write_text("\n".join(lines))


def test_the_benchmark_has_150_classes_and_ignores_0(tmp_path: Path):
    benchmark(tmp_path)

    source = open_source(tmp_path)

    assert (source.format, len(source.classes)) == ("ade20k", 151)
    assert [sample.split for sample in source.samples] == ["train", "val"]
    assert [entry.name for entry in source.classes if entry.ignored] == ["other"]
    assert (names(source, source.samples[0]) == np.array(["other", "computer", "class 150"])[RING]).all()


@pytest.mark.parametrize("year", [2017, 2020])
def test_the_full_dataset_names_its_objects_beside_the_mask(tmp_path: Path, year: int):
    full(tmp_path, year)

    source = open_source(tmp_path)

    assert source.format == "ade20k"
    assert [entry.name for entry in source.classes] == ["other", "car", "person"]
    assert (names(source, source.samples[0]) == np.array(["other", "car", "person"])[RING]).all()
    assert source.samples[0].split == "train"


def test_a_mask_without_its_list_or_its_picture_is_named(tmp_path: Path):
    full(tmp_path, 2017)
    folder = tmp_path / "training" / "street"
    mask(folder / "b_seg.png", RING)
    picture(folder / "c.jpg")
    mask(folder / "c_seg.png", RING)

    reasons = {each.path.name: each.reason for each in opened(tmp_path, ADE20K).skipped}

    assert "picture named b.jpg" in reasons["b_seg.png"]
    assert "_atr.txt" in reasons["c_seg.png"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "2020").exists():
        benchmark(tmp_path / "b")
        full(tmp_path / "2017", 2017)
        full(tmp_path / "2020", 2020)

    folder = tmp_path / data.draw(st.sampled_from(["b", "2017", "2020"]))
    check_damage(folder, ADE20K, data.draw(damages(folder)))


def test_real_benchmark_files(real_data: Path):
    root = real_data / "imports" / "ade20k"

    source = open_source(root)

    first = sample_of(source, "ADE_train_00000001")
    assert isinstance(first.annotation, Path)
    assert (positions(source, first) == raw(first.annotation)).all()
    assert source.classes[3].name == "sky"
    with pytest.raises(FormatError, match="no mask of the scene parsing benchmark"):
        positions(source, sample_of(source, "ADE_train_00009317"))


def test_real_structure_of_datumaro(real_data: Path):
    assets = real_data / "imports" / "datumaro_assets"

    new = open_source(assets / "ade20k2020_dataset" / "dataset")
    old = open_source(assets / "ade20k2017_dataset" / "dataset")

    for source in (new, old):
        assert (source.format, [sample.split for sample in source.samples]) == ("ade20k", ["train", "val"])
    for sample in new.samples:
        assert isinstance(sample.annotation, Path)
        pixels = raw(sample.annotation)
        code = pixels[..., 0] // 10 * 256 + pixels[..., 1]
        expected = np.where(code == 401, "car", np.where(code == 1831, "person", "other"))
        assert (names(new, sample) == expected).all()
    sample = sample_of(old, "2")
    assert isinstance(sample.annotation, Path)
    assert (names(old, sample) == np.array(["other", "sky", "person"])[raw(sample.annotation)[..., 2]]).all()
