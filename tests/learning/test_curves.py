"""Curves over epochs, steps and minutes, smoothed, of runs that went on, and as tables."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segstudio.learning.curves import Curves, read_curves, smoothed, value_near
from segstudio.learning.curves_csv import write_curves_csv
from segstudio.learning.events import BatchEnded, RunStarted
from segstudio.learning.runs import append_event
from tests.learning.run_support import history, write_run


def curves_of(epochs, **words):
    return Curves.of(history(epochs, **words))


def xs(curves, figure, axis, *, val=False):
    return curves.points(figure, val=val, axis=axis)[0].tolist()


def test_steps_lie_where_their_epochs_lie():
    curves = curves_of(2, batches=4, seconds=60.0)
    assert xs(curves, "step_loss", "step") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert xs(curves, "step_loss", "epoch") == [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2]
    assert xs(curves, "step_loss", "minutes") == pytest.approx([0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2])
    assert xs(curves, "mean_iou", "epoch", val=True) == [1, 2]
    assert xs(curves, "mean_iou", "step", val=True) == [4, 8]
    assert xs(curves, "mean_iou", "minutes", val=True) == pytest.approx([1, 2])


def test_steps_of_the_epoch_under_way_go_on_at_the_pace_of_the_last():
    curves = curves_of(1, batches=4, seconds=60.0)
    curves.add(BatchEnded(2, 2, 6, 0.1, None))
    assert xs(curves, "step_loss", "minutes")[-1] == pytest.approx(1.5)


def test_before_the_first_epoch_nothing_is_known_of_minutes():
    curves = Curves.of(history(1)[:3])
    assert xs(curves, "step_loss", "minutes") == []
    assert len(xs(curves, "step_loss", "epoch")) == 2


def test_a_class_that_does_not_occur_has_no_point():
    curves = curves_of(8)
    x, iou = curves.points(1, val=True)
    assert x.tolist() == [5, 6, 7, 8]
    assert iou[-1] == pytest.approx(0.09)
    assert curves.points(9, val=True)[0].tolist() == []


def test_steps_and_learning_rate_are_of_train_alone():
    curves = curves_of(2)
    assert curves.points("learning_rate", val=False)[1].tolist() == [0.001, 0.0005]
    for figure in ("learning_rate", "step_loss"):
        assert curves.points(figure, val=True)[0].tolist() == []


def test_a_run_that_went_on_has_one_curve_as_if_it_had_never_been_killed(tmp_path):
    """R40."""
    events = history(4)
    going_on = RunStarted("a", "CPU", 4, 4, 3, 2, 1000, epoch=2)
    killed = [*events[:16], going_on, *events[13:]]
    assert Curves.of(killed) == Curves.of(events)
    # The checkpoint may lie within an epoch: steps before it are not told again.
    assert Curves.of([*events[:15], going_on, *events[15:]]) == Curves.of(events)
    folder = write_run(tmp_path / "runs", "a", killed)
    assert read_curves(folder) == Curves.of(events)


def test_a_file_and_the_events_that_come_while_it_is_read_can_be_joined(tmp_path):
    events = history(3)
    curves = read_curves(write_run(tmp_path / "runs", "a", events[:-3]))
    for event in events[-9:]:
        if not curves.is_known(event):
            curves.add(event)
    assert curves == Curves.of(events)


def test_reading_curves_can_be_stopped(tmp_path):
    folder = write_run(tmp_path / "runs", "a", history(3, batches=2000))
    assert len(read_curves(folder, should_stop=lambda: True).steps) < 2001


@given(st.lists(st.floats(-1e6, 1e6), max_size=60), st.integers(1, 31))
def test_smoothing_is_the_mean_of_the_neighbours(values, width):
    numbers = np.array(values)
    found = smoothed(numbers, width)
    for place in range(len(values)):
        half = min(width // 2, place, len(values) - 1 - place)
        assert found[place] == pytest.approx(np.mean(values[place - half : place + half + 1]), abs=1e-5)


def test_the_value_under_the_mouse_is_that_of_the_nearest_point():
    points = (np.array([1.0, 2.0, 4.0]), np.array([10.0, 20.0, 40.0]))
    assert [value_near(points, x) for x in (-5, 2.9, 3.1, 99)] == [(1, 10), (2, 20), (4, 40), (4, 40)]
    assert value_near((np.empty(0), np.empty(0)), 1.0) is None


def test_the_table_holds_every_epoch_of_every_run_and_each_class_by_name(tmp_path):
    older = curves_of(1)
    older.epochs = [replace(older.epochs[0], val=None, learning_rate=None)]
    runs = [("a", curves_of(2), ("road", "sidewalk")), ("é", older, ("road", "kerb"))]
    epochs, steps = write_curves_csv(tmp_path / "curves.csv", runs)
    with epochs.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["run"], row["epoch"]) for row in rows] == [("a", "1"), ("a", "2"), ("é", "1")]
    assert float(rows[1]["val_mean_iou"]) == pytest.approx(0.12)
    assert float(rows[1]["val_iou road"]) == pytest.approx(0.12)
    assert (rows[1]["val_iou sidewalk"], rows[1]["val_iou kerb"], rows[2]["val_mean_iou"]) == ("", "", "")
    assert len(steps.read_text(encoding="utf-8-sig").splitlines()) == 1 + 8 + 4


def test_events_that_a_run_appends_are_read(tmp_path):
    folder = write_run(tmp_path / "runs", "a", history(1))
    append_event(folder, BatchEnded(2, 1, 5, 0.25, None))
    assert read_curves(folder).losses[-1] == 0.25
