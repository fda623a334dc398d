"""R6: after kill -9 the next start offers the unsaved strokes back, exactly."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from segstudio.app import Program
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.synthetic import make_sample_dataset
from segstudio.ui import autosave as autosave_module
from segstudio.ui.save_state import SaveState

PATIENCE = 60_000
CRASH = Path(__file__).with_name("crash_program.py")
SEVERAL = "several pictures"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "dataset"
    make_sample_dataset(folder, train=4, val=2, test=1, size=(48, 64))
    (folder / "train_segmentation" / "scene-001.png").unlink()
    return folder


@pytest.fixture
def journals(own_home):
    return own_home / "journals"


@pytest.fixture
def start(qtbot):
    """Return a function that starts the real program on a folder; all are ended when the test is over."""
    running = []

    def started(folder):
        program = Program(QApplication.instance())
        running.append(program)
        program.show(folder)
        qtbot.waitUntil(lambda: program.workspace is not None and program.workspace.label is not None, timeout=PATIENCE)
        qtbot.waitUntil(lambda: program.workspace.editing.current is not None, timeout=PATIENCE)
        wait_until_looked(qtbot, program)
        return program

    yield started
    for program in running:
        end(program)


def wait_until_looked(qtbot, program):
    qtbot.waitUntil(lambda: not any("unsaved strokes" in job.title for job in program.jobs._running), timeout=PATIENCE)


def end(program):
    if not isValid(program.window):
        return  # ended before
    program.window.close()
    program.close()
    QApplication.processEvents()


def crash(folder, moment):
    """Let a child paint and be killed; return the digests of what it had painted."""
    child = subprocess.Popen([sys.executable, str(CRASH), str(folder), moment], stdout=subprocess.PIPE, text=True)
    try:
        masks = json.loads(child.stdout.readline())
        if moment == "mid-stroke":
            assert child.stdout.readline() == "pressed\n"
        if "takes" not in moment and "took" not in moment:
            child.kill()
        assert child.wait(60) == -signal.SIGKILL
    finally:
        child.kill()
        child.communicate()
    return masks


def digest(mask):
    return hashlib.sha256(mask.astype("<u2").tobytes()).hexdigest()


def masks_on_disk(folder, keys):
    paths = {key: folder / f"{key.split('/')[0]}_segmentation" / f"{key.split('/')[1]}.png" for key in keys}
    return {key: digest(read_mask(path)) for key, path in paths.items()}


def bar_of(program):
    return program.workspace.label.recovery_bar


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def bring_back(qtbot, program):
    recovery = program.workspace.recovery
    click(bar_of(program).bring_back)
    qtbot.waitUntil(lambda: recovery._return is None or recovery._return.given_back, timeout=PATIENCE)
    assert not bar_of(program).isVisible()


def drag(canvas, dx, dy):
    start = canvas.rect().center()
    QTest.mouseMove(canvas, start)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(canvas, start + QPoint(dx, dy))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=start + QPoint(dx, dy))


@pytest.mark.parametrize(
    "moment",
    [
        SEVERAL,
        "mid-stroke",
        "before the mask takes its name",
        "after the mask took its name",
        "after a save",
    ],
)
def test_what_a_killed_program_had_painted_is_brought_back_to_the_pixel(qtbot, start, folder, journals, moment):
    painted = crash(folder, moment)
    assert len(painted) == (3 if moment == SEVERAL else 1)
    program = start(folder)
    editing = program.workspace.editing
    assert bar_of(program).isVisible()
    before = editing.current.document.mask.copy()
    bring_back(qtbot, program)
    qtbot.waitUntil(lambda: not editing.unsaved, timeout=PATIENCE)
    assert masks_on_disk(folder, painted) == painted
    # On the canvas as on the disk, and one step of undo away from what was there before.
    document = editing.current.document
    assert digest(document.mask) == painted["train/scene-001"]
    assert program.workspace.label.panel.canvas._frame.scene.mask is document.mask
    QTest.keyClick(program.workspace.label.panel.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(document.mask, before)
    end(program)
    assert list(journals.glob("*")) == []
    assert not bar_of(start(folder)).isVisible()


STEPS = 60  # as the child does


def states_of_many_steps(folder, *, killed_after):
    """Let a child paint many steps, the same with every run; return the digests that it told of until it was killed."""
    # In a window of the same size, strokes are the same pixels.
    (Path(os.environ["SEGSTUDIO_HOME"]) / "settings.ini").unlink(missing_ok=True)
    with subprocess.Popen(
        [sys.executable, str(CRASH), str(folder), "any moment"], stdout=subprocess.PIPE, text=True
    ) as child:
        states = [child.stdout.readline().strip() for _ in range(killed_after)]
        child.kill()
        states += child.stdout.read().split()
    return states


@pytest.mark.slow
def test_killed_at_any_moment_of_painting_and_saving_at_most_the_step_under_way_is_missing(qtbot, start, folder):
    target = folder / "train_segmentation" / "scene-001.png"
    known = states_of_many_steps(folder, killed_after=STEPS)
    assert len(set(known)) > STEPS / 3
    for killed_after in (7, 18, 29, 43):
        bring_all_back(qtbot, start, folder)  # what the run before left
        target.unlink(missing_ok=True)
        told = states_of_many_steps(folder, killed_after=killed_after)
        assert told == known[: len(told)]
        bring_all_back(qtbot, start, folder)
        assert digest(read_mask(target)) in known[len(told) - 1 : len(told) + 1]


def bring_all_back(qtbot, start, folder):
    program = start(folder)
    if bar_of(program).isVisible():
        bring_back(qtbot, program)
    assert program.workspace.editing.flush() == {}
    end(program)


def test_until_the_person_has_chosen_every_start_offers_the_strokes(qtbot, start, folder):
    painted = crash(folder, SEVERAL)
    end(start(folder))
    program = start(folder)
    assert {picture.key for picture in program.workspace.recovery.pictures} == set(painted)
    click(bar_of(program)._which)
    assert "train/scene-001: 2 steps" in bar_of(program)._details.text()
    assert "3 pictures" in bar_of(program)._text.text()


def test_painting_goes_on_while_the_strokes_are_offered(qtbot, start, folder):
    """R31: nothing modal; and what is painted meanwhile stays when the strokes come back."""
    painted = crash(folder, "mid-stroke")
    program = start(folder)
    canvas, editing = program.workspace.label.panel.canvas, program.workspace.editing
    QTest.keyClick(canvas, Qt.Key.Key_5)
    canvas.setFocus()
    drag(canvas, -70, 0)
    document = editing.current.document
    mine = document.mask == 4
    assert mine.any()
    bring_back(qtbot, program)
    assert digest(document.mask) != painted["train/scene-001"]
    assert (document.mask == 2).any()
    assert (document.mask[mine] != 0).all()
    QTest.keyClick(canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(document.mask == 4, mine)


def test_killed_again_after_bringing_back_nothing_is_lost(qtbot, start, folder, journals, monkeypatch):
    """The old journal stays until its strokes are on the disk; meanwhile the new one has them too."""
    monkeypatch.setattr(autosave_module, "AUTOSAVE_MILLISECONDS", 3_600_000)
    painted = crash(folder, SEVERAL)
    program = start(folder)
    bring_back(qtbot, program)
    assert program.workspace.editing.unsaved == set(painted)
    kept = {path.name: path.read_bytes() for path in journals.glob("*.journal")}
    assert len(kept) == 2
    end(program)
    for name, content in kept.items():  # as kill -9 would have left them
        (journals / name).write_bytes(content)
    for key in painted:  # and the masks
        make_original(folder, key)
    program = start(folder)
    bring_back(qtbot, program)
    assert program.workspace.editing.flush() == {}
    assert masks_on_disk(folder, painted) == painted


def make_original(folder, key):
    """Put the mask of the sample dataset back."""
    other = folder.parent / "again"
    if not other.exists():
        make_sample_dataset(other, train=4, val=2, test=1, size=(48, 64))
    name = f"{key.split('/')[1]}.png"
    target = folder / "train_segmentation" / name
    if name == "scene-001.png":
        target.unlink()
    else:
        target.write_bytes((other / "train_segmentation" / name).read_bytes())


def test_discarded_strokes_change_nothing_and_are_kept_aside(qtbot, start, folder, journals):
    painted = crash(folder, SEVERAL)
    before = masks_on_disk(folder, [key for key in painted if key != "train/scene-001"])
    program = start(folder)
    click(bar_of(program).discard)
    assert not bar_of(program).isVisible()
    assert len(list((journals / "set-aside").glob("*.journal"))) == 1
    end(program)
    assert not bar_of(start(folder)).isVisible()
    assert masks_on_disk(folder, before) == before
    assert not (folder / "train_segmentation" / "scene-001.png").exists()


def test_a_mask_that_somebody_changed_meanwhile_is_kept_and_the_strokes_go_beside_it(qtbot, start, folder):
    painted = crash(folder, SEVERAL)
    target = folder / "train_segmentation" / "scene-002.png"
    theirs = read_mask(target).copy()
    theirs[:, :8] = 5
    write_mask(target, theirs)
    program = start(folder)
    assert "One mask was changed since" in bar_of(program)._text.text()
    bring_back(qtbot, program)
    qtbot.waitUntil(lambda: not program.workspace.editing.unsaved, timeout=PATIENCE)
    np.testing.assert_array_equal(read_mask(target), theirs)
    (copy,) = target.parent.glob("scene-002.recovered-*.png")
    merged = read_mask(copy)
    np.testing.assert_array_equal(merged[:, :4], theirs[:, :4])
    assert digest(merged) != digest(theirs)
    others = {key: value for key, value in painted.items() if key != "train/scene-002"}
    assert masks_on_disk(folder, others) == others


def test_the_strokes_of_a_program_that_lives_are_not_offered(qtbot, start, folder):
    child = subprocess.Popen([sys.executable, str(CRASH), str(folder), SEVERAL], stdout=subprocess.PIPE, text=True)
    try:
        assert len(json.loads(child.stdout.readline())) == 3
        program = start(folder)
        assert not bar_of(program).isVisible()
        end(program)
    finally:
        child.kill()
        child.communicate()
    assert bar_of(start(folder)).isVisible()


def test_after_a_clean_exit_there_is_nothing_to_offer(qtbot, start, folder, journals):
    program = start(folder)
    drag(program.workspace.label.panel.canvas, 40, 20)
    assert len(list(journals.glob("*.journal"))) == 1
    end(program)
    assert list(journals.glob("*")) == []
    assert not bar_of(start(folder)).isVisible()


def test_what_cannot_be_saved_at_the_end_is_offered_at_the_next_start(qtbot, start, folder, monkeypatch):
    """R2: “Go on without saving” gives up this program, not the strokes."""
    program = start(folder)
    drag(program.workspace.label.panel.canvas, 40, 20)
    expected = digest(program.workspace.editing.current.document.mask)
    with monkeypatch.context() as broken:
        broken.setattr(program.workspace, "save_all", lambda: True)
        end(program)
    program = start(folder)
    bring_back(qtbot, program)
    assert program.workspace.editing.flush() == {}
    assert masks_on_disk(folder, ["train/scene-001"]) == {"train/scene-001": expected}


@pytest.mark.parametrize("damage", ["all", "tail", "middle"])
def test_a_damaged_journal_is_said_and_stops_nobody(qtbot, start, folder, journals, damage):
    """R28: the window opens, and what could be read is offered."""
    crash(folder, SEVERAL)
    (journal,) = journals.glob("*.journal")
    data = bytearray(journal.read_bytes())
    match damage:
        case "all":
            data[:] = os.urandom(len(data))
        case "tail":
            data += b"\0" * 4096  # what some file systems leave after a power cut
        case "middle":
            data[len(data) // 2] ^= 1
    journal.write_bytes(data)
    program = start(folder)
    assert program.window.isVisible()
    assert "damaged" in program.window.status.message
    assert bar_of(program).isVisible() == (damage != "all")
    if damage == "all":
        assert len(list((journals / "set-aside").glob("*.journal"))) == 1
    drag(program.workspace.label.panel.canvas, 40, 20)
    assert program.workspace.editing.flush() == {}


def test_a_home_that_cannot_be_written_to_is_said_once_and_painting_goes_on(qtbot, start, folder, own_home):
    (own_home / "journals").write_text("a file where the folder should be")
    program = start(folder)
    canvas, said = program.workspace.label.panel.canvas, []
    program.workspace.editing.message_raised.connect(said.append)
    for shift in (10, 20, 30):
        drag(canvas, 40, shift)
    assert len(said) == 1
    assert "not kept safe against a crash" in said[0]
    assert "not kept safe" in program.window.status.message
    expected = digest(program.workspace.editing.current.document.mask)
    states = []
    program.workspace.editing.save_state_changed.connect(lambda state, reason: states.append(state))
    assert program.workspace.editing.flush() == {}
    assert states[-1] is SaveState.SAVED
    assert masks_on_disk(folder, ["train/scene-001"]) == {"train/scene-001": expected}
