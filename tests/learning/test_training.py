"""Training from the settings to the run folder: what it leaves, how it stops, and what it says when it cannot."""

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from segstudio.dataset.classes import ClassList, load_classes, save_classes
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.errors import SegstudioError
from segstudio.learning import checkpoints
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import BatchEnded, EpochEnded, RunEnded, RunPreparing, RunStarted, SampleSaved
from segstudio.learning.models import build
from segstudio.learning.prediction import Predictor
from segstudio.learning.runs import RunError, open_run, read_events
from segstudio.learning.training import TrainingError, train

LAST, BEST = "checkpoints/last.keras", "checkpoints/best.keras"


def never():
    return False


def run(config, *, stop_when=lambda event: False):
    """Train until an event says to stop; return result (or error) and events."""
    events, asked = [], []

    def emit(event):
        events.append(event)
        if stop_when(event):
            asked.append(event)

    return train(config, emit=emit, should_stop=lambda: bool(asked)), events


def failing(config):
    """Train what must fail; return the one message and the events."""
    events = []
    with pytest.raises(SegstudioError) as failure:
        train(config, emit=events.append, should_stop=never)
    message = str(failure.value)
    assert message
    assert "\n" not in message
    return message, events


def figures(folder):
    return [(epoch.epoch, epoch.train, epoch.val, epoch.best) for epoch in open_run(folder).epochs]


def check_says_failed(folder, message):
    end = open_run(folder).end
    assert end is not None
    assert (end.outcome, end.message) == ("failed", message)
    assert json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["message"] == message


# What a run leaves


def test_events_tell_the_run_in_order_and_stand_in_the_folder(trained):
    events = trained.events
    assert isinstance(events[0], RunPreparing)
    started = next(event for event in events if isinstance(event, RunStarted))
    assert (started.run, started.epochs, started.batches) == (str(trained.folder), 4, 2)
    assert (started.train_samples, started.val_samples) == (6, 3)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3, 4]
    assert [event for event in events if isinstance(event, BatchEnded)]
    assert events[-1] == trained.end
    assert trained.end.outcome == "finished"
    assert trained.end.epochs == 4
    assert list(read_events(trained.folder)) == events


def test_the_run_folder_is_complete(trained):
    names = {str(path.relative_to(trained.folder)) for path in trained.folder.rglob("*") if path.is_file()}
    wanted = {"config.json", "events.jsonl", LAST, BEST, "model.keras", "classes.json", "metrics.json"}
    wanted |= {"checkpoints/state.json", "checkpoints/state-8.npz", "confusion.json"}
    wanted |= {"data/samples.json", "training.lock"}
    assert {name for name in names if not name.startswith(("samples", "data/masks"))} == wanted


def test_config_json_holds_all_that_is_needed_to_do_the_run_again(trained):
    data = json.loads((trained.folder / "config.json").read_text(encoding="utf-8"))
    assert TrainingConfig.from_json(data["settings"]) == trained.config
    assert data["settings"]["seed"] == 3
    assert set(data["versions"]) == {"segstudio", "python", "tensorflow", "keras", "numpy", "opencv"}
    assert data["versions"]["keras"] == keras.__version__
    assert (data["data"]["train"], data["data"]["val"]) == (6, 3)
    assert len(data["data"]["sha256"]) == 64


def test_the_classes_stand_in_the_folder_as_they_were(trained, classes):
    assert load_classes(trained.folder) == classes


def test_metrics_json_holds_the_figures_of_the_best_and_the_last_epoch(trained):
    data = json.loads((trained.folder / "metrics.json").read_text(encoding="utf-8"))
    epochs = [event for event in trained.events if isinstance(event, EpochEnded)]
    scores = [epoch.val.mean_iou for epoch in epochs]
    assert data["outcome"] == "finished"
    assert data["best_mean_iou"] == max(scores) == trained.end.best_mean_iou
    assert data["best"]["epoch"] == scores.index(max(scores)) + 1
    assert data["last"]["val"]["loss"] == epochs[-1].val.loss


def test_an_epoch_is_called_best_if_no_epoch_before_it_was_as_good(trained):
    best = -1.0
    for epoch in (event for event in trained.events if isinstance(event, EpochEnded)):
        assert epoch.best == (epoch.val.mean_iou > best)
        best = max(best, epoch.val.mean_iou)


def test_every_epoch_shows_samples_in_ids_of_the_dataset(trained):
    shown = [event for event in trained.events if isinstance(event, SampleSaved)]
    assert {event.epoch for event in shown} == {1, 2, 3, 4}
    assert {event.sample for event in shown} == {"val/val-0", "val/val-1", "val/val-2"}
    for event in shown:
        prediction = read_mask(trained.folder / event.path)
        assert prediction.shape == (32, 32)
        assert set(np.unique(prediction)) <= {4, 300}


def test_the_checkpoints_hold_the_optimizer_as_it_was_at_their_time(trained):
    last, best = (keras.saving.load_model(trained.folder / name) for name in (LAST, BEST))
    best_epoch = max(epoch.epoch for epoch in open_run(trained.folder).epochs if epoch.best)
    assert int(last.optimizer.iterations.numpy()) == 8
    assert int(best.optimizer.iterations.numpy()) == best_epoch * 2
    moments = [np.abs(variable.numpy()).max() for variable in last.optimizer.variables if "momentum" in variable.path]
    assert moments
    assert all(moment > 0 for moment in moments)


def test_the_model_is_the_best_checkpoint_with_probabilities(trained):
    pictures = np.random.default_rng(0).integers(0, 256, (2, 33, 47, 3)).astype(np.float32)
    logits = keras.saving.load_model(trained.folder / BEST)(pictures, training=False).numpy()
    answer = keras.saving.load_model(trained.folder / "model.keras")(pictures, training=False).numpy()
    np.testing.assert_allclose(answer.sum(axis=-1), 1, rtol=1e-5)
    np.testing.assert_array_equal(answer.argmax(axis=-1), logits.argmax(axis=-1))


def test_model_keras_alone_predicts_in_a_fresh_process(trained, tmp_path):
    """R37, R39: keras and segstudio's layers, and the picture as it comes: uint8, of any size."""
    shutil.copy(trained.folder / "model.keras", tmp_path / "model.keras")
    picture = np.random.default_rng(1).integers(0, 256, (1, 37, 51, 3), dtype=np.uint8)
    np.save(tmp_path / "picture.npy", picture)
    code = (
        "import keras, numpy, segstudio.learning.models.layers\n"
        "model = keras.saving.load_model('model.keras')\n"
        "numpy.save('answer.npy', model.predict(numpy.load('picture.npy'), verbose=0))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, timeout=120)
    here = keras.saving.load_model(trained.folder / "model.keras")(picture.astype(np.float32), training=False)
    np.testing.assert_allclose(np.load(tmp_path / "answer.npy"), here.numpy(), atol=1e-5)


def test_two_runs_with_one_seed_have_one_history(trained, small_config):
    again = run(small_config(trained.dataset, run="again", epochs=4))[0]
    assert figures(again.folder) == figures(trained.folder)


@pytest.mark.usefixtures("tiny_model")
def test_another_seed_makes_another_run(blocks, small_config):
    runs = [run(small_config(blocks, epochs=1, seed=seed))[0] for seed in (1, 1, 2)]
    assert figures(runs[0].folder) == figures(runs[1].folder) != figures(runs[2].folder)


def test_training_learns(trained):
    losses = [epoch.train.loss for epoch in open_run(trained.folder).epochs]
    assert losses[-1] < losses[0] * 0.8


# Datasets that are not the usual ones


@pytest.mark.usefixtures("tiny_model")
def test_without_a_val_split_a_part_of_train_is_held_out(tmp_path, make_blocks, small_config):
    result, events = run(small_config(make_blocks(tmp_path, val=0), epochs=1))
    started = next(event for event in events if isinstance(event, RunStarted))
    assert (started.train_samples, started.val_samples) == (5, 1)
    assert result.end.best_mean_iou is not None


@pytest.mark.usefixtures("tiny_model")
def test_one_single_picture_trains_and_the_best_is_judged_on_train(tmp_path, make_blocks, small_config):
    result, events = run(small_config(make_blocks(tmp_path, train=1, val=0), epochs=2))
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert [epoch.val for epoch in epochs] == [None, None]
    assert result.end.best_mean_iou == max(epoch.train.mean_iou for epoch in epochs)
    assert result.end.model
    assert {event.sample for event in events if isinstance(event, SampleSaved)} == {"train/train-0"}


@pytest.mark.usefixtures("tiny_model")
def test_a_dataset_that_does_not_name_its_classes_trains_on_the_ids_in_its_masks(blocks, small_config):
    (blocks / "classes.json").unlink()
    result, _events = run(small_config(blocks, epochs=1))
    assert load_classes(result.folder).ids == (2, 4, 300)


@pytest.mark.usefixtures("tiny_model")
def test_names_as_long_as_a_file_system_allows_train(blocks, small_config):
    """R20."""
    for folder in ("val_images", "val_segmentation"):
        (blocks / folder / "val-0.png").rename(blocks / folder / ("n" * 251 + ".png"))
    assert run(small_config(blocks, epochs=1))[0].end.outcome == "finished"


@pytest.mark.usefixtures("tiny_model")
def test_names_that_are_not_ascii_train_and_predict(tmp_path, make_blocks, small_config):
    """R19."""
    folder = make_blocks(tmp_path / "データ é 空 白")
    (folder / "val_images" / "val-0.png").rename(folder / "val_images" / "é ü%[1].png")
    (folder / "val_segmentation" / "val-0.png").rename(folder / "val_segmentation" / "é ü%[1].png")
    result, events = run(small_config(folder, run="Lauf é", epochs=1))
    assert "val/é ü%[1]" in {event.sample for event in events if isinstance(event, SampleSaved)}
    assert Predictor(result.folder).predict(np.zeros((20, 30, 3), np.uint8)).shape == (20, 30)


# Stopping


def test_stopping_within_the_first_epoch_leaves_a_usable_model(blocks, small_config):
    result, events = run(
        small_config(blocks, batch_size=1, epochs=50), stop_when=lambda event: isinstance(event, BatchEnded)
    )
    assert [event.step for event in events if isinstance(event, BatchEnded)] == [1]
    assert (result.end.outcome, result.end.epochs, result.end.model) == ("stopped", 0, True)
    assert open_run(result.folder).end == result.end
    assert keras.saving.load_model(result.folder / LAST).optimizer.iterations.numpy() == 1
    prediction = Predictor(result.folder).predict(np.zeros((33, 47, 3), np.uint8))
    assert prediction.shape == (33, 47)
    assert set(np.unique(prediction)) <= {4, 300}


@pytest.mark.usefixtures("tiny_model")
def test_stopping_later_keeps_the_best_epoch_not_the_last(blocks, small_config, monkeypatch):
    """Also while the best is in memory only, since epochs are short."""
    monkeypatch.setattr(checkpoints, "_SECONDS_BETWEEN_WRITES", 3600.0)
    result, _events = run(
        # Not a batch of the fourth: of those, short as they are, not every one is told.
        small_config(blocks, epochs=50),
        stop_when=lambda event: isinstance(event, EpochEnded) and event.epoch == 3,
    )
    assert (result.end.outcome, result.end.epochs) == ("stopped", 3)
    best_epoch = max(epoch.epoch for epoch in open_run(result.folder).epochs if epoch.best)
    best, last = (keras.saving.load_model(result.folder / name) for name in (BEST, LAST))
    assert best.optimizer.iterations.numpy() == best_epoch * 2
    assert last.optimizer.iterations.numpy() in {6, 7}


@pytest.mark.usefixtures("tiny_model")
def test_stopping_while_the_pictures_are_read_ends_the_run_without_a_model(blocks, small_config):
    result, events = run(small_config(blocks), stop_when=lambda event: isinstance(event, RunPreparing))
    assert (result.end.outcome, result.end.model) == ("stopped", False)
    assert not any(isinstance(event, RunStarted) for event in events)
    assert open_run(result.folder).end == result.end


# What cannot be trained, each with one message


def test_no_masks(blocks, small_config):
    shutil.rmtree(blocks / "train_segmentation")
    message, events = failing(small_config(blocks))
    assert "Paint at least one" in message
    assert events == []
    assert not (blocks / "runs").exists()


def test_no_such_dataset(tmp_path, small_config):
    message, _events = failing(small_config(tmp_path / "nowhere"))
    assert "nowhere is not a folder" in message


def test_a_list_with_one_class_only(blocks, classes, small_config):
    save_classes(blocks, ClassList(tuple(entry for entry in classes if entry.id != 300)))
    message, events = failing(small_config(blocks))
    assert "at least 2 classes" in message
    assert events == []


@pytest.mark.usefixtures("tiny_model")
def test_masks_with_one_class_only(blocks, small_config):
    for path in (blocks / "train_segmentation").iterdir():
        write_mask(path, np.where(read_mask(path) == 300, 4, read_mask(path)))
    message, _events = failing(small_config(blocks, run="one"))
    assert "one class only, “ground”" in message
    check_says_failed(blocks / "runs" / "one", message)


@pytest.mark.usefixtures("tiny_model")
def test_masks_with_ignored_pixels_only(blocks, small_config):
    for path in (blocks / "train_segmentation").iterdir():
        write_mask(path, np.full((40, 56), 2, np.uint8))
    assert "Every pixel of the masks in train is ignored" in failing(small_config(blocks))[0]


@pytest.mark.usefixtures("tiny_model")
def test_an_unknown_id_in_a_mask(blocks, small_config):
    """R33: with file, pixel and value; in val as well."""
    path = blocks / "val_segmentation" / "val-1.png"
    mask = read_mask(path)
    mask[5, 6] = 77
    write_mask(path, mask)
    message, events = failing(small_config(blocks, run="unknown"))
    assert f"{path}: pixel x=6, y=5 has the id 77" in message
    assert events[-1].outcome == "failed"
    check_says_failed(blocks / "runs" / "unknown", message)


@pytest.mark.usefixtures("tiny_model")
def test_a_mask_of_another_size(blocks, small_config):
    write_mask(blocks / "train_segmentation" / "train-1.png", np.full((40, 55), 4, np.uint8))
    message, _events = failing(small_config(blocks))
    assert "train-1.png is 55 × 40 pixels, its picture 56 × 40" in message


@pytest.mark.usefixtures("tiny_model")
def test_an_unreadable_picture(blocks, small_config):
    (blocks / "train_images" / "train-1.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    message, _events = failing(small_config(blocks))
    assert "train-1.png is damaged" in message


@pytest.mark.usefixtures("tiny_model")
def test_a_picture_that_is_a_broken_link(blocks, small_config):
    picture = blocks / "train_images" / "train-1.png"
    picture.unlink()
    picture.symlink_to(blocks / "gone.png")
    message, _events = failing(small_config(blocks))
    assert "train-1.png cannot be read" in message


def test_a_name_that_is_taken(trained, small_config):
    before = sorted(path.name for path in trained.folder.iterdir())
    with pytest.raises(RunError, match="already a run named “trained”"):
        train(small_config(trained.dataset, run="trained"), emit=lambda event: None, should_stop=never)
    assert sorted(path.name for path in trained.folder.iterdir()) == before


def test_more_classes_than_can_be_trained(blocks, classes, small_config):
    many = classes
    while len(many.counted) < 256:
        many = many.with_new(f"class {len(many)}")
    save_classes(blocks, many)
    assert "At most 255 classes" in failing(small_config(blocks))[0]


def too_steep(n_classes, channels):
    """A model whose answer grows with the 24th power of its weights: a large learning rate takes it to infinity."""
    pictures = keras.Input((None, None, channels))
    features = keras.layers.Conv2D(n_classes, 1, name="weights")(keras.layers.Rescaling(1 / 255)(pictures))
    for number in range(3):
        features = keras.layers.Multiply(name=f"power{number}")([features, features, features])
    return keras.Model(pictures, features)


def test_a_loss_that_is_no_number_ends_the_run_with_the_best_model_kept(blocks, small_config, monkeypatch):
    monkeypatch.setitem(build._BUILDERS, "unet_mini", too_steep)
    events = []
    config = small_config(blocks, run="steep", epochs=40, batch_size=6, learning_rate=10.0)
    with pytest.raises(TrainingError, match=r"The loss became (nan|inf) in epoch \d+.*smaller learning rate than 10"):
        train(config, emit=events.append, should_stop=never)
    folder = blocks / "runs" / "steep"
    check_says_failed(folder, events[-1].message)
    epochs = [event for event in events if isinstance(event, EpochEnded)]
    assert epochs
    assert events[-1] == RunEnded(
        "failed", events[-1].message, len(epochs), events[-1].best_mean_iou, True, events[-1].seconds
    )
    state = json.loads((folder / "checkpoints/state.json").read_text(encoding="utf-8"))
    with np.load(folder / "checkpoints" / state["arrays"]) as kept:
        assert state["epochs"] >= 1
        assert all(np.isfinite(kept[name]).all() for name in kept.files)
    for name in ("model.keras", BEST):
        model = keras.saving.load_model(folder / name)
        assert all(np.isfinite(weight).all() for weight in model.get_weights())


def with_an_endless_slope(n_classes, channels):
    """A model whose answer is a number and whose gradient is none: that of the square root of 0."""
    pictures = keras.Input((None, None, channels))
    features = keras.ops.sqrt(keras.ops.relu(keras.layers.Conv2D(4, 3, padding="same")(pictures)))
    return keras.Model(pictures, keras.layers.Conv2D(n_classes, 1)(features))


def test_weights_that_are_no_numbers_are_never_kept(tmp_path, make_blocks, small_config, monkeypatch):
    """A step's loss is that of the weights before it, and without val nothing else looks at those of the last step."""
    monkeypatch.setitem(build._BUILDERS, "unet_mini", with_an_endless_slope)
    blocks = make_blocks(tmp_path, val=0)
    message, events = failing(small_config(blocks, epochs=1, batch_size=6, validation_fraction=0))
    assert "The weights became nan in epoch 1" in message
    assert not events[-1].model


@pytest.fixture
def nearly_full_disk():
    """No file can grow beyond two megabytes: the model fits, a checkpoint with its optimizer does not."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.usefixtures("nearly_full_disk")
def test_a_full_disk_is_told_and_no_half_file_stays(blocks, small_config):
    message, events = failing(small_config(blocks, run="full"))
    folder = blocks / "runs" / "full"
    assert f"could not be written to {folder}: File too large. Free some space" in message
    assert events[-1].outcome == "failed"
    check_says_failed(folder, message)
    assert {
        path.name for path in folder.rglob("*") if path.is_file() and not {"samples", "data"} & set(path.parts)
    } == {
        "config.json",
        "classes.json",
        "events.jsonl",
        "metrics.json",
        "model.keras",
        "state.json",
        "training.lock",
    }
    assert Predictor(folder).predict(np.zeros((9, 9, 3), np.uint8)).shape == (9, 9)


def test_a_disk_on_which_nothing_can_be_written_is_told(blocks, small_config):
    message, events = failing(small_config(blocks, output=Path("/proc/segstudio")))
    assert "No run can be written to /proc/segstudio/runs" in message
    assert "--output" in message
    assert events == []


def test_a_read_only_dataset_trains_with_an_output_folder(blocks, tmp_path):
    """In a process that may not do what root may: nothing is read-only for root."""
    for path in (blocks, *blocks.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    # prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE): after the next exec, file modes hold for root too.
    humbly = (
        "import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 1, 0, 0, 0); "
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from segstudio.learning.config import TrainingConfig\nfrom segstudio.learning.training import train\n"
        "from segstudio.errors import SegstudioError\n"
        "def run(**where):\n"
        "    config = TrainingConfig(dataset=Path(sys.argv[1]), input_size=(32, 32), epochs=1, **where)\n"
        "    return train(config, emit=lambda event: None, should_stop=lambda: False)\n"
        "try:\n    run()\nexcept SegstudioError as error:\n    print(error)\n"
        "print(run(output=Path(sys.argv[2])).end.outcome)\n"
    )
    words = [sys.executable, "-c", humbly, "-c", code, str(blocks), str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    blocks.chmod(0o755)
    assert len(done.stdout.splitlines()) == 2, done.stderr
    refused, outcome = done.stdout.splitlines()
    assert f"No run can be written to {blocks}/runs: Permission denied" in refused
    assert outcome == "finished"
    assert (tmp_path / "out" / "runs" / "unet_separable-1" / "model.keras").is_file()
    assert not (blocks / "runs").exists()
