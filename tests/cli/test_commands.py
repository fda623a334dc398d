"""The words of the command line, which other programs rely on."""

import json
import os
import shutil
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from segstudio.cli import run, verifying
from segstudio.cli.arguments import parse
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.images import read_image
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.prediction import Predictor
from segstudio.learning.runs import open_run


def test_train_writes_the_run_into_the_dataset_under_its_name(first_run):
    opened = open_run(first_run)
    assert opened.config.input_size == (32, 48)
    assert opened.config.epochs == 2
    assert opened.end.outcome == "finished"
    assert opened.has_model


def test_train_takes_every_setting_and_answers_in_json_alone(segstudio, dataset, tmp_path):
    model = "--architecture unet_mini --backbone custom --input-size 32x32"
    learning = "--epochs 1 --batch-size 2 --learning-rate 0.002 --augmentation none"
    rest = "--validation-fraction 0.5 --seed 7 --run b --json"
    words = f"{model} {learning} {rest}".split(" ")
    done = segstudio("train", dataset, *words, "--output", tmp_path)
    assert done.code == 0
    assert done.answer["run"] == str(tmp_path / "runs" / "b")
    assert (done.answer["outcome"], done.answer["epochs"]) == ("finished", 1)
    assert done.answer["best_mean_iou"] == open_run(tmp_path / "runs" / "b").best_mean_iou
    config = open_run(tmp_path / "runs" / "b").config
    assert (config.batch_size, config.learning_rate, config.augmentation.preset) == (2, 0.002, "none")
    assert (config.validation_fraction, config.seed) == (0.5, 7)
    assert "epoch 1" in done.err


def test_train_says_in_words_how_it_ended(first_training, first_run):
    assert first_training[1].startswith(f"Run finished: {first_run}, best mean IoU 0.")
    assert first_training[1].count("\n") == 1


def test_predict_writes_one_id_png_a_picture_and_overlays_beside(segstudio, dataset, first_run, tmp_path):
    single = tmp_path / "one.png"
    write_picture(single, np.full((33, 47, 3), 90, np.uint8))
    done = segstudio("predict", first_run, dataset / "val_images", single, "--output", tmp_path / "out", "--json")
    names = ["scene-001.png", "scene-002.png", "scene-003.png", "one.png"]
    assert done.code == 0
    assert done.answer == {"predictions": [str(tmp_path / "out" / name) for name in names]}
    for name, picture in zip(names, [*sorted((dataset / "val_images").iterdir()), single], strict=True):
        mask = read_mask(tmp_path / "out" / name)
        assert mask.shape == read_image(picture).shape[:2]
        assert set(np.unique(mask)) <= set(open_dataset(dataset).classes.ids)
        assert read_image(tmp_path / "out-overlays" / name).shape == read_image(picture).shape


def test_predict_into_the_current_folder(segstudio, dataset, first_run, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    done = segstudio("predict", first_run, dataset / "test_images", "--output", ".")
    assert done.code == 0
    assert "1 predictions are in ." in done.out
    assert (tmp_path / "here" / "scene-001.png").is_file()
    assert (tmp_path / "here-overlays" / "scene-001.png").is_file()


def test_a_name_that_is_no_unicode_is_predicted_and_answered_in_json(segstudio, first_run, tmp_path):
    """R20."""
    name = os.fsdecode(b"bild\xff")
    write_picture(tmp_path / f"{name}.png", np.zeros((32, 32, 3), np.uint8))
    done = segstudio("predict", first_run, tmp_path / f"{name}.png", "--output", tmp_path / "out", "--json")
    assert done.answer["predictions"] == [str(tmp_path / "out" / f"{name}.png")]
    assert (tmp_path / "out" / f"{name}.png").is_file()


def test_evaluate_answers_what_a_direct_computation_gives(segstudio, dataset, first_run):
    """R35: over the classes that occur, at the pictures' own size."""
    done = segstudio("evaluate", first_run, dataset, "--split", "val", "--json")
    assert done.code == 0
    samples = open_dataset(dataset).labelled("val")
    predictor = Predictor(first_run)
    truth = np.stack([read_mask(sample.mask) for sample in samples])
    answer = np.stack([predictor.predict(read_image(sample.image)) for sample in samples])
    ious = {}
    for entry in open_dataset(dataset).classes.counted:
        either = ((truth == entry.id) | (answer == entry.id)).sum()
        both = ((truth == entry.id) & (answer == entry.id)).sum()
        ious[entry.name] = pytest.approx(both / either) if either else None
    assert done.answer["class_iou"] == ious
    assert done.answer["mean_iou"] == pytest.approx(np.mean([i.expected for i in ious.values() if i is not None]))
    assert done.answer["pixel_accuracy"] == pytest.approx((truth == answer).mean())
    assert (done.answer["split"], done.answer["samples"], done.answer["run"]) == ("val", 3, "first")


def test_evaluate_says_in_words_how_good_each_class_is(segstudio, dataset, first_run):
    done = segstudio("evaluate", first_run, dataset)
    assert done.out.startswith("val: mean IoU 0.")
    assert all(entry.name in done.out for entry in open_dataset(dataset).classes.counted)


def test_verify_finds_a_sound_dataset_sound(segstudio, dataset):
    done = segstudio("verify", dataset, "--json")
    assert done.code == 0
    assert done.answer["dataset"] == str(dataset)
    assert (done.answer["samples"], done.answer["ok"]) == (8, True)
    assert (done.answer["mended"], done.answer["not_mended"]) == ([], [])
    assert {problem["severity"] for problem in done.answer["problems"]} <= {"info"}
    assert list(done.answer) == ["dataset", "samples", "ok", "counts", "problems", "mended", "not_mended"]


def test_verify_lists_every_error_and_exits_with_1(segstudio, dataset, tmp_path):
    """R34."""
    folder = tmp_path / "broken"
    shutil.copytree(dataset, folder, ignore=shutil.ignore_patterns("runs"))
    (folder / "train_images" / "scene-001.png").write_bytes(b"")
    write_mask(folder / "train_segmentation" / "scene-002.png", np.full((40, 56), 99, np.uint8))
    write_mask(folder / "val_segmentation" / "scene-001.png", np.zeros((4, 5), np.uint8))
    (folder / "val_segmentation" / "scene-002.png").write_bytes(b"no mask")
    (folder / "test_images" / "scene-001.png").unlink()
    done = segstudio("verify", folder, "--json")
    assert done.code == 1
    assert done.answer["ok"] is False
    problems = [problem for problem in done.answer["problems"] if problem["severity"] != "info"]
    found = sorted((problem["kind"], problem["severity"]) for problem in problems)
    assert found == [
        ("mask_without_image", "warning"),
        ("size_mismatch", "error"),
        ("unknown_id", "error"),
        ("unreadable_image", "error"),
        ("unreadable_mask", "error"),
    ]
    spoken = segstudio("verify", folder)
    assert spoken.code == 1
    assert spoken.out.count("error: ") == 4
    assert "     1  error    Ids that no class has  (mend 1: --mend unknown_id)" in spoken.out
    assert f"7 pictures, {len(done.answer['problems'])} problems" in spoken.out


def test_verify_exits_with_0_where_there_are_warnings_only(segstudio, dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "a", ignore=shutil.ignore_patterns("runs", "*_segmentation"))
    done = segstudio("verify", tmp_path / "a", "--json")
    assert done.code == 0
    assert done.answer["counts"] == {"no_masks": 1, "unlabelled": 1}


def test_verify_says_on_stderr_what_it_finds_while_somebody_waits(segstudio, dataset, tmp_path, monkeypatch):
    folder = shutil.copytree(dataset, tmp_path / "copy")
    (folder / "val_segmentation" / "scene-002.png").write_bytes(b"no mask")
    quick = segstudio("verify", folder, "--json")
    assert quick.err == "", "what takes a moment is told once"
    monkeypatch.setattr(verifying, "_PATIENCE_SECONDS", 0.0)
    slow = segstudio("verify", folder, "--json")
    assert slow.answer == quick.answer
    assert slow.err.splitlines() == [f"{each['severity']}: {each['message']}" for each in slow.answer["problems"]]


def test_verify_mends_one_kind_or_all_and_then_finds_the_dataset_sound(segstudio, dataset, tmp_path):
    """R14, R33, R34."""
    folder = tmp_path / "データ é"
    shutil.copytree(dataset, folder, ignore=shutil.ignore_patterns("runs"))
    deep, large, strange = ((folder / "train_segmentation" / f"scene-00{number}.png") for number in (1, 2, 3))
    before = read_mask(deep), read_mask(large)
    cv2.imwrite(str(tmp_path / "deep.png"), before[0].astype(np.uint16))
    shutil.copy(tmp_path / "deep.png", deep)
    write_mask(large, before[1].repeat(2, axis=0).repeat(2, axis=1))
    write_mask(strange, np.where(read_mask(strange) == 1, 77, read_mask(strange)))
    one = segstudio("verify", folder, "--mend", "deep_mask", "--json")
    assert one.code == 1
    assert [(each["kind"], each["written"]) for each in one.answer["mended"]] == [("deep_mask", str(deep))]
    rest = segstudio("verify", folder, "--mend", "all", "--json")
    assert rest.code == 1  # whether 77 is a class or a slip only a person knows
    assert [each["kind"] for each in rest.answer["mended"]] == ["size_mismatch"]
    assert rest.answer["counts"]["unknown_id"] == 1
    words = segstudio("verify", folder, "--mend", "unknown_id")
    assert words.code == 0
    assert f"mended: {strange} (Ids that no class has); what it was is kept as classes.original-" in words.out
    for path, mask in zip((deep, large), before, strict=True):
        np.testing.assert_array_equal(read_mask(path), mask)
    assert 77 in open_dataset(folder).classes.ids


def test_verify_says_what_could_not_be_mended_and_exits_with_1(segstudio, dataset, tmp_path, monkeypatch):
    from segstudio.dataset.doctor import mending

    folder = tmp_path / "a"
    shutil.copytree(dataset, folder, ignore=shutil.ignore_patterns("runs"))
    cv2.imwrite(str(folder / "train_segmentation" / "scene-001.png"), np.zeros((40, 56), np.uint16))

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mending, "write_mask", full)
    done = segstudio("verify", folder, "--mend", "deep_mask", "--json")
    assert done.code == 1
    assert done.answer["ok"] is True  # 16 bits break nothing
    assert "No space" in done.answer["not_mended"][0]["reason"]


def test_verify_refuses_a_kind_that_it_does_not_know(segstudio, dataset, capsys):
    with pytest.raises(SystemExit) as ended:
        segstudio("verify", dataset, "--mend", "everything")
    assert ended.value.code == 2


def test_models_lists_every_architecture(segstudio):
    done = segstudio("models", "--json")
    assert [entry["name"] for entry in done.answer["models"]] == list(ARCHITECTURES)
    assert all(entry["backbones"] and entry["advice"] for entry in done.answer["models"])
    assert done.answer["legacy_names"]["vgg_unet"] == ["unet", "vgg16"]
    assert {name for entry in done.answer["models"] for name in entry["backbones"]} == {
        entry["name"] for entry in done.answer["backbones"]
    }
    listed = segstudio("models").out
    assert all(name in listed for name in [*ARCHITECTURES, *done.answer["legacy_names"]])


def test_sample_makes_a_dataset_that_verify_finds_sound(segstudio, tmp_path):
    assert segstudio("sample", tmp_path / "new").code == 0
    assert segstudio("verify", tmp_path / "new", "--json").answer["ok"]


def test_demo_goes_the_whole_way(segstudio, dataset, tmp_path):
    folder = tmp_path / "demo"
    shutil.copytree(dataset, folder, ignore=shutil.ignore_patterns("runs"))
    done = segstudio("demo", folder, "--epochs", 1)
    assert done.code == 0
    assert "mean IoU 0." in done.out
    assert open_run(folder / "runs" / "unet_separable-1").has_model
    overlays = folder / "predictions" / "unet_separable-1" / "val-overlays"
    assert str(overlays) in done.out
    assert len(list(overlays.iterdir())) == 3


# Failures: exit code 1, nothing on stdout, one line on stderr


def check_fails(done, *words):
    assert done.code == 1
    assert done.out == ""
    (line,) = [line for line in done.err.splitlines() if line.startswith("segstudio: ")]
    assert all(word in line for word in words), line
    assert "Traceback" not in done.err


def test_a_folder_that_is_no_dataset(segstudio, first_run, tmp_path):
    for words in (["train"], ["verify", "--json"], ["evaluate", first_run], ["demo"]):
        check_fails(segstudio(*words, tmp_path / "nowhere"), "nowhere is not a folder")
        check_fails(segstudio(*words, tmp_path), "holds no pictures")


def test_a_dataset_without_masks(segstudio, dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "a", ignore=shutil.ignore_patterns("runs", "*_segmentation"))
    check_fails(segstudio("train", tmp_path / "a", "--json"), "Paint at least one")


def test_a_run_name_that_is_taken(segstudio, dataset):
    check_fails(segstudio("train", dataset, "--run", "first"), "already a run named “first”")


def test_an_unknown_id(segstudio, dataset, tmp_path):
    """R33."""
    shutil.copytree(dataset, tmp_path / "a", ignore=shutil.ignore_patterns("runs"))
    write_mask(tmp_path / "a" / "train_segmentation" / "scene-002.png", np.full((40, 56), 99, np.uint8))
    done = segstudio("train", tmp_path / "a", "--input-size", "32x32", "--run", "b", "--json")
    check_fails(done, "scene-002.png: pixel x=0, y=0 has the id 99")
    assert open_run(tmp_path / "a" / "runs" / "b").end.outcome == "failed"


@pytest.mark.parametrize(
    ("words", "message"),
    [(["--seed", "-1"], "seed must be"), (["--epochs", "0"], "epochs must be"), (["--run", "a/b"], "name of a run")],
)
def test_a_setting_out_of_range(segstudio, dataset, words, message):
    check_fails(segstudio("train", dataset, *words), message)


def test_a_run_that_is_missing(segstudio, dataset, tmp_path):
    for words in (["predict", tmp_path, dataset / "val_images", "--output", tmp_path / "out"],):
        check_fails(segstudio(*words, "--json"), "is not the folder of a run")
    check_fails(segstudio("evaluate", tmp_path / "nowhere", dataset, "--json"), "is not the folder of a run")


def test_a_run_without_a_model(segstudio, dataset, first_run, tmp_path):
    shutil.copytree(first_run, tmp_path / "run", ignore=shutil.ignore_patterns("model.keras", "checkpoints"))
    done = segstudio("predict", tmp_path / "run", dataset / "val_images", "--output", tmp_path / "out")
    check_fails(done, "The run run has no model")
    check_fails(segstudio("evaluate", tmp_path / "run", dataset), "The run run has no model")


def test_pictures_that_are_none(segstudio, first_run, tmp_path):
    (tmp_path / "notes.txt").write_text("text")
    (tmp_path / "damaged.png").write_bytes(b"no picture")
    (tmp_path / "empty").mkdir()
    for name, message in (
        ("notes.txt", "notes.txt is not a picture"),
        ("gone.png", "gone.png does not exist"),
        ("empty", "There is no picture in"),
        ("damaged.png", "damaged.png is damaged or not a picture"),
    ):
        check_fails(segstudio("predict", first_run, tmp_path / name, "--output", tmp_path / "out", "--json"), message)


def test_predictions_that_would_overwrite_the_pictures(segstudio, dataset, first_run, tmp_path):
    shutil.copytree(dataset / "val_images", tmp_path / "pictures")
    done = segstudio("predict", first_run, tmp_path / "pictures", "--output", tmp_path / "pictures")
    check_fails(done, "would overwrite the picture")


def test_folders_that_cannot_be_written_to(segstudio, dataset, first_run, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    inside = tmp_path / "file" / "out"
    check_fails(segstudio("train", dataset, "--output", inside, "--json"), "No run can be written to", "--output")
    check_fails(segstudio("predict", first_run, dataset / "val_images", "--output", inside), "could not be written")
    check_fails(segstudio("sample", inside), "cannot be written to")


def test_a_split_without_masks_and_a_run_of_other_classes(segstudio, dataset, first_run, tmp_path):
    shutil.copytree(dataset, tmp_path / "a", ignore=shutil.ignore_patterns("runs", "test_segmentation"))
    check_fails(segstudio("evaluate", first_run, tmp_path / "a", "--split", "test"), "No picture in the test split")
    data = json.loads((tmp_path / "a" / "classes.json").read_text(encoding="utf-8"))
    data["classes"].append({"id": 77, "name": "more", "colour": "#ffffff"})
    (tmp_path / "a" / "classes.json").write_text(json.dumps(data), encoding="utf-8")
    check_fails(segstudio("evaluate", first_run, tmp_path / "a"), "learned the classes", "77")


def test_a_sample_dataset_over_something_else(segstudio, dataset):
    check_fails(segstudio("sample", dataset), "not empty")


# Words that make no sense: exit code 2


@pytest.mark.parametrize(
    "words",
    [
        ["train"],
        ["train", "a", "--architecture", "perceptron"],
        ["train", "a", "--backbone", "vgg0"],
        ["train", "a", "--input-size", "big"],
        ["train", "a", "--epochs", "many"],
        ["train", "a", "--unheard-of"],
        ["predict", "run", "picture.png"],
        ["predict", "run", "--output", "out"],
        ["evaluate", "run", "a", "--split", "holdout"],
        ["models", "--yaml"],
        ["--json"],
    ],
)
def test_senseless_words(words, capsys):
    with pytest.raises(SystemExit) as leaving:
        run(words)
    assert leaving.value.code == 2
    assert capsys.readouterr().out == ""


def test_words_without_a_command_are_for_the_window():
    assert parse([]).command is None
    assert parse(["a folder"]).dataset.name == "a folder"


def test_nothing_heavy_is_loaded_to_read_the_words():
    code = "import sys, segstudio.cli.arguments; print({'tensorflow', 'keras', 'cv2', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


# The program itself


def test_ctrl_c_ends_a_training_with_a_usable_model_and_json_alone_on_stdout(dataset, tmp_path):
    words = ["train", dataset, "--input-size", "32x32", "--epochs", "100000", "--output", tmp_path, "--json"]
    with subprocess.Popen(
        [sys.executable, "-m", "segstudio", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        said = []
        for line in program.stderr:
            said.append(line)
            if line.startswith("epoch 2"):
                break
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=60)
    assert program.returncode == 0, err
    answer = json.loads(out)
    assert answer["outcome"] == "stopped"
    assert open_run(tmp_path / "runs" / "unet_separable-1").has_model
    # Nothing of TensorFlow's own notes, which people take for errors.
    assert said[0].startswith("CPU") or said[0].startswith("GPU"), said
    assert "Stopping" in err


def test_a_failure_of_the_program_is_one_line_and_no_traceback(dataset, tmp_path):
    words = ["predict", tmp_path / "nowhere", dataset / "val_images", "--output", tmp_path / "out"]
    done = subprocess.run(
        [sys.executable, "-m", "segstudio", *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"segstudio: {tmp_path / 'nowhere'} is not the folder of a run: it has no config.json."
    ]
