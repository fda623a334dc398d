"""The window of contact sheets: drawn in the background, one after another, and saved as files."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.contact_sheet import (
    ContactSheetError,
    SheetPlan,
    Tile,
    contact_sheet,
    overlay_tile,
    write_sheets,
)
from segstudio.dataset.dataset import SPLITS, Dataset, Sample
from segstudio.dataset.images import ImageArray
from segstudio.dataset.samples import SomeSamples
from segstudio.dataset.steps import ShouldStop, StepProgress, StepTeller, Stopped
from segstudio.ui.jobs import Job, Jobs
from segstudio.ui.overriding import override
from segstudio.ui.sheets.sheet_view import SheetView
from segstudio.ui.theme import SPACING, set_role

_USUAL = 240
"""So many pictures at first: ten sheets are leafed through, four thousand are not."""

_FOLDER = "contact-sheets"


class SheetsDialog(QDialog):
    """Leafs through contact sheets of a dataset. Not modal: the window behind stays usable.

    Args:
        dataset: whose samples; masks are read as they are on the disk.
        shown: those that the browser shows, in its order.
        jobs: what draws in the background.
    """

    def __init__(self, dataset: Dataset, shown: Sequence[Sample], jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Contact sheets of {dataset.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1280, 860)
        self._dataset = dataset
        self._jobs = jobs
        self._drawing: Job | None = None
        self._saving: Job | None = None
        self._number = 0
        self._build_choices(shown)
        self.view = SheetView()
        self._build_foot()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addLayout(self._choices)
        layout.addWidget(self.view, 1)
        layout.addLayout(self._foot)
        self._on_pictures_chosen()

    @property
    def said(self) -> str:
        """What was saved, or what went wrong."""
        return self._said.text()

    @property
    def place(self) -> str:
        """Which sheet of how many is shown."""
        return self._place.text()

    @property
    def plan(self) -> SheetPlan:
        """What stands on which sheet."""
        samples = self._offers[self.pictures.currentIndex()][1]
        return SheetPlan(samples, min(self.count.value(), len(samples)))

    @override
    def done(self, result: int) -> None:
        for job in (self._drawing, self._saving):
            if job is not None:
                job.request_stop()
        self._drawing = self._saving = None  # what they still have to say reaches nobody
        super().done(result)

    def save(self, chosen: Path) -> None:
        """Write all sheets into a folder; into one within, where this one belongs to the dataset."""
        dataset, plan = self._dataset, self.plan
        folder = chosen / _FOLDER if chosen in (dataset.root, dataset.output, *dataset.folders) else chosen
        title, name = self._title(plan), self.pictures.currentData()

        def run(*, emit: Callable[[object], None], should_stop: ShouldStop) -> list[Path]:
            tiles = _tiles(plan, dataset, StepTeller(emit, "drawing"), should_stop)
            try:
                return write_sheets(tiles, dataset.classes, folder, title=title, name=name)
            except Stopped:
                return []
            except OSError as error:
                raise ContactSheetError(f"{folder} could not be written: {error.strerror or error}.") from error

        self._saving = job = self._jobs.start(
            f"Saving contact sheets of {dataset.name}",
            run,
            emitted=lambda step: self._if_saving(job, lambda: self._on_progressed(step)),
            succeeded=lambda paths: self._if_saving(job, lambda: self._on_saved(folder, paths)),
            failed=lambda reason: self._if_saving(job, lambda: self._on_failed(reason)),
        )
        self._set_saving(saving=True)

    def _build_choices(self, shown: Sequence[Sample]) -> None:
        samples = self._dataset.samples
        self.pictures = QComboBox()
        self.pictures.setAccessibleName("Pictures")
        self.pictures.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        # Beside the box and not in it: Qt would make a list of each sample.
        self._offers: list[tuple[str, Sequence[Sample]]] = []
        if 0 < len(shown) < len(samples):
            self._offer("shown", "As the browser shows them", shown)
        self._offer("all", "All splits", samples)
        for split in SPLITS:
            self._offer(split, split, SomeSamples(samples, samples.span(split)))
        self.count = QSpinBox()
        self.count.setAccessibleName("How many pictures")
        self.count.setToolTip("Fewer than there are: spread evenly over them")
        self.count.setKeyboardTracking(False)
        self.pictures.currentIndexChanged.connect(lambda _row: self._on_pictures_chosen())
        self.count.valueChanged.connect(lambda _value: self._go_to(0))
        self._said = QLabel()
        self._said.setWordWrap(True)
        set_role(self._said, "quiet")
        self._choices = QHBoxLayout()
        self._choices.addWidget(self.pictures)
        self._choices.addWidget(QLabel("At most"))
        self._choices.addWidget(self.count)
        self._choices.addSpacing(SPACING)
        self._choices.addWidget(self._said, 1)

    def _offer(self, name: str, title: str, samples: Sequence[Sample]) -> None:
        if samples:
            self.pictures.addItem(f"{title} ({len(samples):,})", name)
            self._offers.append((name, samples))

    def _build_foot(self) -> None:
        self.previous_button = _button("Previous", lambda: self._go_to(self._number - 1), "Alt+Left")
        self.next_button = _button("Next", lambda: self._go_to(self._number + 1), "Alt+Right")
        self._place = QLabel()
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress of the saving")
        self.stop_button = _button("Stop", self._stop)
        self.save_button = _button("Save all sheets…", self._ask_where)
        self._foot = QHBoxLayout()
        for widget in (self.previous_button, self._place, self.next_button):
            self._foot.addWidget(widget)
        self._foot.addSpacing(SPACING * 2)
        self._foot.addWidget(self._bar, 1)
        self._foot.addStretch(1)
        for button in (self.stop_button, self.save_button, _button("Close", self.reject)):
            self._foot.addWidget(button)
        self._set_saving(saving=False)

    def _on_pictures_chosen(self) -> None:
        total = len(self._offers[self.pictures.currentIndex()][1])
        blocked = self.count.blockSignals(True)
        self.count.setRange(1, total)
        self.count.setValue(min(total, _USUAL))
        self.count.blockSignals(blocked)
        self._go_to(0)

    def _go_to(self, number: int) -> None:
        """Draw a sheet in the background; the one before is shown until then."""
        plan, dataset = self.plan, self._dataset
        self._number = min(max(number, 0), plan.sheets - 1)
        number = self._number
        self._place.setText(f"Sheet {number + 1:,} of {plan.sheets:,}")
        self.previous_button.setEnabled(number > 0)
        self.next_button.setEnabled(number + 1 < plan.sheets)
        title = self._title(plan)

        def draw(*, emit: object, should_stop: ShouldStop) -> ImageArray | None:  # noqa: ARG001 - two dozen pictures
            tiles = []
            for sample in plan.on_sheet(number):
                if should_stop():
                    return None
                tiles.append(overlay_tile(sample, dataset.classes))
            return contact_sheet(tiles, dataset.classes, title=title)

        if self._drawing is not None:
            self._drawing.request_stop()
        self._drawing = job = self._jobs.start(
            "Drawing a contact sheet",
            draw,
            succeeded=lambda pixels: self._on_drawn(job, pixels),
            failed=lambda reason: self._say(reason, is_problem=True) if job is self._drawing else None,
        )

    def _on_drawn(self, job: Job, pixels: ImageArray | None) -> None:
        if job is self._drawing and pixels is not None:
            self._drawing = None
            self.view.show_sheet(pixels)

    def _title(self, plan: SheetPlan) -> str:
        name = self.pictures.currentData()
        what = {"all": "all splits", "shown": "a choice"}.get(name, name)
        return f"{self._dataset.name} · {what} · {plan.count} pictures"

    def _ask_where(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, f"Save {self.plan.sheets:,} sheets into a folder", str(self._dataset.output)
        )
        if chosen:
            self.save(Path(chosen))

    def _stop(self) -> None:
        if self._saving is not None:
            self._saving.request_stop()

    def _if_saving(self, job: Job, act: Callable[[], object]) -> None:
        if job is self._saving:
            act()

    def _on_progressed(self, step: StepProgress) -> None:
        self._bar.setRange(0, step.total)
        self._bar.setValue(step.done)

    def _on_saved(self, folder: Path, paths: Sequence[Path]) -> None:
        stopped = self._saving is not None and self._saving.stopping and not paths
        self._set_saving(saving=False)
        count = "One sheet is" if len(paths) == 1 else f"{len(paths):,} sheets are"
        self._say("Stopped; sheets that were written by then stay." if stopped else f"{count} in {folder}")

    def _on_failed(self, reason: str) -> None:
        self._set_saving(saving=False)
        self._say(reason, is_problem=True)

    def _set_saving(self, *, saving: bool) -> None:
        if not saving:
            self._saving = None
        self._bar.setRange(0, 0)
        self._bar.setVisible(saving)
        self.stop_button.setVisible(saving)
        self.save_button.setEnabled(not saving)
        self.pictures.setEnabled(not saving)
        self.count.setEnabled(not saving)

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        set_role(self._said, "problem" if is_problem else "quiet")
        self._said.setText(text)


def _tiles(
    plan: SheetPlan, dataset: Dataset, tell: Callable[[int, int], None], should_stop: ShouldStop
) -> Iterator[Tile]:
    """Draw the tiles of all sheets one after another.

    Raises:
        Stopped: a person asked for it.
    """
    for done, sample in enumerate(plan.all(), start=1):
        if should_stop():
            raise Stopped
        yield overlay_tile(sample, dataset.classes)
        tell(done, plan.count)


def _button(text: str, slot: Callable[[], object], shortcut: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    if shortcut:
        button.setShortcut(shortcut)
        button.setToolTip(f"{text} sheet ({shortcut})")
    button.clicked.connect(lambda _checked: slot())
    return button
