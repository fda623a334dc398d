"""Everything that a run can be told, trained for real: each setting does what it says."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from segstudio.learning.events import EpochEnded
from segstudio.learning.models.build import ModelError
from segstudio.learning.prediction import Predictor
from segstudio.learning.runs import open_run
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.settings.execution import ExecutionSettings
from segstudio.learning.settings.loss import LOSSES, LossSettings
from segstudio.learning.settings.optimization import OptimizationSettings
from segstudio.learning.training import TrainingError, resume, train

EXAMPLE = Path(__file__).parents[2] / "resources" / "examples" / "own_model.py"


def trained_with(config):
    """Train; return the run as its folder tells it."""
    return open_run(train(config, emit=lambda event: None, should_stop=lambda: False).folder)


def losses(run):
    return [epoch.train.loss for epoch in run.epochs]


@pytest.mark.usefixtures("tiny_model")
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_made_small(blocks, small_config, name):
    loss = LossSettings(name=name, class_weighting="median_frequency")
    run = trained_with(small_config(blocks, epochs=8, learning_rate=0.02, loss=loss))
    assert losses(run)[-1] < losses(run)[0] * 0.95


@pytest.mark.usefixtures("tiny_model")
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
@pytest.mark.parametrize("accumulation", [1, 2])
def test_every_optimizer_learns(blocks, small_config, optimizer, accumulation):
    settings = OptimizationSettings(optimizer=optimizer, accumulation=accumulation)
    run = trained_with(small_config(blocks, epochs=8, learning_rate=0.02, optimization=settings))
    assert losses(run)[-1] < losses(run)[0] * 0.95


@pytest.mark.usefixtures("tiny_model")
def test_mixed_precision_learns_and_leaves_a_model_in_full_precision(blocks, small_config):
    settings = {"epochs": 3, "learning_rate": 0.02, "execution": ExecutionSettings(precision="mixed")}
    run = trained_with(small_config(blocks, **settings))
    assert losses(run)[-1] < losses(run)[0]
    model = keras.saving.load_model(run.model)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    best = keras.saving.load_model(run.folder / "checkpoints" / "best.keras")
    assert "float16" in {layer.compute_dtype for layer in best.layers}
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.usefixtures("tiny_model")
def test_xla_gives_the_same_history_but_for_rounding(blocks, small_config):
    plain = trained_with(small_config(blocks, run="plain"))
    compiled = trained_with(small_config(blocks, run="xla", execution=ExecutionSettings(xla=True)))
    np.testing.assert_allclose(losses(compiled), losses(plain), rtol=1e-3)


def test_xla_is_refused_where_it_cannot_compile(blocks, small_config):
    config = small_config(blocks, architecture="segnet", execution=ExecutionSettings(xla=True))
    with pytest.raises(ModelError, match="XLA cannot compile SegNet’s unpooling"):
        trained_with(config)
    assert not config.runs.exists()


@pytest.mark.usefixtures("tiny_model")
def test_event_files_for_tensorboard_hold_the_figures(blocks, small_config):
    run = trained_with(small_config(blocks, execution=ExecutionSettings(tensorboard=True)))
    for part in ("train", "val"):
        found = {}
        for path in (run.folder / "tensorboard" / part).iterdir():
            for record in tf.data.TFRecordDataset(str(path)):
                event = tf.compat.v1.Event.FromString(record.numpy())
                for value in event.summary.value:
                    found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
        for epoch in run.epochs:
            assert found["mean_iou", epoch.epoch] == pytest.approx(getattr(epoch, part).mean_iou)
        assert (("learning_rate", 1) in found) == (part == "train")


def test_a_frozen_backbone_stays_as_it_was_and_learns_afterwards(blocks, small_config):
    def encoder(run):
        model = keras.saving.load_model(run.folder / "checkpoints" / "last.keras")
        return model.get_layer("down1_1_conv").get_weights()[0], model.get_layer("logits").get_weights()[0]

    frozen, later = (
        trained_with(small_config(blocks, run=f"frozen {epochs}", epochs=epochs, frozen_epochs=1, batch_size=6))
        for epochs in (1, 2)
    )
    other = trained_with(small_config(blocks, run="other", epochs=1, frozen_epochs=1, batch_size=6, learning_rate=0.1))
    np.testing.assert_array_equal(encoder(frozen)[0], encoder(other)[0])
    assert np.abs(encoder(frozen)[1] - encoder(other)[1]).max() > 1e-6
    assert np.abs(encoder(later)[0] - encoder(frozen)[0]).max() > 1e-6


def test_a_run_begins_with_the_weights_of_another(trained, small_config):
    config = small_config(trained.dataset, run="further", epochs=1, start_from=trained.folder, learning_rate=1e-6)
    first = trained_with(config).epochs[0]
    begun = next(event for event in trained.events if isinstance(event, EpochEnded))
    assert first.train.loss < begun.train.loss * 0.8


@pytest.mark.usefixtures("tiny_model")
def test_crops_at_full_resolution_train_and_predict_whole_pictures(tmp_path, make_blocks, small_config):
    blocks = make_blocks(tmp_path / "large", size=(90, 130))
    run = trained_with(small_config(blocks, fit="crop", epochs=3))
    prediction = Predictor(run.folder).predict(np.zeros((600, 1100, 3), np.uint8))
    assert prediction.shape == (600, 1100)
    assert set(np.unique(prediction)) <= {4, 300}
    samples = sorted((run.folder / "samples" / "0001" / "val").iterdir())
    assert len(samples) == 3
    assert cv2_size(samples[0]) == (90, 130)


def cv2_size(path):
    import cv2

    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED).shape


@pytest.mark.usefixtures("tiny_model")
def test_augmenting_processes_change_nothing_but_the_time(blocks, small_config):
    settings = {"augmentation": AugmentationSettings(preset="strong"), "epochs": 2}
    alone = trained_with(small_config(blocks, run="alone", execution=ExecutionSettings(workers=0), **settings))
    helped = trained_with(small_config(blocks, run="helped", execution=ExecutionSettings(workers=2), **settings))
    assert losses(alone) == losses(helped)


def test_a_model_of_ones_own_trains_goes_on_and_predicts_without_its_file(blocks, small_config, tmp_path):
    own = tmp_path / "mine.py"
    own.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    config = small_config(blocks, architecture="own", model_file=own, input_size=(32, 32), epochs=2)
    events = []
    folder = train(
        config, emit=events.append, should_stop=lambda: any(isinstance(event, EpochEnded) for event in events)
    ).folder
    assert folder.name == "mine-1"
    own.unlink()
    assert resume(folder, emit=lambda event: None, should_stop=lambda: False).end.outcome == "finished"
    assert Predictor(folder).predict(np.zeros((33, 47, 3), np.uint8)).shape == (33, 47)


def test_a_model_of_ones_own_that_is_wrong_is_told_with_its_line(blocks, small_config, tmp_path):
    own = tmp_path / "wrong.py"
    own.write_text("def build(n_classes, input_shape):\n    return nothing\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"wrong\.py.*2"):
        trained_with(small_config(blocks, architecture="own", model_file=own))
