"""The child process that trains: events come, stops are obeyed or enforced, and its death is no more than a message."""

import os
import signal
import sys
import textwrap
import threading
import time

import pytest

from segstudio.dataset.masks import read_mask
from segstudio.learning.child import ChildDiedError, Patience, WorkerError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import BatchEnded, EpochEnded, RunEnded, RunPreparing, RunStarted
from segstudio.learning.isolated import Worker
from segstudio.learning.runs import open_run, read_events

SHORT = Patience(notice=0.5, save=1.0, terminate=0.5)


def never():
    return False


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def is_gone(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture
def fake(tmp_path):
    """Return a function that makes a worker of a script; its names are in ``head``."""
    workers = []

    def make(body, patience=SHORT):
        script = tmp_path / f"fake-{len(workers)}.py"
        (tmp_path / "run").mkdir(exist_ok=True)
        head = (
            "import json, os, signal, sys, time\n"
            f"run = {str(tmp_path / 'run')!r}\n"
            "def say(**message): print(json.dumps(message), flush=True)\n"
            "def started(): say(event='RunStarted', run=run, device='none', epochs=9, batches=9, train_samples=1,"
            " val_samples=0, parameters=1)\n"
            "requests = (json.loads(line) for line in sys.stdin)\n"
            "end = dict(event='RunEnded', outcome='finished', message='', epochs=1, best_mean_iou=.5, model=True,"
            " seconds=1)\n"
        )
        script.write_text(head + textwrap.dedent(body), encoding="utf-8")
        workers.append(Worker([sys.executable, str(script)], patience=patience))
        return workers[-1]

    yield make
    for worker in workers:
        worker.close()


@pytest.fixture
def config(tmp_path):
    return TrainingConfig(dataset=tmp_path)


OBEDIENT = """
for request in requests:
    started()
    say(**end)
    say(answer=dict(folder=run, end=end))
"""


# The real worker


@pytest.fixture(scope="module")
def worker():
    real = Worker()
    real.warm_up()
    yield real
    real.close()


def train_until_an_epoch_ended(worker, config, act):
    """Train for ever; once the first epoch has ended, ``act``. Return the result and the events."""
    events, acted = [], []

    def emit(event):
        events.append(event)
        if isinstance(event, EpochEnded) and not acted:
            acted.append(event)
            act()

    return worker.train(config, emit=emit, should_stop=never), events


def test_the_child_trains_streams_events_stops_and_predicts(worker, blocks, small_config, tmp_path):
    events, asked = [], threading.Event()

    def emit(event):
        events.append(event)
        if isinstance(event, EpochEnded) and event.epoch == 2:
            asked.set()

    result = worker.train(small_config(blocks, epochs=10_000), emit=emit, should_stop=asked.is_set)
    assert result.end.outcome == "stopped"
    assert result.end.model
    assert isinstance(events[0], RunPreparing)
    assert any(isinstance(event, BatchEnded) for event in events)
    assert list(read_events(result.folder)) == events
    written = worker.predict_images(
        result.folder,
        [blocks / "val_images" / "val-0.png"],
        tmp_path / "out",
        overlays=tmp_path / "over",
        emit=events.append,
        should_stop=never,
    )
    assert read_mask(written[0]).shape == (40, 56)
    assert (tmp_path / "over" / "val-0.png").is_file()
    figures = worker.evaluate_run(result.folder, blocks, "val", output=blocks, emit=events.append, should_stop=never)
    assert figures["samples"] == 3


def test_a_failure_in_the_child_arrives_as_its_one_message(worker, tmp_path, small_config):
    with pytest.raises(WorkerError, match="is not a folder"):
        worker.train(small_config(tmp_path / "nowhere"), emit=lambda event: None, should_stop=never)


def test_a_killed_child_gives_one_message_and_an_end_in_the_folder(worker, blocks, small_config):
    killed = []

    def kill():
        killed.append(worker.process_id)
        os.kill(worker.process_id, signal.SIGKILL)

    with pytest.raises(WorkerError, match=r"was killed by the system.*smaller batch size") as failure:
        train_until_an_epoch_ended(worker, small_config(blocks, run="killed", epochs=10_000), kill)
    run = open_run(blocks / "runs" / "killed")
    assert (run.end.outcome, run.end.message) == ("failed", str(failure.value))
    assert run.end.epochs == len(run.epochs) >= 1
    assert run.end.best_mean_iou == run.best_mean_iou
    assert run.end.model
    assert worker.process_id is None
    assert is_gone(killed[0])


def test_the_next_request_starts_a_new_child_which_leaves_with_a_usable_model_when_its_stdin_closes(
    worker, blocks, small_config
):
    """Also in the middle of a training, which is what happens when the window dies."""

    def close_stdin():
        child = worker._child._process
        child.stdin.write(b"no request\n[]\n{}\n")
        child.stdin.close()

    result, events = train_until_an_epoch_ended(worker, small_config(blocks, epochs=10_000), close_stdin)
    assert result.end.outcome == "stopped"
    assert open_run(result.folder).end == result.end == events[-1]
    assert open_run(result.folder).has_model
    assert worker._child._process.wait(20) == 0


# Fakes: real processes that misbehave


def test_garbage_on_stdout_and_stderr_does_no_harm(fake, config):
    worker = fake(
        r"""
        sys.stderr.write("x" * 3_000_000 + "\n" + "no line end " * 10_000)
        sys.stdout.write('hello\n\n[1, 2]\n7\nnull\n{}\n{"event": "Unheard"}\n{"event": 3}\n{half\n')
        sys.stdout.flush()
        sys.stdout.buffer.write(b"\xff\xfe\x00\n")
        for request in requests:
            print("training away", flush=True)
            started()
            say(**end)
            say(answer=dict(folder=run, end=end))
        """
    )
    for _ in range(2):
        events = []
        result = worker.train(config, emit=events.append, should_stop=never)
        assert result.end.outcome == "finished"
        assert [type(event) for event in events] == [RunStarted, RunEnded]


def test_a_child_that_ignores_stop_is_terminated(fake, config, tmp_path):
    worker = fake(
        """
        started()
        while True:
            say(event="BatchEnded", epoch=1, batch=1, step=1, loss=.5, seconds_left=None)
            time.sleep(.05)
        """
    )
    events = []
    result = worker.train(config, emit=events.append, should_stop=lambda: len(events) > 3)
    assert (result.folder, result.end.outcome, result.end.message) == (tmp_path / "run", "stopped", "")
    assert list(read_events(tmp_path / "run")) == [result.end]
    assert events[-1] == result.end
    assert worker.process_id is None


def test_a_child_that_ignores_even_termination_is_killed(fake, config, tmp_path):
    worker = fake(
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        started()
        while True:
            time.sleep(1)
        """
    )
    events = []
    children = []

    def should_stop():
        children.append(worker.process_id)
        return bool(events)

    result = worker.train(config, emit=events.append, should_stop=should_stop)
    assert result.end.outcome == "stopped"
    assert is_gone(children[0])
    (tmp_path / "run" / "model.keras").write_bytes(b"a model")
    again = []
    second = worker.train(config, emit=again.append, should_stop=lambda: bool(again))
    assert second.end.model
    assert worker.process_id is None


def test_a_child_that_is_saving_its_model_is_given_more_time(fake, config):
    worker = fake(
        """
        end["outcome"] = "stopped"
        next(requests)
        started()
        next(requests)
        say(stopping=True)
        time.sleep(1.2)
        say(answer=dict(folder=run, end=end))
        next(requests, None)
        """,
        patience=Patience(notice=0.5, save=30.0, terminate=0.5),
    )
    events = []
    result = worker.train(config, emit=events.append, should_stop=lambda: bool(events))
    assert (result.end.outcome, result.end.best_mean_iou) == ("stopped", 0.5)
    assert worker.process_id is not None


def test_a_prediction_that_does_not_stop_is_ended_without_an_error(fake, tmp_path):
    worker = fake("time.sleep(60)")
    assert worker.predict_images(tmp_path, [], tmp_path, emit=lambda event: None, should_stop=lambda: True) == []


def test_a_child_that_crashes_gives_its_last_words(fake, config, tmp_path):
    worker = fake(
        """
        for request in requests:
            say(event="RunPreparing", what="reading", run=run)
            raise RuntimeError("out of luck")
        """
    )
    events = []
    with pytest.raises(ChildDiedError, match=r"ended unexpectedly \(code 1\): RuntimeError: out of luck") as failure:
        worker.train(config, emit=events.append, should_stop=never)
    (end,) = list(read_events(tmp_path / "run"))
    assert (end.outcome, end.message) == ("failed", str(failure.value))
    assert events[-1] == end


def test_a_child_that_closes_its_stdout_but_lives_is_not_waited_for(fake, config):
    worker = fake("os.close(1)\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)\n")
    with pytest.raises(ChildDiedError, match=r"ended unexpectedly|was killed"):
        worker.train(config, emit=lambda event: None, should_stop=never)


def test_what_cannot_be_started_is_told(config, tmp_path):
    with pytest.raises(WorkerError, match="could not be started: No such file"):
        Worker([str(tmp_path / "nothing")]).train(config, emit=lambda event: None, should_stop=never)


def test_a_listener_that_fails_ends_the_child_so_that_no_answer_is_mistaken_for_the_next(fake, config):
    worker = fake(OBEDIENT)

    def fail(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        worker.train(config, emit=fail, should_stop=never)
    assert worker.process_id is None
    assert worker.train(config, emit=lambda event: None, should_stop=never).end.outcome == "finished"


def test_a_stop_while_another_request_is_served_is_obeyed_at_once(fake, config, tmp_path):
    worker = fake("for request in requests:\n    if request['do'] == 'stop': say(answer=[])\n")
    release = threading.Event()

    def predict():
        worker.predict_images(tmp_path, [], tmp_path, emit=lambda event: None, should_stop=release.is_set)

    first = threading.Thread(target=predict)
    first.start()
    wait_until(lambda: worker.process_id is not None)
    result = worker.train(config, emit=lambda event: None, should_stop=lambda: True)
    assert (result.folder, result.end.outcome, result.end.model) == (None, "stopped", False)
    assert first.is_alive()
    release.set()
    first.join(10)
    assert not first.is_alive()


def test_closing_ends_the_child_for_good(fake, config):
    worker = fake(OBEDIENT)
    worker.train(config, emit=lambda event: None, should_stop=never)
    child = worker.process_id
    worker.close()
    worker.close()
    assert is_gone(child)
    with pytest.raises(WorkerError, match="was closed"):
        worker.train(config, emit=lambda event: None, should_stop=never)


def test_closing_in_the_middle_of_a_training_that_was_asked_to_stop_is_a_stop(fake, config, tmp_path):
    worker = fake("next(requests)\nstarted()\nsys.stdin.read()\nsys.exit(0)\n", patience=Patience(notice=5.0))
    asked = threading.Event()
    results = []
    thread = threading.Thread(
        target=lambda: results.append(worker.train(config, emit=lambda event: asked.set(), should_stop=asked.is_set))
    )
    thread.start()
    assert asked.wait(20)
    worker.close()
    thread.join(20)
    assert results[0].end.outcome == "stopped"
    assert list(read_events(tmp_path / "run")) == [results[0].end]
