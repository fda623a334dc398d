"""A run that was killed, stopped or paused goes on as if it never had been (R40)."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.learning import checkpoints
from segstudio.learning.events import BatchEnded, EpochEnded, RunContinued, RunEnded, RunPaused
from segstudio.learning.runs import RunError, open_run
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.settings.optimization import OptimizationSettings
from segstudio.learning.settings.selection import SelectionSettings
from segstudio.learning.training import TrainingError, resume, train


def never():
    return False


def history(folder):
    """Everything that a run tells of its epochs, but how long they took."""
    return [
        (epoch.epoch, epoch.step, epoch.train, epoch.val, epoch.best, epoch.learning_rate)
        for epoch in open_run(folder).epochs
    ]


def weights(folder):
    with np.load(
        folder / "checkpoints" / json.loads((folder / "checkpoints/state.json").read_text())["arrays"]
    ) as kept:
        return [kept[name] for name in kept.files]


def stop_after(config, wanted):
    """Train until an event is as wanted, then stop; return the run's folder."""
    asked = []

    def emit(event):
        if wanted(event):
            asked.append(event)

    return train(config, emit=emit, should_stop=lambda: bool(asked)).folder


PROGRAM = """
import json, sys
from segstudio.learning import checkpoints
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import event_to_json
from segstudio.learning.loading import load_tensorflow
load_tensorflow()
checkpoints._SECONDS_BETWEEN_WRITES = 0.0
from segstudio.learning.training import train
config = TrainingConfig.from_json(json.loads(sys.argv[1]))
train(config, emit=lambda event: print(json.dumps(event_to_json(event)), flush=True), should_stop=lambda: False)
"""


def kill_when(config, wanted):
    """Train in a process of its own and kill it at an event; return the run's folder."""
    words = [sys.executable, "-c", PROGRAM, json.dumps(config.to_json())]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout:
            event = json.loads(line)
            if wanted(event):
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    return config.runs / config.run


@pytest.mark.parametrize("place", ["in the first epoch", "in the third epoch", "at the end of the second"])
def test_a_run_that_was_killed_goes_on_to_the_same_history(trained, small_config, place):
    def wanted(event):
        match place:
            case "in the first epoch":
                return event["event"] == "BatchEnded"
            case "in the third epoch":
                return event["event"] == "BatchEnded" and event["epoch"] == 3
        return event["event"] == "EpochEnded" and event["epoch"] == 2

    folder = kill_when(small_config(trained.dataset, run=f"killed {place}", epochs=4), wanted)
    run = open_run(folder)
    assert run.end is None
    assert run.can_resume
    result = resume(folder, emit=lambda event: None, should_stop=never)
    assert (result.end.outcome, result.end.epochs) == ("finished", 4)
    assert history(folder) == history(trained.folder)
    for own, other in zip(weights(folder), weights(trained.folder), strict=True):
        np.testing.assert_array_equal(own, other)
    assert sum(isinstance(event, RunEnded) for event in open_run(folder).events) == 1
    assert json.loads((folder / "confusion.json").read_text()) == json.loads(
        (trained.folder / "confusion.json").read_text()
    )


@pytest.mark.usefixtures("tiny_model")
def test_a_run_that_was_stopped_goes_on_from_the_very_batch(blocks, small_config):
    whole = train(small_config(blocks, run="whole", batch_size=1, epochs=3), emit=lambda event: None, should_stop=never)
    config = small_config(blocks, run="stopped", batch_size=1, epochs=3)
    folder = stop_after(config, lambda event: isinstance(event, EpochEnded) and event.epoch == 1)
    before = json.loads((folder / "checkpoints/state.json").read_text())
    assert before["step"] >= 6
    events = []
    resume(folder, emit=events.append, should_stop=never)
    steps = [event.step for event in events if isinstance(event, BatchEnded)]
    assert not steps or min(steps) > before["step"]
    assert history(folder) == history(whole.folder)


@pytest.mark.usefixtures("tiny_model")
@pytest.mark.parametrize("schedule", ["plateau", "cosine", "poly", "constant"])
def test_schedules_and_optimizers_go_on_where_they_were(blocks, small_config, schedule):
    settings = {
        "epochs": 4,
        "learning_rate": 0.01,
        "loss": LossSettings(name="cross_entropy_dice", class_weighting="median_frequency"),
        "optimization": OptimizationSettings(optimizer="sgd", schedule=schedule, accumulation=2),
        "selection": SelectionSettings(criterion="loss"),
    }
    whole = train(small_config(blocks, run="whole", **settings), emit=lambda event: None, should_stop=never)
    config = small_config(blocks, run="stopped", **settings)
    folder = stop_after(config, lambda event: isinstance(event, EpochEnded) and event.epoch == 2)
    resume(folder, emit=lambda event: None, should_stop=never)
    assert history(folder) == history(whole.folder)


@pytest.mark.usefixtures("tiny_model")
def test_painting_during_a_run_does_not_change_it(blocks, small_config):
    whole = train(small_config(blocks, run="whole", epochs=4), emit=lambda event: None, should_stop=never)

    def paint(event):
        if isinstance(event, EpochEnded) and event.epoch == 2:
            for path in (blocks / "train_segmentation").iterdir():
                write_mask(path, np.full_like(read_mask(path), 4))
            return True
        return False

    folder = stop_after(small_config(blocks, run="painted", epochs=4), paint)
    resume(folder, emit=lambda event: None, should_stop=never)
    assert history(folder) == history(whole.folder)
    settings = [json.loads((run / "config.json").read_text())["data"] for run in (folder, whole.folder)]
    assert settings[0] == settings[1]


@pytest.mark.usefixtures("tiny_model")
def test_a_picture_that_has_changed_is_told_before_anything_goes_on(blocks, small_config):
    folder = stop_after(small_config(blocks, run="changed", epochs=9), lambda event: isinstance(event, EpochEnded))
    before = history(folder)
    write_picture(blocks / "train_images" / "train-2.png", np.zeros((40, 56, 3), np.uint8))
    with pytest.raises(TrainingError, match=r"train-2\.png or its mask is no longer what this run began with"):
        resume(folder, emit=lambda event: None, should_stop=never)
    assert history(folder) == before


def test_a_finished_run_does_not_go_on(trained):
    with pytest.raises(RunError, match="cannot go on: it has finished"):
        resume(trained.folder, emit=lambda event: None, should_stop=never)


@pytest.mark.usefixtures("tiny_model")
def test_a_damaged_checkpoint_is_told(blocks, small_config):
    folder = stop_after(small_config(blocks, run="damaged", epochs=9), lambda event: isinstance(event, EpochEnded))
    for path in (folder / "checkpoints").glob("state-*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(TrainingError, match="cannot be read, so this run cannot go on"):
        resume(folder, emit=lambda event: None, should_stop=never)


@pytest.mark.usefixtures("tiny_model")
def test_a_run_that_trains_cannot_be_trained_twice(blocks, small_config):
    messages = []

    def emit(event):
        if isinstance(event, EpochEnded) and not messages:
            with pytest.raises(RunError) as failure:
                resume(blocks / "runs" / "twice", emit=lambda event: None, should_stop=never)
            messages.append(str(failure.value))

    result = train(small_config(blocks, run="twice", epochs=2), emit=emit, should_stop=never)
    assert "is being trained already" in messages[0]
    assert result.end.outcome == "finished"


@pytest.mark.usefixtures("tiny_model")
def test_a_paused_run_waits_and_goes_on(blocks, small_config):
    paused, events = threading.Event(), []

    def emit(event):
        events.append(event)
        if isinstance(event, EpochEnded) and event.epoch == 1:
            paused.set()
        if isinstance(event, RunPaused):
            threading.Timer(1.0, paused.clear).start()

    config = small_config(blocks, run="paused", epochs=3)
    began = time.monotonic()
    result = train(config, emit=emit, should_stop=never, should_pause=paused.is_set)
    took = time.monotonic() - began
    kinds = [type(event) for event in events]
    assert kinds.count(RunPaused) == kinds.count(RunContinued) == 1
    assert kinds.index(RunPaused) + 1 == kinds.index(RunContinued)
    assert result.end.epochs == 3
    assert sum(event.seconds for event in events if isinstance(event, EpochEnded)) < took - 1.0


@pytest.mark.usefixtures("tiny_model")
def test_a_paused_run_can_be_stopped(blocks, small_config):
    events = []

    def stop():
        return any(isinstance(event, RunPaused) for event in events)

    result = train(small_config(blocks), emit=events.append, should_stop=stop, should_pause=lambda: True)
    assert result.end.outcome == "stopped"
    assert not any(isinstance(event, RunContinued) for event in events)


@pytest.mark.usefixtures("tiny_model")
def test_a_run_ends_early_when_nothing_gets_better(blocks, small_config):
    config = small_config(
        blocks, epochs=60, learning_rate=1e-7, selection=SelectionSettings(criterion="pixel_accuracy", patience=3)
    )
    events = []
    result = train(config, emit=events.append, should_stop=never)
    assert result.end.outcome == "finished"
    assert "none of the last 3 epochs was better than epoch" in result.end.message
    best = max(event.epoch for event in events if isinstance(event, EpochEnded) and event.best)
    assert result.end.epochs == best + 3 < 60


@pytest.mark.usefixtures("tiny_model")
def test_a_long_epoch_is_kept_in_its_middle(blocks, small_config, monkeypatch):
    monkeypatch.setattr(checkpoints, "_SECONDS_BETWEEN_WRITES_WITHIN_EPOCHS", 0.0)
    seen = []

    def emit(event):
        if isinstance(event, EpochEnded):
            return
        path = blocks / "runs" / "long" / "checkpoints" / "state.json"
        if path.exists():
            seen.append(json.loads(path.read_text())["batches"])

    train(small_config(blocks, run="long", batch_size=1, epochs=1), emit=emit, should_stop=never)
    assert max(seen) >= 1
