"""What keeps the browser quick with a hundred thousand pictures: tiles, thumbnails, reading that steps back."""

import sqlite3
import threading
import time

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QStringListModel, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.masks import write_mask
from segstudio.dataset.overlay import write_picture
from segstudio.dataset.problems import Problem, Severity
from segstudio.ui.browser.grid import TileGrid
from segstudio.ui.browser.model import SampleFilter, SampleModel, SampleState
from segstudio.ui.browser.problem_list import MOST_SHOWN, ProblemList
from segstudio.ui.browser.reduced import read_reduced_sample
from segstudio.ui.browser.thumbnail_cache import ThumbnailCache
from segstudio.ui.browser.thumbnails import ThumbnailLoader
from segstudio.ui.gently import MANY, gently

CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", (255, 0, 0))))


@pytest.fixture
def grid(qtbot):
    view = TileGrid(100, 80)
    view.setModel(QStringListModel([f"{number}" for number in range(1000)]))
    qtbot.addWidget(view)
    view.resize(340 + view.verticalScrollBar().sizeHint().width(), 400)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def large(tmp_path):
    """Return a sample whose files are large enough for the cache, and whose mask covers the left half."""
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    write_picture(tmp_path / "data" / "train_images" / "a.png", noise)
    mask = np.zeros((600, 800), np.uint8)
    mask[:, :400] = 1
    write_mask(tmp_path / "data" / "train_segmentation" / "a.png", mask)
    return open_dataset(tmp_path / "data").samples[0]


def test_every_tile_is_where_it_is_looked_for(grid):
    assert grid.columns == 3
    for number in (0, 1, 2, 3, 500, 999):
        index = grid.model().index(number, 0)
        grid.scrollTo(index)
        rect = grid.visualRect(index)
        assert grid.viewport().rect().contains(rect)
        assert grid.indexAt(rect.center()) == index
    assert grid.verticalScrollBar().value() == grid.verticalScrollBar().maximum()
    # Beside the last one there is nothing.
    assert not grid.indexAt(QPoint(rect.right() + 20, rect.center().y())).isValid()


def test_the_keys_go_where_they_point(grid):
    grid.setCurrentIndex(grid.model().index(4, 0))
    for key, number in (
        (Qt.Key.Key_Right, 5),
        (Qt.Key.Key_Right, 6),
        (Qt.Key.Key_Down, 9),
        (Qt.Key.Key_Up, 6),
        (Qt.Key.Key_Left, 5),
        (Qt.Key.Key_PageDown, 5 + 3 * (grid.viewport().height() // 80)),
        (Qt.Key.Key_End, 999),
        (Qt.Key.Key_Right, 999),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Up, 0),
    ):
        QTest.keyClick(grid, key)
        assert grid.currentIndex().row() == number
        assert [index.row() for index in grid.selectedIndexes()] == [number]
        assert grid.viewport().rect().contains(grid.visualRect(grid.currentIndex()))


def test_a_click_chooses_and_beside_the_tiles_nothing_happens(grid):
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(150, 100))
    assert grid.currentIndex().row() == 4
    grid.setCurrentIndex(grid.model().index(999, 0))
    rect = grid.visualRect(grid.currentIndex())
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=rect.center() + QPoint(110, 0))
    assert grid.currentIndex().row() == 999


def test_what_is_scrolled_looks_as_if_it_had_been_painted_there(grid, qtbot):
    """Pixels are moved, not painted anew: the two must not differ."""
    for value in (0, 37, 240, 239, 4000):
        grid.verticalScrollBar().setValue(value)
        qtbot.wait(0)
    moved = grid.grab(QRect(QPoint(0, 0), grid.size())).toImage()
    grid.viewport().update()
    assert grid.grab(QRect(QPoint(0, 0), grid.size())).toImage() == moved


def test_a_list_that_shrinks_is_scrolled_back(grid, qtbot):
    grid.setCurrentIndex(grid.model().index(999, 0))
    grid.model().setStringList(["only one"])
    qtbot.waitUntil(lambda: grid.verticalScrollBar().value() == 0)
    assert grid.visualRect(grid.model().index(0, 0)).top() == 0
    grid.model().setStringList([])
    QTest.keyClick(grid, Qt.Key.Key_Down)
    assert not grid.currentIndex().isValid()


def test_states_are_filtered_as_they_are_told(sample_folder, qtbot):
    samples = open_dataset(sample_folder).samples
    model = SampleModel()
    model.set_samples(samples)
    keys = list(samples.keys())
    model.set_unsaved(frozenset({keys[0], keys[1]}))
    model.set_problems([Problem("x", Severity.ERROR, samples[1].image, "wrong", keys[1])])
    model.set_coverage({keys[2]: 0.0, keys[3]: 0.5})
    for state in SampleState:
        model.set_filter(SampleFilter(state=state))
        shown = [model.index(row).data(Qt.ItemDataRole.DisplayRole) for row in range(model.rowCount())]
        assert shown == [sample.name for sample in samples if model.state(sample) is state]
        for row in range(model.rowCount()):
            assert model.row_of(model.index(row).data(Qt.ItemDataRole.UserRole).key) == row


def test_next_and_previous_go_on_from_a_sample_that_is_gone_or_hidden(sample_folder, qtbot):
    model = SampleModel()
    model.set_samples(open_dataset(sample_folder).samples)
    assert model.row_beside("train/scene-0015", 1) == 1
    assert model.row_beside("train/scene-0015", -1) == 0
    assert model.row_beside(None, 1) == 0
    assert model.row_beside(None, -1) is None
    assert model.row_beside("zzz", 1) is None
    model.set_filter(SampleFilter(split="val"))
    assert model.row_beside("train/scene-003", 1) == 0
    assert model.row_beside("test/scene-001", -1) == 1
    assert model.row_beside("val/scene-001", 1) == 1


def test_very_many_problems_are_counted_and_the_first_are_listed(qtbot, tmp_path):
    panel = ProblemList()
    qtbot.addWidget(panel)
    panel.set_problems([Problem("x", Severity.ERROR, tmp_path, f"number {i}", f"train/{i}") for i in range(100_000)])
    assert panel._button.text() == "100,000 problems"
    assert panel._list.count() == MOST_SHOWN + 1
    assert panel._list.item(MOST_SHOWN).text() == f"… and {100_000 - MOST_SHOWN:,} more"


def test_a_thumbnail_is_kept_until_a_file_changes(large, tmp_path):
    cache = ThumbnailCache(tmp_path / "cache")
    first = read_reduced_sample(large, 64, cache)
    assert first.image.shape == (48, 64, 3)
    cache.close()

    # Another start: what comes now comes from the cache, since it is not quite what the files say (JPEG).
    cache = ThumbnailCache(tmp_path / "cache")
    again = read_reduced_sample(large, 64, cache)
    assert not np.array_equal(again.image, first.image)
    assert np.abs(again.image.astype(int) - first.image).mean() < 12
    np.testing.assert_array_equal(again.mask, first.mask)

    write_mask(large.mask, np.ones((600, 800), np.uint8))
    assert (read_reduced_sample(large, 64, cache).mask == 1).all()
    cache.close()


def test_the_cache_stays_within_its_bytes_and_forgets_what_was_not_used(tmp_path):
    data = bytes(10_000)
    for turn in range(30):
        cache = ThumbnailCache(tmp_path, most_bytes=200_000)
        cache.put(b"turn %d" % turn, data)
        cache.get(b"turn 0")
        cache.close()
        with sqlite3.connect(tmp_path / "thumbnails.sqlite") as connection:
            connection.execute("UPDATE thumbnails SET used = used - 10")  # time goes by
        connection.close()
    cache = ThumbnailCache(tmp_path, most_bytes=200_000)
    kept = [turn for turn in range(30) if cache.get(b"turn %d" % turn) is not None]
    cache.close()
    assert kept[0] == 0
    assert kept[-1] == 29
    assert 10 <= len(kept) <= 20


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(3000)])
def test_a_damaged_cache_is_begun_anew(tmp_path, content):
    """R28."""
    (tmp_path / "thumbnails.sqlite").write_bytes(content)
    for expected in (None, b"data"):
        cache = ThumbnailCache(tmp_path)
        assert cache.get(b"name") == expected
        cache.put(b"name", b"data")
        cache.close()


def test_where_nothing_can_be_written_thumbnails_are_made_all_the_same(large, tmp_path):
    """R28."""
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file" / "cache", None):
        cache = ThumbnailCache(folder)
        assert read_reduced_sample(large, 64, cache).image.shape == (48, 64, 3)
        assert read_reduced_sample(large, 64, cache).mask.any()
        cache.close()


def test_what_is_in_the_cache_and_is_no_thumbnail_is_made_anew(large, tmp_path):
    cache = ThumbnailCache(tmp_path / "cache")
    read_reduced_sample(large, 64, cache)
    (name,) = cache._new
    for nonsense in (b"", b"\0\0\0\0", b"\xff\xff\xff\x7fxx", b"\4\0\0\0abcd"):
        cache.put(name, nonsense)
        assert read_reduced_sample(large, 64, cache).image.shape == (48, 64, 3)
    cache.close()


def test_several_threads_use_the_cache_at_once(tmp_path):
    cache = ThumbnailCache(tmp_path)
    wrong = []

    def work(first):
        for number in range(first, first + 200):
            cache.put(b"%d" % number, b"%d" % number * 100)
            if cache.get(b"%d" % number) != b"%d" % number * 100:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(1000 * turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.close()
    assert wrong == []


def test_thumbnails_scrolled_away_are_not_made_and_memory_is_bounded(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("segstudio.ui.browser.thumbnails._KEPT_BYTES", 64 * 64 * 4 * 20)
    for number in range(60):
        write_picture(tmp_path / f"{number:02}.png", np.full((64, 64, 3), number, np.uint8))
    samples = open_dataset(tmp_path).samples
    loader = ThumbnailLoader(64, ThumbnailCache(None))
    loaded = []
    loader.loaded.connect(loaded.append)
    for sample in samples[:40]:
        loader.get(sample)
    loader.drop_waiting()
    assert loader.get(samples[50]) is None
    qtbot.waitUntil(lambda: loader.get(samples[50]) is not None)
    assert len(loaded) < 41
    qtbot.waitUntil(lambda: not loader.busy)
    for sample in samples:
        qtbot.waitUntil(lambda sample=sample: loader.get(sample) is not None)
    assert len(loader._made) == 20
    assert loader._bytes == 20 * 64 * 64 * 4
    loader.close()


def test_a_thumbnail_shows_the_colours_of_the_classes_as_they_are(qtbot, large, tmp_path):
    loader = ThumbnailLoader(64, ThumbnailCache(tmp_path / "cache"))
    red = []
    for colour in ((255, 0, 0), (0, 0, 255)):
        loader.set_classes(ClassList((CLASSES[0], ClassInfo(1, "thing", colour))))
        qtbot.waitUntil(lambda: loader.get(large) is not None)
        image = loader.get(large)
        left = [QColor(image.pixel(x, y)) for x in range(2, 28, 5) for y in range(2, 44, 5)]
        red.append(np.mean([pixel.red() - pixel.blue() for pixel in left]))
    loader.close()
    assert red[0] > 60
    assert red[1] < -60


def test_reading_very_many_files_rests_and_steps_back_and_stops_at_once():
    assert gently(cv2.useOptimized, samples=MANY - 1) is cv2.useOptimized
    stopping, awaited = threading.Event(), threading.Event()
    stop = gently(stopping.is_set, samples=MANY, awaited=awaited.is_set)
    began = time.monotonic()
    while time.monotonic() - began < 0.03:
        pass  # work
    rested = time.monotonic()
    assert not stop()
    assert time.monotonic() - rested >= 0.08

    awaited.set()
    passed = threading.Event()
    waiting = threading.Thread(target=lambda: (stop(), passed.set()))
    waiting.start()
    assert not passed.wait(0.3)
    stopping.set()
    assert passed.wait(5)
    waiting.join()
