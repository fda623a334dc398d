"""Notices that another program has added, renamed or removed files of the open dataset.

The operating system tells of changes in the few folders of a dataset. Network drives mostly do not tell: there the
folders are looked at when the person comes back to the window. To look is to list them again, in the background; with
a hundred thousand files that takes half a second, so that it is not done with every one of many changes.
"""

import time

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from segstudio.dataset.dataset import Dataset, list_again
from segstudio.ui.editing import EditingSession
from segstudio.ui.jobs import Jobs

_LEAST_PAUSE_MILLISECONDS = 300
_START_MILLISECONDS = 1_000
"""To begin to watch takes a while; first the person shall see the dataset."""

_PAUSE_PER_COST = 3
"""So many times as long as it takes to list the folders nothing happens before they are listed again."""


class FolderWatch(QObject):
    """Keeps the samples of the editing session as its folders are.

    Signals:
        looked(): the folders were listed, and what had changed was told.
        failed(str): they cannot be listed any more; the samples stay as they were.
    """

    looked = Signal()
    failed = Signal(str)

    def __init__(self, editing: EditingSession, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editing = editing
        self._jobs = jobs
        self._cost = 0.0
        self._looking = False
        self._again = False
        self._said = ""
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(lambda _folder: self.look_soon())
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self.look)
        self._start = QTimer(self)
        self._start.setSingleShot(True)
        self._start.setInterval(_START_MILLISECONDS)
        self._start.timeout.connect(self._on_start)
        editing.dataset_changed.connect(self._on_dataset_changed)
        editing.held_changed.connect(lambda _held: self.look_soon())
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._on_state_changed)

    @property
    def folders(self) -> frozenset[str]:
        """The folders that the operating system tells about."""
        return frozenset(self._watcher.directories())

    def look_soon(self) -> None:
        """List the folders when there has been time for further changes; not later for each of them."""
        if self._editing.dataset is not None and not self._pause.isActive():
            self._pause.start(max(_LEAST_PAUSE_MILLISECONDS, round(self._cost * _PAUSE_PER_COST * 1000)))

    def look(self) -> None:
        """List the folders now, in the background."""
        dataset = self._editing.dataset
        if dataset is None or self._editing.held:
            return  # while masks are being rewritten; the end of that is told
        if self._looking:
            self._again = True
            return
        self._looking = True
        began = time.monotonic()

        def read(*, emit: object, should_stop: object) -> tuple[Dataset, float]:  # noqa: ARG001 - listings only
            return list_again(dataset), time.monotonic() - began

        self._jobs.start(
            "Looking for changed files",
            read,
            succeeded=lambda answer: self._on_listed(dataset, *answer),
            failed=self._on_failed,
            ended=self._on_ended,
        )

    def close(self) -> None:
        """Look no more."""
        self._pause.stop()
        self._start.stop()
        self._watch(frozenset())

    def _on_dataset_changed(self, dataset: Dataset | None) -> None:
        self._said = ""
        self._pause.stop()
        # Folders of another dataset; those of this one stay watched while its classes change.
        here = frozenset() if dataset is None else frozenset(map(str, dataset.folders))
        self._watch(self.folders & here)
        self._start.start()

    def _on_start(self) -> None:
        self._watch(_existing(self._editing.dataset))
        self.look_soon()  # what has changed between the listing and now was told to nobody

    def _on_state_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self.look_soon()

    def _on_listed(self, before: Dataset, now: Dataset, seconds: float) -> None:
        self._cost = seconds
        self._said = ""
        if self._editing.dataset is not before or self._editing.held:
            self._again = True  # a mask was saved while the folders were listed: this may be older than that
            return
        if now is not before:
            self._editing.take_listing(now)
        self._watch(_existing(now))
        self.looked.emit()

    def _on_failed(self, reason: str) -> None:
        self._watch(frozenset())  # what comes back under these names is another folder to the operating system
        if reason != self._said:
            self._said = reason
            self.failed.emit(reason)

    def _on_ended(self) -> None:
        self._looking = False
        if self._again:
            self._again = False
            self.look_soon()

    def _watch(self, folders: frozenset[str]) -> None:
        watched = self.folders
        if watched - folders:
            self._watcher.removePaths(list(watched - folders))
        if folders - watched:
            self._watcher.addPaths(list(folders - watched))


def _existing(dataset: Dataset | None) -> frozenset[str]:
    return frozenset() if dataset is None else frozenset(str(path) for path in dataset.folders if path.is_dir())
