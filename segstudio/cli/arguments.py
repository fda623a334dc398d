"""What can be said on the command line. What only the commands need is loaded with them."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from segstudio import __version__
from segstudio.cli.training_arguments import describe_find_rate, describe_suggest, describe_train

COMMAND_NAMES = (
    *("sample", "verify", "visualize", "statistics", "models", "suggest", "find-rate", "train", "predict", "evaluate"),
    *("convert", "demo", "self-test"),
)
_SPLITS = ("train", "val", "test")


class Commands(Protocol):
    """What argparse gives no public name: where commands are added to."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - as argparse has it
        """Add a command."""


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the words; ``command`` is None where the window is wanted. Exits with 2 where they make no sense."""
    if words and words[0] in COMMAND_NAMES:
        arguments = _commands().parse_args(words)
        if "check" in arguments:
            arguments.check(arguments)
        return arguments
    return _window().parse_args(words)


def _window() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segstudio",
        description="Semantic segmentation in one window: paint masks, train, look, correct, train again.",
        epilog=f"Without the window: segstudio COMMAND --help, with COMMAND one of: {', '.join(COMMAND_NAMES)}.",
    )
    parser.add_argument("dataset", nargs="?", type=Path, help="a dataset or a folder of pictures to open")
    parser.add_argument("--version", action="version", version=f"segstudio {__version__}")
    parser.set_defaults(command=None)
    return parser


def _commands() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="segstudio")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_sample(commands)
    _add_verify(commands)
    _add_visualize(commands)
    _add_statistics(commands)
    _json(commands.add_parser("models", help="list the architectures"))
    _add_suggest(commands)
    _add_find_rate(commands)
    _add_train(commands)
    _add_predict(commands)
    _add_evaluate(commands)
    _add_convert(commands)
    _add_demo(commands)
    commands.add_parser("self-test", help="open the window unseen, paint, train, predict")
    return parser


def _add_sample(commands: Commands) -> None:
    sample = commands.add_parser("sample", help="make the sample dataset")
    sample.add_argument("folder", type=Path, help="a new folder")


def _add_verify(commands: Commands) -> None:
    from segstudio.dataset.doctor.kinds import KINDS

    verify = commands.add_parser("verify", help="say what is wrong with a dataset")
    verify.add_argument("dataset", type=Path)
    verify.add_argument(
        "--mend",
        default=None,
        choices=["all", *KINDS],
        metavar="KIND",
        help="mend all problems of a kind that can be mended without loss; “all”: of every kind but unknown_id. "
        "What is replaced is kept beside",
    )
    _json(verify)


def _add_visualize(commands: Commands) -> None:
    from segstudio.learning.settings.augmentation import CHANGES, PRESETS

    visualize = commands.add_parser("visualize", help="write contact sheets: many overlays on one picture")
    visualize.add_argument("dataset", type=Path)
    visualize.add_argument("--split", default=None, choices=_SPLITS, help="all by default")
    visualize.add_argument("--count", type=int, default=24, help="how many pictures, spread evenly; 24 by default")
    visualize.add_argument(
        "--augment", default=None, choices=list(PRESETS), help="beside each, what training makes of it"
    )
    visualize.add_argument(
        "--change",
        nargs="+",
        default=[],
        metavar="NAME=STRENGTH",
        help=f"what differs from the preset, 0 (off) to 1: {', '.join(CHANGES)}",
    )
    visualize.add_argument("--seed", type=int, default=0, help="of the augmentation")
    _output(visualize, "the folder of the sheets, if not contact-sheets/ in the dataset")
    _json(visualize)


def _add_statistics(commands: Commands) -> None:
    from segstudio.dataset.statistics_tables import TABLES

    statistics = commands.add_parser("statistics", help="count pixels, pictures, classes that occur together, sizes")
    statistics.add_argument("dataset", type=Path)
    statistics.add_argument("--csv", action="store_true", help="print one table as CSV, and nothing else")
    statistics.add_argument(
        "--table", default="classes", choices=TABLES, help="which one with --csv; classes by default"
    )
    _json(statistics)


def _add_suggest(commands: Commands) -> None:
    suggest = commands.add_parser("suggest", help="propose settings for a dataset on this machine, and say why")
    describe_suggest(suggest)
    _output(suggest, "where the masks are, if not in the dataset")
    _json(suggest)


def _add_find_rate(commands: Commands) -> None:
    find_rate = commands.add_parser("find-rate", help="try learning rates and tell which one to take")
    describe_find_rate(find_rate)
    _output(find_rate, "where the masks are, if not in the dataset")
    _json(find_rate)


def _add_train(commands: Commands) -> None:
    train = commands.add_parser("train", help="train a model; Ctrl+C ends it with a usable model")
    describe_train(train)
    _output(train, "where runs/ is made, if not in the dataset")
    _json(train)


def _add_predict(commands: Commands) -> None:
    predict = commands.add_parser("predict", help="predict pictures with the model of a run")
    predict.add_argument("run", type=Path, help="a run's folder")
    predict.add_argument("pictures", type=Path, nargs="+", help="pictures, or folders of pictures")
    predict.add_argument("--output", type=Path, required=True, help="the folder of the predictions")
    _json(predict)


def _add_evaluate(commands: Commands) -> None:
    evaluate = commands.add_parser("evaluate", help="measure a run on a split of a dataset")
    evaluate.add_argument("run", type=Path, help="a run's folder")
    evaluate.add_argument("dataset", type=Path)
    evaluate.add_argument("--split", default="val", choices=_SPLITS)
    _output(evaluate, "where the masks are, if not in the dataset")
    _json(evaluate)


def _add_convert(commands: Commands) -> None:
    convert = commands.add_parser("convert", help="import pictures and annotations of another program, or export")
    convert.add_argument("source", type=Path, help="a folder; nothing in it is changed")
    convert.add_argument("destination", type=Path, help="a new folder")
    convert.add_argument("--from", dest="source_format", default=None, metavar="FORMAT", help="recognised by default")
    convert.add_argument("--to", dest="format", default="folders", metavar="FORMAT", help="folders by default")
    convert.add_argument(
        "--class", dest="class_name", default=None, metavar="NAME", help="the class that --to binary_masks shows"
    )
    convert.add_argument("--threshold", type=int, default=None, help="grey values from here on are object")
    convert.add_argument("--classes", type=Path, default=None, help="a file that names the classes")
    convert.add_argument(
        "--map", nargs="+", default=[], metavar="CLASS=NAME", help="what classes become; one name for several: merged"
    )
    convert.add_argument("--skip", nargs="+", default=[], metavar="CLASS", help="classes that are left out")
    convert.add_argument("--val", type=float, default=0.2, help="share of val where the source has no splits")
    convert.add_argument("--test", type=float, default=0.0, help="share of test where the source has no splits")
    convert.add_argument("--new-splits", action="store_true", help="do not keep the splits of the source")
    convert.add_argument("--group", default=None, metavar="REGEX", help="names that agree in this go into one split")
    convert.add_argument("--seed", type=int, default=0)
    convert.add_argument("--dry-run", action="store_true", help="say what would be imported, and write nothing")
    _json(convert)


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser("demo", help="the whole loop without a window: train, predict, evaluate, overlays")
    demo.add_argument("dataset", type=Path)
    demo.add_argument("--epochs", type=int, default=10)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the answer as JSON, and nothing else")


def _output(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--output", type=Path, default=None, help=what)
