"""The statistics window: counted in the background, shown as charts, saved as CSV or JSON."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.statistics import MaskCounter
from segstudio.dataset.statistics_tables import write_csv, write_json
from segstudio.dataset.steps import ShouldStop, StepProgress
from segstudio.dataset.survey import DatasetStatistics, SplitStatistics, survey
from segstudio.ui.jobs import Job, Jobs
from segstudio.ui.overriding import override
from segstudio.ui.statistics.charts import ClassBars, SizeScatter, TogetherMatrix
from segstudio.ui.statistics.class_figures import ClassFigures
from segstudio.ui.theme import SPACING, set_role


class StatisticsDialog(QDialog):
    """Shows what a dataset holds. Not modal: the window behind stays usable.

    Args:
        dataset: what is counted, as its files are now.
        counter: what it knows of the masks already is not read again.
        jobs: what counts in the background.
    """

    def __init__(self, dataset: Dataset, counter: MaskCounter, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Statistics of {dataset.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1120, 680)
        self._dataset = dataset
        self._counter = counter
        self._jobs = jobs
        self._job: Job | None = None
        self.statistics: DatasetStatistics | None = None
        self._build_choices()
        self._build_charts()
        self._build_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addLayout(self._choices)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(self._buttons)
        self._count()

    @property
    def said(self) -> str:
        """What is said of the split that is shown, or of what went wrong."""
        return self._said.text()

    @override
    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.request_stop()
            self._job = None  # what it still has to say reaches nobody
        super().done(result)

    def save_csv(self, path: Path) -> None:
        """Write the tables beside each other; say where, or why not."""
        self._save(path, lambda statistics: ", ".join(each.name for each in write_csv(statistics, path)))

    def save_json(self, path: Path) -> None:
        """Write everything to one file; say where, or why not."""

        def write(statistics: DatasetStatistics) -> str:
            write_json(statistics, path)
            return path.name

        self._save(path, write)

    def _build_choices(self) -> None:
        self.split = QComboBox()
        self.split.setAccessibleName("Split")
        self.measure = QComboBox()
        self.measure.setAccessibleName("What the bars show")
        self.measure.addItem("Pixels", "pixels")
        self.measure.addItem("Pictures", "pictures")
        self.logarithmic = QCheckBox("Logarithmic")
        self.logarithmic.setToolTip("Lets rare classes be seen beside frequent ones")
        self._said = QLabel()
        self._said.setWordWrap(True)
        set_role(self._said, "quiet")
        self.split.currentIndexChanged.connect(lambda _row: self._show())
        self.measure.currentIndexChanged.connect(lambda _row: self._set_measure())
        self.logarithmic.toggled.connect(lambda _checked: self._set_measure())
        self._choices = QHBoxLayout()
        for widget in (self.split, self.measure, self.logarithmic):
            self._choices.addWidget(widget)
        self._choices.addSpacing(SPACING)
        self._choices.addWidget(self._said, 1)

    def _build_charts(self) -> None:
        self.bars, self.figures = ClassBars(), ClassFigures()
        self.together, self.sizes = TogetherMatrix(), SizeScatter()
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(self.bars)
        both.addWidget(self.figures)
        both.setSizes([500, 560])
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(both, "Classes")
        self.tabs.addTab(self.together, "Together")
        self.tabs.addTab(self.sizes, "Sizes")
        self.tabs.setTabToolTip(1, "Of the masks that hold the class of a row, the share that holds another one too")
        self.tabs.currentChanged.connect(lambda _index: self._offer_measure())

    def _build_buttons(self) -> None:
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of the counting")
        self.stop_button = _button("Stop", self._stop)
        self.again_button = _button("Count again", self._count)
        self.csv_button = _button("Save as CSV…", lambda: self._ask(self.save_csv, "csv"))
        self.csv_button.setToolTip("Three tables: classes, classes together, sizes")
        self.json_button = _button("Save as JSON…", lambda: self._ask(self.save_json, "json"))
        close = _button("Close", self.reject)
        self._buttons = QHBoxLayout()
        self._buttons.addWidget(self._bar, 1)
        self._buttons.addWidget(self.stop_button)
        self._buttons.addWidget(self.again_button)
        self._buttons.addStretch(1)
        for button in (self.csv_button, self.json_button, close):
            self._buttons.addWidget(button)

    def _count(self) -> None:
        dataset, counter = self._dataset, self._counter

        def run(*, emit: Callable[[object], None], should_stop: ShouldStop) -> DatasetStatistics | None:
            return survey(dataset, counter=counter, emit=emit, should_stop=should_stop)

        def only_if_shown(slot: Callable[..., None]) -> Callable[..., None]:
            return lambda *words: slot(*words) if self._job is job else None

        job = self._jobs.start(
            f"Counting {dataset.name}",
            run,
            emitted=lambda step: only_if_shown(self._on_progressed)(step),
            succeeded=lambda found: only_if_shown(self._on_counted)(found),
            failed=lambda reason: only_if_shown(self._on_failed)(reason),
        )
        self._job = job
        self._set_busy(busy=True)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.request_stop()

    def _on_progressed(self, step: StepProgress) -> None:
        self._bar.setRange(0, step.total)
        self._bar.setValue(step.done)

    def _on_counted(self, found: DatasetStatistics | None) -> None:
        self._set_busy(busy=False)
        if found is None:
            self._say("Stopped. “Count again” goes on from what is known by now.")
            return
        self.statistics = found
        kept = self.split.currentData()
        blocked = self.split.blockSignals(True)
        self.split.clear()
        for each in (found.all, *found.splits[:-1]):
            title = "All splits" if each.split == "all" else each.split
            self.split.addItem(f"{title} ({each.pictures:,})", each.split)
        self.split.setCurrentIndex(max(self.split.findData(kept), 0))
        self.split.blockSignals(blocked)
        self._set_busy(busy=False)
        self._show()

    def _on_failed(self, reason: str) -> None:
        self._set_busy(busy=False)
        self._say(reason, is_problem=True)

    def _show(self) -> None:
        split = self.statistics.find(self.split.currentData()) if self.statistics is not None else None
        if split is None:
            return
        for view in (self.bars, self.figures, self.together, self.sizes):
            view.show_statistics(split)
        self._say(_in_words(split), is_problem=bool(split.unreadable))

    def _set_measure(self) -> None:
        self.bars.set_measure(self.measure.currentData(), logarithmic=self.logarithmic.isChecked())

    def _offer_measure(self) -> None:
        for widget in (self.measure, self.logarithmic):
            widget.setVisible(self.tabs.currentIndex() == 0)

    def _set_busy(self, *, busy: bool) -> None:
        if not busy:
            self._job = None
        self._bar.setRange(0, 0)
        self._bar.setVisible(busy)
        self.stop_button.setVisible(busy)
        self.again_button.setVisible(not busy)
        for button in (self.csv_button, self.json_button):
            button.setEnabled(not busy and self.statistics is not None)

    def _ask(self, save: Callable[[Path], None], suffix: str) -> None:
        start = self._dataset.output.parent / f"{self._dataset.name}-statistics.{suffix}"
        chosen, _filter = QFileDialog.getSaveFileName(
            self, "Save the statistics", str(start), f"{suffix.upper()} (*.{suffix})"
        )
        if chosen:
            save(Path(chosen))

    def _save(self, path: Path, write: Callable[[DatasetStatistics], str]) -> None:
        if self.statistics is None:
            return
        try:
            names = write(self.statistics)
        except OSError as error:
            self._say(f"{path} could not be written: {error.strerror or error}.", is_problem=True)
        else:
            self._say(f"Written to {path.parent}: {names}")

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        set_role(self._said, "problem" if is_problem else "quiet")
        self._said.setText(text)


def _button(text: str, slot: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked: slot())
    return button


def _in_words(split: SplitStatistics) -> str:
    words = [f"{split.pictures:,} pictures", f"{len(split.masks):,} masks"]
    if split.unpainted is not None and split.coverage is not None:
        words.append(f"{split.coverage:.1%} painted")
    words.append("one size" if len(split.sizes) == 1 else f"{len(split.sizes):,} sizes")
    if split.unreadable:
        first = ", ".join(split.unreadable[:3])
        more = f" and {len(split.unreadable) - 3:,} more" if len(split.unreadable) > 3 else ""
        words.append(f"cannot be read: {first}{more}")
    return "  ·  ".join(words)
