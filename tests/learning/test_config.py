"""Settings make sense or are refused in a sentence."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.learning.config import TrainingConfig, parse_input_size
from segstudio.learning.settings.augmentation import CHANGES, PRESETS, AugmentationSettings
from segstudio.learning.settings.checks import ConfigError
from segstudio.learning.settings.execution import PRECISIONS, ExecutionSettings
from segstudio.learning.settings.loss import CLASS_WEIGHTINGS, LOSSES, LossSettings
from segstudio.learning.settings.optimization import OPTIMIZERS, SCHEDULES, OptimizationSettings
from segstudio.learning.settings.selection import CRITERIA, SelectionSettings

DATASET = Path("/data/somewhere")


@given(
    size=st.tuples(st.integers(32, 4096), st.integers(32, 4096)),
    epochs=st.integers(1, 100_000),
    rate=st.floats(1e-7, 10),
    seed=st.integers(0, 2**32 - 1),
    augmentation=st.builds(
        AugmentationSettings,
        preset=st.sampled_from(list(PRESETS)),
        changes=st.dictionaries(st.sampled_from(list(CHANGES)), st.floats(0, 1)).map(lambda d: tuple(d.items())),
    ),
    loss=st.builds(
        LossSettings,
        name=st.sampled_from(list(LOSSES)),
        class_weighting=st.sampled_from(list(CLASS_WEIGHTINGS)),
        weights=st.dictionaries(st.integers(0, 65535), st.floats(0.5, 1000)).map(lambda d: tuple(d.items())),
    ),
    optimization=st.builds(
        OptimizationSettings,
        optimizer=st.sampled_from(list(OPTIMIZERS)),
        schedule=st.sampled_from(list(SCHEDULES)),
        warm_up=st.floats(0, 0.9),
    ),
    selection=st.builds(SelectionSettings, criterion=st.sampled_from(list(CRITERIA)), patience=st.integers(0, 99)),
    execution=st.builds(
        ExecutionSettings,
        precision=st.sampled_from(list(PRECISIONS)),
        workers=st.sampled_from([None, 0, 5]),
        xla=st.booleans(),
    ),
    output=st.sampled_from([None, Path("/elsewhere")]),
    run=st.sampled_from(["", "a run", "Lauf 3", "データ"]),
)
def test_settings_come_back_from_json_as_they_were(size, epochs, rate, seed, output, run, **groups):
    config = TrainingConfig(
        dataset=DATASET,
        output=output,
        run=run,
        input_size=size,
        epochs=epochs,
        learning_rate=rate,
        seed=seed,
        **groups,
    )
    assert TrainingConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_weights_are_kept():
    config = TrainingConfig(dataset=DATASET, architecture="unet", backbone="vgg16", weights="imagenet")
    assert TrainingConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_settings_of_a_newer_version_are_read():
    assert TrainingConfig.from_json({"dataset": "/data", "invented_later": 3}).dataset == Path("/data")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"architecture": "perceptron"}, "perceptron.*unet_mini"),
        ({"backbone": "vgg0"}, "vgg0.*custom"),
        ({"architecture": "segnet", "backbone": "resnet101"}, "resnet101.*custom, vgg16"),
        ({"weights": "imagenet"}, "“custom” has no pretrained weights"),
        ({"input_size": (31, 64)}, "input height must be 32"),
        ({"input_size": (64, 5000)}, "input width must be 32 to 4096"),
        ({"epochs": 0}, "epochs must be"),
        ({"batch_size": 0}, "batch size must be"),
        ({"learning_rate": 0.0}, "learning rate must be"),
        ({"learning_rate": float("nan")}, "learning rate must be"),
        ({"validation_fraction": 1.0}, "validation fraction must be"),
        ({"architecture": "own"}, "needs its Python file"),
        ({"model_file": Path("net.py")}, "“own” to train it"),
        ({"fit": "stretch"}, "stretch.*resize, crop"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**32}, "seed must be"),
        ({"run": "a/b"}, "a/b.*name of a run"),
        ({"run": ".."}, "name of a run"),
        ({"run": "x" * 101}, "name of a run"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(wrong, message):
    with pytest.raises(ConfigError, match=message):
        TrainingConfig(dataset=DATASET, **wrong)


@pytest.mark.parametrize(
    ("group", "wrong", "message"),
    [
        (AugmentationSettings, {"preset": "wild"}, "wild.*none, light"),
        (AugmentationSettings, {"changes": (("melt", 0.5),)}, "melt.*crop"),
        (AugmentationSettings, {"changes": (("crop", 1.5),)}, "strength of “crop” must be 0 to 1"),
        (LossSettings, {"name": "hinge"}, "hinge.*cross_entropy"),
        (LossSettings, {"class_weighting": "some"}, "some.*median_frequency"),
        (LossSettings, {"weights": ((1, -1.0),)}, "weight of a class must be 0"),
        (LossSettings, {"class_weighting": "by_hand", "weights": ((1, 0.0),)}, "at least one a weight above 0"),
        (OptimizationSettings, {"optimizer": "lion"}, "lion.*adamw"),
        (OptimizationSettings, {"accumulation": 0}, "accumulation must be 1"),
        (SelectionSettings, {"criterion": "luck"}, "luck.*mean_iou"),
        (ExecutionSettings, {"precision": "double"}, "double.*auto"),
        (ExecutionSettings, {"workers": -1}, "augmenting processes must be 0"),
    ],
)
def test_a_setting_of_a_group_that_makes_no_sense_is_refused_in_a_sentence(group, wrong, message):
    with pytest.raises(ConfigError, match=message):
        group(**wrong)


def test_settings_of_an_older_version_are_read():
    config = TrainingConfig.from_json({"dataset": "/data", "augmentation": "none"})
    assert config.augmentation == AugmentationSettings(preset="none")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"dataset": "/d", "epochs": "ten"},
        {"dataset": "/d", "input_size": 3},
        {"dataset": "/d", "run": 3},
        {"dataset": "/d", "loss": 3},
    ],
)
def test_damaged_settings_are_refused(data):
    with pytest.raises(ConfigError):
        TrainingConfig.from_json(data)


@pytest.mark.parametrize("text", ["128x96", "128 × 96", " 128,96 "])
def test_an_input_size_is_read_height_first(text):
    assert parse_input_size(text) == (128, 96)


@pytest.mark.parametrize("text", ["128", "axb", "128x96x3", "-1x4", ""])
def test_what_is_no_input_size_is_refused(text):
    with pytest.raises(ConfigError, match="128x128"):
        parse_input_size(text)
