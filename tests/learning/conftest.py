"""Small real datasets, and one small real training that many tests look at.

Fixtures named after a function return that function.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.masks import write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.learning.config import TrainingConfig
from segstudio.learning.loading import load_tensorflow

CLASSES = ClassList(
    (
        ClassInfo(4, "ground", (90, 90, 90)),
        ClassInfo(2, "nobody knows", (0, 0, 0), ignored=True),
        ClassInfo(300, "block", (230, 40, 40)),
    )
)
"""Ids that are not 0, 1, 2, one above 255, and the ignored one in the middle."""


@pytest.fixture(scope="session", autouse=True)
def tensorflow():
    load_tensorflow()


@pytest.fixture(scope="session")
def classes():
    return CLASSES


@pytest.fixture(scope="session")
def add_sample():
    return _add_sample


@pytest.fixture(scope="session")
def make_blocks():
    return _make_blocks


@pytest.fixture(scope="session")
def small_config():
    return _small_config


@pytest.fixture(scope="session")
def make_channel_run():
    return _make_channel_run


@pytest.fixture
def blocks(tmp_path):
    """A dataset of a test's own."""
    return _make_blocks(tmp_path / "blocks")


@pytest.fixture
def tiny_model(monkeypatch):
    """Let “unet_mini” be a net of two layers, for tests in which the model does not matter: it compiles at once."""
    import keras

    from segstudio.learning.models import build

    def build_tiny(n_classes, channels):
        pictures = keras.Input((None, None, channels))
        features = keras.layers.Rescaling(1 / 127.5, offset=-1.0)(pictures)
        features = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(features)
        return keras.Model(pictures, keras.layers.Conv2D(n_classes, 1)(features))

    monkeypatch.setitem(build._BUILDERS, "unet_mini", build_tiny)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A finished run of four epochs: ``dataset``, ``config``, ``folder``, ``end``, ``events``. Only to be read."""
    from segstudio.learning.training import train

    dataset = _make_blocks(tmp_path_factory.mktemp("trained") / "blocks")
    config = _small_config(dataset, run="trained", epochs=4)
    events = []
    result = train(config, emit=events.append, should_stop=lambda: False)
    return SimpleNamespace(dataset=dataset, config=config, folder=result.folder, end=result.end, events=events)


@pytest.fixture(scope="session")
def channel_run(tmp_path_factory):
    """A run made by `_make_channel_run`. Only to be read."""
    return _make_channel_run(tmp_path_factory.mktemp("channels"), input_size=(32, 32))


def _add_sample(folder, split, name, image, mask):
    write_picture(folder / f"{split}_images" / f"{name}.png", image)
    write_mask(folder / f"{split}_segmentation" / f"{name}.png", mask)


def _draw_block(random, size):
    """Return a dark picture with a red block, and its mask, of which some rows are ignored."""
    height, width = size
    image = random.integers(20, 80, (height, width, 3), dtype=np.uint8)
    mask = np.full(size, 4, dtype=np.uint16)
    top, left = random.integers(0, height // 2), random.integers(0, width // 2)
    block = np.s_[top : top + height // 2, left : left + width // 2]
    image[block] = (220, 60, 50)
    mask[block] = 300
    mask[-3:] = 2
    return image, mask


def _make_blocks(folder, *, train=6, val=3, size=(40, 56)):
    random = np.random.default_rng(0)
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            _add_sample(folder, split, f"{split}-{number}", *_draw_block(random, size))
    save_classes(folder, CLASSES)
    return folder


def _small_config(dataset, **changes):
    settings = {"architecture": "unet_mini", "input_size": (32, 32), "epochs": 2, "learning_rate": 1e-3, "seed": 3}
    return TrainingConfig(dataset=dataset, **(settings | changes))


def _make_channel_run(folder, *, input_size):
    """Make a run whose model answers which channel is the brightest: 10 for red, 11 for green, 12 for blue."""
    import keras

    from segstudio.learning.division import Division
    from segstudio.learning.recording import save_model, write_settings

    pictures = keras.Input((None, None, 3))
    model = keras.Model(pictures, keras.layers.Softmax()(keras.layers.Rescaling(1 / 32)(pictures)))
    classes = ClassList(tuple(ClassInfo(10 + i, name, (0, 0, 0)) for i, name in enumerate(("red", "green", "blue"))))
    config = TrainingConfig(dataset=folder, input_size=input_size)
    write_settings(folder, config, classes, Division((), ()), sha256=None)
    save_model(model, folder / "model.keras")
    return folder
