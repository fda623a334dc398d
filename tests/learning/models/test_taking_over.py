"""Beginning with the weights of a run: the same answers for the same classes, and a new head for new ones."""

import os

import keras
import numpy as np
import pytest

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.config import TrainingConfig
from segstudio.learning.division import Division
from segstudio.learning.models.build import build_model, with_probabilities
from segstudio.learning.models.taking_over import TakeOverError, take_over
from segstudio.learning.recording import save_model, write_settings

LEARNED = ("road", "car", "tree")
EVERY = [(entry.name, name) for entry in ARCHITECTURES.values() for name in entry.backbones]
PAIRS = EVERY if os.environ.get("EVERY_PAIR") else [("unet_separable", "custom")]
"""`tests/benchmarks/models.py` has every pair tested."""


def class_list(*names):
    """Ids that say nothing about the order, and an ignored class in front."""
    counted = (ClassInfo(40 - number, name, (0, 0, 0)) for number, name in enumerate(names))
    return ClassList((ClassInfo(99, "void", (0, 0, 0), ignored=True), *counted))


def make_run(folder, pair, *, seed=1, file="model.keras"):
    """Write a run as training leaves it, and return its model from pictures to logits."""
    keras.utils.set_random_seed(seed)
    model = build_model(*pair, len(LEARNED))
    for variable in model.variables:
        if variable.path.endswith(("bias", "moving_mean", "beta")):
            variable.assign(keras.random.uniform(variable.shape, seed=seed))
    folder.mkdir(parents=True, exist_ok=True)
    config = TrainingConfig(dataset=folder, architecture=pair[0], backbone=pair[1])
    write_settings(folder, config, class_list(*LEARNED), Division((), ()), sha256=None)
    save_model(with_probabilities(model) if file == "model.keras" else model, folder / file)
    return model


def answer(model):
    pictures = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), dtype=np.uint8)
    return keras.ops.convert_to_numpy(model(pictures, training=False))


def weights_of(model):
    return {variable.path: keras.ops.convert_to_numpy(variable) for variable in model.weights}


@pytest.fixture(scope="module", params=[("unet_mini", "custom"), ("fcn_8", "custom")], ids="-".join)
def learned(request, tmp_path_factory):
    """A run folder, the pair, and what its model answers; FCN's head is four layers deep, with skips."""
    folder = tmp_path_factory.mktemp("runs") / "learned"
    return folder, request.param, answer(make_run(folder, request.param))


@pytest.mark.parametrize(
    "names",
    [LEARNED, ("tree", "road", "car"), ("tree", "bicycle", "road", "sky"), ("bicycle", "car")],
    ids=["the same", "in another order", "some the same", "one the same"],
)
def test_a_class_of_the_same_name_is_answered_as_it_was(learned, names):
    folder, pair, wanted = learned
    keras.utils.set_random_seed(2)
    model = build_model(*pair, len(names))
    taken = take_over(model, folder, class_list(*names))
    given = answer(model)
    for number, name in enumerate(names):
        if name in LEARNED:
            np.testing.assert_allclose(given[..., number], wanted[..., LEARNED.index(name)], rtol=1e-4, atol=1e-4)
    assert taken.classes == tuple(name for name in names if name in LEARNED)
    assert taken.new_classes == tuple(name for name in names if name not in LEARNED)
    assert taken.layers == taken.of
    assert all(name in taken.note for name in taken.new_classes)


def test_with_other_classes_the_head_is_new_and_all_else_is_taken_over(learned):
    folder, pair, _wanted = learned
    keras.utils.set_random_seed(2)
    model = build_model(*pair, 3)
    before = weights_of(model)
    taken = take_over(model, folder, class_list("cell", "membrane", "hole"))
    theirs = weights_of(keras.saving.load_model(folder / "model.keras"))
    for path, value in weights_of(model).items():
        is_head = path.startswith(("logits", "score_", "upscore"))
        np.testing.assert_array_equal(value, before[path] if is_head else theirs[path], err_msg=path)
    assert 0 < taken.of - taken.layers <= 6
    assert "The head is new." in taken.note


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_an_architecture_is_taken_over_whole(pair, tmp_path):
    keras.backend.clear_session()
    wanted = answer(make_run(tmp_path / "run", pair))
    model = build_model(*pair, 3)
    taken = take_over(model, tmp_path / "run", class_list(*LEARNED))
    assert taken.layers == taken.of
    np.testing.assert_allclose(answer(model), wanted, rtol=1e-3, atol=1e-3 * np.abs(wanted).max())


def test_the_best_checkpoint_goes_before_the_model_to_use(tmp_path):
    make_run(tmp_path, ("unet_mini", "custom"), seed=1)
    best = make_run(tmp_path, ("unet_mini", "custom"), seed=5, file="checkpoints/best.keras")
    model = build_model("unet_mini", "custom", 3)
    take_over(model, tmp_path, class_list(*LEARNED))
    np.testing.assert_allclose(answer(model), answer(best), rtol=1e-4, atol=1e-4)


def test_what_two_architectures_share_is_taken_over_and_counted(tmp_path):
    """U-Net on MobileNet after FCN on MobileNet: the backbone, whose layers have one name in both."""
    make_run(tmp_path, ("fcn_32", "mobilenet"))
    model = build_model("unet", "mobilenet", 3)
    taken = take_over(model, tmp_path, class_list(*LEARNED))
    source = keras.saving.load_model(tmp_path / "model.keras").get_layer("mobilenet")
    for own, given in zip(model.get_layer("mobilenet").weights, source.weights, strict=True):
        np.testing.assert_array_equal(own, given)
    weighted = [layer for layer in source.layers if layer.weights]
    assert len(weighted) == taken.layers < taken.of


def test_another_architecture_is_refused_in_one_sentence_that_names_it(tmp_path):
    make_run(tmp_path / "streets", ("unet_separable", "custom"))
    model = build_model("unet_mini", "custom", 3)
    before = [np.array(variable) for variable in model.variables]
    with pytest.raises(TakeOverError, match=r"Nothing of the run streets fits: its model is unet_separable on custom"):
        take_over(model, tmp_path / "streets", class_list(*LEARNED))
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_a_run_without_a_model_is_refused(tmp_path):
    write_settings(tmp_path, TrainingConfig(dataset=tmp_path), class_list(*LEARNED), Division((), ()), sha256=None)
    with pytest.raises(TakeOverError, match="has no model"):
        take_over(build_model("unet_mini", "custom", 3), tmp_path, class_list(*LEARNED))
