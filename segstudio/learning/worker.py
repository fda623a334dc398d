"""The child interpreter that owns TensorFlow: newline-JSON in on stdin, newline-JSON out on stdout.

Requests (one at a time): ``{"do": "warm_up"}``, ``{"do": "train", "config": …}``,
``{"do": "predict", "run": …, "images": […], "output": …, "overlays": …}``,
``{"do": "evaluate", "run": …, "dataset": …, "output": …, "split": …}``,
``{"do": "preview_augmentation", "config": …, "output": …, "count": …, "variants": …, "seed": …}``;
``{"do": "resume", "run": …}``, ``{"do": "find_rate", "config": …}``, ``{"do": "describe_device"}``;
at any time ``{"do": "stop"}``, ``{"do": "pause"}`` and ``{"do": "continue"}``.

Answers: events as `event_to_json` writes them, ``{"stopping": true}`` once a stop was noticed, then ``{"answer": …}``
or ``{"error": …}``. What cannot be read as a request is passed over.

It leaves when stdin closes, also in the middle of a training: without a parent nobody waits for the model.
"""

import contextlib
import json
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import Emit, Event, ShouldStop, event_to_json

if TYPE_CHECKING:
    from segstudio.learning.training import RunResult

_log = logging.getLogger(__name__)
_NICENESS = 5
_GRACE_SECONDS = 10.0


def serve() -> int:
    """Serve requests until stdin closes; return the exit code."""
    answers = _Answers(_take_stdout())
    _be_modest()
    requests: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
    stop = _Stop(answers)
    threading.Thread(target=_listen, args=(sys.stdin, requests, stop), daemon=True).start()
    while (request := requests.get()) is not None:
        answers.tell(_serve_one(request, answers, stop))
    return 0


class _Answers:
    """The way back to the parent; several threads use it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def tell(self, message: Mapping[str, object]) -> None:
        # A broken pipe: the parent is gone. stdin has closed as well, and `_listen` ends the process.
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._stream.write(json.dumps(message) + "\n")
            self._stream.flush()


class _Stop:
    """Whether the request under way was asked to stop or to wait. The parent is told once when a stop is noticed."""

    def __init__(self, answers: _Answers) -> None:
        self._answers = answers
        self._asked = threading.Event()
        self._noticed = threading.Event()
        self._paused = threading.Event()

    def ask(self) -> None:
        self._asked.set()

    def forget(self) -> None:
        self._asked.clear()
        self._noticed.clear()
        self._paused.clear()

    def pause(self, *, paused: bool) -> None:
        if paused:
            self._paused.set()
        else:
            self._paused.clear()

    def is_paused(self) -> bool:
        return self._paused.is_set()

    def __call__(self) -> bool:
        asked = self._asked.is_set()
        if asked and not self._noticed.is_set():
            self._noticed.set()
            self._answers.tell({"stopping": True})
        return asked


def _take_stdout() -> TextIO:
    """Keep stdout for the protocol and send everything else that is printed, by C++ too, to stderr."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return kept


def _be_modest() -> None:
    """Leave the window a core and the right of way, and Ctrl+C in a terminal to the program that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)


def _listen(source: TextIO, requests: "queue.Queue[Mapping[str, Any] | None]", stop: _Stop) -> None:
    for line in source:
        try:
            request = json.loads(line)
            do = request["do"]
        except (ValueError, KeyError, TypeError):
            _log.warning("not a request: %.200r", line)
            continue
        if do == "stop":
            stop.ask()
        elif do in ("pause", "continue"):
            stop.pause(paused=do == "pause")
        else:
            # Here, in the order of the lines: a stop that came before was meant for the request before.
            stop.forget()
            requests.put(request)
    stop.ask()
    requests.put(None)
    # The run above has a while to save what it has; then the process leaves in any case.
    timer = threading.Timer(_GRACE_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _serve_one(request: Mapping[str, Any], answers: _Answers, stop: _Stop) -> dict[str, object]:
    def emit(event: Event) -> None:
        answers.tell(event_to_json(event))

    try:
        return {"answer": _do(request, emit, stop)}
    except SegstudioError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - the top of this process: a defect must be told, not lost
        _log.exception("%s failed", request["do"])
        return {"error": f"{request['do']} failed unexpectedly: {type(error).__name__}: {error}"}


def _do(request: Mapping[str, Any], emit: Emit, should_stop: _Stop) -> object:
    if request["do"] == "preview_augmentation":
        return _preview_augmentation(request, emit, should_stop)  # without TensorFlow: there at once
    _load_tensorflow_once()
    match request["do"]:
        case "warm_up":
            from segstudio.learning import evaluation, training

            return [training.__name__, evaluation.__name__]
        case "train":
            from segstudio.learning.training import train

            config = TrainingConfig.from_json(request["config"])
            return _told(train(config, emit=emit, should_stop=should_stop, should_pause=should_stop.is_paused))
        case "resume":
            from segstudio.learning.training import resume

            run = Path(request["run"])
            return _told(resume(run, emit=emit, should_stop=should_stop, should_pause=should_stop.is_paused))
        case "find_rate":
            from segstudio.learning.rate_finder import find_rate

            config = TrainingConfig.from_json(request["config"])
            return find_rate(config, emit=emit, should_stop=should_stop).to_json()
        case "describe_device":
            from segstudio.learning.device import device_facts

            return device_facts()
        case "predict":
            return _predict(request, emit, should_stop)
        case "evaluate":
            return _evaluate(request, emit, should_stop)
        case other:
            raise SegstudioError(f"The worker does not know how to {other}.")


def _told(result: "RunResult") -> dict[str, object]:
    return {"folder": str(result.folder), "end": event_to_json(result.end)}


def _load_tensorflow_once() -> None:
    """Load TensorFlow and tell it how many threads it has; it takes that only before it has computed anything."""
    if "tensorflow" in sys.modules:
        return
    from segstudio.learning.loading import load_tensorflow

    load_tensorflow()
    from segstudio.learning.device import limit_threads

    limit_threads(max(1, (os.cpu_count() or 2) - 1))


def _preview_augmentation(
    request: Mapping[str, Any], emit: Emit, should_stop: ShouldStop
) -> list[tuple[str, list[str]]]:
    from segstudio.learning.augmentation_preview import write_preview

    rows = write_preview(
        TrainingConfig.from_json(request["config"]),
        Path(request["output"]),
        count=request["count"],
        variants=request["variants"],
        seed=request["seed"],
        emit=emit,
        should_stop=should_stop,
    )
    return [(name, [str(path) for path in pictures]) for name, pictures in rows]


def _predict(request: Mapping[str, Any], emit: Emit, should_stop: ShouldStop) -> list[str]:
    from segstudio.learning.prediction import predict_images

    overlays = request["overlays"]
    written = predict_images(
        Path(request["run"]),
        [Path(path) for path in request["images"]],
        Path(request["output"]),
        overlays=None if overlays is None else Path(overlays),
        emit=emit,
        should_stop=should_stop,
    )
    return [str(path) for path in written]


def _evaluate(request: Mapping[str, Any], emit: Emit, should_stop: ShouldStop) -> dict[str, object]:
    from segstudio.dataset.dataset import open_dataset
    from segstudio.dataset.statistics import with_found_classes
    from segstudio.learning.evaluation import evaluate_run

    dataset = with_found_classes(open_dataset(Path(request["dataset"]), output=Path(request["output"])))
    run = Path(request["run"])
    return evaluate_run(run, dataset, request["split"], emit=emit, should_stop=should_stop).to_json()
