"""Long functions in threads: their answers arrive in the window's thread, once, or not at all."""

import threading

import pytest
from PySide6.QtCore import QThread

from segstudio.errors import SegstudioError
from segstudio.ui.jobs import Jobs


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    made.stop_all()


def run(jobs, qtbot, function):
    """Run a function as a job and return what was heard of it, in order."""
    heard = []
    jobs.start(
        "Testing",
        function,
        succeeded=lambda answer: heard.append(("succeeded", answer, QThread.currentThread())),
        failed=lambda reason: heard.append(("failed", reason, QThread.currentThread())),
        emitted=lambda event: heard.append(("emitted", event, QThread.currentThread())),
        ended=lambda: heard.append(("ended", None, QThread.currentThread())),
    )
    qtbot.waitUntil(lambda: bool(heard) and heard[-1][0] == "ended")
    assert {thread for _kind, _value, thread in heard} == {QThread.currentThread()}
    return [(kind, value) for kind, value, _thread in heard]


def test_events_and_the_answer_arrive_in_order(jobs, qtbot):
    def count(*, emit, should_stop):
        for number in range(3):
            emit(number)
        return "done"

    expected = [("emitted", 0), ("emitted", 1), ("emitted", 2), ("succeeded", "done"), ("ended", None)]
    assert run(jobs, qtbot, count) == expected


def test_an_error_for_people_arrives_as_its_message(jobs, qtbot):
    def fail(*, emit, should_stop):
        raise SegstudioError("The disk is full. Free some space.")

    assert run(jobs, qtbot, fail) == [("failed", "The disk is full. Free some space."), ("ended", None)]


def test_a_defect_is_told_and_does_not_take_the_window_along(jobs, qtbot):
    def fail(*, emit, should_stop):
        raise ZeroDivisionError("oops")

    (kind, reason), _ended = run(jobs, qtbot, fail)
    assert kind == "failed"
    assert "ZeroDivisionError: oops" in reason


def test_a_job_leaves_when_it_is_asked_to(jobs, qtbot):
    began = threading.Event()

    def wait(*, emit, should_stop):
        began.set()
        while not should_stop():
            QThread.msleep(1)
        return "left"

    answers = []
    job = jobs.start("Waiting", wait, succeeded=answers.append)
    began.wait(5)
    job.request_stop()
    qtbot.waitUntil(lambda: answers == ["left"])


def test_nothing_is_heard_of_jobs_after_they_were_all_stopped(jobs, qtbot):
    """R26: an answer that is still queued would reach widgets that are gone."""
    heard = []
    began = threading.Event()

    def answer(*, emit, should_stop):
        began.set()
        emit("event")
        return "answer"

    jobs.start("Testing", answer, succeeded=heard.append, emitted=heard.append, ended=lambda: heard.append("ended"))
    began.wait(5)
    jobs.stop_all()
    qtbot.wait(20)
    assert heard == []
