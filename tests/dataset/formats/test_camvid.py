"""CamVid, read."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segstudio.dataset.formats.camvid import CAMVID, camvid_classes
from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.raster_support import RING, check_damage, damages, hexed, mask, names, opened, picture


def segnet(root: Path, pixels: np.ndarray) -> None:
    for split, name in (("train", "0001TP_1"), ("val", "0016E5_2")):
        picture(root / split / f"{name}.png", pixels.shape[1::-1])
        mask(root / f"{split}annot" / f"{name}.png", pixels)
        (root / f"{split}.txt").write_text(
            f"/SegNet/CamVid/{split}/{name}.png /SegNet/CamVid/{split}annot/{name}.png\n"
        )


def test_lists_with_paths_of_another_computer_and_the_twelve_numbers(tmp_path: Path):
    segnet(tmp_path, np.array([0, 3, 11], np.uint8)[RING])

    source = open_source(tmp_path)

    assert source.format == "camvid"
    assert [(sample.name, sample.split, sample.group) for sample in source.samples] == [
        ("0001TP_1", "train", "0001TP"),
        ("0016E5_2", "val", "0016E5"),
    ]
    assert (names(source, source.samples[0]) == np.array(["Sky", "Road", "Unlabelled"])[RING]).all()
    assert [entry.name for entry in source.classes if entry.ignored] == ["Unlabelled"]


def test_original_names_and_a_list_of_colours(tmp_path: Path):
    picture(tmp_path / "701_StillsRaw_full" / "0001TP_006690.png", (12, 9))
    table = np.array([[0, 0, 0], [1, 2, 3], [9, 9, 9]], np.uint8)
    mask(tmp_path / "LabeledApproved_full" / "0001TP_006690_L.png", table[RING])
    (tmp_path / "label_colors.txt").write_text("0 0 0\tVoid\n1 2 3\t\tRing\n9 9 9\tDot\n")

    source = open_source(tmp_path)

    assert source.format == "camvid"
    assert (names(source, source.samples[0]) == np.array(["Void", "Ring", "Dot"])[RING]).all()
    assert source.classes[0].ignored


def test_lines_without_files_are_named(tmp_path: Path):
    segnet(tmp_path, RING)
    with (tmp_path / "train.txt").open("a") as file:
        file.write("/x/gone.png /x/goneannot.png\nnonsense\n")

    reasons = [each.reason for each in opened(tmp_path, CAMVID).skipped]

    assert ["Line 2" in reasons[0], "Line 3" in reasons[1]] == [True, True]


def test_links_that_lead_nowhere_are_told_in_words(tmp_path: Path):
    """R20."""
    segnet(tmp_path, RING)
    for name in ("test.txt", "train/x.png", "label_colors.txt"):
        (tmp_path / name).symlink_to(tmp_path / "nowhere")

    assert CAMVID.recognise(list_folder(tmp_path)) is not None
    with pytest.raises(FormatError, match=r"test\.txt cannot be read"):
        opened(tmp_path, CAMVID)


def test_a_folder_without_either_is_refused(tmp_path: Path):
    picture(tmp_path / "a.png")

    with pytest.raises(FormatError, match="picture mask"):
        opened(tmp_path, CAMVID)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "train.txt").exists():
        segnet(tmp_path, RING)

    check_damage(tmp_path, CAMVID, data.draw(damages(tmp_path)))


def test_real_structure_of_datumaro(real_data: Path):
    root = real_data / "imports" / "datumaro_assets" / "camvid_dataset"
    known = {"#{:02x}{:02x}{:02x}".format(*e.colour): e.name for e in camvid_classes() if e.colour}

    source = open_source(root)

    assert (source.format, len(source.samples)) == ("camvid", 4)
    for sample in source.samples:
        assert isinstance(sample.annotation, Path)
        assert sample.annotation.parent.name == f"{sample.split}annot"
        assert (names(source, sample) == np.vectorize(known.get)(hexed(sample.annotation))).all()
