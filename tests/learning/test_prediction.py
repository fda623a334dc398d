"""Predictions: the right class at the right pixel, one file each, and nothing of the person's overwritten."""

import resource
import shutil

import cv2
import numpy as np
import pytest

from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask
from segstudio.dataset.overlay import write_picture
from segstudio.learning.events import Progress
from segstudio.learning.prediction import PredictionError, Predictor, predict_images
from segstudio.learning.runs import RunError

RED, GREEN, BLUE = 10, 11, 12


def predict(run, images, output, *, emit=lambda event: None, should_stop=lambda: False, **options):
    return predict_images(run, images, output, emit=emit, should_stop=should_stop, **options)


def one_colour(size, channel):
    image = np.zeros((*size, 3), dtype=np.uint8)
    image[..., channel] = 200
    return image


@pytest.fixture
def pictures(tmp_path):
    """Three pictures of one colour each, and a folder for what is made of them."""
    paths = []
    for channel, name in enumerate(("a red", "b green", "c blue")):
        paths.append(tmp_path / "pictures" / f"{name}.png")
        write_picture(paths[-1], one_colour((33, 47), channel))
    return paths


@pytest.fixture(scope="session")
def channel_predictor(channel_run):
    return Predictor(channel_run)


@pytest.mark.parametrize(("channel", "expected"), [(0, RED), (1, GREEN), (2, BLUE)])
def test_colours_reach_the_model_in_their_order(channel_predictor, channel, expected):
    """R32."""
    assert (channel_predictor.predict(one_colour((50, 60), channel)) == expected).all()


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (100, 100), (1, 1), (300, 20)])
def test_the_answer_has_the_pictures_own_size(channel_predictor, size):
    """R36, R41."""
    assert channel_predictor.predict(one_colour(size, 1)).shape == size


@pytest.mark.parametrize("size", [(33, 47), (100, 100)])
@pytest.mark.parametrize("factor", [1, 2, 3])
def test_one_bright_spot_is_answered_at_that_pixel(make_channel_run, tmp_path, size, factor):
    """R36: also where the input is a multiple of the picture's size, so that it is resized both ways."""
    predictor = Predictor(make_channel_run(tmp_path, input_size=(size[0] * factor, size[1] * factor)))
    for row, column in ((0, 0), (size[0] - 1, size[1] - 1), (size[0] // 2, size[1] // 3), (5, size[1] - 2)):
        image = one_colour(size, 2)
        image[row, column] = 255, 0, 0
        expected = np.full(size, BLUE)
        expected[row, column] = RED
        np.testing.assert_array_equal(predictor.predict(image), expected)


@pytest.mark.parametrize("size", [(33, 47), (100, 100), (45, 32)])
def test_a_mirrored_picture_is_answered_mirrored(channel_predictor, size):
    """R36: a grid shifted by half a pixel would show here."""
    random = np.random.default_rng(0)
    image = cv2.GaussianBlur(random.integers(0, 256, (*size, 3), dtype=np.uint8), (0, 0), 4)
    answer = channel_predictor.predict(image)
    assert len(np.unique(answer)) == 3
    for flip in (np.s_[::-1], np.s_[:, ::-1]):
        mirrored = channel_predictor.predict(np.ascontiguousarray(image[flip]))[flip]
        assert (mirrored == answer).mean() > 0.99


def test_every_picture_gives_one_id_png_and_one_overlay(channel_run, pictures, tmp_path):
    told = []
    written = predict(channel_run, pictures, tmp_path / "out", overlays=tmp_path / "over", emit=told.append)
    assert written == [tmp_path / "out" / f"{path.stem}.png" for path in pictures]
    for path, expected in zip(written, (RED, GREEN, BLUE), strict=True):
        mask = read_mask(path)
        assert mask.dtype == np.uint8
        np.testing.assert_array_equal(mask, np.full((33, 47), expected))
        assert read_image(tmp_path / "over" / path.name).shape == (33, 47, 3)
    assert told[-1] == Progress(3, 3, "c blue.png")


def test_ids_above_255_are_written_as_they_are(trained, tmp_path):
    picture = trained.dataset / "val_images" / "val-0.png"
    (written,) = predict(trained.folder, [picture], tmp_path)
    assert cv2.imread(str(written), cv2.IMREAD_UNCHANGED).dtype == np.uint16
    assert set(np.unique(read_mask(written))) <= {4, 300}


def test_a_picture_that_is_none_keeps_no_other_from_being_predicted(channel_run, pictures, tmp_path):
    pictures[1].write_bytes(b"no picture")
    with pytest.raises(PredictionError, match=r"1 of 3 pictures could not be predicted: .*b green\.png"):
        predict(channel_run, pictures, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a red.png", "c blue.png"]


def test_pictures_of_one_stem_are_refused_before_anything_is_written(channel_run, pictures, tmp_path):
    twin = pictures[0].with_suffix(".jpg")
    shutil.copy(pictures[0], twin)
    with pytest.raises(PredictionError, match="2 of the pictures are named “a red”"):
        predict(channel_run, [*pictures, twin], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("which", ["output", "overlays"])
def test_a_prediction_never_overwrites_a_picture(channel_run, pictures, tmp_path, which):
    before = [path.read_bytes() for path in pictures]
    folders = {"output": tmp_path / "out", "overlays": tmp_path / "over"} | {which: tmp_path / "x" / ".." / "pictures"}
    with pytest.raises(PredictionError, match=r"would overwrite the picture .*a red\.png"):
        predict(channel_run, pictures, folders["output"], overlays=folders["overlays"])
    assert [path.read_bytes() for path in pictures] == before


def test_predicting_stops_between_two_pictures(channel_run, pictures, tmp_path):
    done = []
    written = predict(
        channel_run, pictures, tmp_path / "out", emit=done.append, should_stop=lambda: any(e.done for e in done)
    )
    assert written == [tmp_path / "out" / "a red.png"]


def test_a_folder_that_cannot_be_written_to_is_told_once(channel_run, pictures, tmp_path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(PredictionError, match=r"out/a red\.png could not be written: .*Free some space"):
        predict(channel_run, pictures, tmp_path / "out")


def test_a_full_disk_is_told_and_no_half_file_stays(channel_run, pictures, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    random = np.random.default_rng(0)
    for path in pictures:
        write_picture(path, random.integers(0, 256, (1500, 1500, 3), dtype=np.uint8))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(PredictionError, match="could not be written: File too large"):
            predict(channel_run, pictures, tmp_path / "out", overlays=tmp_path / "over")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "over").iterdir()) == []


def test_a_run_without_a_model_is_refused(channel_run, tmp_path):
    shutil.copytree(channel_run, tmp_path / "run")
    (tmp_path / "run" / "model.keras").unlink()
    with pytest.raises(PredictionError, match="The run run has no model"):
        Predictor(tmp_path / "run")


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_a_damaged_model_is_refused_by_name(channel_run, tmp_path, content):
    shutil.copytree(channel_run, tmp_path / "run")
    model = tmp_path / "run" / "model.keras"
    model.write_bytes(model.read_bytes()[:-2000] if content is None else content)
    with pytest.raises(PredictionError, match=r"model\.keras is damaged"):
        Predictor(tmp_path / "run")


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="is not the folder of a run"):
        Predictor(tmp_path)
