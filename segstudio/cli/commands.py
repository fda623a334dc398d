"""The commands. TensorFlow is imported only by those that need it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segstudio.cli.console import progress, stop_by_keyboard, tell, tell_json
from segstudio.dataset.dataset import Dataset, DatasetError, find_images, open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.catalog import ARCHITECTURES, BACKBONES, LEGACY_NAMES
from segstudio.learning.config import TrainingConfig
from segstudio.learning.loading import load_tensorflow
from segstudio.learning.runs import open_run

_OVERLAYS = "overlays"


def sample(arguments: argparse.Namespace) -> int:
    """Make the sample dataset."""
    from segstudio.dataset.synthetic import make_sample_dataset

    make_sample_dataset(arguments.folder)
    tell(f"The sample dataset is in {arguments.folder}")
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Say what is wrong with a dataset, and mend it if asked; 1 if something would break training."""
    from segstudio.cli.verifying import verify_dataset

    return verify_dataset(arguments)


def visualize(arguments: argparse.Namespace) -> int:
    """Write contact sheets."""
    from segstudio.cli.visualizing import visualize as write_sheets

    return write_sheets(arguments)


def statistics(arguments: argparse.Namespace) -> int:
    """Tell how the pixels, classes and sizes of a dataset are shared out."""
    from segstudio.cli.counting import statistics as tell_statistics

    return tell_statistics(arguments)


def models(arguments: argparse.Namespace) -> int:
    """List the architectures."""
    if arguments.json:
        tell_json(
            {
                "models": [entry.to_json() for entry in ARCHITECTURES.values()],
                "backbones": [entry.to_json() for entry in BACKBONES.values()],
                "legacy_names": {name: list(pair) for name, pair in LEGACY_NAMES.items()},
            }
        )
        return 0
    for entry in ARCHITECTURES.values():
        tell(f"{entry.name:20} {entry.title:12} {entry.advice}")
        for backbone in entry.backbones:
            tell(f"    {backbone:20} {entry.size(backbone).parameters(2) / 1e6:6.1f} million parameters")
    tell("\nBackbones")
    for name, about in BACKBONES.items():
        tell(f"{name:20} {about.title:20} {about.advice}")
    tell("\nNames of keras_segmentation that are understood as well")
    for legacy, pair in LEGACY_NAMES.items():
        tell(f"{legacy:20} {' on '.join(pair)}")
    return 0


def suggest(arguments: argparse.Namespace) -> int:
    """Propose settings."""
    from segstudio.cli.suggesting import suggest as propose

    return propose(arguments)


def find_rate(arguments: argparse.Namespace) -> int:
    """Try learning rates."""
    from segstudio.cli.training import find_rate as try_rates

    return try_rates(arguments)


def train(arguments: argparse.Namespace) -> int:
    """Train a model."""
    from segstudio.cli.training import train as run

    return run(arguments)


def predict(arguments: argparse.Namespace) -> int:
    """Predict pictures; overlays go to a folder beside."""
    images = find_images(arguments.pictures)
    if not images:
        folders = ", ".join(str(folder) for folder in arguments.pictures)
        raise DatasetError(f"There is no picture in {folders}. Choose pictures, or a folder with pictures in it.")
    written = _predict(arguments.run, images, arguments.output)
    if arguments.json:
        tell_json({"predictions": [str(path) for path in written]})
    else:
        tell(f"{len(written)} predictions are in {arguments.output}, overlays in {_overlays(arguments.output)}")
    return 0


def evaluate(arguments: argparse.Namespace) -> int:
    """Measure a run."""
    answer = _evaluate(arguments.run, _open(arguments.dataset, arguments.output), arguments.split)
    if arguments.json:
        tell_json(answer)
    else:
        _tell_figures(answer)
    return 0


def convert(arguments: argparse.Namespace) -> int:
    """Convert a dataset from one format to another; 1 if something was left out."""
    from segstudio.cli.converting import convert as from_one_to_another

    return from_one_to_another(arguments)


def demo(arguments: argparse.Namespace) -> int:
    """Go through the whole loop without a window, and say where to look."""
    dataset = _open(arguments.dataset, None)
    from segstudio.cli.training import run_training

    answer = run_training(TrainingConfig(dataset=dataset.root, epochs=arguments.epochs))
    run = Path(str(answer["run"]))
    split = "val" if dataset.labelled("val") else "train"
    output = dataset.predictions / run.name / split
    _predict(run, [sample.image for sample in dataset.of_split(split)], output)  # type: ignore[arg-type] # literals
    figures = _evaluate(run, dataset, split)
    tell(f"Trained, predicted and measured: mean IoU {figures['mean_iou']:.4f} on {split}.")
    tell(f"The run (model, curves, settings): {run}")
    tell(f"Overlays of the predictions:       {_overlays(output)}")
    return 0


def self_test(_arguments: argparse.Namespace) -> int:
    """Use the whole program once, unseen."""
    from segstudio.selftest import self_test as use_everything

    use_everything()
    tell("All is well.")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "sample": sample,
    "verify": verify,
    "visualize": visualize,
    "statistics": statistics,
    "models": models,
    "suggest": suggest,
    "find-rate": find_rate,
    "train": train,
    "predict": predict,
    "evaluate": evaluate,
    "convert": convert,
    "demo": demo,
    "self-test": self_test,
}


def _open(folder: Path, output: Path | None) -> Dataset:
    return with_found_classes(open_dataset(folder, output=output))


def _predict(run: Path, images: list[Path], output: Path) -> list[Path]:
    open_run(run)
    load_tensorflow()
    with progress("Predicting") as show, stop_by_keyboard() as should_stop:
        from segstudio.learning.prediction import predict_images

        written = predict_images(run, images, output, overlays=_overlays(output), emit=show, should_stop=should_stop)
        _leave_if_asked(should_stop)
        return written


def _evaluate(run: Path, dataset: Dataset, split: str) -> dict[str, object]:
    open_run(run)
    load_tensorflow()
    with progress("Evaluating") as show, stop_by_keyboard() as should_stop:
        from segstudio.learning.evaluation import evaluate_run

        figures = evaluate_run(run, dataset, split, emit=show, should_stop=should_stop)  # type: ignore[arg-type]
        _leave_if_asked(should_stop)
        return figures.to_json()


def _tell_figures(answer: dict[str, Any]) -> None:
    """Tell what `Evaluation.to_json` returned."""
    tell(f"{answer['split']}: mean IoU {answer['mean_iou']:.4f}, pixel accuracy {answer['pixel_accuracy']:.4f}")
    tell(
        f"  mean Dice {answer['mean_dice']:.4f}, class accuracy {answer['class_accuracy']:.4f}, "
        f"IoU by frequency {answer['frequency_weighted_iou']:.4f}"
    )
    columns = [answer[name] for name in ("class_iou", "class_dice", "class_recall")]
    tell(f"  {'class':24} {'IoU':>8} {'Dice':>8} {'recall':>8}")
    for name in columns[0]:
        tell(f"  {name:24} {' '.join(_cell(column[name]) for column in columns)}")


def _cell(figure: float | None) -> str:
    return f"{'–' if figure is None else f'{figure:.4f}':>8}"


def _leave_if_asked(should_stop: Callable[[], bool]) -> None:
    """Half an answer must not be taken for the whole."""
    if should_stop():
        raise KeyboardInterrupt


def _overlays(output: Path) -> Path:
    output = output.absolute()
    return output.parent / f"{output.name}-{_OVERLAYS}"
