"""Run folders: made once, read by everybody, never in each other's way."""

import json
import os

import pytest

from segstudio.dataset.classes import DEFAULT_CLASSES, save_classes
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import EpochEnded, Figures, RunEnded, RunStarted
from segstudio.learning.runs import RunError, append_event, list_runs, make_run_folder, open_run

FIGURES = Figures(0.5, 0.75, 0.25)


def make_run(runs, name, *, changed=0):
    config = TrainingConfig(dataset=runs.parent, run=name)
    folder = make_run_folder(config)
    (folder / "config.json").write_text(json.dumps({"settings": config.to_json()}), encoding="utf-8")
    save_classes(folder, DEFAULT_CLASSES)
    os.utime(folder / "config.json", (changed, changed))
    return folder


def test_runs_without_a_name_take_the_next_free_number(tmp_path):
    config = TrainingConfig(dataset=tmp_path)
    assert [make_run_folder(config).name for _ in range(3)] == [
        "unet_separable-1",
        "unet_separable-2",
        "unet_separable-3",
    ]


def test_a_name_that_is_taken_is_refused_and_the_old_run_is_left_alone(tmp_path):
    config = TrainingConfig(dataset=tmp_path, run="mine")
    (make_run_folder(config) / "model.keras").write_bytes(b"old")
    with pytest.raises(RunError, match=r"already a run named “mine”.*another name"):
        make_run_folder(config)
    assert (tmp_path / "runs" / "mine" / "model.keras").read_bytes() == b"old"


def test_runs_go_to_the_output_folder_where_there_is_one(tmp_path):
    config = TrainingConfig(dataset=tmp_path / "data", output=tmp_path / "out", run="mine")
    assert make_run_folder(config) == tmp_path / "out" / "runs" / "mine"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["", "mine"])
def test_a_file_where_the_runs_should_be_is_told_as_what_it_is(tmp_path, name):
    (tmp_path / "runs").write_bytes(b"")
    with pytest.raises(RunError, match=r"No run can be written to .*runs.*--output"):
        make_run_folder(TrainingConfig(dataset=tmp_path, run=name))


def test_a_run_tells_what_its_folder_tells(tmp_path):
    folder = make_run(tmp_path / "runs", "a")
    epochs = [
        EpochEnded(number, 4 * number, FIGURES, Figures(1.0, 0.1, score), best=True, seconds=1.0)
        for number, score in enumerate((0.3, 0.2), start=1)
    ]
    for event in epochs:
        append_event(folder, event)
    run = open_run(folder)
    assert (run.name, run.epochs, run.end, run.best_mean_iou) == ("a", tuple(epochs), None, 0.3)
    assert not run.has_model
    end = RunEnded("finished", "", 2, 0.3, model=True, seconds=2.0)
    append_event(folder, end)
    assert open_run(folder).end == end


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "config.json").unlink(),
        lambda folder: (folder / "config.json").write_text("{"),
        lambda folder: (folder / "config.json").write_text("[]"),
        lambda folder: (folder / "config.json").write_bytes(b"\xff"),
        lambda folder: (folder / "config.json").write_text('{"settings": {}}'),
        lambda folder: (folder / "classes.json").unlink(),
        lambda folder: (folder / "classes.json").write_text("{"),
    ],
)
def test_a_damaged_run_is_refused_by_name_and_hides_no_other(tmp_path, damage):
    damaged = make_run(tmp_path / "runs", "damaged")
    make_run(tmp_path / "runs", "sound")
    damage(damaged)
    with pytest.raises(RunError, match="damaged"):
        open_run(damaged)
    assert [run.name for run in list_runs(tmp_path / "runs")] == ["sound"]


def test_runs_are_listed_newest_first(tmp_path):
    for name, changed in (("b", 200), ("a", 300), ("c", 100)):
        make_run(tmp_path / "runs", name, changed=changed)
    (tmp_path / "runs" / "stray.txt").write_text("no run")
    assert [run.name for run in list_runs(tmp_path / "runs")] == ["a", "b", "c"]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_that_was_killed_and_went_on_tells_each_epoch_once(tmp_path):
    """R40."""
    folder = make_run(tmp_path / "runs", "a")
    first = [EpochEnded(number, number, FIGURES, None, best=True, seconds=1.0) for number in (1, 2, 3)]
    again = [EpochEnded(number, number, FIGURES, None, best=False, seconds=2.0) for number in (2, 3)]
    started = RunStarted("a", "CPU", epochs=3, batches=1, train_samples=1, val_samples=0, parameters=1, epoch=1)
    for event in (*first, started, *again):
        append_event(folder, event)
    assert open_run(folder).epochs == (first[0], *again)


@pytest.mark.parametrize(
    ("outcome", "state_file", "expected"),
    [(None, True, True), ("stopped", True, True), ("finished", True, False), ("stopped", False, False)],
)
def test_a_run_can_go_on_that_has_its_state_and_is_not_finished(tmp_path, outcome, state_file, expected):
    folder = make_run(tmp_path / "runs", "a")
    (folder / "checkpoints").mkdir()
    if state_file:
        (folder / "checkpoints" / "state.json").write_text("{}")
    if outcome:
        append_event(folder, RunEnded(outcome, "", 1, None, model=False, seconds=1.0))
    assert open_run(folder).can_resume is expected
