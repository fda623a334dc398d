"""Suggested settings: a table of cases from four scribbled pictures on a laptop to a hundred thousand tiles."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.config import TrainingConfig
from segstudio.learning.dataset_facts import ClassFacts, DatasetFacts, FactsError, look_at
from segstudio.learning.machine import DeviceFacts, this_machine
from segstudio.learning.suggesting import suggest

LAPTOP = DeviceFacts(memory_bytes=8_000_000_000, cores=2)
WORKSTATION = DeviceFacts(memory_bytes=64_000_000_000, cores=32)
SMALL_GPU = DeviceFacts(name="GPU (small)", gpu=True, memory_bytes=6_000_000_000, cores=8)
GPU = DeviceFacts(name="GPU (large)", gpu=True, memory_bytes=80_000_000_000, cores=16)


def data(masks, size, *shares, painted=1.0, pixels=None):
    """Return facts with classes a, b, …; each in all masks, unless its pixels a mask are said."""
    names = "abcdefghijklmnopqrstuvwxyz"
    area = size[0] * size[1] * painted
    classes = (
        ClassFacts(name=name, share=share, pixels=share * area if pixels is None else pixels[name])
        for name, share in zip(names, shares, strict=False)
    )
    return DatasetFacts(masks=masks, size=size, classes=tuple(classes), painted=painted)


SCRIBBLES = data(4, (480, 640), 0.9, 0.1, painted=0.03)
CELLS = data(30, (512, 512), 0.77, 0.23)
NUCLEI = data(600, (256, 256), 0.86, 0.14)
STREET = data(367, (720, 960), 0.3, 0.25, 0.2, 0.1, 0.06, 0.04, 0.02, 0.01, 0.01, 0.005, 0.005)
TILES = data(100_000, (512, 512), 0.5, 0.2, 0.15, 0.1, 0.04, 0.01)
RARE_DOTS = data(200, (2048, 2048), 0.9999, 0.0001, pixels={"a": 4_193_000, "b": 420})
HUGE = data(12, (12_000, 12_000), 0.6, 0.4)

CASES = [
    # facts, device: architecture, backbone, input size, fit, batch, epochs, loss, class weighting
    (SCRIBBLES, LAPTOP, "unet_separable", "custom", (224, 288), "resize", 2, 100, "cross_entropy", "none"),
    (CELLS, LAPTOP, "unet_separable", "custom", (256, 256), "resize", 4, 55, "cross_entropy", "none"),
    (NUCLEI, LAPTOP, "unet_separable", "custom", (256, 256), "resize", 4, 12, "cross_entropy", "none"),
    (STREET, LAPTOP, "unet_separable", "custom", (224, 288), "resize", 4, 16, "cross_entropy_dice", "median_frequency"),
    (TILES, LAPTOP, "unet_separable", "custom", (256, 256), "resize", 4, 1, "cross_entropy_dice", "median_frequency"),
    (HUGE, LAPTOP, "unet_separable", "custom", (256, 256), "crop", 2, 87, "cross_entropy", "none"),
    (CELLS, WORKSTATION, "unet_separable", "custom", (256, 256), "resize", 4, 200, "cross_entropy", "none"),
    (NUCLEI, WORKSTATION, "unet", "mobilenet_v2", (256, 256), "resize", 8, 33, "cross_entropy", "none"),
    (SCRIBBLES, GPU, "unet", "mobilenet_v2", (448, 576), "resize", 2, 300, "cross_entropy", "none"),
    (NUCLEI, GPU, "unet", "efficientnet_v2_b0", (256, 256), "resize", 16, 300, "cross_entropy", "none"),
    (
        STREET,
        GPU,
        "deeplab_v3_plus",
        "resnet50",
        (448, 576),
        "resize",
        16,
        300,
        "cross_entropy_dice",
        "median_frequency",
    ),
    (TILES, GPU, "deeplab_v3_plus", "resnet50", (512, 512), "resize", 16, 10, "cross_entropy_dice", "median_frequency"),
    (
        RARE_DOTS,
        GPU,
        "unet",
        "efficientnet_v2_b0",
        (512, 512),
        "crop",
        16,
        300,
        "cross_entropy_dice",
        "median_frequency",
    ),
    (NUCLEI, SMALL_GPU, "unet", "efficientnet_v2_b0", (256, 256), "resize", 8, 200, "cross_entropy", "none"),
]


@pytest.mark.parametrize(
    ("facts", "device", "architecture", "backbone", "size", "fit", "batch", "epochs", "loss", "weighting"), CASES
)
def test_what_is_suggested(facts, device, architecture, backbone, size, fit, batch, epochs, loss, weighting, tmp_path):
    config = suggest(facts, device).apply(TrainingConfig(dataset=tmp_path))
    assert (config.architecture, config.backbone) == (architecture, backbone)
    assert (config.input_size, config.fit) == (size, fit)
    assert (config.batch_size, config.epochs) == (batch, epochs)
    assert (config.loss.name, config.loss.class_weighting) == (loss, weighting)


def test_few_masks_are_changed_more_than_many(tmp_path):
    few, many = (suggest(facts, GPU).apply(TrainingConfig(dataset=tmp_path)) for facts in (CELLS, TILES))
    assert sum(few.augmentation.strengths.values()) > 0
    assert many.augmentation.strengths == {}


def test_every_setting_has_one_sentence_that_fits_the_case():
    reasons = {reason.setting: reason for reason in suggest(STREET, LAPTOP).reasons}
    assert list(reasons) == ["Model", "Input size", "Epochs", "Augmentation", "Batch size", "Loss", "Class weights"]
    assert reasons["Model"].value == "U-Net separable"
    assert "without a GPU" in reasons["Model"].sentence
    assert "720 × 960" in reasons["Input size"].sentence
    assert "367 masks" in reasons["Epochs"].sentence
    assert "“j” has only 0.5 % of the pixels" in reasons["Loss"].sentence
    assert "60 times" in reasons["Class weights"].sentence
    assert all(reason.sentence.endswith(".") for reason in reasons.values())
    scribbled = {reason.setting: reason.sentence for reason in suggest(SCRIBBLES, LAPTOP).reasons}
    assert "No class is rare" not in scribbled["Loss"]
    assert "3 %" in scribbled["Loss"]
    crops = {reason.setting: reason for reason in suggest(HUGE, GPU).reasons}["Input size"]
    assert crops.value == "512 × 512, random crops"


def test_a_class_that_no_mask_holds_is_named():
    reasons = {reason.setting: reason for reason in suggest(data(9, (64, 64), 0.5, 0.5, 0.0), LAPTOP).reasons}
    assert "“c”" in reasons["Still to paint"].sentence


def test_what_does_not_fit_into_the_memory_becomes_a_smaller_batch_whose_gradients_are_averaged(tmp_path):
    small = DeviceFacts(name="GPU", gpu=True, memory_bytes=4_000_000_000, cores=4)
    config = suggest(STREET, small).apply(TrainingConfig(dataset=tmp_path))
    size = ARCHITECTURES[config.architecture].size(config.backbone)
    height, width = config.input_size
    assert size.training_bytes(11, height=height, width=width, batch_size=config.batch_size) <= 2_000_000_000
    assert config.batch_size * config.optimization.accumulation == 16
    assert "4.0 GB" in {r.setting: r.sentence for r in suggest(STREET, small).reasons}["Batch size"]


@given(
    masks=st.integers(1, 200_000),
    height=st.integers(1, 50_000),
    width=st.integers(1, 50_000),
    weights=st.lists(st.floats(0, 1), min_size=1, max_size=26),
    painted=st.floats(0, 1),
    device=st.builds(DeviceFacts, gpu=st.booleans(), memory_bytes=st.integers(0, 10**12), cores=st.integers(1, 256)),
)
def test_whatever_the_dataset_the_settings_can_be_trained(masks, height, width, weights, painted, device):
    every = sum(weights) or 1.0
    facts = data(masks, (height, width), *(weight / every for weight in weights), painted=painted)
    suggestion = suggest(facts, device)
    config = suggestion.apply(TrainingConfig(dataset="a"))
    assert config.input_size[0] % 32 == config.input_size[1] % 32 == 0
    assert json.loads(json.dumps(suggestion.to_json()))["reasons"]


def test_what_the_suggestion_says_nothing_of_stays(tmp_path):
    before = TrainingConfig(dataset=tmp_path, seed=7, validation_fraction=0.5, run="mine")
    after = suggest(CELLS, LAPTOP).apply(before)
    assert (after.seed, after.validation_fraction, after.run, after.selection) == (7, 0.5, "mine", before.selection)
    assert after.optimization.optimizer == before.optimization.optimizer


def look(folder):
    return look_at(open_dataset(folder), emit=lambda _step: None, should_stop=lambda: False)


def test_the_facts_are_those_of_the_masks_of_train(tmp_path):
    for split, value, (height, width) in (("train", 1, (40, 60)), ("train", 2, (40, 60)), ("val", 2, (200, 200))):
        name = f"{split}-{value}.png"
        mask = np.zeros((height, width), np.uint8)
        mask[: height // 4] = value
        (tmp_path / f"{split}_images").mkdir(exist_ok=True)
        (tmp_path / f"{split}_segmentation").mkdir(exist_ok=True)
        write_picture(tmp_path / f"{split}_images" / name, np.zeros((height, width, 3), np.uint8))
        write_mask(tmp_path / f"{split}_segmentation" / name, mask)
    classes = [{"id": i, "name": f"class {i}", "colour": f"#0000{i:02x}"} for i in range(3)]
    (tmp_path / "classes.json").write_text(json.dumps({"classes": classes}), encoding="utf-8")
    facts = look(tmp_path)
    assert (facts.masks, facts.size) == (2, (40, 60))
    assert [(entry.name, entry.share, entry.pixels) for entry in facts.classes] == [
        ("class 0", 0.75, 1800.0),
        ("class 1", 0.125, 600.0),
        ("class 2", 0.125, 600.0),
    ]


def test_without_a_mask_in_train_there_is_nothing_to_go_by(tmp_path):
    make_sample_dataset(tmp_path / "sample")
    for mask in (tmp_path / "sample" / "train_segmentation").iterdir():
        mask.unlink()
    with pytest.raises(FactsError, match="Paint at least one"):
        look(tmp_path / "sample")


def test_of_many_masks_some_are_read_and_all_are_told(tmp_path, monkeypatch):
    make_sample_dataset(tmp_path / "sample", train=7, val=1, test=0, size=(32, 32))
    monkeypatch.setattr("segstudio.learning.dataset_facts._MOST_MASKS", 3)
    steps = []
    facts = look_at(open_dataset(tmp_path / "sample"), emit=steps.append, should_stop=lambda: False)
    assert facts.masks == 7
    assert steps[-1].total == 3


def test_looking_can_be_stopped(tmp_path):
    make_sample_dataset(tmp_path / "sample", train=3, val=1, test=0, size=(32, 32))
    assert look_at(open_dataset(tmp_path / "sample"), emit=lambda _step: None, should_stop=lambda: True) is None


def test_this_machine_has_cores_and_memory():
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.memory_bytes > 100_000_000
    assert not machine.gpu


def test_a_device_is_read_from_what_the_worker_answers_whatever_is_missing():
    answer = {"name": "GPU (X)", "gpu": True, "memory_bytes": 5, "cores": 4}
    assert DeviceFacts.from_json(answer) == DeviceFacts(name="GPU (X)", gpu=True, memory_bytes=5, cores=4)
    assert DeviceFacts.from_json({"memory_bytes": None, "cores": 0}) == DeviceFacts()


def test_suggesting_loads_neither_keras_nor_qt():
    code = "import sys, segstudio.learning.suggesting; print({'keras', 'tensorflow', 'PySide6'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"
