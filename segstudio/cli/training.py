"""``segstudio train`` and ``segstudio find-rate``."""

import argparse
from pathlib import Path
from typing import Any

from segstudio.cli.console import progress, stop_by_keyboard, tell, tell_json
from segstudio.cli.training_settings import settings_of
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.config import TrainingConfig
from segstudio.learning.loading import load_tensorflow
from segstudio.learning.runs import open_run

_MOST_LINES = 20
_BAR = 30


def train(arguments: argparse.Namespace) -> int:
    """Train a model, or go on with a run."""
    answer = _resume(arguments.resume) if arguments.resume is not None else run_training(_settings(arguments))
    if arguments.json:
        tell_json(answer)
    else:
        best = answer["best_mean_iou"]
        tell(f"Run {answer['outcome']}: {answer['run']}" + ("" if best is None else f", best mean IoU {best:.4f}"))
    return 0


def find_rate(arguments: argparse.Namespace) -> int:
    """Try learning rates, small to large, and tell which one to take."""
    config = _settings(arguments)
    load_tensorflow()
    with progress("Trying learning rates") as show, stop_by_keyboard() as should_stop:
        from segstudio.learning.rate_finder import find_rate as search

        found: dict[str, Any] = search(config, emit=show, should_stop=should_stop).to_json()
    if should_stop():
        raise KeyboardInterrupt
    if arguments.json:
        tell_json(found)
    else:
        _tell_rates(found)
    return 0


def run_training(config: TrainingConfig) -> dict[str, Any]:
    """Train, with a progress bar; return how it ended."""
    load_tensorflow()
    with progress("Training") as show, stop_by_keyboard() as should_stop:
        from segstudio.learning.training import train as run

        return _answer(run(config, emit=show, should_stop=should_stop))


def _resume(folder: Path) -> dict[str, Any]:
    open_run(folder)  # what is no run need not wait for TensorFlow
    load_tensorflow()
    with progress("Training") as show, stop_by_keyboard() as should_stop:
        from segstudio.learning.training import resume

        return _answer(resume(folder.absolute(), emit=show, should_stop=should_stop))


def _settings(arguments: argparse.Namespace) -> TrainingConfig:
    # Opened here: what is no dataset need not wait for TensorFlow.
    output = None if arguments.output is None else arguments.output.absolute()
    return settings_of(arguments, with_found_classes(open_dataset(arguments.dataset.absolute(), output=output)))


def _answer(result: Any) -> dict[str, Any]:
    end = result.end
    return {
        "run": str(result.folder),
        "outcome": end.outcome,
        "epochs": end.epochs,
        "best_mean_iou": end.best_mean_iou,
        "seconds": end.seconds,
    }


def _tell_rates(found: dict[str, Any]) -> None:
    """Tell the losses as bars, not more than fit on a screen, and the rate that stands out."""
    pairs = list(zip(found["rates"], found["smoothed"], strict=False))
    some = pairs[:: max(1, -(-len(pairs) // _MOST_LINES))]
    highest = max((loss for _rate, loss in some), default=0.0) or 1.0
    for rate, loss in some:
        tell(f"{rate:9.2e}  loss {loss:8.4f}  {'#' * round(_BAR * max(loss, 0.0) / highest)}")
    tell(str(found["sentence"]))
    if found["suggestion"] is not None:
        tell(f"--learning-rate {found['suggestion']:.2g}")
