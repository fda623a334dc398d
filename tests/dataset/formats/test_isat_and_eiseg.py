"""ISAT's and EISeg's JSON files."""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.registry import open_source, recognise
from segstudio.dataset.formats.source import FormatError
from tests.dataset.formats.shapes import broken, import_or_refuse, imported_mask, write_picture

SIZE = (12, 8)


def isat(*objects: dict[str, object], **more: object) -> dict[str, object]:
    info = {"description": "ISAT", "folder": "/gone", "name": "a.png", "width": SIZE[0], "height": SIZE[1], "depth": 3}
    return {"info": info | more, "objects": list(objects)}


def thing(category: str, layer: float, *points: tuple[float, float]) -> dict[str, object]:
    return {"category": category, "group": 1, "segmentation": [list(each) for each in points], "layer": layer}


LOW = thing("cat", 1.0, (1, 1), (9, 1), (9, 6), (1, 6))
HIGH = thing("dog", 2.0, (3, 2), (6, 2), (6, 5), (3, 5))
YAML = "label:\n- color: '#000000'\n  name: __background__\n- color: '#00ff10'\n  name: dog\n- name: cat\n"


def eiseg() -> list[dict[str, object]]:
    points = [[1.0, 1.0], [5.0, 1.0], [5.0, 4.0], [1.0, 4.0]]
    return [{"name": "bear", "labelIdx": 3, "color": [53, 119, 181], "points": points}]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_real_polygons_agree_with_isats_own_masks_to_the_pixel(real_data: Path):
    folder = real_data / "imports" / "isat"
    assert recognise(list_folder(folder))[0].format.name == "isat"
    for path in (folder / "semantic").glob("*.png"):
        mask, classes = imported_mask(folder, "isat", path.stem)
        assert np.array_equal(mask, np.asarray(Image.open(path))), path.stem
    assert [(entry.name, entry.colour) for entry in classes][:2] == [
        ("__background__", (0, 0, 0)), ("person", (239, 41, 41)),
    ]  # fmt: skip


def test_real_files_of_isat_among_others_are_read(real_data: Path):
    report = import_or_refuse(real_data / "imports" / "coco_tiny", "isat")

    assert report is not None
    assert (report.pictures, report.masks, report.skipped) == (5, 5, ())


def test_real_polygons_of_eiseg_lie_on_the_bears(real_data: Path):
    """Drawn by another hand than the masks beside them."""
    folder = real_data / "imports" / "paddlelabel" / "bear"
    for stem in ("1", "2", "3"):
        mask, classes = imported_mask(folder, "eiseg", stem)
        theirs = np.asarray(Image.open(folder / "semanticSegmentation" / "mask" / "Annotations" / f"{stem}.png"))
        both, either = ((mask == 1) & (theirs == 1)).sum(), ((mask == 1) | (theirs == 1)).sum()
        assert both / either > 0.96
    assert [entry.name for entry in classes] == ["background", "bear"]


def test_higher_layers_of_isat_lie_over_lower_ones(tmp_path: Path):
    """R16."""
    write_picture(tmp_path / "a.png", SIZE)
    write(tmp_path / "a.json", json.dumps(isat(HIGH, LOW)))
    write(tmp_path / "isat.yaml", YAML)

    mask, classes = imported_mask(tmp_path, "isat", "a")

    assert (mask[3, 4], mask[5, 8], mask[0, 0]) == (1, 2, 0)
    assert [(entry.id, entry.name) for entry in classes] == [(0, "__background__"), (1, "dog"), (2, "cat")]
    assert classes[1].colour == (0, 255, 16)


def test_eisegs_pictures_are_found_by_their_stem_and_not_among_masks(tmp_path: Path):
    write(tmp_path / "set" / "label" / "a.json", json.dumps(eiseg()))
    write_picture(tmp_path / "set" / "label" / "a.png", SIZE)  # its mask
    image = write_picture(tmp_path / "set" / "a.jpg", SIZE)

    source = open_source(tmp_path)
    mask, classes = imported_mask(tmp_path, "eiseg", "a")

    assert [sample.image for sample in source.samples] == [image]
    assert set(np.unique(mask)) == {0, 3}
    assert mask[1:5, 1:6].min() == 3
    assert classes[1].colour == (53, 119, 181)


def test_a_yaml_that_is_none_is_named(tmp_path: Path):
    write_picture(tmp_path / "a.png", SIZE)
    write(tmp_path / "a.json", json.dumps(isat(LOW)))
    write(tmp_path / "isat.yaml", "label: [")

    with pytest.raises(FormatError, match=r"isat\.yaml"):
        open_source(tmp_path, name="isat")


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_broken_files_are_refused_in_words(data: st.DataObject):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_picture(folder / "a.png", SIZE)
        write(folder / "a.json", data.draw(broken(isat(LOW, HIGH))))
        write(
            folder / "isat.yaml",
            data.draw(st.sampled_from([YAML, YAML[:30], "label: 3", "&a [*a]", "label: [{name: 2001-01-01}]"])),
        )
        import_or_refuse(folder, "isat")
        write(folder / "a.json", data.draw(broken(eiseg())))
        import_or_refuse(folder, "eiseg")
