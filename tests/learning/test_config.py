"""Settings make sense or are refused in a sentence."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.learning.config import AUGMENTATIONS, ConfigError, TrainingConfig, parse_input_size

DATASET = Path("/data/somewhere")


@given(
    size=st.tuples(st.integers(32, 4096), st.integers(32, 4096)),
    epochs=st.integers(1, 100_000),
    rate=st.floats(1e-7, 10),
    seed=st.integers(0, 2**32 - 1),
    augmentation=st.sampled_from(AUGMENTATIONS),
    output=st.sampled_from([None, Path("/elsewhere")]),
    run=st.sampled_from(["", "a run", "Lauf 3", "データ"]),
)
def test_settings_come_back_from_json_as_they_were(size, epochs, rate, seed, augmentation, output, run):
    config = TrainingConfig(
        dataset=DATASET,
        output=output,
        run=run,
        input_size=size,
        epochs=epochs,
        learning_rate=rate,
        seed=seed,
        augmentation=augmentation,
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
        ({"augmentation": "wild"}, "wild.*none, light"),
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
    "data", [{}, {"dataset": "/d", "epochs": "ten"}, {"dataset": "/d", "input_size": 3}, {"dataset": "/d", "run": 3}]
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
