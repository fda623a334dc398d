"""The list of runs: right, the same by the short way and by the long one, and quick."""

import json
import os

import pytest

from segstudio.learning.events import RunEnded, RunStarted
from segstudio.learning.run_summary import RunSummaries, summarise
from segstudio.learning.runs import append_event
from segstudio.learning.settings.selection import SelectionSettings
from tests.learning.run_support import history, write_run


def test_an_ended_run_is_told_by_its_metrics_and_by_its_events_alike(tmp_path):
    folder = write_run(tmp_path / "runs", "a", history(6, best_at=4), outcome="finished", epochs=6)
    short = summarise(folder)
    (folder / "metrics.json").unlink()
    assert summarise(folder) == short
    assert (short.epochs, short.best.epoch, short.last.epoch, short.seconds) == (6, 4, 6, 12.0)
    assert short.best_figure == short.best_mean_iou == pytest.approx(0.14)


def test_metrics_of_an_earlier_end_are_not_believed(tmp_path):
    """A run that was stopped, went on and was killed: its metrics.json is that of the stop."""
    folder = write_run(tmp_path / "runs", "a", history(2), outcome="stopped", epochs=5)
    for event in (RunStarted("a", "CPU", 5, 4, 3, 2, 1000, epoch=2), *history(4)[-12:]):
        append_event(folder, event)
    summary = summarise(folder)
    assert (summary.epochs, summary.state, summary.end) == (4, "interrupted", None)
    append_event(folder, RunEnded("stopped", "", 4, 0.14, model=True, seconds=99.0))
    assert (summarise(folder).seconds, summarise(folder).best.epoch) == (99.0, 4)


@pytest.mark.parametrize(
    ("outcome", "epochs", "state"),
    [
        ("finished", 3, "finished"),
        ("finished", 9, "stopped early"),
        ("stopped", 9, "stopped"),
        ("failed", 9, "failed"),
        (None, 9, "interrupted"),
    ],
)
def test_the_state_of_a_run(tmp_path, outcome, epochs, state):
    folder = write_run(tmp_path / "runs", "a", history(3), outcome=outcome, epochs=epochs)
    assert summarise(folder).state == state


def test_the_best_figure_is_the_one_by_which_the_model_was_kept(tmp_path):
    by_loss = SelectionSettings(criterion="loss")
    folder = write_run(tmp_path / "runs", "a", history(3), outcome="finished", epochs=3, selection=by_loss)
    assert summarise(folder).best_figure == pytest.approx(0.87)


def test_a_line_cut_short_and_a_line_of_another_version_hide_nothing(tmp_path):
    folder = write_run(tmp_path / "runs", "a", history(3))
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "Reborn"}\n{"event": "EpochEnded", "epo')
    assert summarise(folder).epochs == 3


def test_what_is_no_run_is_left_out_and_the_newest_comes_first(tmp_path):
    runs = tmp_path / "runs"
    for name, changed in (("b", 200), ("a", 300), ("c", 100)):
        write_run(runs, name, changed=changed)
    (runs / "stray.txt").write_text("no run")
    (runs / "empty").mkdir()
    write_run(runs / ".trash", "gone")
    (write_run(runs, "damaged") / "config.json").write_text("{")
    assert [run.name for run in RunSummaries().read(runs)] == ["a", "b", "c"]
    assert RunSummaries().read(tmp_path / "nowhere") == []


def test_only_what_has_changed_is_read_again(tmp_path):
    runs = tmp_path / "runs"
    folders = [write_run(runs, name, history(2), outcome="finished", epochs=2) for name in "ab"]
    summaries = RunSummaries()
    first = {run.name: run for run in summaries.read(runs)}
    append_event(folders[0], RunEnded("failed", "disk", 2, None, model=False, seconds=3.0))
    second = {run.name: run for run in summaries.read(runs)}
    assert second["b"] is first["b"]
    assert second["a"].state == "failed"


def test_reading_stops_when_it_is_asked_to(tmp_path):
    write_run(tmp_path / "runs", "a")
    assert RunSummaries().read(tmp_path / "runs", should_stop=lambda: True) == []


def test_a_run_folder_of_another_machine_opens_here(tmp_path):
    folder = write_run(tmp_path / "runs", "a", history(2), outcome="finished", epochs=2)
    data = json.loads((folder / "config.json").read_text())
    data["settings"] |= {
        "dataset": "D:\\Daten\\Straße\\x",
        "output": "\\\\server\\share",
        "model_file": None,
        "start_from": "Z:\\gone\\run",
        "future": 1,
    }
    (folder / "config.json").write_text(json.dumps(data))
    elsewhere = tmp_path / "データ é 空 白"
    elsewhere.mkdir()
    os.replace(folder, elsewhere / "run")
    assert summarise(elsewhere / "run").epochs == 2
