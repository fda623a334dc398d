"""Every setting of a run can be said on the command line; rates are found and settings suggested there too."""

import dataclasses
import shlex
import shutil

import pytest

from segstudio.cli.arguments import parse
from segstudio.cli.training_settings import settings_of, words_for
from segstudio.dataset.dataset import open_dataset
from segstudio.learning.config import TrainingConfig
from segstudio.learning.dataset_facts import ClassFacts, DatasetFacts
from segstudio.learning.machine import DeviceFacts
from segstudio.learning.runs import open_run
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.settings.execution import ExecutionSettings
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.settings.optimization import OptimizationSettings
from segstudio.learning.settings.selection import SelectionSettings
from segstudio.learning.suggesting import suggest

FEW = DatasetFacts(
    masks=6,
    size=(64, 64),
    classes=(ClassFacts(name="a", share=0.99, pixels=4000), ClassFacts(name="b", share=0.01, pixels=41)),
)
EVERYTHING = """--architecture unet --backbone vgg16 --weights here/vgg16.h5 --input-size 64x96 --fit crop --epochs 7
--frozen-epochs 2 --batch-size 3 --learning-rate 0.02 --augmentation none --change rotation=0.5 hue=0.25 --loss focal
--focus 1.5 --class-weights car=5 0=0.5 --optimizer sgd --schedule poly --warm-up 0.2 --weight-decay 0.003
--momentum 0.8 --accumulate 4 --criterion loss --patience 9 --precision mixed --xla --workers 0 --tensorboard
--validation-fraction 0.35 --seed 11 --run mine"""


def said(dataset, *words):
    return settings_of(parse(["train", str(dataset), *words]), open_dataset(dataset))


def test_every_setting_can_be_said(dataset, first_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    car = next(entry.id for entry in open_dataset(dataset).classes.counted if entry.name == "car")
    config = said(dataset, *EVERYTHING.split(), "--start-from", str(first_run), "--output", "out")
    assert config == TrainingConfig(
        dataset=dataset,
        output=tmp_path / "out",
        run="mine",
        architecture="unet",
        backbone="vgg16",
        weights=str(tmp_path / "here" / "vgg16.h5"),
        start_from=first_run,
        input_size=(64, 96),
        fit="crop",
        epochs=7,
        frozen_epochs=2,
        batch_size=3,
        learning_rate=0.02,
        augmentation=AugmentationSettings(preset="none", changes=(("rotation", 0.5), ("hue", 0.25))),
        loss=LossSettings(name="focal", class_weighting="by_hand", weights=((car, 5.0), (0, 0.5)), focus=1.5),
        optimization=OptimizationSettings(
            optimizer="sgd", schedule="poly", warm_up=0.2, weight_decay=0.003, momentum=0.8, accumulation=4
        ),
        selection=SelectionSettings(criterion="loss", patience=9),
        execution=ExecutionSettings(precision="mixed", xla=True, workers=0, tensorboard=True),
        validation_fraction=0.35,
        seed=11,
    )
    default = TrainingConfig(dataset=dataset)
    for field in dataclasses.fields(TrainingConfig):
        unsaid = field.name in ("dataset", "model_file")
        assert unsaid or getattr(config, field.name) != getattr(default, field.name), field.name


def test_what_is_not_said_is_the_default(dataset):
    assert said(dataset) == TrainingConfig(dataset=dataset)


def test_a_name_of_keras_segmentation_is_understood(dataset):
    config = said(dataset, "--architecture", "vgg_unet")
    assert (config.architecture, config.backbone) == ("unet", "vgg16")


@pytest.mark.parametrize("words", [["--model-file", "net.py"], ["--architecture", "own", "--model-file", "net.py"]])
def test_a_persons_own_model_is_its_file(dataset, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    config = said(dataset, *words)
    assert (config.architecture, config.model_file) == ("own", tmp_path / "net.py")


def test_frequencies_weigh_the_classes(dataset):
    assert said(dataset, "--class-weights", "median_frequency").loss.class_weighting == "median_frequency"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--class-weights lorry=2", "no class “lorry” that counts. There are: "),
        ("--class-weights car", "“car” is no weight of a class"),
        ("--class-weights by_hand", "“by_hand” is no weight of a class"),
        ("--class-weights car=heavy", "“heavy” is no weight for “car”"),
        ("--change spin=1", "“spin” is not a change of pictures"),
        ("--change rotation", "Write for example rotation=0.5"),
        ("--change rotation=2", "strength of “rotation” must be 0 to 1"),
        ("--start-from nowhere", "is not the folder of a run"),
        ("--architecture own", "needs its Python file"),
        ("--model-file net.py --backbone vgg16", "Leave out --backbone"),
        ("--architecture unet --model-file net.py", "is an own model"),
        ("--warm-up 2", "warm-up must be 0 to 0.9"),
        ("--patience -1", "patience must be"),
        ("--accumulate 0", "accumulation must be"),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_anything_is_trained(segstudio, dataset, words, message):
    done = segstudio("train", dataset, *words.split())
    assert done.code == 1
    assert message in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("train", "required: dataset"),
        ("train a --resume b", "neither a dataset nor --output"),
        ("train --resume b --output c", "neither a dataset nor --output"),
        ("train --resume b --epochs 5", "leave out --epochs"),
        ("train --resume b --frozen-epochs 5 --xla", "leave out --frozen-epochs"),
        ("train a --optimizer adagrad", "invalid choice"),
        ("train a --fit stretch", "invalid choice"),
        ("find-rate", "required: dataset"),
        ("suggest", "required: dataset"),
    ],
)
def test_words_that_contradict_each_other(words, message, capsys):
    with pytest.raises(SystemExit) as leaving:
        parse(words.split())
    assert leaving.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "find-rate", "suggest"])
def test_help_has_examples_that_are_understood(command, capsys):
    with pytest.raises(SystemExit) as leaving:
        parse([command, "--help"])
    assert leaving.value.code == 0
    told = capsys.readouterr().out
    examples = [line.strip() for line in told.split("examples:")[1].splitlines() if line.strip()]
    assert len(examples) >= 2
    for line in examples:
        program, *words = shlex.split(line)
        assert program == "segstudio"
        assert parse(words).command == command


def test_what_is_suggested_can_be_said(dataset):
    suggestion = suggest(FEW, DeviceFacts(cores=2))
    config = said(dataset, *words_for(suggestion.changes))
    assert config == suggestion.apply(TrainingConfig(dataset=dataset))


def test_suggest_tells_settings_reasons_and_the_command(segstudio, dataset):
    told = segstudio("suggest", dataset, "--cpu")
    assert told.code == 0
    assert "Model           U-Net separable\n" in told.out
    assert "4 masks" in told.out
    done = segstudio("suggest", dataset, "--cpu", "--json")
    assert set(done.answer) == {"settings", "reasons", "command"}
    assert done.answer["settings"]["input_size"] == [32, 64]
    assert all(set(reason) == {"setting", "value", "reason"} for reason in done.answer["reasons"])
    assert told.out.splitlines()[-1] == shlex.join(done.answer["command"])
    assert parse(done.answer["command"][1:]).dataset == dataset


def test_suggest_looks_at_the_device_that_trains(segstudio, dataset):
    done = segstudio("suggest", dataset, "--json")
    assert done.answer["settings"]["architecture"] in ("unet_separable", "unet")


def test_suggest_without_masks_says_what_to_do(segstudio, dataset, tmp_path):
    shutil.copytree(dataset, tmp_path / "a", ignore=shutil.ignore_patterns("runs", "*_segmentation"))
    done = segstudio("suggest", tmp_path / "a", "--cpu", "--json")
    assert (done.code, done.out) == (1, "")
    assert "Paint at least one" in done.err


def test_find_rate_tells_the_losses_and_a_rate_and_leaves_no_run(segstudio, dataset):
    runs = sorted((dataset / "runs").iterdir())
    words = ["--input-size", "32x32", "--batch-size", "2", "--augmentation", "none"]
    done = segstudio("find-rate", dataset, *words, "--json")
    assert done.code == 0
    assert set(done.answer) >= {"rates", "losses", "smoothed", "suggestion", "sentence"}
    assert len(done.answer["rates"]) == len(done.answer["losses"]) > 1
    told = segstudio("find-rate", dataset, *words)
    assert done.answer["sentence"] in told.out
    assert sorted((dataset / "runs").iterdir()) == runs


def test_resuming_what_is_no_run_is_refused(segstudio, tmp_path):
    done = segstudio("train", "--resume", tmp_path)
    assert done.code == 1
    assert "is not the folder of a run" in done.err


def test_resume_hands_the_run_over(segstudio, first_run, monkeypatch):
    """What going on with a run does is tested where it is done."""
    from segstudio.learning import training

    handed = []

    def resume(folder, *, emit, should_stop):
        handed.append(folder)
        assert not should_stop()
        return training.RunResult(folder, open_run(folder).end)

    monkeypatch.setattr(training, "resume", resume, raising=False)
    done = segstudio("train", "--resume", first_run, "--json")
    assert handed == [first_run]
    assert (done.answer["run"], done.answer["outcome"], done.answer["epochs"]) == (str(first_run), "finished", 2)
