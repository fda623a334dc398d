"""One way to run anything long: a plain function in a worker thread, its events as signals.

A job knows nothing about what it runs. The function takes ``emit`` and ``should_stop``; what it
emits, returns or raises arrives in the window's thread.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QThread, Signal

from segstudio.errors import SegstudioError
from segstudio.ui.overriding import override

_log = logging.getLogger(__name__)


class LongFunction(Protocol):
    """What a job can run."""

    def __call__(self, *, emit: Callable[[object], None], should_stop: Callable[[], bool]) -> object:
        """Do the work; call ``emit`` with what is worth showing, and leave soon once ``should_stop()``."""


class Job(QThread):
    """Runs one long function in a thread of its own.

    Signals (all arrive in the thread that made the job):
        emitted(object): what the function emitted.
        succeeded(object): what it returned.
        failed(str): why it could not; one message for people.
        Qt's own ``finished`` follows each of the last two.
    """

    emitted = Signal(object)
    succeeded = Signal(object)
    failed = Signal(str)

    def __init__(self, title: str, function: LongFunction, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self._function = function
        self._stopping = threading.Event()
        self.setObjectName(f"job: {title}")

    def request_stop(self) -> None:
        """Ask the function to leave; returns at once."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to leave."""
        return self._stopping.is_set()

    @override
    def run(self) -> None:
        try:
            answer = self._function(emit=self.emitted.emit, should_stop=self._stopping.is_set)
        except SegstudioError as error:
            self.failed.emit(str(error))
        except Exception as error:  # noqa: BLE001 - the one broad net: a defect in a job must not take the window along
            _log.exception("%s failed", self.title)
            self.failed.emit(f"{self.title} failed unexpectedly: {type(error).__name__}: {error}")
        else:
            self.succeeded.emit(answer)


class Jobs(QObject):
    """The jobs that are under way: started here, kept alive until they are done, ended with the window."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: set[Job] = set()
        self._closed = False

    def start(
        self,
        title: str,
        function: LongFunction,
        *,
        succeeded: Callable[[Any], object] | None = None,
        failed: Callable[[str], object] | None = None,
        emitted: Callable[[Any], object] | None = None,
        ended: Callable[[], object] | None = None,
    ) -> Job:
        """Run a long function; the callables are called in this object's thread, ``ended`` last in any case."""
        job = Job(title, function, self)
        self._running.add(job)
        # Queued: the job object lives in this thread, the signal comes from the one that it runs.
        for signal, slot in ((job.succeeded, succeeded), (job.failed, failed), (job.emitted, emitted)):
            if slot is not None:
                signal.connect(self._while_open(slot), Qt.ConnectionType.QueuedConnection)
        if ended is not None:
            job.finished.connect(self._while_open(ended), Qt.ConnectionType.QueuedConnection)
        job.finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        job.start()
        return job

    def stop_all(self) -> None:
        """Ask every job to leave and wait until all have; nobody hears of them any more."""
        self._closed = True
        for job in self._running:
            job.request_stop()
        self.wait_all()

    def wait_all(self) -> None:
        """Wait until all that runs now has ended; what it has to say arrives with the next events."""
        for job in list(self._running):
            job.wait()

    def _while_open(self, slot: Callable[..., object]) -> Callable[..., None]:
        """Return a slot that is deaf after `stop_all`: what is still queued then would reach widgets that are gone."""

        def call(*words: object) -> None:
            if not self._closed:
                slot(*words)

        return call

    def _on_finished(self) -> None:
        for job in [job for job in self._running if job.isFinished()]:
            self._running.discard(job)
            job.deleteLater()
