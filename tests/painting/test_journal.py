"""R6: whatever happens to the program or to the journal's end, the journal gives back exactly what was painted."""

import errno
import io
import itertools
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import read_mask, write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.dataset.stored_masks import NO_FILE, MaskFile, mask_fingerprint
from segstudio.painting.brush import covered
from segstudio.painting.dead_journals import DAYS_KEPT, find_dead_journals, forget_old_journals
from segstudio.painting.document import MaskDocument
from segstudio.painting.journal import Journal
from segstudio.painting.lost import collect, net_change
from segstudio.painting.records import DamagedRecordError, Origin, StepRecord, decode
from segstudio.painting.recovery import assess

WIDTH, HEIGHT = 300, 12  # two tiles
IDS = {"train/a": (1, 2, 3), "train/b": (4, 5, 300)}
KEYS = tuple(IDS)

POINTS = st.tuples(st.floats(-5, WIDTH + 5), st.floats(-5, HEIGHT + 5))
STROKE = st.tuples(st.just("stroke"), st.sampled_from(KEYS), POINTS, POINTS, st.integers(0, 2))
STEP = STROKE | st.tuples(st.sampled_from(["undo", "redo"]), st.sampled_from(KEYS))
OTHERS = st.tuples(
    st.sampled_from(["begin_save", "land", "end_save", "compact", "somebody_else_saves"]), st.sampled_from(KEYS)
)


def _save(key, before, between):
    """Save a picture, with steps painted before and while it is being written."""
    return [*before, ("begin_save", key), *between, ("land", key), ("end_save", key)]


SAVE = st.builds(_save, st.sampled_from(KEYS), st.lists(STEP, max_size=2), st.lists(STEP, max_size=3))
EVENTS = st.lists((STEP | OTHERS).map(lambda event: [event]) | SAVE, max_size=15).map(
    lambda parts: list(itertools.chain.from_iterable(parts))
)


class Program:
    """Documents, a disk and a journal, and the way in which the window uses them."""

    def __init__(self, folder):
        self.documents, self.journal = {}, Journal(folder, folder / "dataset")
        self.disk = {"train/a": None, "train/b": np.zeros((HEIGHT, WIDTH), np.uint8)}
        self.saves = {}
        for key in KEYS:
            self.open(key, np.zeros((HEIGHT, WIDTH), np.uint8))

    def open(self, key, mask):
        document = MaskDocument(mask, key=key)
        document.stepped = lambda step, back: self.journal.step(self.origin(key), step, back=back)
        self.documents[key] = document

    def origin(self, key):
        return Origin(key, Path(f"/d/{key}.png"), WIDTH, HEIGHT, self.fingerprint(key), 0)

    def fingerprint(self, key):
        return NO_FILE if self.disk[key] is None else mask_fingerprint(self.disk[key])

    def do(self, event, key, *how):
        document = self.documents[key]
        match event:
            case "stroke":
                start, end, which = how
                class_id = IDS[key][which]
                if class_id > 255:
                    document.widen()
                document.apply(covered(start, end, diameter=5, width=WIDTH, height=HEIGHT), class_id)
            case "undo":
                document.undo()
            case "redo":
                document.redo()
            case "begin_save" if key not in self.saves and document.unsaved:
                snapshot = document.snapshot()
                mask = snapshot.mask()
                self.saves[key] = [mask, snapshot.revision, self.journal.number, False]
                self.journal.saving(key, self.journal.number, mask_fingerprint(mask))
            case "land" if key in self.saves:
                self.disk[key] = self.saves[key][0]
                self.saves[key][3] = True
            case "end_save" if key in self.saves and self.saves[key][3]:
                mask, revision, number, _ = self.saves.pop(key)
                document.mark_saved(revision)
                self.journal.saved(key, number, mask_fingerprint(mask))
            case "compact":
                self.journal.compact(above=0)
            case "somebody_else_saves" if key not in self.saves and not document.unsaved:
                self.journal.saved(key, self.journal.number, self.fingerprint(key))
                self.disk[key] = np.roll(document.mask, 1, axis=1)
                self.disk[key][0, 0] = IDS[key][0]
                self.open(key, self.disk[key].copy())

    def moment(self):
        return (
            self.journal.path.read_bytes(),
            {key: self.fingerprint(key) for key in KEYS},
            {key: np.zeros((HEIGHT, WIDTH), np.uint8) if mask is None else mask for key, mask in self.disk.items()},
            {key: document.mask.copy() for key, document in self.documents.items()},
        )


def moments_of(events):
    """Return what journal, disk and documents were like after each event, as a crash would find them."""
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder))
        moments = [program.moment()]
        for event, key, *how in events:
            program.do(event, key, *how)
            moments.append(program.moment())
        program.journal.close()
    return moments


def read(data):
    """Return the records that can be read, and whether damage ended them."""
    records = []
    try:
        for record in decode(io.BytesIO(data)):
            records.append(record)  # noqa: PERF402 - what came before the damage counts
    except DamagedRecordError:
        return records, True
    return records, False


def assert_recovers(data, fingerprints, disk, documents):
    lost = {strokes.origin.sample: strokes for strokes in collect(decode(io.BytesIO(data)))}
    for key in KEYS:
        recovered = disk[key].astype(np.uint16)
        if key in lost:
            steps = lost[key].missing_from(fingerprints[key])
            assert steps is not None, "the mask on the disk is one that the steps lead on from"
            region, ids = net_change(steps)
            recovered[region.box.slices][region.inside] = ids[region.inside]
        np.testing.assert_array_equal(recovered, documents[key])


@settings(max_examples=150, deadline=None)
@given(events=EVENTS, data=st.data())
def test_killed_at_any_byte_the_state_after_the_last_whole_record_comes_back(events, data):
    moments = moments_of(events)
    for before, after in itertools.pairwise([moments[0], *moments]):
        assert_recovers(*after)
        if len(before[0]) < len(after[0]) and after[0].startswith(before[0]):
            cut = data.draw(st.integers(len(before[0]), len(after[0]) - 1))
            assert_recovers(after[0][:cut], *before[1:])


@settings(max_examples=100, deadline=None)
@given(events=EVENTS, data=st.data())
def test_a_changed_byte_is_noticed_and_never_mixes_pictures(events, data):
    written = moments_of(events)[-1][0]
    at = data.draw(st.integers(0, len(written) - 1))
    damaged = bytearray(written)
    damaged[at] ^= data.draw(st.integers(1, 255))
    records, noticed = read(bytes(damaged))
    assert noticed
    assert records == read(written)[0][: len(records)]
    for strokes in collect(records):
        region, ids = net_change(strokes.steps)
        assert set(np.unique(ids[region.inside])) <= {0, *IDS[strokes.origin.sample]}


@given(noise=st.binary(max_size=200), events=EVENTS)
@settings(max_examples=40, deadline=None)
def test_noise_after_the_records_or_instead_of_them_takes_nothing_along(noise, events):
    data, *rest = moments_of(events)[-1]
    assert read(data + noise)[0] == read(data)[0]
    assert_recovers(data, *rest)


# -- one program, its file and its lock


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journals"


@pytest.fixture
def dataset(tmp_path):
    root = tmp_path / "dataset"
    for name in ("a", "b"):
        write_picture(root / "train_images" / f"{name}.png", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    return open_dataset(root)


def paint(journal, dataset, key="train/a", *, mask=None, file=None, class_id=1, row=3):
    """Paint a row of a mask, note it in the journal, and return the document."""
    sample = dataset.find(key)
    document = MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8) if mask is None else mask.copy(), key=key)
    origin = Origin(key, sample.target, WIDTH, HEIGHT, NO_FILE if file is None else file, 0)
    document.stepped = lambda step, back: journal.step(origin, step, back=back)
    document.apply(covered((0, row), (WIDTH, row), diameter=1, width=WIDTH, height=HEIGHT), class_id)
    return document


def only_recovery(folder, dataset):
    (journal,) = find_dead_journals(folder, dataset.output)
    (lost,) = journal.lost
    journal.release()
    return assess(lost, dataset)


def test_a_live_journal_is_offered_to_nobody(folder, dataset):
    journal = Journal(folder, dataset.output)
    paint(journal, dataset)
    assert find_dead_journals(folder, dataset.output) == []
    journal.close()
    (dead,) = find_dead_journals(folder, dataset.output)
    assert [lost.origin.sample for lost in dead.lost] == ["train/a"]
    assert find_dead_journals(folder, dataset.output) == [], "held while it is being offered"
    dead.release()
    assert len(find_dead_journals(folder, dataset.output)) == 1


def test_journals_of_other_datasets_are_left_alone(folder, dataset, tmp_path):
    journal = Journal(folder, dataset.output)
    paint(journal, dataset)
    journal.close()
    assert find_dead_journals(folder, tmp_path / "another") == []
    assert journal.path.exists()


def test_a_journal_with_nothing_unsaved_leaves_no_file(folder, dataset):
    journal = Journal(folder, dataset.output)
    document = paint(journal, dataset)
    journal.saved("train/a", journal.number, mask_fingerprint(document.mask))
    journal.close()
    assert list(folder.iterdir()) == []


def test_saving_one_picture_keeps_the_strokes_of_the_other(folder, dataset):
    journal = Journal(folder, dataset.output)
    a, b = paint(journal, dataset, "train/a"), paint(journal, dataset, "train/b", class_id=4)
    size = journal.path.stat().st_size
    write_mask(dataset.find("train/a").target, a.mask)
    journal.saved("train/a", journal.number, mask_fingerprint(a.mask))
    journal.compact(above=0)
    assert journal.path.stat().st_size < size
    journal.close()
    recovery = only_recovery(folder, dataset)
    assert recovery.origin.sample == "train/b"
    np.testing.assert_array_equal(recovery.result, b.mask)


def test_the_file_shrinks_to_nothing_when_all_is_saved(folder, dataset):
    journal = Journal(folder, dataset.output)
    empty = journal.path.stat().st_size
    document = paint(journal, dataset)
    journal.saved("train/a", journal.number, mask_fingerprint(document.mask))
    assert journal.path.stat().st_size == empty
    journal.close()


def test_compacting_and_syncing_beside_the_strokes_loses_none(folder, dataset):
    journal = Journal(folder, dataset.output)
    b = paint(journal, dataset, "train/b", class_id=4)
    done = threading.Event()
    compacted = []

    def tidy():
        while not done.is_set():
            compacted.append(journal.compact(above=0))
            journal.sync()

    thread = threading.Thread(target=tidy)
    thread.start()
    try:
        for number in range(200):
            a = paint(journal, dataset, "train/a", row=number % HEIGHT, class_id=1 + number % 3)
            last = journal.number
            if number < 199:
                journal.saved("train/a", last, mask_fingerprint(a.mask))
            b.apply(covered((number, 1), (number, 1), diameter=3, width=WIDTH, height=HEIGHT), 4 + number % 2)
    finally:
        done.set()
        thread.join()
    assert any(compacted)
    journal.close()
    (dead,) = find_dead_journals(folder, dataset.output)
    recovered = {lost.origin.sample: assess(lost, dataset).result for lost in dead.lost}
    dead.release()
    np.testing.assert_array_equal(recovered["train/a"], a.mask)
    np.testing.assert_array_equal(recovered["train/b"], b.mask)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file size are POSIX")
def test_a_full_disk_cuts_off_only_what_it_refused(folder, dataset):
    import resource

    journal = Journal(folder, dataset.output)
    a = paint(journal, dataset, "train/a")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.path.stat().st_size + 40, before[1]))
    try:
        with pytest.raises(OSError, match="large") as refused:
            paint(journal, dataset, "train/b", class_id=4)
        assert refused.value.errno == errno.EFBIG
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    a.apply(covered((0, 9), (WIDTH, 9), diameter=3, width=WIDTH, height=HEIGHT), 2)
    journal.close()
    recovery = only_recovery(folder, dataset)
    np.testing.assert_array_equal(recovery.result, a.mask)


def test_a_journal_of_a_killed_program_is_offered(folder, dataset):
    code = (
        "import sys, time; from pathlib import Path; import numpy as np\n"
        "from segstudio.painting.journal import Journal\nfrom segstudio.painting.records import Origin\n"
        "from segstudio.painting.document import MaskDocument\nfrom segstudio.painting.brush import covered\n"
        "folder, output, target = map(Path, sys.argv[1:])\n"
        "journal = Journal(folder, output)\n"
        f"document = MaskDocument(np.zeros(({HEIGHT}, {WIDTH}), np.uint8), key='train/a')\n"
        f"origin = Origin('train/a', target, {WIDTH}, {HEIGHT}, '', 0)\n"
        "document.stepped = lambda step, back: journal.step(origin, step, back=back)\n"
        f"document.apply(covered((5, 5), (90, 5), diameter=4, width={WIDTH}, height={HEIGHT}), 2)\n"
        "print('painted', flush=True); time.sleep(600)\n"
    )
    words = [str(path) for path in (folder, dataset.output, dataset.find("train/a").target)]
    child = subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "painted\n"
        assert find_dead_journals(folder, dataset.output) == []
    finally:
        child.kill()
        child.communicate()
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    region = covered((5, 5), (90, 5), diameter=4, width=WIDTH, height=HEIGHT)
    expected[region.box.slices][region.inside] = 2
    np.testing.assert_array_equal(only_recovery(folder, dataset).result, expected)


# -- against the disk as it is now


def test_strokes_on_a_mask_that_has_changed_since_go_into_a_copy_that_keeps_the_change(folder, dataset):
    target = dataset.find("train/a").target
    base = np.zeros((HEIGHT, WIDTH), np.uint8)
    base[8] = 3
    journal = Journal(folder, dataset.output)
    document = paint(journal, dataset, mask=base, file=mask_fingerprint(base))
    document.apply(covered((0, 8), (WIDTH, 8), diameter=1, width=WIDTH, height=HEIGHT), 1)
    document.undo()  # row 8 is as it was: nobody's change there is touched
    journal.close()
    theirs = base.copy()
    theirs[8] = 2
    write_mask(target, theirs)
    recovery = only_recovery(folder, open_dataset(dataset.root))
    assert recovery.sample is None
    theirs[3] = 1
    np.testing.assert_array_equal(recovery.result, theirs)


def test_strokes_are_found_again_by_whichever_path_the_dataset_is_opened(folder, dataset, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(dataset.root, target_is_directory=True)
    journal = Journal(folder, dataset.output)
    document = paint(journal, dataset)
    journal.close()
    recovery = only_recovery(folder, open_dataset(link))
    assert recovery.sample is not None
    np.testing.assert_array_equal(recovery.result, document.mask)


def test_strokes_that_the_mask_holds_already_are_not_offered_again(folder, dataset):
    journal = Journal(folder, dataset.output)
    document = paint(journal, dataset)
    write_mask(dataset.find("train/a").target, document.mask)
    journal.close()
    assert not only_recovery(folder, dataset).changes_something


def test_a_picture_of_another_size_gets_no_strokes(folder, dataset):
    journal = Journal(folder, dataset.output)
    document = paint(journal, dataset)
    journal.close()
    write_picture(dataset.find("train/a").image, np.zeros((HEIGHT, WIDTH + 1, 3), np.uint8))
    recovery = only_recovery(folder, dataset)
    assert recovery.sample is None
    np.testing.assert_array_equal(recovery.result, document.mask)


def test_strokes_of_a_picture_that_is_gone_can_be_had_as_a_copy(folder, dataset):
    journal = Journal(folder, dataset.output)
    document = paint(journal, dataset)
    journal.close()
    dataset.find("train/a").image.unlink()
    recovery = only_recovery(folder, open_dataset(dataset.root))
    assert recovery.sample is None
    np.testing.assert_array_equal(recovery.result, document.mask)


def test_a_journal_that_was_set_aside_is_kept_for_some_days(folder, dataset):
    journal = Journal(folder, dataset.output)
    paint(journal, dataset)
    journal.close()
    (dead,) = find_dead_journals(folder, dataset.output)
    aside = dead.set_aside()
    assert find_dead_journals(folder, dataset.output) == []
    forget_old_journals(folder)
    assert aside.exists()
    old = aside.stat().st_mtime - (DAYS_KEPT + 1) * 86_400
    os.utime(aside, (old, old))
    forget_old_journals(folder)
    assert not aside.exists()


@pytest.mark.parametrize("content", [b"", b"not a journal at all, by any means"])
def test_a_file_that_is_no_journal_is_no_obstacle(folder, dataset, content):
    journal = Journal(folder, dataset.output)
    paint(journal, dataset)
    journal.close()
    journal.path.write_bytes(content)
    found = find_dead_journals(folder, dataset.output)
    assert [(dead.damaged, dead.lost) for dead in found] == ([(True, [])] if content else [])


def test_a_step_of_a_file_with_an_odd_name_survives(folder, dataset):
    name = os.fsdecode(b"caf\xe9 \xe3\x83\x87.png")  # no valid UTF-8 (R19, R20)
    journal = Journal(folder, dataset.output)
    document = MaskDocument(np.zeros((HEIGHT, WIDTH), np.uint8), key=f"train/{name}")
    origin = Origin(document.key, Path("/d") / name, WIDTH, HEIGHT, NO_FILE, 0)
    document.stepped = lambda step, back: journal.step(origin, step, back=back)
    document.apply(covered((2, 2), (2, 2), diameter=1, width=WIDTH, height=HEIGHT), 1)
    with journal.path.open("rb") as file:
        (record,) = (record for record in decode(file) if isinstance(record, StepRecord))
    journal.close()
    assert record.origin == origin


def test_the_fingerprint_is_of_ids_and_size_not_of_bits():
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert mask_fingerprint(mask) == mask_fingerprint(mask.astype(np.uint16))
    assert mask_fingerprint(mask) != mask_fingerprint(mask.reshape(4, 3))
    high = mask.astype(np.uint16)
    high[0, 0] = 256
    assert mask_fingerprint(high) != mask_fingerprint(mask)


def test_a_mask_that_was_written_anew_with_the_same_ids_counts_as_unchanged(tmp_path):
    mask = np.full((4, 4), 7, np.uint8)
    path = tmp_path / "mask.png"
    write_mask(path, mask)
    known = MaskFile(None, mask_fingerprint(mask))
    assert known.unchanged(path)
    write_mask(path, mask + 1)
    assert not known.unchanged(path)
    assert (read_mask(path) == 8).all()
