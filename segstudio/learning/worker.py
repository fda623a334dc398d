"""The child interpreter that owns TensorFlow: newline-JSON in on stdin, newline-JSON out on stdout.

Requests (one at a time): ``{"do": "warm_up"}``, ``{"do": "train", "config": …}``,
``{"do": "predict", "run": …, "images": […], "output": …, "overlays": …}``,
``{"do": "evaluate", "run": …, "dataset": …, "output": …, "split": …}``; at any time ``{"do": "stop"}``.

Answers: events as `event_to_json` writes them, then ``{"answer": …}`` or ``{"error": …}``.

It leaves when stdin closes, also in the middle of a training: without a parent nobody waits for the model.
"""

import json
import logging
import os
import queue
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from segstudio.errors import SegstudioError
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import Event, event_to_json

_log = logging.getLogger(__name__)
_NICENESS = 5
_GRACE_SECONDS = 10.0


def serve() -> int:
    """Serve requests until stdin closes; return the exit code."""
    answers = _take_stdout()
    _be_modest()
    requests: queue.Queue[Mapping[str, Any] | None] = queue.Queue()
    stopping = threading.Event()
    threading.Thread(target=_listen, args=(sys.stdin, requests, stopping), daemon=True).start()
    while (request := requests.get()) is not None:
        # A stop that came between two requests was meant for the one before.
        stopping.clear()
        _tell(answers, _serve_one(request, answers, stopping))
    return 0


def _take_stdout() -> TextIO:
    """Keep stdout for the protocol and send everything else that is printed, by C++ too, to stderr."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return kept


def _be_modest() -> None:
    """Leave the window a core and the right of way."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)


def _listen(source: TextIO, requests: "queue.Queue[Mapping[str, Any] | None]", stopping: threading.Event) -> None:
    for line in source:
        request = json.loads(line)
        if request["do"] == "stop":
            stopping.set()
        else:
            requests.put(request)
    stopping.set()
    requests.put(None)
    # The run above has a while to save what it has; then the process leaves in any case.
    timer = threading.Timer(_GRACE_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _serve_one(request: Mapping[str, Any], answers: TextIO, stopping: threading.Event) -> dict[str, object]:
    def emit(event: Event) -> None:
        _tell(answers, event_to_json(event))

    try:
        return {"answer": _do(request, emit, stopping)}
    except SegstudioError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - the top of this process: a defect must be told, not lost
        _log.exception("%s failed", request["do"])
        return {"error": f"{request['do']} failed unexpectedly: {type(error).__name__}: {error}"}


def _do(request: Mapping[str, Any], emit: Any, stopping: threading.Event) -> object:
    from segstudio.learning.device import limit_threads

    if not _Limited.done:
        limit_threads(max(1, (os.cpu_count() or 2) - 1))
        _Limited.done = True
    match request["do"]:
        case "warm_up":
            from segstudio.learning import evaluation, training

            return [training.__name__, evaluation.__name__]
        case "train":
            from segstudio.learning.events import event_to_json
            from segstudio.learning.training import train

            result = train(TrainingConfig.from_json(request["config"]), emit=emit, should_stop=stopping.is_set)
            return {"folder": str(result.folder), "end": event_to_json(result.end)}
        case "predict":
            return _predict(request, emit, stopping)
        case "evaluate":
            return _evaluate(request, emit, stopping)
        case other:
            raise SegstudioError(f"The worker does not know how to {other}.")


class _Limited:
    """Whether TensorFlow was told how many threads it has; it takes that only once."""

    done = False


def _predict(request: Mapping[str, Any], emit: Any, stopping: threading.Event) -> list[str]:
    from segstudio.learning.prediction import predict_images

    overlays = request["overlays"]
    written = predict_images(
        Path(request["run"]),
        [Path(path) for path in request["images"]],
        Path(request["output"]),
        overlays=None if overlays is None else Path(overlays),
        emit=emit,
        should_stop=stopping.is_set,
    )
    return [str(path) for path in written]


def _evaluate(request: Mapping[str, Any], emit: Any, stopping: threading.Event) -> dict[str, object]:
    from segstudio.dataset.dataset import open_dataset
    from segstudio.learning.evaluation import evaluate_run

    dataset = open_dataset(Path(request["dataset"]), output=Path(request["output"]))
    return evaluate_run(
        Path(request["run"]), dataset, request["split"], emit=emit, should_stop=stopping.is_set
    ).to_json()


def _tell(answers: TextIO, message: Mapping[str, object]) -> None:
    try:
        answers.write(json.dumps(message) + "\n")
        answers.flush()
    except BrokenPipeError:
        # The parent is gone; stdin has closed as well, and `_listen` ends the process.
        return
