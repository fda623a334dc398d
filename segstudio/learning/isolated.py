"""Training and prediction in a child interpreter, by the same signatures as in this one. Loads no TensorFlow.

Why: importing TensorFlow freezes a window for a second, leaving while a thread trains aborts the process, and a hang
or an out-of-memory kill would take unsaved strokes along. None of it reaches the parent from here.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segstudio.dataset.dataset import Split
from segstudio.errors import SegstudioError
from segstudio.learning.child import Child, ChildDiedError, ChildStoppedError, Patience, WorkerError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import (
    Emit,
    EpochEnded,
    Event,
    Outcome,
    RunEnded,
    RunPreparing,
    RunStarted,
    ShouldPause,
    ShouldStop,
    event_from_json,
)
from segstudio.learning.runs import MODEL_FILE, append_event

_POLL_SECONDS = 0.05


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class IsolatedResult:
    """What a training in the worker leaves: its folder (None if it was stopped before it had one), and how it ended."""

    folder: Path | None
    end: RunEnded


class Worker:
    """A child interpreter that trains and predicts, one request at a time; started when first needed.

    Args:
        command: how to start it; by default this program's own ``worker`` command.
        patience: how long it may take to stop.
    """

    def __init__(self, command: Sequence[str] | None = None, *, patience: Patience | None = None) -> None:
        self._command = list(command) if command else _own_command()
        self._patience = patience or Patience()
        self._one_at_a_time = threading.Lock()
        self._changing = threading.Lock()
        self._closed = False
        self._child: Child | None = None

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

    def train(
        self, config: TrainingConfig, *, emit: Emit, should_stop: ShouldStop, should_pause: ShouldPause = _never
    ) -> IsolatedResult:
        """Train as `learning.training.train` does.

        Raises:
            WorkerError: the training failed, or the child died; the run's folder says so too.
        """
        request = {"do": "train", "config": config.to_json()}
        return self._train(request, emit=emit, should_stop=should_stop, should_pause=should_pause)

    def resume(
        self, run_folder: Path, *, emit: Emit, should_stop: ShouldStop, should_pause: ShouldPause = _never
    ) -> IsolatedResult:
        """Go on with a run as `learning.training.resume` does.

        Raises:
            WorkerError: as `train`.
        """
        request = {"do": "resume", "run": str(run_folder)}
        return self._train(request, emit=emit, should_stop=should_stop, should_pause=should_pause)

    def find_rate(self, config: TrainingConfig, *, emit: Emit, should_stop: ShouldStop) -> dict[str, Any] | None:
        """Find a learning rate as `learning.rate_finder.find_rate` does; None where it had to be made to stop.

        Raises:
            WorkerError: as there, or the child died.
        """
        try:
            answer: dict[str, Any] = self._ask(
                {"do": "find_rate", "config": config.to_json()}, emit=emit, should_stop=should_stop
            )
        except ChildStoppedError:
            return None
        return answer

    def describe_device(self, *, emit: Emit, should_stop: ShouldStop) -> dict[str, Any]:
        """Return `learning.device.device_facts` of where trainings run.

        Raises:
            WorkerError: the child died or had to be made to stop.
        """
        answer: dict[str, Any] = self._ask({"do": "describe_device"}, emit=emit, should_stop=should_stop)
        return answer

    def _train(
        self, request: Mapping[str, object], *, emit: Emit, should_stop: ShouldStop, should_pause: ShouldPause
    ) -> IsolatedResult:
        watch = _RunWatch(emit)
        try:
            answer = self._ask(request, emit=watch, should_stop=should_stop, should_pause=should_pause)
        except ChildStoppedError:
            return IsolatedResult(watch.folder, watch.close("stopped", ""))
        except ChildDiedError as error:
            watch.close("failed", str(error))
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
        """Predict as `learning.prediction.predict_images` does; nothing is returned where it had to be made to stop.

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
        try:
            return [Path(path) for path in self._ask(request, emit=emit, should_stop=should_stop)]
        except ChildStoppedError:
            return []

    def evaluate_run(
        self, run_folder: Path, dataset: Path, split: Split, *, output: Path, emit: Emit, should_stop: ShouldStop
    ) -> dict[str, Any]:
        """Measure as `learning.evaluation.evaluate_run` does; the answer is `Evaluation.to_json`.

        Raises:
            WorkerError: as there, or the child died or had to be made to stop.
        """
        request = {
            "do": "evaluate",
            "run": str(run_folder),
            "dataset": str(dataset),
            "output": str(output),
            "split": split,
        }
        answer: dict[str, Any] = self._ask(request, emit=emit, should_stop=should_stop)
        return answer

    def preview_augmentation(
        self,
        config: TrainingConfig,
        output: Path,
        *,
        count: int,
        variants: int,
        seed: int,
        emit: Emit,
        should_stop: ShouldStop,
    ) -> list[tuple[str, list[Path]]]:
        """Write pictures as `learning.augmentation_preview.write_preview` does; nothing where it was made to stop.

        Raises:
            WorkerError: as there, or the child died.
        """
        request = {
            "do": "preview_augmentation",
            "config": config.to_json(),
            "output": str(output),
            "count": count,
            "variants": variants,
            "seed": seed,
        }
        try:
            rows = self._ask(request, emit=emit, should_stop=should_stop)
        except ChildStoppedError:
            return []
        return [(name, [Path(path) for path in pictures]) for name, pictures in rows]

    def close(self) -> None:
        """End the child for good: its stdin closes, then it is made to leave. A request under way fails."""
        with self._changing:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.close()

    def _ask(
        self,
        request: Mapping[str, object],
        *,
        emit: Emit,
        should_stop: ShouldStop,
        should_pause: ShouldPause = _never,
    ) -> Any:
        while not self._one_at_a_time.acquire(timeout=_POLL_SECONDS):
            if should_stop():
                raise ChildStoppedError("Stopped before it began.")
        try:
            child = self._living_child()
            try:
                return child.ask(request, emit=emit, should_stop=should_stop, should_pause=should_pause)
            except WorkerError:
                raise
            except BaseException:
                # The listener failed. The child is still at it, and its answer would be taken for the next one's.
                self._child = None
                child.close()
                raise
        finally:
            self._one_at_a_time.release()

    def _living_child(self) -> Child:
        with self._changing:
            if self._closed:
                raise WorkerError("The training process was closed with the window.")
            if self._child is not None and not self._child.alive:
                self._child.close()
                self._child = None
            if self._child is None:
                self._child = Child(self._command, self._patience)
            return self._child


class _RunWatch:
    """Passes events on and remembers enough of them to close the folder of a run whose process is gone."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._epochs = 0
        self._best: float | None = None
        self._began = time.monotonic()
        self._end: RunEnded | None = None
        self.folder: Path | None = None

    def __call__(self, event: Event) -> None:
        match event:
            case RunPreparing() | RunStarted() if event.run:
                self.folder = Path(event.run)
            case EpochEnded():
                self._epochs = event.epoch
                if event.best:
                    self._best = (event.val or event.train).mean_iou
            case RunEnded():
                self._end = event
        self._emit(event)

    def close(self, outcome: Outcome, message: str) -> RunEnded:
        """Write and pass on the last event, which the child could not write any more; return it."""
        if self._end is not None:
            return self._end
        end = RunEnded(
            outcome,
            message,
            self._epochs,
            self._best,
            model=self.folder is not None and (self.folder / MODEL_FILE).is_file(),
            seconds=time.monotonic() - self._began,
        )
        if self.folder is not None:
            with contextlib.suppress(OSError):
                append_event(self.folder, end)
        self._emit(end)
        return end


def _own_command() -> list[str]:
    if getattr(sys, "frozen", False):
        return [sys.executable, "worker"]
    return [sys.executable, "-m", "segstudio", "worker"]


def _nobody(_event: Event) -> None:
    """Take an event that nobody wants."""
