"""Notes every step of the masks that are being painted in the journal of this program.

A journal that cannot be written never stops anybody from painting. A sample with a step that could not be noted is
left out until it is saved: what follows a gap could not be given back exactly.
"""

import contextlib
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from segstudio.painting.document import MaskDocument
from segstudio.painting.history import Step
from segstudio.painting.journal import Journal
from segstudio.painting.records import Origin
from segstudio.ui.jobs import Jobs

SYNC_MILLISECONDS = 3_000


class StrokeJournal(QObject):
    """Keeps the journal of the dataset that is open.

    Args:
        folder: of all journals.

    Signals:
        failed(str): strokes are not noted, and why; said once until they are again.
    """

    failed = Signal(str)

    def __init__(self, jobs: Jobs, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._folder = folder
        self._dataset: Path | None = None
        self._journal: Journal | None = None
        self._origins: dict[str, Origin] = {}
        self._gaps: frozenset[str] = frozenset()
        self._failing = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._sync)

    @property
    def number(self) -> int:
        """The number of the last step."""
        return 0 if self._journal is None else self._journal.number

    @property
    def unsettled(self) -> frozenset[str]:
        """The samples whose steps are not known to be on the disk, as far as this journal goes."""
        return self._gaps | (frozenset() if self._journal is None else self._journal.unsaved)

    def open(self, dataset: Path | None) -> None:
        """Go on with another dataset: the folder that its masks are written to."""
        self.close()
        self._dataset = dataset

    def close(self) -> None:
        """End the journal; it stays for the next start only if something in it is not on the disk."""
        self._timer.stop()
        self._origins.clear()
        self._gaps = frozenset()
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def follow(self, document: MaskDocument, origin: Origin) -> None:
        """Note every step of a document from now on; its mask is just as ``origin`` says."""
        self._origins[document.key] = origin
        document.stepped = lambda step, back: self._note(document.key, step, back=back)

    def announce(self, key: str, number: int, fingerprint: str) -> None:
        """Note that a mask is about to be written; may be called in any thread."""
        journal = self._journal
        if journal is not None:
            # Without it the next start takes the mask for somebody else's: a copy more, and nothing lost.
            with contextlib.suppress(OSError, ValueError):
                journal.saving(key, number, fingerprint)

    def saved(self, key: str, number: int, fingerprint: str, *, all_of_it: bool) -> None:
        """Take notice that the disk has a mask as it was after step ``number``; ``all_of_it``: and still is."""
        if key in self._origins:
            self._origins[key] = replace(self._origins[key], fingerprint=fingerprint)
        if all_of_it:
            self._gaps -= {key}
        if self._journal is None:
            return
        try:
            self._journal.saved(key, number, fingerprint)
        except OSError as error:
            self._fail(error)

    def _note(self, key: str, step: Step, *, back: bool) -> None:
        if self._dataset is None or key in self._gaps:
            return
        try:
            if self._journal is None:
                self._journal = Journal(self._folder, self._dataset)
            self._journal.step(self._origins[key], step, back=back)
        except OSError as error:
            self._gaps |= {key}
            self._fail(error)
            return
        self._failing = False
        if not self._timer.isActive():
            self._timer.start(SYNC_MILLISECONDS)

    def _sync(self) -> None:
        journal = self._journal
        if journal is None:
            return

        def run(*, emit: object, should_stop: object) -> None:  # noqa: ARG001 - a part of a second
            # What a full disk refuses here, the next step is refused too, and that is said.
            with contextlib.suppress(OSError):
                journal.compact()
                journal.sync()

        self._jobs.start("Keeping strokes safe", run)

    def _fail(self, error: OSError) -> None:
        if not self._failing:
            self._failing = True
            self.failed.emit(
                f"Strokes are not kept safe against a crash: {error.strerror or error}. "
                "Painting and saving go on as usual."
            )
