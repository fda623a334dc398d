"""The dataset browser."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.masks import read_mask
from segstudio.dataset.problems import Problem
from segstudio.dataset.review import Reviews
from segstudio.dataset.samples import Sample, Samples
from segstudio.errors import SegstudioError
from segstudio.ui.browser.filter_bar import FilterBar
from segstudio.ui.browser.model import SAMPLE_ROLE, SampleFilter, SampleModel
from segstudio.ui.browser.problem_list import ProblemList
from segstudio.ui.browser.review_bar import ReviewBar
from segstudio.ui.browser.sample_list import SampleList
from segstudio.ui.browser.sample_menu import SampleMenu
from segstudio.ui.browser.split_drop_bar import SplitDropBar
from segstudio.ui.browser.thumbnail_cache import ThumbnailCache
from segstudio.ui.browser.thumbnails import ThumbnailLoader
from segstudio.ui.browser.tiles import TILE_HEIGHT, TileDelegate
from segstudio.ui.jobs import Job, Jobs
from segstudio.ui.settings import cache_folder
from segstudio.ui.theme import SPACING, set_role

_TILE_WIDTH = 116
_THUMBNAIL_SIDE = 256
_RUSH_MILLISECONDS = 60
"""When nothing has been scrolled for so long, the person looks."""

_FIRST_PAUSE_SECONDS = 0.3
_LONGEST_PAUSE_SECONDS = 5.0


class BrowserPanel(QFrame):
    """Thumbnails of all samples, with filters above and problems below.

    It selects and shows; it never reads masks for editing and never saves.

    Signals:
        sample_selected(Sample): a person wants this one on the canvas.
        problems_requested(): a person wants to see all that is wrong.
        order_chosen(SampleOrder, int | None): the person wants another order; the class is that of the filter.
    """

    sample_selected = Signal(object)
    problems_requested = Signal()
    order_chosen = Signal(object, object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "panel")
        self._jobs = jobs
        self._dataset: Dataset | None = None
        self._current_key: str | None = None
        self._class_keys: frozenset[str] | None = None
        self._class_job: Job | None = None
        self._known: tuple[Problem, ...] = ()
        self._thumbnails = ThumbnailLoader(_THUMBNAIL_SIDE, ThumbnailCache(cache_folder()), self)
        self._model = SampleModel(self)
        self._thumbnails.loaded.connect(self._model.note_thumbnail)
        self._filters = FilterBar()
        self._filters.changed.connect(self._apply_filter)
        self._filters.class_chosen.connect(self._on_class_chosen)
        self._review_bar = ReviewBar()
        self._review_bar.changed.connect(self._apply_filter)
        self._review_bar.order_chosen.connect(lambda _order: self._tell_order())
        self._filters.add_order(self._review_bar)
        self._scrolled_to = 0
        self._rush = QTimer(self)
        self._list = self._build_list()
        self._list.selectionModel().currentChanged.connect(self._on_current_changed)
        self._list.selectionModel().selectionChanged.connect(lambda _now, _before: self._tell_count())
        self.menu = SampleMenu(self._list, self._list.selected_keys, self._model.review)
        self._list.customContextMenuRequested.connect(self.menu.show)
        self.drop_bar = SplitDropBar()
        self.drop_bar.dropped.connect(self.menu.move_chosen)
        self._list.drag_started.connect(self.drop_bar.show)
        self._list.drag_ended.connect(self.drop_bar.hide)
        self._count = QLabel()
        set_role(self._count, "quiet")
        self._problems = ProblemList()
        self._problems.sample_chosen.connect(self.select)
        self._problems.all_requested.connect(self.problems_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        layout.setSpacing(SPACING // 2)
        layout.addWidget(self._filters)
        layout.addWidget(self.drop_bar)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._count)
        layout.addWidget(self._problems)
        self.setMinimumWidth(2 * _TILE_WIDTH + 3 * SPACING + 16)  # two columns and the scroll bar

    @property
    def current_key(self) -> str | None:
        """The key of the sample that was chosen last, shown or not."""
        return self._current_key

    @property
    def shown_count(self) -> int:
        """How many samples pass the filters."""
        return self._model.rowCount()

    @property
    def shown_samples(self) -> Sequence[Sample]:
        """The samples that pass the filters, in the order in which they stand; made when they are asked for."""
        return self._model.shown_samples

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show the samples of a dataset. The same folder with other classes keeps the selection."""
        same = self._dataset is not None and dataset is not None and self._dataset.root == dataset.root
        classes_before = self._dataset.classes if self._dataset else None
        self._dataset = dataset
        samples = dataset.samples if dataset else Samples()
        if dataset is not None and dataset.classes != classes_before:
            self._thumbnails.set_classes(dataset.classes)
            self._filters.set_classes(dataset.classes)
        if not same:
            self._current_key = None
            self._class_keys = None
            self._clear_filters()
            self.set_problems(dataset.problems if dataset else ())
        self._filters.set_samples(samples)
        with self._scrolled_as_before(same):
            self._model.set_samples(samples)
        self._mark_current(scroll=not same)

    def update_sample(self, sample: Sample) -> None:
        """Show a sample anew after its mask was saved."""
        self._thumbnails.forget(sample.key)
        self._model.update_sample(sample)
        if self._dataset is not None and self._dataset.find(sample.key) is not None:
            self._dataset = self._dataset.with_saved_mask(sample.key)

    def set_unsaved(self, keys: frozenset[str]) -> None:
        """Mark the samples with unsaved strokes."""
        self._model.set_unsaved(keys)

    def set_problems(self, problems: Sequence[Problem]) -> None:
        """Show what is wrong, in a list and on the samples."""
        self._known = tuple(problems)
        self._problems.set_problems(problems)
        self._model.set_problems(problems)

    def set_coverage(self, shares: dict[str, float] | None) -> None:
        """Show which share of some masks is painted, 0 to 1, by key; None forgets all."""
        self._model.set_coverage(shares)

    def set_scores(self, scores: Mapping[str, float | None] | None) -> None:
        """Show how far predictions agree with masks, 0 to 1, by key; None takes one, or all, away."""
        self._model.set_scores(scores)

    def set_reviews(self, reviews: Reviews) -> None:
        """Show what people say of these samples now."""
        self._model.set_reviews(reviews)

    def set_tags(self, tags: tuple[str, ...]) -> None:
        """Offer these tags."""
        self._review_bar.set_tags(tags)
        self.menu.set_tags(tags)

    def set_rank(self, rank: Mapping[str, object] | None) -> None:
        """Sort by a value for each key; None for the dataset's own order."""
        self._model.set_rank(rank)
        self._mark_current(scroll=True)

    def rename(self, keys: Mapping[str, str]) -> None:
        """Let the choice follow samples that are about to have other keys."""
        if self._current_key is not None:
            self._current_key = keys.get(self._current_key, self._current_key)
        for old, new in keys.items():
            self._thumbnails.forget(old)
            self._thumbnails.forget(new)
        self.set_problems([replace(each, sample=keys.get(each.sample or "", each.sample)) for each in self._known])

    def select(self, key: str) -> None:
        """Choose a sample; if a filter hides it, the filters are cleared."""
        if self._model.row_of(key) is None:
            self._clear_filters()
            self._apply_filter()
        row = self._model.row_of(key)
        if row is not None:
            self._choose_row(row)

    def select_first(self) -> None:
        """Choose the first sample that is shown."""
        if self._model.rowCount():
            self._choose_row(0)

    def select_next(self) -> None:
        """Choose the sample after the current one, among those shown."""
        self._select_neighbour(1)

    def select_previous(self) -> None:
        """Choose the sample before the current one, among those shown."""
        self._select_neighbour(-1)

    def previous_sample(self) -> Sample | None:
        """Return the sample before the current one, among those shown."""
        row = self._model.row_beside(self._current_key, -1)
        found = None if row is None else self._model.index(row).data(SAMPLE_ROLE)
        return found if isinstance(found, Sample) else None

    def close_threads(self) -> None:
        """End the threads that make thumbnails (R26)."""
        self._thumbnails.close()

    @property
    def thumbnails_awaited(self) -> bool:
        """Whether thumbnails are being made for somebody who waits for them."""
        return self._thumbnails.busy

    def _build_list(self) -> SampleList:
        view = SampleList(_TILE_WIDTH, TILE_HEIGHT)
        view.setModel(self._model)
        view.setItemDelegate(TileDelegate(self._thumbnails, view))
        view.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._model.modelReset.connect(self._thumbnails.drop_waiting)
        self._rush.setSingleShot(True)
        self._rush.setInterval(_RUSH_MILLISECONDS)
        self._rush.timeout.connect(self._on_rush_over)
        return view

    def _on_scrolled(self, value: int) -> None:
        """Let only what is in sight have its thumbnail made, and nothing while the tiles rush past."""
        self._thumbnails.drop_waiting()
        if abs(value - self._scrolled_to) > self._list.viewport().height():
            self._thumbnails.hold(True)
        self._scrolled_to = value
        self._rush.start()

    def _on_rush_over(self) -> None:
        self._thumbnails.hold(False)
        self._list.viewport().update()

    @contextmanager
    def _scrolled_as_before(self, wanted: bool) -> Iterator[None]:  # noqa: FBT001 - says whether to do anything at all
        """Keep the tiles in sight where they are while the list changes above or below them."""
        first = self._list.model().index(self._list.first_visible, 0).data(SAMPLE_ROLE)
        offset = self._list.verticalOffset() % TILE_HEIGHT
        yield
        if wanted and isinstance(first, Sample):
            row = self._model.row_beside(first.key, 1) if self._model.row_of(first.key) is None else None
            row = self._model.row_of(first.key) if row is None else row
            self._list.show_first(row or 0, offset)

    def _select_neighbour(self, step: int) -> None:
        row = self._model.row_beside(self._current_key, step)
        if row is not None:
            self._choose_row(row)

    def _choose_row(self, row: int) -> None:
        # Not by the view, which adds to the selection while Ctrl or Shift is held, as it may be for a shortcut.
        flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self._list.selectionModel().setCurrentIndex(self._model.index(row), flag)

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        sample = current.data(SAMPLE_ROLE)
        if isinstance(sample, Sample) and sample.key != self._current_key:
            self._current_key = sample.key
            self._list.scrollTo(current)
            self.sample_selected.emit(sample)

    def _apply_filter(self) -> None:
        self._model.set_filter(
            SampleFilter(
                self._filters.text,
                self._filters.split,
                self._filters.state,
                self._class_keys,
                self._review_bar.wanted_review,
                self._review_bar.wanted_tag,
            )
        )
        self._mark_current(scroll=True)

    def _mark_current(self, *, scroll: bool) -> None:
        """Mark the current sample again where it is shown; the picture on the canvas stays in any case."""
        row = None if self._current_key is None else self._model.row_of(self._current_key)
        if row is not None:
            offset = self._list.verticalOffset()
            self._choose_row(row)
            if scroll:
                self._list.scrollTo(self._model.index(row))
            else:
                self._list.verticalScrollBar().setValue(offset)
        self._tell_count()

    def _tell_count(self) -> None:
        total = len(self._dataset) if self._dataset else 0
        shown = self._model.rowCount()
        words = f"{total:,} pictures" if shown == total else f"{shown:,} of {total:,} pictures"
        selected = self._list.selected_count
        self._count.setText(f"{words}, {selected:,} selected" if selected > 1 else words)

    def _tell_order(self) -> None:
        self.order_chosen.emit(self._review_bar.wanted_order, self._filters.class_id)

    def _clear_filters(self) -> None:
        self._filters.clear()
        self._review_bar.clear()

    def _on_class_chosen(self, class_id: int | None) -> None:
        if self._class_job is not None:
            self._class_job.request_stop()
            self._class_job = None
        self._class_keys = None if class_id is None else frozenset()
        self._apply_filter()
        self._tell_order()
        if class_id is None or self._dataset is None:
            return
        samples = self._dataset.samples

        def look(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> None:
            _find_class(samples, class_id, emit=emit, should_stop=should_stop)

        job = self._jobs.start("Looking for a class", look, emitted=lambda keys: self._on_class_found(job, keys))
        self._class_job = job

    def _on_class_found(self, job: Job, keys: frozenset[str]) -> None:
        if job is self._class_job and self._class_keys is not None:
            self._class_keys |= keys
            self._apply_filter()


def _find_class(
    samples: Iterable[Sample], class_id: int, *, emit: Callable[[object], None], should_stop: Callable[[], bool]
) -> None:
    """Emit, every now and then, the keys of the samples whose mask holds a class."""
    found: set[str] = set()
    told, pause = time.monotonic(), _FIRST_PAUSE_SECONDS
    for sample in samples:
        if should_stop():
            return
        try:
            if sample.mask is not None and (read_mask(sample.mask) == class_id).any():
                found.add(sample.key)
        except SegstudioError:
            continue
        if found and time.monotonic() - told > pause:
            emit(frozenset(found))
            found.clear()
            # Rarer and rarer: the more is found, the longer it takes to show it.
            told, pause = time.monotonic(), min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
    emit(frozenset(found))
