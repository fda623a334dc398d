"""The export window: a format, a folder, and a report at the end."""

import re
from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.dataset import Dataset
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.names import is_background
from segstudio.dataset.formats.registry import FORMATS, find_format
from segstudio.dataset.formats.report import ConversionReport
from segstudio.ui.importing.parts import DestinationLine, RunButtons
from segstudio.ui.jobs import Job, Jobs
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, set_role


class ExportDialog(QDialog):
    """Writes a dataset in the format of another program. Not modal: the window behind stays usable.

    Signals:
        ended(ConversionReport): the export is done, or was stopped.
    """

    ended = Signal(object)

    def __init__(self, dataset: Dataset, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Export {dataset.name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dataset = dataset
        self._jobs = jobs
        self._job: Job | None = None
        self.format = QComboBox()
        self.format.setAccessibleName("Format")
        for entry in FORMATS:
            if entry.is_written:
                self.format.addItem(entry.title, entry.name)
        self.shown_class = QComboBox()
        self.shown_class.setAccessibleName("Class")
        self.shown_class.setToolTip("White where this class is, black where anything else is, or nothing yet")
        for each in dataset.classes:
            self.shown_class.addItem(each.name, each.name)
        likely = [each.name for each in dataset.classes.counted if not is_background(each.name)]
        self.shown_class.setCurrentIndex(max(self.shown_class.findData(likely[0]), 0) if likely else 0)
        self.destination = DestinationLine("The new folder")
        self._said = QLabel()
        self._said.setWordWrap(True)
        self.buttons = RunButtons("Export")
        self.buttons.started.connect(self._start)
        self.buttons.cancelled.connect(self._cancel)
        self._form = form = QFormLayout()
        form.setSpacing(SPACING)
        form.addRow("Format", self.format)
        form.addRow("Class", self.shown_class)
        form.addRow("To", self.destination)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addLayout(form)
        layout.addWidget(self._said)
        layout.addWidget(self.buttons)
        self.format.currentIndexChanged.connect(lambda _row: self._suggest())
        self.shown_class.currentIndexChanged.connect(lambda _row: self._suggest())
        self.destination.changed.connect(self._check)
        self._suggest()

    @property
    def said(self) -> str:
        """What stands in the way, or what will be written."""
        return self._said.text()

    @override
    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.request_stop()
        super().done(result)

    @property
    def _class_name(self) -> str | None:
        """The class to write, where the format holds only one."""
        one = find_format(self.format.currentData()).write_class is not None
        return str(self.shown_class.currentData()) if one else None

    def _suggest(self) -> None:
        root, name = self._dataset.root, self._class_name
        self._form.setRowVisible(self.shown_class, name is not None)
        ending = self.format.currentData() if name is None else re.sub(r"[^\w-]+", "_", name)
        self.destination.set_path(root.parent / f"{root.name}-{ending}")

    def _check(self) -> None:
        if self.destination.problem:
            self._say(self.destination.problem, is_problem=True)
        else:
            masks = sum(sample.mask is not None for sample in self._dataset)
            self._say(
                f"{len(self._dataset):,} pictures and {masks:,} masks will be written; the dataset stays as it is."
            )

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        set_role(self._said, "problem" if is_problem else "quiet")
        self._said.setText(text)
        self.buttons.start.setEnabled(not is_problem and self._job is None)

    def _start(self) -> None:
        dataset, target = self._dataset, find_format(self.format.currentData())
        destination, class_name = self.destination.path, self._class_name

        def run(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> ConversionReport:
            return export_dataset(
                dataset,
                destination,
                target,
                class_name=class_name,
                should_stop=should_stop,
                on_progress=lambda done, total: emit((done, total)) if done % 10 == 0 or done == total else None,
            )

        self._job = self._jobs.start(
            f"Exporting {dataset.name}",
            run,
            emitted=self._on_progressed,
            succeeded=self._on_ended,
            failed=self._on_failed,
        )
        self._set_busy(busy=True)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.request_stop()
        else:
            self.reject()

    def _on_progressed(self, counts: tuple[int, int]) -> None:
        self.buttons.set_progress(*counts)

    def _on_ended(self, report: ConversionReport) -> None:
        self._set_busy(busy=False)
        self.ended.emit(report)
        if not report.stopped:
            self.accept()

    def _on_failed(self, reason: str) -> None:
        self._set_busy(busy=False)
        self._say(reason, is_problem=True)

    def _set_busy(self, *, busy: bool) -> None:
        if not busy:
            self._job = None
        for widget in (self.format, self.shown_class, self.destination):
            widget.setEnabled(not busy)
        self.buttons.set_busy(busy=busy)
        self.buttons.start.setEnabled(not busy)
