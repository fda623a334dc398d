"""A child process that answers requests: newline-JSON to its stdin and from its stdout. Loads no TensorFlow.

Requests are objects with ``do``. What comes back: events, ``{"stopping": true}`` once a stop was noticed, and at the
end of each request ``{"answer": …}`` or ``{"error": …}``. Anything else on stdout is passed over.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segstudio.errors import SegstudioError
from segstudio.learning.events import Emit, EventError, ShouldPause, ShouldStop, event_from_json

_POLL_SECONDS = 0.05
_STDERR_BYTES = 4000
_CHUNK_BYTES = 65536


class WorkerError(SegstudioError):
    """The worker could not do what it was asked; the message says why."""


class ChildDiedError(WorkerError):
    """The child left in the middle of a request."""


class ChildStoppedError(WorkerError):
    """The child was asked to stop, did not, and was made to leave."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a child that was asked to stop may take, in seconds.

    Attributes:
        notice: to notice it; then it is terminated.
        save: to save what it has, once it noticed.
        terminate: to leave when terminated; then it is killed.
    """

    notice: float = 5.0
    save: float = 60.0
    terminate: float = 2.0


class Child:
    """One child process and the two threads that read what it says.

    Args:
        command: how to start it.
        patience: see there.

    Raises:
        WorkerError: it could not be started.
    """

    def __init__(self, command: Sequence[str], patience: Patience) -> None:
        self._patience = patience
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        # Not UTF-8 by default on Windows.
        environment["PYTHONIOENCODING"] = "utf-8"
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        except OSError as error:
            raise WorkerError(f"The training process could not be started: {error.strerror or error}.") from error
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._stderr = b""
        self._readers = [self._thread(self._read_messages), self._thread(self._read_stderr)]

    @property
    def process_id(self) -> int:
        """As the operating system counts."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def ask(
        self, request: Mapping[str, object], *, emit: Emit, should_stop: ShouldStop, should_pause: ShouldPause
    ) -> Any:
        """Send a request, pass its events on, and return the answer.

        Raises:
            WorkerError: the child says that it could not be done, and why.
            ChildDiedError: it left in the middle.
            ChildStoppedError: it would not stop.
        """
        self._send(request)
        deadline: float | None = None
        paused = False
        while True:
            if should_pause() != paused:
                paused = not paused
                self._send({"do": "pause" if paused else "continue"})
            if deadline is None and should_stop():
                deadline = time.monotonic() + self._patience.notice
                self._send({"do": "stop"})
            elif deadline is not None and time.monotonic() > deadline:
                self._end()
                raise ChildStoppedError("The training process did not stop by itself and was ended.")
            try:
                message = self._messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if message is None:
                if deadline is not None:
                    raise ChildStoppedError("The training process left when it was asked to stop.")
                raise ChildDiedError(self._obituary())
            if "answer" in message:
                return message["answer"]
            if "error" in message:
                raise WorkerError(str(message["error"]))
            if "stopping" in message:
                deadline = time.monotonic() + self._patience.save
            with contextlib.suppress(EventError):
                emit(event_from_json(message))

    def close(self) -> None:
        """Close its stdin, upon which it leaves; make it leave if it does not."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(self._patience.notice)
        except subprocess.TimeoutExpired:
            self._end()
        for reader in self._readers:
            reader.join(self._patience.terminate)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _send(self, message: Mapping[str, object]) -> None:
        # A child that is gone shows by the end of its messages, which says more than the broken pipe.
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                self._process.stdin.flush()

    def _end(self) -> None:
        """Terminate, and kill if that does not help."""
        self._process.terminate()
        try:
            self._process.wait(self._patience.terminate)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _thread(self, read: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=read, name=f"worker {read.__name__}", daemon=True)
        thread.start()
        return thread

    def _read_messages(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict):
                    self._messages.put(message)
        self._messages.put(None)

    def _read_stderr(self) -> None:
        # By chunks: what comes there may be anything, also without line ends.
        assert self._process.stderr is not None
        while chunk := os.read(self._process.stderr.fileno(), _CHUNK_BYTES):
            self._stderr = (self._stderr + chunk)[-_STDERR_BYTES:]

    def _obituary(self) -> str:
        """Say why it left, once it has said its last word."""
        try:
            code = self._process.wait(self._patience.terminate)
        except subprocess.TimeoutExpired:
            self._end()  # it lives, but nobody can hear it any more
            code = self._process.wait()
        if hasattr(signal, "SIGKILL") and code == -signal.SIGKILL:
            return (
                "The training process was killed by the system, most likely because memory ran out. "
                "Choose a smaller batch size or input size."
            )
        self._readers[1].join(self._patience.terminate)
        lines = [line.strip() for line in self._stderr.decode(errors="replace").splitlines() if line.strip()]
        return f"The training process ended unexpectedly (code {code}): {lines[-1] if lines else 'no message'}"
