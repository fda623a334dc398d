"""The doctor of a dataset finds all that is wrong, names file, pixel and value, and cries for nothing else."""

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.doctor.kinds import KINDS, kind_title
from segstudio.dataset.doctor.mask_looks import mend_for_size, whole_factor
from segstudio.dataset.doctor.picture_hash import ALIKE, nearest, picture_hash
from segstudio.dataset.doctor.verify import breaks_training, counts_by_kind, verify
from segstudio.dataset.files import name_for_copy
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import write_mask
from segstudio.dataset.problems import Severity
from tests.dataset.doctor_support import (
    BLUE,
    CLASSES,
    HEIGHT,
    RED,
    THREE,
    WIDTH,
    found,
    healthy,
    ids,
    mask_of,
    opened,
    picture,
)


def soft(size=(HEIGHT, WIDTH), top=255):
    """Return one object with soft edges, 0 to ``top``."""
    hard = np.zeros((size[0] * 8, size[1] * 8), np.float32)
    cv2.circle(hard, (size[1] * 4, size[0] * 4), size[0] * 2, 1, -1)
    return np.rint(cv2.resize(hard, size[::-1], interpolation=cv2.INTER_AREA) * top).astype(np.uint8)


def palette_mask(path, colours, mask=None):
    image = Image.fromarray(ids() if mask is None else mask).convert("P")
    image.putpalette([channel for colour in colours for channel in colour])
    image.save(path)


def rgba(path, alpha, mask=None):
    values = ids() if mask is None else mask
    Image.fromarray(np.dstack([values] * 3 + [alpha])).save(path)


def deep(folder):
    cv2.imwrite(str(mask_of(folder)), ids().astype(np.uint16))


def as_jpeg(folder, pixels):
    mask_of(folder).unlink()
    Image.fromarray(pixels).save(mask_of(folder).with_suffix(".jpg"), quality=95)


def two_jpegs(folder):
    picture(folder / "train_images" / "a.jpg")


def on_its_side(folder):
    # Stored 24 × 36 and turned by EXIF: upright it is 36 × 24, the mask is as it is stored.
    picture(folder / "train_images" / "a.png", orientation=6)


def colours(folder):
    Image.fromarray(np.where(ids()[..., None] == 1, np.uint8(RED), np.uint8(0))).save(mask_of(folder))


def copied_mask(folder):
    shutil.copy(mask_of(folder), name_for_copy(mask_of(folder), "conflict"))


def to_val(folder):
    """Move the mask of a train picture into the folder of val."""
    mask_of(folder).rename(mask_of(folder, split="val"))


def other_case(folder):
    mask_of(folder).rename(mask_of(folder, "A"))


def case_twin(folder):
    picture(folder / "train_images" / "B.png", seed=77)


def same_picture(folder):
    shutil.copy(folder / "train_images" / "a.png", folder / "val_images" / "v.png")


def like_picture(folder):
    pixels = cv2.imread(str(folder / "train_images" / "a.png"))
    (folder / "val_images" / "v.png").unlink()
    cv2.imwrite(str(folder / "val_images" / "v.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 70])


def other_palettes(folder):
    palette_mask(mask_of(folder, "a"), [(0, 0, 0), RED])
    palette_mask(mask_of(folder, "b"), [(0, 0, 0), RED])
    palette_mask(mask_of(folder, "v", "val"), [RED, (0, 0, 0)], 1 - ids())


def with_classes(*entries):
    return lambda folder: save_classes(folder, ClassList((*CLASSES, *entries)))


def only_in_val(folder):
    save_classes(folder, THREE)
    write_mask(mask_of(folder, "v", "val"), np.where(ids() == 1, 2, 1).astype(np.uint8))


def only_in_train(folder):
    save_classes(folder, THREE)
    write_mask(mask_of(folder), ids() * 2)


def no_masks(folder):
    shutil.rmtree(folder / "train_segmentation")


E, W, I = Severity.ERROR, Severity.WARNING, Severity.INFO  # noqa: E741
CASES = {
    "unreadable_image": (E, None, lambda f: (f / "train_images" / "a.png").write_bytes(b"")),
    "unreadable_mask": (E, None, lambda f: mask_of(f).write_bytes(mask_of(f).read_bytes()[:-30])),
    "duplicate_stem": (E, None, two_jpegs),
    "size_mismatch": (E, None, lambda f: write_mask(mask_of(f), ids((HEIGHT - 1, WIDTH)))),
    "unrotated_mask": (E, "turn", on_its_side),
    "unknown_id": (E, "add_classes", lambda f: write_mask(mask_of(f), ids() * 7)),
    "colour_mask": (E, "colours_to_ids", colours),
    "palettes_differ": (E, "palette_to_ids", other_palettes),
    "transparent_mask": (E, "drop_transparency", lambda f: rgba(mask_of(f), np.full((HEIGHT, WIDTH), 255, np.uint8))),
    "lossy_mask": (E, "threshold", lambda f: as_jpeg(f, ids() * 255)),
    "soft_mask": (E, "threshold", lambda f: write_mask(mask_of(f), soft())),
    "binary_mask": (E, "threshold", lambda f: write_mask(mask_of(f), ids() * 255)),
    "class_not_in_train": (W, None, only_in_val),
    "duplicate_picture": (W, None, same_picture),
    "near_duplicate": (W, None, like_picture),
    "mask_without_image": (W, None, lambda f: write_mask(mask_of(f, "alone"), ids())),
    "mask_in_wrong_folder": (W, "give_to_picture", to_val),
    "mask_named_otherwise": (W, "give_to_picture", other_case),
    "extra_mask": (W, "put_aside", lambda f: Image.fromarray(ids()).save(mask_of(f).with_suffix(".bmp"))),
    "case_clash": (W, None, case_twin),
    "unpainted_mask": (I, None, lambda f: unpainted(f)),
    "empty_mask": (I, None, lambda f: write_mask(mask_of(f), np.zeros((HEIGHT, WIDTH), np.uint8))),
    "class_unused": (I, None, with_classes(ClassInfo(5, "rare", BLUE))),
    "class_not_in_split": (I, None, only_in_train),
    "deep_mask": (I, "narrow", deep),
    "unlabelled": (I, None, lambda f: mask_of(f).unlink()),
    "no_masks": (W, None, no_masks),
    "kept_copies": (I, None, copied_mask),
}


def unpainted(folder):
    save_classes(folder, CLASSES.starting_unpainted())
    write_mask(mask_of(folder), np.full((HEIGHT, WIDTH), 255, np.uint8))


def test_a_healthy_dataset_has_nothing_wrong(tmp_path):
    assert found(healthy(tmp_path)) == []


@pytest.mark.parametrize("kind", CASES)
def test_each_kind_is_found_where_it_is_and_only_there(tmp_path, kind):
    """R33, R34; R12 (unrotated_mask), R13 (palettes_differ), R14 (deep_mask), R15 (lossy and transparent masks)."""
    severity, mend, harm = CASES[kind]
    folder = healthy(tmp_path / "データ é 空 白")
    assert found(folder, kind) == []
    harm(folder)
    problems = verify(opened(folder))
    told = [problem for problem in problems if problem.kind == kind]
    assert len(told) == 1, [problem.kind for problem in problems]
    assert (told[0].severity, told[0].mend) == (severity, mend)
    assert breaks_training(problems) == (severity is E)
    # What follows from it may be told as well, but nothing worse.
    others = {problem.kind for problem in problems} - {kind}
    assert others <= {"unlabelled", "mask_without_image", "class_not_in_train", "class_not_in_split"}, others
    if told[0].path not in (folder, folder / "train_segmentation"):
        assert told[0].path.name in told[0].message


def test_every_kind_has_a_title_and_a_test():
    untested = {"unreadable_folder", "interrupted_rewrite"}  # opening finds these
    assert set(CASES) | untested == set(KINDS)
    assert kind_title("colour_mask") == "Masks of colours, not ids"


def test_all_problems_are_listed_and_not_only_the_first(tmp_path):
    """R34."""
    folder = healthy(tmp_path)
    CASES["unknown_id"][2](folder)
    (folder / "train_images" / "b.png").write_bytes(b"")
    write_mask(mask_of(folder, "v", "val"), ids((3, 3)) * 9)
    problems = found(folder)
    assert counts_by_kind(problems) == {"unreadable_image": 1, "size_mismatch": 1, "unknown_id": 2, "class_unused": 1}


def test_an_unknown_id_is_told_with_file_pixel_value_and_count(tmp_path):
    """R33."""
    folder = healthy(tmp_path)
    mask = ids()
    mask[3, 30] = mask[4, 2] = 200
    write_mask(mask_of(folder), mask)
    (problem,) = found(folder, "unknown_id")
    assert problem.path == mask_of(folder)
    assert [place.to_json() for place in problem.places] == [{"value": 200, "count": 2, "x": 30, "y": 3}]
    assert "200 (2 px, first at x 30, y 3)" in problem.message


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "bmp", "tif", "webp"])
def test_a_picture_cut_short_is_found_in_every_format(tmp_path, suffix):
    """R28."""
    folder = healthy(tmp_path)
    (folder / "train_images" / "a.png").unlink()
    path = folder / "train_images" / f"a.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    write_mask(mask_of(folder), ids((80, 90)))
    assert found(folder) == []
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert [problem.kind for problem in found(folder)] == ["unreadable_image"]


def test_masks_with_the_same_palette_are_read_by_index_without_a_word(tmp_path):
    """R13."""
    folder = healthy(tmp_path)
    for path in (mask_of(folder), mask_of(folder, "b"), mask_of(folder, "v", "val")):
        palette_mask(path, [(1, 2, 3), (9, 9, 9), (7, 7, 7)])
    assert found(folder) == []
    # Colours that no pixel has may differ.
    palette_mask(mask_of(folder), [(1, 2, 3), (9, 9, 9), (250, 0, 0)])
    assert found(folder) == []


def test_a_palette_that_differs_without_class_colours_has_no_mend(tmp_path):
    folder = healthy(tmp_path)
    palette_mask(mask_of(folder), [(1, 2, 3), (9, 9, 9)])
    palette_mask(mask_of(folder, "b"), [(1, 2, 3), (9, 9, 9)])
    palette_mask(mask_of(folder, "v", "val"), [(1, 2, 3), (8, 8, 8)])
    (problem,) = found(folder)
    assert (problem.kind, problem.mend, problem.path) == ("palettes_differ", None, mask_of(folder, "v", "val"))


def test_colours_that_are_no_class_have_no_mend(tmp_path):
    folder = healthy(tmp_path)
    Image.fromarray(np.full((HEIGHT, WIDTH, 3), (1, 2, 3), np.uint8)).save(mask_of(folder))
    assert [problem.mend for problem in found(folder, "colour_mask")] == [None]


def test_transparency_that_hides_something_has_no_mend(tmp_path):
    """R15."""
    folder = healthy(tmp_path)
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[3, 6] = 0  # a pixel of class 1 that is not seen
    rgba(mask_of(folder), alpha)
    assert [problem.mend for problem in found(folder, "transparent_mask")] == [None]
    alpha[3, 6] = 255
    alpha[20, 30] = 0  # nothing is behind it
    rgba(mask_of(folder), alpha)
    assert [problem.mend for problem in found(folder, "transparent_mask")] == ["drop_transparency"]


def test_soft_masks_have_no_mend_where_there_are_more_than_two_classes(tmp_path):
    folder = healthy(tmp_path, classes=THREE)
    write_mask(mask_of(folder), soft())
    assert [problem.mend for problem in found(folder, "soft_mask")] == [None]


def test_soft_masks_are_found_where_no_file_names_the_classes(tmp_path):
    folder = healthy(tmp_path, classes=None)
    for path in (mask_of(folder), mask_of(folder, "b"), mask_of(folder, "v", "val")):
        write_mask(path, soft((240, 360)))
    for path in folder.glob("*_images/*"):
        picture(path, size=(240, 360), seed=len(path.parent.name) + ord(path.stem))
    assert {problem.mend for problem in found(folder, "soft_mask")} == {"threshold"}


def test_many_classes_with_high_ids_are_not_taken_for_soft_edges(tmp_path):
    classes = ClassList((*CLASSES, *(ClassInfo(i, f"c{i}", (i, i, i)) for i in range(2, 151))))
    folder = healthy(tmp_path, classes=classes)
    write_mask(mask_of(folder), soft(top=150))
    assert found(folder, "soft_mask") == []


def test_a_lossy_mask_of_many_values_has_no_mend(tmp_path):
    """R15."""
    folder = healthy(tmp_path)
    as_jpeg(folder, np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8))
    assert [problem.mend for problem in found(folder, "lossy_mask")] == [None]


@pytest.mark.parametrize(
    ("mask", "wanted", "orientation", "mend"),
    [
        ((10, 20), (20, 10), 6, "turn"),
        ((10, 20), (20, 10), 1, None),
        ((10, 20), (20, 10), 3, None),
        ((10, 20), (30, 60), 1, "resize"),
        ((30, 60), (10, 20), 1, "resize"),
        ((10, 20), (30, 61), 1, None),
        ((10, 20), (30, 40), 1, None),
        ((10, 20), (15, 30), 1, None),
        ((10, 20), (9, 20), 1, None),
    ],
)
def test_a_size_is_mended_only_by_a_whole_factor_or_a_turn(mask, wanted, orientation, mend):
    """R12."""
    assert mend_for_size(mask, wanted, orientation) == mend


def test_whole_factors_go_both_ways():
    assert whole_factor((10, 20), (30, 60)) == (3, 1)
    assert whole_factor((30, 60), (10, 20)) == (1, 3)
    assert whole_factor((30, 60), (30, 60)) is None


def test_the_mask_of_another_picture_with_a_mask_has_no_mend(tmp_path):
    folder = healthy(tmp_path)
    shutil.copy(mask_of(folder), mask_of(folder, "a", "val"))
    (problem,) = found(folder)
    assert (problem.kind, problem.mend, problem.sample) == ("mask_in_wrong_folder", None, "train/a")


def test_masks_of_a_split_without_pictures_are_told_about(tmp_path):
    folder = healthy(tmp_path)
    shutil.rmtree(folder / "val_images")
    (problem,) = found(folder)
    assert (problem.kind, problem.path) == ("mask_without_image", folder / "val_segmentation")
    assert "val_images/" in problem.message


def test_a_twin_within_a_split_is_good_to_know_only(tmp_path):
    folder = healthy(tmp_path)
    shutil.copy(folder / "train_images" / "a.png", folder / "train_images" / "b.png")
    (problem,) = found(folder)
    assert (problem.kind, problem.severity) == ("duplicate_picture", Severity.INFO)
    assert problem.others == (folder / "train_images" / "a.png",)


def test_the_hash_survives_storing_and_scaling_and_tells_pictures_apart(tmp_path):
    hashes = []
    for seed in range(30):
        picture(tmp_path / "a.png", seed=seed, size=(120, 180))
        image = read_image(tmp_path / "a.png")
        hashes.append(picture_hash(image))
        stored = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_COLOR)
        small = cv2.resize(image, (90, 60), interpolation=cv2.INTER_AREA)
        for version in (stored, small):
            assert (hashes[-1] ^ picture_hash(version)).bit_count() <= ALIKE
    apart = [(a ^ b).bit_count() for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(apart) > ALIKE


def test_a_picture_that_shows_nothing_has_no_hash():
    assert picture_hash(np.full((50, 60, 3), 90, np.uint8)) is None


def test_the_nearest_is_what_comparing_one_by_one_finds():
    rng = np.random.default_rng(3)
    others = [int(value) for value in rng.integers(0, 2**63, 500)]
    hashes = [int(value) for value in rng.integers(0, 2**63, 50)] + [value ^ 0b1011 for value in others[::50]]
    expected = []
    for position, value in enumerate(hashes):
        bits = [(value ^ other).bit_count() for other in others]
        if min(bits) <= ALIKE:
            expected.append((position, bits.index(min(bits)), min(bits)))
    assert nearest(hashes, others) == expected
    assert len(expected) == 10
    assert nearest(hashes, []) == nearest([], others) == []
    assert nearest(hashes, others, should_stop=lambda: True) == []


def test_checking_stops_when_asked_and_tells_how_far_it_is(tmp_path):
    folder = healthy(tmp_path, train=tuple(f"t{i}" for i in range(10)))
    for i in range(10):
        write_mask(mask_of(folder, f"t{i}"), ids() * 9)
    told = []
    problems = verify(opened(folder), should_stop=lambda: len(told) >= 4, on_progress=lambda *p: told.append(p))
    assert told == [(1, 11), (2, 11), (3, 11), (4, 11)]
    assert [problem.sample for problem in problems] == [f"train/t{i}" for i in range(4)]


def test_a_problem_as_json_always_has_the_same_keys(tmp_path):
    folder = healthy(tmp_path)
    CASES["unknown_id"][2](folder)
    for problem in verify(open_dataset(folder)):
        assert list(problem.to_json()) == ["kind", "severity", "path", "message", "sample", "mend", "places", "others"]
