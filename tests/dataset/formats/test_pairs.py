"""Pictures and masks in two folders or in one, whatever the masks hold."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.formats.format import ReadingOptions
from segstudio.dataset.formats.importing import import_source
from segstudio.dataset.formats.listing import Listing
from segstudio.dataset.formats.mapping import default_mapping
from segstudio.dataset.formats.pairs import PAIRS
from segstudio.dataset.formats.registry import open_source
from segstudio.dataset.formats.source import FormatError
from segstudio.dataset.masks import read_mask
from tests.dataset.formats.raster_support import (
    RING,
    check_damage,
    damages,
    hexed,
    mask,
    names,
    opened,
    picture,
    positions,
    raw,
    sample_of,
)

VOC_PALETTE = [0, 0, 0, 128, 0, 0, 0, 128, 0]


def pair(folder: Path, name: str, pixels: np.ndarray, palette: list[int] | None = None) -> None:
    picture(folder / "images" / f"{name}.png", pixels.shape[1::-1])
    mask(folder / "masks" / f"{name}.png", pixels, palette)


def only(folder: Path, options: ReadingOptions | None = None) -> np.ndarray:
    source = opened(folder, PAIRS, options)
    return names(source, source.samples[0])


# What belongs together


@pytest.mark.parametrize(
    ("image", "annotation"),
    [
        ("images/a.jpg", "masks/a.png"),
        ("JPEGImages/train/a.jpg", "SegmentationClass/train/a.png"),
        ("images/01_test.png", "1st_manual/01_manual1.gif"),
        ("PNGImages/F1.png", "PedMasks/F1_mask.png"),
        ("images/001_image.png", "annotations/001_annotation.png"),
        ("img/image_0001.png", "gt/gt_0001.png"),
        ("raw/00.tif", "labels/labels00000000.png"),
        ("x/img2d.tif", "x/mask2d.tif"),
        ("all/a b.jpg", "all/a b_seg.png"),
        ("all/a.jpg", "all/a.png"),
        ("a.jpg", "a_mask.png"),
        ("a.jpg", "masks/a.png"),
        ("train/a.png", "trainannot/a.png"),
        ("RGBLeft/7.png", "GTLeft/7.png"),
        ("データ é/images/@[%] x.png", "データ é/masks/@[%] x.png"),
    ],
)
def test_a_mask_is_found_by_its_folder_and_its_name(tmp_path: Path, image: str, annotation: str):
    """R19, R20."""
    picture(tmp_path / image, (12, 9))
    mask(tmp_path / annotation, RING * 100)

    source = opened(tmp_path, PAIRS)

    assert [(sample.image, sample.annotation) for sample in source.samples] == [
        (tmp_path / image, tmp_path / annotation)
    ]
    assert PAIRS.recognise(Listing(tmp_path, (tmp_path / image, tmp_path / annotation))) is not None


def test_equal_names_in_other_folders_are_not_confused(tmp_path: Path):
    for tile, value in (("one", 1), ("two", 2)):
        picture(tmp_path / tile / "images" / "a.png", (4, 4))
        mask(tmp_path / tile / "masks" / "a.png", np.full((4, 4), value, np.uint8))

    source = opened(tmp_path, PAIRS)

    assert {sample.name: names(source, sample)[0, 0] for sample in source.samples} == {
        "one_a": "class 1",
        "two_a": "class 2",
    }


def test_what_has_no_partner_is_named_and_nothing_is_lost(tmp_path: Path):
    """R18."""
    pair(tmp_path, "a", RING)
    picture(tmp_path / "images" / "bare.png")
    mask(tmp_path / "masks" / "lost.png", RING)

    source = opened(tmp_path, PAIRS)

    assert {sample.name: sample.annotation is not None for sample in source.samples} == {"a": True, "bare": False}
    assert [each.path.name for each in source.skipped] == ["lost.png"]
    assert any("bare.png" in note for note in source.notes)


def test_a_mask_that_two_pictures_could_own_is_not_given_to_either(tmp_path: Path):
    pair(tmp_path, "a", RING)
    picture(tmp_path / "images" / "1.png")
    picture(tmp_path / "images" / "1.jpg")
    mask(tmp_path / "masks" / "1.png", RING)

    source = opened(tmp_path, PAIRS)

    assert "Several pictures" in source.skipped[0].reason


def test_of_several_kinds_of_masks_the_semantic_one_is_taken_and_the_choice_is_told(tmp_path: Path):
    picture(tmp_path / "images" / "a.png", (12, 9))
    mask(tmp_path / "instance" / "a.png", RING)
    mask(tmp_path / "semantic" / "a.png", RING)

    source = opened(tmp_path, PAIRS)

    assert source.samples[0].annotation == tmp_path / "semantic" / "a.png"
    assert "instance/a.png" in source.notes[0]


def test_splits_are_those_of_the_folders(tmp_path: Path):
    for split in ("train", "valid", "testing"):
        picture(tmp_path / "images" / split / f"{split}.png", (12, 9))
        mask(tmp_path / "labels" / split / f"{split}.png", RING)

    assert [sample.split for sample in opened(tmp_path, PAIRS).samples] == ["test", "train", "val"]


def test_without_any_mask_there_is_a_reason(tmp_path: Path):
    picture(tmp_path / "images" / "a.png")

    with pytest.raises(FormatError, match="folder named “masks”"):
        opened(tmp_path, PAIRS)


def test_a_hundred_thousand_files_are_recognised_soon(tmp_path: Path):
    import time

    files = [tmp_path / kind / f"{n:06}.png" for kind in ("images", "masks") for n in range(50_000)]
    began = time.perf_counter()

    assert PAIRS.recognise(Listing(tmp_path, tuple(files))) is not None

    assert time.perf_counter() - began < 3


# What masks hold


def test_ids_in_grey_of_8_and_16_bits_and_in_three_equal_channels(tmp_path: Path):
    """R14."""
    ids = RING.astype(np.uint16) * 300
    for name, pixels in (("a", ids), ("b", RING), ("c", np.repeat(RING[..., None], 3, axis=2))):
        pair(tmp_path, name, pixels)

    source = opened(tmp_path, PAIRS)

    assert [entry.id for entry in source.classes] == [0, 1, 2, 300, 600]
    for name, expected in (("a", ids), ("b", RING), ("c", RING)):
        found = np.array([entry.id for entry in source.classes])[positions(source, sample_of(source, name))]
        assert (found == expected).all()


def test_a_palette_that_is_the_same_everywhere_is_read_by_index(tmp_path: Path):
    """R13."""
    pair(tmp_path, "a", RING, VOC_PALETTE)
    pair(tmp_path, "b", RING[::-1], VOC_PALETTE)

    source = opened(tmp_path, PAIRS)

    assert [(entry.id, entry.colour) for entry in source.classes] == [
        (0, (0, 0, 0)),
        (1, (128, 0, 0)),
        (2, (0, 128, 0)),
    ]
    assert (positions(source, source.samples[0]) == RING).all()


def test_palettes_in_another_order_in_each_file_are_read_by_colour(tmp_path: Path):
    pair(tmp_path, "a", RING, VOC_PALETTE)
    pair(tmp_path, "b", np.array([1, 0, 2], np.uint8)[RING], [128, 0, 0, 0, 0, 0, 0, 128, 0])

    source = opened(tmp_path, PAIRS)

    assert (names(source, source.samples[0]) == names(source, source.samples[1])).all()
    assert [entry.colour for entry in source.classes] == [(0, 0, 0), (0, 128, 0), (128, 0, 0)]


def test_colours_get_the_names_of_a_list_that_has_them(tmp_path: Path):
    table = np.array([[0, 0, 0], [10, 20, 30], [255, 0, 0]], np.uint8)
    pair(tmp_path, "a", table[RING])
    (tmp_path / "class_dict.csv").write_text("name,r,g,b\nground,0,0,0\nring,10,20,30\nnever,1,1,1\ndot,255,0,0\n")

    source = opened(tmp_path, PAIRS)

    assert [entry.name for entry in source.classes] == ["ground", "ring", "never", "dot"]
    assert (names(source, source.samples[0]) == np.array(["ground", "ring", "dot"])[RING]).all()


def test_a_list_with_other_colours_than_the_masks_have_is_told(tmp_path: Path):
    pair(tmp_path, "a", np.array([[0, 0, 0], [10, 20, 30], [255, 0, 0]], np.uint8)[RING])
    (tmp_path / "labelmap.txt").write_text("ring:1,2,3::\ndot:255,0,0::\n")

    source = opened(tmp_path, PAIRS)

    assert [entry.name for entry in source.classes] == ["dot", "background", "#0a141e"]
    assert "labelmap.txt has only 1 of the 2 colours" in source.notes[0]


def test_soft_edges_are_cut_by_a_threshold_and_another_can_be_given(tmp_path: Path):
    hard = Image.fromarray(np.kron(RING > 0, np.ones((20, 20), np.uint8)).astype(np.uint8) * 250)
    soft = np.array(hard.resize((480, 360), Image.Resampling.BICUBIC))
    pair(tmp_path, "a", soft)

    found = only(tmp_path)
    other = only(tmp_path, ReadingOptions(threshold=200))

    assert ((found == "object") == (soft >= 128)).all()
    assert ((other == "object") == (soft >= 200)).all()
    assert "grey 128 and more" in opened(tmp_path, PAIRS).notes[0]


def test_jpeg_masks_of_one_object_are_read_and_of_ids_refused(tmp_path: Path):
    """R15."""
    big = np.kron(RING > 0, np.ones((40, 40), np.uint8)).astype(np.uint8)
    picture(tmp_path / "a" / "images" / "a.png", (480, 360))
    (tmp_path / "a" / "masks").mkdir()
    Image.fromarray(big * 255).convert("RGB").save(tmp_path / "a" / "masks" / "a.jpg", quality=80)
    picture(tmp_path / "b" / "images" / "a.png", (480, 360))
    (tmp_path / "b" / "masks").mkdir()
    Image.fromarray(big * 3).save(tmp_path / "b" / "masks" / "a.jpg")

    assert ((only(tmp_path / "a") == "object") == (big == 1)).all()
    with pytest.raises(FormatError, match="Save it as PNG"):
        only(tmp_path / "b")


def test_numbers_of_objects_become_one_class_and_a_list_of_classes_says_otherwise(tmp_path: Path):
    two, one = np.zeros((9, 12), np.uint8), np.zeros((9, 12), np.uint8)
    two[1:4, 1:4], two[5:8, 5:8], one[1:4, 1:4] = 1, 2, 1
    pair(tmp_path, "a", two)
    pair(tmp_path, "b", one)

    source = opened(tmp_path, PAIRS)
    (tmp_path / "labels.txt").write_text("0 ground\n1 left\n2 right\n")
    named = opened(tmp_path, PAIRS)

    assert "numbers of objects" in source.notes[0]
    assert ((names(source, source.samples[0]) == "object") == (two > 0)).all()
    assert (names(named, named.samples[0]) == np.array(["ground", "left", "right"])[two]).all()


def test_ids_whose_areas_are_in_several_pieces_are_classes(tmp_path: Path):
    pair(tmp_path, "a", RING)
    pair(tmp_path, "b", np.minimum(RING, 1))

    assert [entry.name for entry in opened(tmp_path, PAIRS).classes] == ["background", "class 1", "class 2"]


def test_255_is_void_beside_small_ids_and_a_class_beside_grey_levels(tmp_path: Path):
    pair(tmp_path / "void", "a", np.where(RING == 2, 255, RING).astype(np.uint8), None)
    picture(tmp_path / "void" / "images" / "b.png", (12, 9))
    mask(tmp_path / "void" / "masks" / "b.png", RING)
    pair(tmp_path / "levels", "a", np.array([0, 128, 255], np.uint8)[RING])

    assert [entry.ignored for entry in opened(tmp_path / "void", PAIRS).classes] == [False, False, False, True]
    assert [entry.ignored for entry in opened(tmp_path / "levels", PAIRS).classes] == [False, False, False]


def test_one_bit_and_transparent_masks(tmp_path: Path):
    pair(tmp_path / "bit", "a", RING > 0)
    seen = np.dstack([np.full((9, 12), 200, np.uint8)] * 3 + [(RING > 0).astype(np.uint8) * 255])
    pair(tmp_path / "alpha", "a", seen)

    assert ((only(tmp_path / "bit") == "object") == (RING > 0)).all()
    assert ((only(tmp_path / "alpha") == "object") == (RING > 0)).all()


def test_colours_that_run_into_each_other_become_the_nearest_class(tmp_path: Path):
    table = np.array([[0, 0, 0], [250, 20, 30], [10, 20, 250]], np.uint8)
    hard = np.kron(RING, np.ones((40, 40), np.uint8))
    soft = table[hard]
    edge = np.abs(np.diff(hard.astype(int), axis=1, prepend=hard[:, :1])) > 0
    soft[edge] = np.random.default_rng(1).integers(0, 255, (int(edge.sum()), 3))
    pair(tmp_path, "a", soft)

    source = opened(tmp_path, PAIRS)

    found = names(source, source.samples[0])
    assert len(source.classes) == 3
    assert (found[~edge] == np.array(["background", "#fa141e", "#0a14fa"])[hard][~edge]).all()


def test_photographs_taken_for_masks_are_refused(tmp_path: Path):
    pair(tmp_path, "a", np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8))

    with pytest.raises(FormatError, match="more than there can be classes"):
        opened(tmp_path, PAIRS)


def test_an_id_that_was_not_seen_when_the_classes_were_found_is_refused_with_its_place(tmp_path: Path):
    """R33."""
    pair(tmp_path, "a", RING)
    source = opened(tmp_path, PAIRS)
    changed = RING.copy()
    changed[3, 7] = 9
    mask(tmp_path / "masks" / "a.png", changed)

    with pytest.raises(FormatError, match="number 9 at x 7, y 3"):
        names(source, source.samples[0])


def test_a_stack_of_slices_is_refused(tmp_path: Path):
    picture(tmp_path / "images" / "a.png", (12, 9))
    (tmp_path / "masks").mkdir()
    first, second = Image.fromarray(RING), Image.fromarray(RING[::-1])
    first.save(tmp_path / "masks" / "a.tif", save_all=True, append_images=[second])

    with pytest.raises(FormatError, match="Save each slice"):
        opened(tmp_path, PAIRS)


def test_names_without_the_background_begin_at_one(tmp_path: Path):
    pair(tmp_path, "a", RING)
    (tmp_path / "labels.txt").write_text("ring\ndot\n")

    assert (only(tmp_path) == np.array(["background", "ring", "dot"])[RING]).all()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_are_refused_or_skipped_in_words(tmp_path: Path, data: st.DataObject):
    if not (tmp_path / "images").exists():
        pair(tmp_path, "a", RING)
        pair(tmp_path, "b", RING, VOC_PALETTE)
        (tmp_path / "classes.json").write_text(json.dumps({"classes": [{"name": "x", "color": "#010203"}]}))

    check_damage(tmp_path, PAIRS, data.draw(damages(tmp_path)))


# Real files


def imported(source_folder: Path, target: Path) -> dict[str, np.ndarray]:
    source = opened(source_folder, PAIRS)
    import_source(source, target, default_mapping(source))
    dataset = open_dataset(target)
    known = np.full(65536, "?", dtype="<U60")
    for entry in dataset.classes:
        known[entry.id] = entry.name
    return {sample.name: known[read_mask(sample.mask)] for sample in dataset if sample.mask is not None}


@pytest.mark.parametrize(
    ("folder", "masks", "threshold"),
    [
        ("road_antialiased", "groundtruth/*.png", 128),
        ("kvasir_jpeg_masks", "masks/*.jpg", 128),
        ("magnetic_tile_soft", "*/Imgs/*.png", 128),
        ("drive_tif_gif", "1st_manual/*.gif", 128),
        ("pennfudan_instances", "PedMasks/*.png", 1),
        ("stardist_16bit", "mask2d.tif", 1),
    ],
)
def test_real_masks_of_one_class(real_data: Path, tmp_path: Path, folder: str, masks: str, threshold: int):
    root = real_data / "imports" / folder

    found = imported(root, tmp_path / "out")

    paths = sorted(root.glob(masks))
    assert len(found) == len(paths)
    for result, path in zip(found.values(), paths, strict=True) if len(paths) == 1 else _by_stem(found, paths):
        grey = raw(path)
        expected = (grey if grey.ndim == 2 else grey[..., 1]) >= threshold
        assert ((result == "object") == expected).all()
        assert ((result == "background") == ~expected).all()


def _by_stem(found: dict[str, np.ndarray], paths: list[Path]) -> list[tuple[np.ndarray, Path]]:
    def key(name: str) -> str:
        return name.removesuffix("_mask").removesuffix("_manual1").removesuffix("_test")

    by_key = {key(name): result for name, result in found.items()}
    return [(by_key[key(path.stem)], path) for path in paths]


def test_real_tiles_whose_palettes_differ_are_read_by_colour(real_data: Path):
    root = real_data / "imports" / "dubai_rgb_and_palette"

    source = opened(root, PAIRS)

    assert len(source.samples) == 4
    assert "only 1 of the 6 colours" in source.notes[0]
    for sample in source.samples:
        found = names(source, sample)
        assert isinstance(sample.annotation, Path)
        expected = hexed(sample.annotation)
        expected[expected == "#000000"] = "background"
        assert ((found == expected) | ((found == "Unlabeled") & (expected == "#9b9b9b"))).all()


def test_real_fruit_of_ids_and_of_colours_in_one_folder(real_data: Path):
    root = real_data / "imports" / "paddlelabel" / "fruit"

    source = opened(root, PAIRS)

    for sample in source.samples[:4]:
        assert isinstance(sample.annotation, Path)
        pixels = raw(sample.annotation)
        if pixels.ndim == 2:
            expected = np.array(["background", "梨", "苹果"])[pixels]
        else:
            expected = np.where(pixels[..., 0] == 74, "苹果", np.where(pixels[..., 1] == 128, "梨", "background"))
        assert (names(source, sample) == expected).all()


@pytest.mark.parametrize(
    ("folder", "masks"),
    [
        ("paddlelabel/bear", "semanticSegmentation/mask/Annotations"),
        ("large_tiff_4000x3000", "sample_masks"),
        ("isat", "semantic"),
        ("vnc_tiff_1bit", "labels"),
    ],
)
def test_real_masks_of_ids(real_data: Path, folder: str, masks: str):
    source = open_source(real_data / "imports" / folder, name="pairs")

    ids = np.array([entry.id for entry in source.classes])
    annotated = [sample for sample in source.samples if sample.annotation is not None]
    assert len(annotated) == len(list((real_data / "imports" / folder / masks).glob("*.png")))
    for sample in annotated:
        assert isinstance(sample.annotation, Path)
        assert sample.annotation.parent.name == Path(masks).name
        assert (ids[positions(source, sample)] == raw(sample.annotation)).all()


def test_real_names_of_classes(real_data: Path):
    imports = real_data / "imports"

    isat = opened(imports / "isat", PAIRS)
    pet = opened(imports / "xanylabeling" / "binary_semantic_segmentation", PAIRS)
    animals = opened(imports / "xanylabeling" / "multiclass_semantic_segmentation", PAIRS)
    plants = opened(imports / "cwfid_rgb_yaml", PAIRS)

    assert [entry.name for entry in isat.classes][:3] == ["__background__", "person", "knife"]
    assert [entry.name for entry in pet.classes] == ["background", "pet"]
    found = names(animals, animals.samples[0])
    path = imports / "xanylabeling" / "multiclass_semantic_segmentation" / "masks" / "cat_dog.png"
    assert (found == np.array(["background", "dog", "cat"])[raw(path)]).all()
    assert [entry.name for entry in plants.classes] == ["background", "#00ff00", "#ff0000"]


@pytest.mark.parametrize("folder", ["dataset", "non_standard_dataset"])
def test_real_common_semantic_segmentation(real_data: Path, folder: str):
    root = real_data / "imports" / "datumaro_assets" / "common_semantic_segmentation_dataset" / folder
    meta = json.loads((root / "dataset_meta.json").read_text())
    by_colour = {
        "#{:02x}{:02x}{:02x}".format(*colour): name
        for colour, name in zip(meta["segmentation_colors"], meta["label_map"].values(), strict=True)
    }

    source = opened(root, PAIRS)

    assert len(source.samples) == 2
    for sample in source.samples:
        assert isinstance(sample.annotation, Path)
        assert (names(source, sample) == np.vectorize(by_colour.get)(hexed(sample.annotation))).all()
