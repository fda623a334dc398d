"""Training and prediction in a child interpreter, by the same signatures as in this one. Loads no TensorFlow.

Why: importing TensorFlow freezes a window for a second, leaving while a thread trains aborts the process, and a hang
or an out-of-memory kill would take unsaved strokes along. None of it reaches the parent from here.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import (
    Emit,
    Event,
    EventError,
    RunEnded,
    RunStarted,
    ShouldStop,
    event_from_json,
)
from segstudio.learning.runs import append_event

STOP_SECONDS = 5.0
TERMINATE_SECONDS = 2.0
_POLL_SECONDS = 0.05
_STDERR_BYTES = 4000


class WorkerError(SegstudioError):
    """The worker could not do what it was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class IsolatedResult:
    """What a training in the worker leaves: its folder, and how it ended."""

    folder: Path
    end: RunEnded


class Worker:
    """A child interpreter that trains and predicts, one request at a time; started when first needed.

    Args:
        command: how to start it; by default this program's own ``worker`` command.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = list(command) if command else _own_command()
        self._one_at_a_time = threading.Lock()
        self._child: _Child | None = None

    @property
    def process_id(self) -> int | None:
        """The child's, as the operating system counts; None while there is none."""
        child = self._child
        return child.process_id if child is not None and child.alive else None

    def warm_up(self) -> None:
        """Let the child load TensorFlow, so that the next request starts at once. Returns immediately."""

        def load() -> None:
            with contextlib.suppress(SegstudioError):  # the next request will meet, and report, the same trouble
                self._ask({"do": "warm_up"}, emit=_nobody, should_stop=_never)

        threading.Thread(target=load, name="warming up", daemon=True).start()

    def train(self, config: TrainingConfig, *, emit: Emit, should_stop: ShouldStop) -> IsolatedResult:
        """Train as `learning.training.train` does.

        Raises:
            WorkerError: the training failed, or the child died; the run's folder says so too.
        """
        watch = _RunWatch(emit)
        try:
            answer = self._ask({"do": "train", "config": config.to_json()}, emit=watch, should_stop=should_stop)
        except _ChildDiedError as error:
            last = watch.died(str(error), stopped=should_stop())
            if last is not None and last.outcome == "stopped":
                return IsolatedResult(Path(watch.folder or ""), last)
            raise
        end = event_from_json(answer["end"])
        assert isinstance(end, RunEnded)
        return IsolatedResult(Path(answer["folder"]), end)

    def predict_images(
        self,
        run_folder: Path,
        images: Sequence[Path],
        output: Path,
        *,
        overlays: Path | None = None,
        emit: Emit,
        should_stop: ShouldStop,
    ) -> list[Path]:
        """Predict as `learning.prediction.predict_images` does.

        Raises:
            WorkerError: as there, or the child died.
        """
        request = {
            "do": "predict",
            "run": str(run_folder),
            "images": [str(path) for path in images],
            "output": str(output),
            "overlays": None if overlays is None else str(overlays),
        }
        return [Path(path) for path in self._ask(request, emit=emit, should_stop=should_stop)]

    def close(self) -> None:
        """End the child: its stdin closes, then it is made to leave. A request under way fails."""
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def _ask(self, request: Mapping[str, object], *, emit: Emit, should_stop: ShouldStop) -> Any:
        with self._one_at_a_time:
            if self._child is None or not self._child.alive:
                self._child = _Child(self._command)
            return self._child.ask(request, emit=emit, should_stop=should_stop)


class _ChildDiedError(WorkerError):
    """The child left in the middle of a request."""


class _Child:
    """One child process and the two threads that read what it says."""

    def __init__(self, command: Sequence[str]) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        # Not UTF-8 by default on Windows; unbuffered would cost a write for every character of a log line.
        environment["PYTHONIOENCODING"] = "utf-8"
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                env=environment,
            )
        except OSError as error:
            raise WorkerError(f"The training process could not be started: {error.strerror or error}.") from error
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._stderr = ""
        self._readers = [
            threading.Thread(target=self._read_messages, name="worker messages", daemon=True),
            threading.Thread(target=self._read_stderr, name="worker log", daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: Mapping[str, object], *, emit: Emit, should_stop: ShouldStop) -> Any:
        self._send(request)
        asked_at: float | None = None
        while True:
            if asked_at is None and should_stop():
                asked_at = time.monotonic()
                self._send({"do": "stop"})
            try:
                message = self._messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if asked_at is not None and time.monotonic() - asked_at > STOP_SECONDS:
                    self._end()
                continue
            if message is None:
                raise _ChildDiedError(self._obituary())
            if "answer" in message:
                return message["answer"]
            if "error" in message:
                raise WorkerError(message["error"])
            with contextlib.suppress(EventError):
                emit(event_from_json(message))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._end()
        for reader in self._readers:
            reader.join(TERMINATE_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _send(self, message: Mapping[str, object]) -> None:
        # A child that is gone shows by the end of its messages, which says more than the broken pipe.
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.write(json.dumps(message) + "\n")
                self._process.stdin.flush()

    def _end(self) -> None:
        """Terminate, and kill if that does not help."""
        self._process.terminate()
        try:
            self._process.wait(TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read_messages(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                self._messages.put(json.loads(line))
        self._process.wait()
        self._messages.put(None)

    def _read_stderr(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._stderr = (self._stderr + line)[-_STDERR_BYTES:]

    def _obituary(self) -> str:
        code = self._process.poll()
        if code == -signal.SIGKILL if hasattr(signal, "SIGKILL") else False:
            return (
                "The training process was killed by the system, most likely because memory ran out. "
                "Choose a smaller batch size or input size."
            )
        last = next((line for line in reversed(self._stderr.splitlines()) if line.strip()), "no message")
        return f"The training process ended unexpectedly (code {code}): {last}"


class _RunWatch:
    """Passes events on and remembers enough of them to close the folder of a run whose process died."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._epochs = 0
        self._began = time.monotonic()
        self._ended = False
        self.folder: str | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.folder = event.run
            case RunEnded():
                self._ended = True
            case _:
                self._epochs = max(self._epochs, getattr(event, "epoch", 1) - 1)
        self._emit(event)

    def died(self, message: str, *, stopped: bool) -> RunEnded | None:
        """Write and pass on the event that the child could not write any more."""
        if self.folder is None or self._ended:
            return None
        folder = Path(self.folder)
        end = RunEnded(
            outcome="stopped" if stopped else "failed",
            message="" if stopped else message,
            epochs=self._epochs,
            best_mean_iou=None,
            model=(folder / "model.keras").is_file(),
            seconds=time.monotonic() - self._began,
        )
        with contextlib.suppress(OSError):
            append_event(folder, end)
        self._emit(end)
        return end


def _own_command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker"]
    return [sys.executable, "-m", "segstudio", "worker"]


def _nobody(_event: Event) -> None:
    """Take an event that nobody wants."""


def _never() -> bool:
    return False
