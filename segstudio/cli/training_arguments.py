"""What can be said to ``train``, ``find-rate`` and ``suggest``. Settings that were not said are None."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from segstudio.errors import SegstudioError

_TRAIN_EXAMPLES = """examples:
  segstudio train DATASET
  segstudio train DATASET --architecture unet --backbone mobilenet_v2 --weights imagenet --input-size 256x256
  segstudio train DATASET --loss cross_entropy_dice --class-weights median_frequency --patience 10
  segstudio train DATASET --class-weights car=5 person=3 --augmentation light --change rotation=0.5 blur=0
  segstudio train DATASET --start-from DATASET/runs/unet-1 --frozen-epochs 5
  segstudio train DATASET --model-file my_net.py
  segstudio train --resume DATASET/runs/unet-1
"""
_RATE_EXAMPLES = """examples:
  segstudio find-rate DATASET
  segstudio find-rate DATASET --architecture unet --optimizer sgd --json
"""
_SUGGEST_EXAMPLES = """examples:
  segstudio suggest DATASET
  segstudio suggest DATASET --cpu --json
"""


class Adds(Protocol):
    """What argparse gives no public name: where arguments are added to, a parser or a group of it."""

    def add_argument(self, *names: str, **words: Any) -> argparse.Action:
        """Add an argument."""


def describe_train(train: argparse.ArgumentParser) -> None:
    """Add all that ``train`` understands."""
    _with_examples(train, _TRAIN_EXAMPLES)
    train.add_argument("dataset", type=Path, nargs="?", help="its folder; left out with --resume")
    train.add_argument(
        "--resume", type=Path, metavar="RUN", help="go on with a run that was stopped or killed, by its own settings"
    )
    settings = _add_settings(train)
    running = train.add_argument_group("running")
    settings |= _add(running, "--run", help="the run's name; the next free one by default")
    train.set_defaults(check=lambda arguments: _check_train(train, arguments, settings))


def describe_find_rate(find_rate: argparse.ArgumentParser) -> None:
    """Add all that ``find-rate`` understands."""
    _with_examples(find_rate, _RATE_EXAMPLES)
    find_rate.add_argument("dataset", type=Path)
    _add_settings(find_rate)


def describe_suggest(suggest: argparse.ArgumentParser) -> None:
    """Add all that ``suggest`` understands."""
    _with_examples(suggest, _SUGGEST_EXAMPLES)
    suggest.add_argument("dataset", type=Path)
    suggest.add_argument("--cpu", action="store_true", help="propose for the processor, without looking for a GPU")


def _with_examples(parser: argparse.ArgumentParser, examples: str) -> None:
    parser.epilog = examples
    parser.formatter_class = argparse.RawDescriptionHelpFormatter


def _add_settings(parser: argparse.ArgumentParser) -> set[str]:
    """Add every setting of a run, in the groups of the form; return what they are called."""
    return (
        _add_model(parser.add_argument_group("model"))
        | _add_pictures(parser.add_argument_group("pictures"))
        | _add_training(parser.add_argument_group("training"))
        | _add_loss(parser.add_argument_group("loss"))
        | _add_running(parser.add_argument_group("stopping and running"))
    )


def _add_model(group: Adds) -> set[str]:
    from segstudio.learning.catalog import ARCHITECTURES, BACKBONES, LEGACY_NAMES, OWN

    names = list({**ARCHITECTURES, **LEGACY_NAMES, OWN: None})
    return (
        _add(
            group,
            "--architecture",
            choices=names,
            metavar="NAME",
            help="see segstudio models; unet_separable by default",
        )
        | _add(group, "--backbone", choices=list(BACKBONES), metavar="NAME", help="the usual one by default")
        | _add(group, "--weights", help="none, imagenet, or a file of the backbone's weights; none by default")
        | _add(
            group, "--model-file", type=Path, metavar="FILE", help="a Python file with build(n_classes, input_shape)"
        )
        | _add(group, "--start-from", type=Path, metavar="RUN", help="take over the weights of a run where they fit")
        | _add(group, "--frozen-epochs", type=int, metavar="N", help="epochs at the start with a frozen backbone")
    )


def _add_pictures(group: Adds) -> set[str]:
    from segstudio.learning.config import FITS
    from segstudio.learning.settings.augmentation import CHANGES, PRESETS

    return (
        _add(group, "--input-size", type=_size, metavar="HEIGHTxWIDTH", help="128x128 by default")
        | _add(group, "--fit", choices=list(FITS), help=_told(FITS))
        | _add(group, "--augmentation", choices=list(PRESETS), help="a preset; light by default")
        | _add(
            group,
            "--change",
            nargs="+",
            metavar="NAME=STRENGTH",
            help=f"single changes, 0 to 1, that differ from the preset: {', '.join(CHANGES)}",
        )
    )


def _add_training(group: Adds) -> set[str]:
    from segstudio.learning.settings.optimization import OPTIMIZERS, SCHEDULES

    return (
        _add(group, "--epochs", type=int, metavar="N", help="20 by default")
        | _add(group, "--batch-size", type=int, metavar="N", help="4 by default")
        | _add(group, "--learning-rate", type=float, metavar="RATE", help="the highest; 0.001 by default")
        | _add(group, "--optimizer", choices=list(OPTIMIZERS), help="adamw by default")
        | _add(group, "--weight-decay", type=float, metavar="X", help="0.0001 by default")
        | _add(group, "--momentum", type=float, metavar="X", help="of sgd; 0.9 by default")
        | _add(group, "--schedule", choices=list(SCHEDULES), help=_told(SCHEDULES))
        | _add(group, "--warm-up", type=float, metavar="SHARE", help="of the run, 0 to 0.9; 0.08 by default")
        | _add(group, "--accumulate", type=int, metavar="N", help="average the gradients of so many batches")
    )


def _add_loss(group: Adds) -> set[str]:
    from segstudio.learning.settings.loss import CLASS_WEIGHTINGS, LOSSES

    words = [word for word in CLASS_WEIGHTINGS if word != "by_hand"]
    return (
        _add(group, "--loss", choices=list(LOSSES), help="cross_entropy by default")
        | _add(group, "--focus", type=float, metavar="GAMMA", help="of the focal loss; 2 by default")
        | _add(
            group,
            "--class-weights",
            nargs="+",
            metavar="WORD",
            help=f"{', '.join(words)}, or CLASS=WEIGHT for some classes (by name or id; the others weigh 1)",
        )
    )


def _add_running(group: Adds) -> set[str]:
    from segstudio.learning.settings.execution import PRECISIONS
    from segstudio.learning.settings.selection import CRITERIA

    return (
        _add(group, "--criterion", choices=list(CRITERIA), help="what makes an epoch the best; mean_iou by default")
        | _add(group, "--patience", type=int, metavar="N", help="end after so many epochs without a better one")
        | _add(group, "--precision", choices=list(PRECISIONS), help=_told(PRECISIONS))
        | _add(group, "--xla", action="store_const", const=True, help="compile the steps with XLA")
        | _add(group, "--workers", type=int, metavar="N", help="augmenting processes; as needed by default, 0 for none")
        | _add(group, "--tensorboard", action="store_const", const=True, help="write event files for TensorBoard too")
        | _add(group, "--validation-fraction", type=float, metavar="SHARE", help="held out where val has no masks; 0.2")
        | _add(group, "--seed", type=int, metavar="N", help="0 by default")
    )


def _add(group: Adds, name: str, **words: Any) -> set[str]:
    """Add a setting; return what it is called."""
    return {group.add_argument(name, default=None, **words).dest}


def _told(titles: Mapping[Any, str]) -> str:
    return "; ".join(f"{word}: {title[0].lower()}{title[1:]}" for word, title in titles.items())


def _check_train(train: argparse.ArgumentParser, arguments: argparse.Namespace, settings: set[str]) -> None:
    """Leave with 2 where the words contradict each other."""
    if arguments.resume is None:
        if arguments.dataset is None:
            train.error("the following arguments are required: dataset")
        return
    said = sorted(name for name in settings if getattr(arguments, name) is not None)
    if arguments.dataset is not None or arguments.output is not None:
        train.error("--resume goes on with a run where it is: say neither a dataset nor --output")
    if said:
        train.error(f"--resume goes by the run's own settings: leave out --{said[0].replace('_', '-')}")


def _size(text: str) -> tuple[int, int]:
    from segstudio.learning.config import parse_input_size

    try:
        return parse_input_size(text)
    except SegstudioError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
