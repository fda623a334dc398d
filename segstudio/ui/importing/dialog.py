"""The import window: what was found, what it becomes and where it goes, before anything is written."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.formats.dividing import SplitRule
from segstudio.dataset.formats.format import ReadingOptions
from segstudio.dataset.formats.mapping_draft import MappingDraft
from segstudio.dataset.formats.registry import FORMATS
from segstudio.dataset.formats.report import ConversionReport
from segstudio.errors import SegstudioError
from segstudio.ui.importing.class_table import MappingTable
from segstudio.ui.importing.parts import DestinationLine, RunButtons
from segstudio.ui.importing.preview_strip import PreviewStrip
from segstudio.ui.importing.session import ImportSession, Looked
from segstudio.ui.importing.split_box import SplitBox
from segstudio.ui.jobs import Jobs
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role

_BY_ITSELF = -1


class ImportDialog(QDialog):
    """Goes with a person from a folder of another program to a dataset. Not modal: the window behind stays usable.

    Signals:
        ended(ConversionReport): the import is done, or was stopped.
    """

    ended = Signal(object)

    def __init__(self, folder: Path, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._folder = folder
        self._draft: MappingDraft | None = None
        self.session = ImportSession(jobs, self)
        self.session.looked.connect(self._on_looked)
        self.session.looking_failed.connect(self._on_looking_failed)
        self.session.previews_read.connect(self._on_previews_read)
        self.session.progressed.connect(self._on_progressed)
        self.session.ended.connect(self._on_ended)
        self.session.failed.connect(self._on_failed)
        self._source = QLabel()
        self._source.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.format = QComboBox()
        self.format.setAccessibleName("Format of the source")
        self.threshold = QSpinBox()
        self.threshold.setRange(_BY_ITSELF, 255)
        self.threshold.setValue(_BY_ITSELF)
        self.threshold.setSpecialValueText("by itself")
        self.threshold.setAccessibleName("Threshold of grey masks")
        self.threshold.setToolTip("Of masks with soft edges: grey values from here on are object")
        self._said = QLabel()
        self._said.setWordWrap(True)
        self.previews = PreviewStrip()
        self.session.overlays_drawn.connect(self.previews.set_overlays)
        self.classes = MappingTable()
        self.classes.draft_changed.connect(self._on_draft_changed)
        self.splits = SplitBox()
        self.destination = DestinationLine("The new dataset’s folder")
        self.destination.set_path(_free_folder(folder))
        self.destination.changed.connect(self._say_what_will_be)
        self._what = QLabel()
        self._what.setWordWrap(True)
        set_role(self._what, "quiet")
        self.buttons = RunButtons("Import")
        self.buttons.started.connect(self._start)
        self.buttons.cancelled.connect(self._cancel)
        self._build()
        self.buttons.start.setFocus()
        self._look(None)
        # By a person only: what is recognised sets both without looking again.
        self.format.activated.connect(lambda _row: self._look(self.format.currentData()))
        self.threshold.editingFinished.connect(lambda: self._look(self.format.currentData()))

    @property
    def said(self) -> str:
        """What is said of the source, or why it cannot be imported."""
        return self._said.text()

    def _build(self) -> None:
        change = QPushButton("Another folder…")
        change.setAutoDefault(False)
        change.clicked.connect(self._choose_source)
        top = QGridLayout()
        top.setHorizontalSpacing(SPACING)
        top.setColumnStretch(1, 1)
        top.addWidget(QLabel("From"), 0, 0)
        top.addWidget(self._source, 0, 1)
        top.addWidget(change, 0, 2)
        top.addWidget(QLabel("Read as"), 1, 0)
        row = QHBoxLayout()
        row.addWidget(self.format, 1)
        row.addSpacing(SPACING * 2)
        row.addWidget(QLabel("Threshold"))
        row.addWidget(self.threshold)
        top.addLayout(row, 1, 1, 1, 2)
        middle = QHBoxLayout()
        middle.setSpacing(SPACING * 2)
        middle.addWidget(self.classes, 3)
        middle.addWidget(self.splits, 2, Qt.AlignmentFlag.AlignTop)
        bottom = QHBoxLayout()
        bottom.addWidget(QLabel("To"))
        bottom.addWidget(self.destination, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addLayout(top)
        layout.addWidget(self._said)
        layout.addWidget(self.previews)
        layout.addLayout(middle, 1)
        layout.addLayout(bottom)
        layout.addWidget(self._what)
        layout.addWidget(self.buttons)

    @override
    def sizeHint(self) -> QSize:
        return QSize(960, 760)

    def _look(self, name: str | None) -> None:
        self._draft = None
        self._source.setText(str(self._folder))
        self._say("Looking at what is there …")
        value = self.threshold.value()
        options = ReadingOptions(threshold=None if value == _BY_ITSELF else value)
        self.session.look(self._folder, name, options)
        self._say_what_will_be()

    def _on_looked(self, looked: Looked) -> None:
        self._draft = looked.draft
        source = looked.source
        why = {each.format.name: each.finding.why for each in looked.recognised}
        self._fill_formats(why, source.format)
        lines = [f"Found {why[source.format]}." if source.format in why else "", *source.notes]
        self._say("\n".join(line for line in lines if line))
        self.classes.set_draft(looked.draft)
        self.splits.set_samples(source.samples)
        self._say_what_will_be()

    def _on_looking_failed(self, reason: str) -> None:
        self._draft = None
        if not self.format.count():
            self._fill_formats({}, "")
        self._say(reason, is_problem=True)
        self._say_what_will_be()

    def _on_previews_read(self, previews: list) -> None:  # type: ignore[type-arg] # as Qt hands it over
        self.previews.set_previews(previews)
        if self._draft is not None:
            self.session.draw(self._draft)

    def _on_draft_changed(self, draft: MappingDraft) -> None:
        self._draft = draft
        self.session.draw(draft)
        self._say_what_will_be()

    def _fill_formats(self, why: dict[str, str], chosen: str) -> None:
        """List the formats, the recognised ones first."""
        self.format.clear()
        for entry in sorted(FORMATS, key=lambda entry: entry.name not in why):
            self.format.addItem(entry.title, entry.name)
            self.format.setItemData(self.format.count() - 1, why.get(entry.name), Qt.ItemDataRole.ToolTipRole)
        self.format.setCurrentIndex(self.format.findData(chosen))

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        set_role(self._said, "problem" if is_problem else "quiet")
        self._said.setText(text)

    def _say_what_will_be(self) -> None:
        problem = self.destination.problem
        if self._draft is not None and not problem:
            source = self._draft.source
            masks = sum(sample.annotation is not None for sample in source.samples)
            left = f" {len(source.skipped):,} files will be skipped; the report will say why." if source.skipped else ""
            self._what.setText(
                f"{len(source.samples):,} pictures will be copied and {masks:,} masks written into new folders "
                f"train_images, train_segmentation and so on. {source.root.name} stays as it is.{left}"
            )
        else:
            self._what.setText(problem)
        set_role(self._what, "problem" if problem else "quiet")
        possible = self._draft is not None and bool(self._draft.source.samples) and not problem
        self.buttons.start.setEnabled(possible and not self.session.importing)

    def _choose_source(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Import from a folder", str(self._folder))
        if chosen:
            self._folder = Path(chosen)
            self.format.clear()
            self.destination.set_path(_free_folder(self._folder))
            self._look(None)

    def _start(self) -> None:
        if self._draft is None:
            return
        try:
            rule: SplitRule = self.splits.rule()
            self._draft.mapping()
        except SegstudioError as error:
            self._say(str(error), is_problem=True)
            return
        self.session.start(self._draft, self.destination.path, rule)
        self._set_busy(busy=True)

    def _cancel(self) -> None:
        if self.session.importing:
            self.session.stop()
        else:
            self.reject()

    def _on_progressed(self, done: int, total: int) -> None:
        self.buttons.set_progress(done, total)

    def _on_ended(self, report: ConversionReport) -> None:
        self._set_busy(busy=False)
        self.ended.emit(report)
        if not report.stopped:
            self.accept()

    def _on_failed(self, reason: str) -> None:
        self._set_busy(busy=False)
        self._say(reason, is_problem=True)

    def _set_busy(self, *, busy: bool) -> None:
        for widget in (self.format, self.threshold, self.classes, self.splits, self.destination):
            widget.setEnabled(not busy)
        self.buttons.set_busy(busy=busy)
        self._say_what_will_be()

    @override
    def done(self, result: int) -> None:
        self.session.stop()
        self.session.drop()
        super().done(result)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self.session.stop()
        super().closeEvent(event)


def _free_folder(source: Path) -> Path:
    """Return a folder beside the source that is not there yet."""
    wanted = source.parent / f"{source.name}-segstudio"
    numbered = (source.parent / f"{source.name}-segstudio-{number}" for number in range(2, 1000))
    return next((path for path in (wanted, *numbered) if not path.exists()), wanted)
