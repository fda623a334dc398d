"""What importing does in the background: recognise, read samples, draw them, write."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from segstudio.dataset.formats.dividing import SplitRule
from segstudio.dataset.formats.format import ReadingOptions
from segstudio.dataset.formats.importing import import_source
from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.mapping_draft import MappingDraft
from segstudio.dataset.formats.previewing import SamplePreview, read_previews
from segstudio.dataset.formats.registry import Recognised, find_format, nothing_recognised, recognise
from segstudio.dataset.formats.report import ConversionReport
from segstudio.dataset.formats.source import Source
from segstudio.ui.importing.preview_strip import SIDE
from segstudio.ui.jobs import Job, Jobs

_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a folder has found."""

    source: Source
    recognised: tuple[Recognised, ...]
    draft: MappingDraft


class ImportSession(QObject):
    """Runs one thing at a time; what is asked for later makes what was asked for before it void.

    Signals:
        looked(Looked): the folder can be read.
        looking_failed(str): it cannot, and why.
        previews_read(list[SamplePreview]): some samples of it.
        overlays_drawn(list[ImageArray | None]): the same samples with their masks, as the draft makes them.
        progressed(int, int): how many of how many samples are written.
        ended(ConversionReport): the import is done, or was stopped.
        failed(str): it could not be done; nothing was written.
    """

    looked = Signal(object)
    looking_failed = Signal(str)
    previews_read = Signal(object)
    overlays_drawn = Signal(object)
    progressed = Signal(int, int)
    ended = Signal(object)
    failed = Signal(str)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._look: Job | None = None
        self._drawing: Job | None = None
        self._import: Job | None = None
        self._previews: list[SamplePreview] = []

    @property
    def importing(self) -> bool:
        """Whether an import is under way."""
        return self._import is not None

    def look(self, folder: Path, name: str | None, options: ReadingOptions) -> None:
        """Recognise and open a folder, as the format of a name if one is given, and read some samples of it."""

        def run(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> list[SamplePreview]:
            listing = list_folder(folder)
            found = recognise(listing)
            if name is None and not found:
                raise nothing_recognised(folder)
            source = (find_format(name) if name else found[0].format).read(listing, options)
            if should_stop():
                return []
            emit(Looked(source, tuple(found), MappingDraft.of(source)))
            return read_previews(source, count=_SAMPLES, side=SIDE * 2, should_stop=should_stop)

        self.drop()
        self._look = job = self._jobs.start(
            f"Looking at {folder.name}",
            run,
            emitted=lambda looked: self._if_last(job, lambda: self.looked.emit(looked)),
            succeeded=lambda previews: self._if_last(job, lambda: self._on_previews(previews)),
            failed=lambda reason: self._if_last(job, lambda: self.looking_failed.emit(reason)),
        )

    def draw(self, draft: MappingDraft) -> None:
        """Draw the samples as a draft makes them."""
        previews = self._previews

        def run(*, emit: object, should_stop: Callable[[], bool]) -> object:  # noqa: ARG001 - all at once
            mapping = draft.mapping()
            return [None if should_stop() else preview.overlay(mapping) for preview in previews]

        if self._drawing is not None:
            self._drawing.request_stop()
        self._drawing = job = self._jobs.start(
            "Drawing samples",
            run,
            succeeded=lambda overlays: self.overlays_drawn.emit(overlays) if job is self._drawing else None,
            failed=self.looking_failed.emit,
        )

    def start(self, draft: MappingDraft, destination: Path, rule: SplitRule) -> None:
        """Import a source as a draft says."""

        def run(*, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> ConversionReport:
            return import_source(
                draft.source,
                destination,
                draft.mapping(),
                rule,
                should_stop=should_stop,
                on_progress=lambda done, total: emit((done, total)) if done % 10 == 0 or done == total else None,
            )

        self._import = self._jobs.start(
            f"Importing {draft.source.root.name}",
            run,
            emitted=lambda counts: self.progressed.emit(*counts),
            succeeded=self._on_imported,
            failed=self._on_failed,
        )

    def stop(self) -> None:
        """Break off the import under way; nothing of it is left."""
        if self._import is not None:
            self._import.request_stop()

    def drop(self) -> None:
        """Make void what is looked at or drawn."""
        for job in (self._look, self._drawing):
            if job is not None:
                job.request_stop()
        self._look = self._drawing = None
        self._previews = []

    def _if_last(self, job: Job, act: Callable[[], object]) -> None:
        if job is self._look:
            act()

    def _on_previews(self, previews: list[SamplePreview]) -> None:
        self._previews = previews
        self.previews_read.emit(previews)

    def _on_imported(self, report: ConversionReport) -> None:
        self._import = None
        self.ended.emit(report)

    def _on_failed(self, reason: str) -> None:
        self._import = None
        self.failed.emit(reason)
