"""Events survive their way over a file or a pipe, and at most ten a second go that way."""

import json

import pytest

from segstudio.learning.curves import Curves
from segstudio.learning.events import (
    BatchEnded,
    EpochEnded,
    EventError,
    Figures,
    Progress,
    RunEnded,
    RunPreparing,
    RunStarted,
    SampleSaved,
    event_from_json,
    event_to_json,
)
from segstudio.learning.recording import Recorder
from segstudio.learning.runs import append_event, read_events

FIGURES = Figures(0.5, 0.75, 0.25)
EVENTS = [
    RunPreparing("reading the pictures", "/runs/a"),
    RunStarted("/runs/a", "CPU, 1 thread", 3, 4, 13, 5, 1000),
    BatchEnded(1, 2, 2, 0.7, None),
    BatchEnded(1, 3, 3, 0.6, 12.5),
    EpochEnded(1, 4, FIGURES, None, best=True, seconds=2.5),
    EpochEnded(2, 8, FIGURES, FIGURES, best=False, seconds=2.5),
    SampleSaved(1, "val/é", "samples/0001/val/é.png"),
    Progress(3, 5, "a.png"),
    RunEnded("failed", "The disk is full.", 2, None, model=False, seconds=9.0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_json_as_it_was(event):
    assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event


@pytest.mark.parametrize(
    "data",
    [{}, {"event": "Unheard"}, {"event": ["BatchEnded"]}, {"event": "Progress", "done": 1}, {"event": "RunPreparing"}],
)
def test_what_is_no_event_is_refused(data):
    with pytest.raises(EventError):
        event_from_json(data)


def test_events_are_read_back_from_the_file_in_their_order(tmp_path):
    for event in EVENTS:
        append_event(tmp_path, event)
    assert list(read_events(tmp_path)) == EVENTS


def test_half_a_line_of_a_killed_writer_swallows_nothing(tmp_path):
    append_event(tmp_path, EVENTS[0])
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "BatchEnd')
    append_event(tmp_path, EVENTS[-1])
    assert list(read_events(tmp_path)) == [EVENTS[0], EVENTS[-1]]


def test_lines_that_are_no_events_are_passed_over(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b'\xff\xfe\n[1]\n7\n{"event": "Unheard"}\n\n')
    append_event(tmp_path, EVENTS[0])
    assert list(read_events(tmp_path)) == [EVENTS[0]]


def test_of_many_quick_batches_few_are_recorded_and_nothing_else_is_dropped(tmp_path):
    seen = []
    record = Recorder(tmp_path, seen.append)
    for step in range(1, 2001):
        record(BatchEnded(1, step, step, 0.5, None))
    record(EVENTS[4])
    record(EVENTS[-1])
    batches = [event for event in seen if isinstance(event, BatchEnded)]
    assert batches[0].step == 1
    assert len(batches) < 100
    assert seen[-2:] == [EVENTS[4], EVENTS[-1]]
    assert list(read_events(tmp_path)) == seen


def test_curves_are_the_same_live_and_from_the_file(tmp_path):
    live = Curves()
    for event in EVENTS:
        append_event(tmp_path, event)
        live.add(event)
    read = Curves.of(read_events(tmp_path))
    assert read == live
    assert points(read, "step_loss", axis="step") == ([2, 3], [0.7, 0.6])
    assert points(read, "mean_iou", val=True) == ([2], [0.25])
    assert points(read, "loss") == ([1, 2], [0.5, 0.5])


def points(curves, figure, *, val=False, axis="epoch"):
    return tuple(numbers.tolist() for numbers in curves.points(figure, val=val, axis=axis))
