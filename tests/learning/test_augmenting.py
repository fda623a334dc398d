"""Processes that augment: the same batches as without them, and none is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest

from segstudio.dataset.dataset import open_dataset
from segstudio.learning.augmenting import AugmentingError
from segstudio.learning.pipeline import Batches, SampleReader, worker_count
from segstudio.learning.settings.augmentation import PRESETS, AugmentationSettings
from segstudio.learning.targets import TargetCoding

STRONG = AugmentationSettings(preset="strong")
posix = pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")


def batches_of(folder, workers, *, batch_size=4):
    dataset = open_dataset(folder)
    reader = SampleReader(dataset.labelled("train"), TargetCoding(dataset.classes), (32, 48))
    return Batches(reader, batch_size, augmentation=STRONG, seed=9, workers=workers)


@pytest.fixture
def with_two(blocks):
    batches = batches_of(blocks, 2, batch_size=1)
    yield batches
    batches.close()


def wait_until_gone(process_ids):
    """Wait, as long as the test may last, until none of the processes runs any more."""
    for process_id in process_ids:
        while alive(process_id):
            threading.Event().wait(0.02)


def alive(process_id):
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def same(some, others):
    return all((a == c).all() and (b == d).all() for (a, b), (c, d) in zip(some, others, strict=True))


def test_batches_are_the_same_however_many_processes_make_them_and_in_whatever_order_epochs_come(blocks, with_two):
    """R40."""
    here = batches_of(blocks, 0, batch_size=1)
    expected = {number: list(here.epoch(number)) for number in range(3)}
    for number in (2, 0, 1):
        assert same(with_two.epoch(number), expected[number])
    assert same(with_two.epoch(1, first=4), expected[1][4:])
    assert not same(expected[0], expected[1])


def test_an_epoch_that_was_left_leaves_nothing_in_the_next(blocks, with_two):
    left = with_two.epoch(0)
    next(left)
    left.close()
    assert [thread.name for thread in threading.enumerate() if "ahead" in thread.name or "reading" in thread.name] == []
    expected = list(batches_of(blocks, 0, batch_size=1).epoch(5))
    assert same(with_two.epoch(5), expected)


def test_a_new_epoch_ends_the_one_before(with_two):
    first = with_two.epoch(0)
    next(first)
    assert len(list(with_two.epoch(1))) == 6
    assert list(first) == []


def test_closing_in_the_middle_of_an_epoch_ends_thread_and_processes(with_two):
    epoch = with_two.epoch(0)
    next(epoch)
    process_ids = with_two.process_ids
    assert len(process_ids) == 2
    with_two.close()
    assert not any(alive(process_id) for process_id in process_ids)
    assert [thread.name for thread in threading.enumerate() if "ahead" in thread.name] == []
    assert len(list(with_two.epoch(0))) == 6, "they start anew when they are needed"


def test_forgotten_batches_end_their_processes(blocks):
    batches = batches_of(blocks, 1)
    list(batches.epoch(0))
    process_ids = batches.process_ids
    del batches
    wait_until_gone(process_ids)


@posix
def test_a_process_that_dies_is_one_clear_error_and_no_hang(with_two):
    epoch = with_two.epoch(0)
    next(epoch)
    for process_id in with_two.process_ids:
        os.kill(process_id, signal.SIGKILL)
    with pytest.raises(AugmentingError, match=r"ended unexpectedly \(code -9\).*smaller batch size"):
        list(with_two.epoch(1))
    with_two.close()
    assert len(list(with_two.epoch(1))) == 6


SCRIPT = """
import sys, signal, pathlib
from segstudio.dataset.dataset import open_dataset
from segstudio.learning.pipeline import Batches, SampleReader
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import TargetCoding

if __name__ == "__main__":
    dataset = open_dataset(pathlib.Path(sys.argv[1]))
    reader = SampleReader(dataset.labelled("train"), TargetCoding(dataset.classes), (32, 32))
    batches = Batches(reader, 1, augmentation=AugmentationSettings(preset="strong"), seed=1, workers=2)
    number = 0
    try:
        while True:
            for _ in batches.epoch(number):
                if number == 1:
                    print(*batches.process_ids, flush=True)
            number += 1
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.fixture
def parent(blocks, tmp_path):
    """Another program in the middle of an epoch, and the processes that augment for it."""
    (tmp_path / "program.py").write_text(textwrap.dedent(SCRIPT))
    program = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py"), str(blocks)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    process_ids = [int(word) for word in program.stdout.readline().split()]
    assert len(process_ids) == 2
    yield program, process_ids
    program.kill()
    program.communicate()


@posix
def test_processes_leave_by_themselves_when_their_parent_is_killed(parent):
    program, process_ids = parent
    program.kill()
    program.wait()
    wait_until_gone(process_ids)


@posix
def test_ctrl_c_reaches_the_program_and_not_its_processes(parent):
    """In a terminal all of them are told at once."""
    program, process_ids = parent
    os.killpg(program.pid, signal.SIGINT)
    out, err = program.communicate()
    assert out.splitlines()[-1] == "interrupted"
    assert err == ""
    wait_until_gone(process_ids)


def test_what_a_process_loads_knows_neither_tensorflow_nor_qt():
    script = (
        "import segstudio.learning.augmenting, sys; before = set(sys.modules); import segstudio.learning.augmentation\n"
        "print(*{name.split('.')[0] for name in before}); print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    before, after = (set(line.split()) for line in done.stdout.splitlines())
    assert not before & {"tensorflow", "keras", "PySide6", "imgaug", "cv2"}
    assert not after & {"tensorflow", "keras", "PySide6"}


def test_light_work_needs_no_process_and_heavy_work_leaves_a_core_to_the_training():
    counts = {preset: worker_count(AugmentationSettings(preset=preset), 6) for preset in PRESETS}
    assert counts["none"] == counts["light"] == 0
    assert counts["strong"] == 5
    assert worker_count(STRONG, 1) == 1
    assert worker_count(STRONG, 128) == 8


def test_seeds_differ_within_a_batch_and_pictures_do_too(blocks):
    pictures = np.concatenate([pictures for pictures, _ in batches_of(blocks, 0).epoch(0)])
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
