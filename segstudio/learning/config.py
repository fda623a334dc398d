"""The settings of a run: one value that can be checked, saved and used to do the run again."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from segstudio.errors import SegstudioError
from segstudio.learning.catalog import ARCHITECTURES, UNPRETRAINED, check_weights

Augmentation = Literal["none", "light"]
"""``light`` is crop, flip and blur, applied to image and mask alike."""

AUGMENTATIONS: tuple[Augmentation, ...] = get_args(Augmentation)

SMALLEST_SIDE = 32
LARGEST_SIDE = 4096


class ConfigError(SegstudioError):
    """A setting does not make sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """Everything that decides a run.

    Attributes:
        dataset: the dataset's folder.
        output: where ``runs/`` is made; None for the dataset's folder itself.
        run: the run's name, also its folder's; empty for the next free ``<architecture>-<number>``.
        architecture: a name from `catalog.ARCHITECTURES`.
        backbone: a name that fits the architecture.
        weights: what the backbone begins with: ``none``, ``imagenet``, or the path of a file.
        input_size: (height, width) in pixels that pictures are resized to for training.
        epochs: how often the training samples are gone through.
        batch_size: pictures a step.
        learning_rate: the peak of the schedule.
        augmentation: what is done to training pictures, see `Augmentation`.
        validation_fraction: how much of the train split is held out where there is no val split with masks.
        seed: makes shuffling, augmentation and initial weights repeatable; 0 to 4,294,967,295.

    Raises:
        ConfigError: a value is out of range; the message names it and says what is allowed.
    """

    dataset: Path
    output: Path | None = None
    run: str = ""
    architecture: str = "unet_mini"
    backbone: str = "custom"
    weights: str = UNPRETRAINED
    input_size: tuple[int, int] = (128, 128)
    epochs: int = 20
    batch_size: int = 4
    learning_rate: float = 1e-3
    augmentation: Augmentation = "light"
    validation_fraction: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            known = ", ".join(ARCHITECTURES)
            raise ConfigError(f"There is no architecture “{self.architecture}”. Choose one of: {known}.")
        fitting = ARCHITECTURES[self.architecture].backbones
        if self.backbone not in fitting:
            raise ConfigError(
                f"{self.architecture} does not go with the backbone “{self.backbone}”. "
                f"Choose one of: {', '.join(fitting)}."
            )
        if problem := check_weights(self.backbone, self.weights):
            raise ConfigError(problem)
        for name, value in zip(("height", "width"), self.input_size, strict=True):
            _check(f"input {name}", value, SMALLEST_SIDE, LARGEST_SIDE)
        _check("epochs", self.epochs, 1, 100_000)
        _check("batch size", self.batch_size, 1, 1024)
        _check("learning rate", self.learning_rate, 1e-7, 10.0)
        _check("validation fraction", self.validation_fraction, 0.0, 0.9)
        _check("seed", self.seed, 0, 2**32 - 1)
        if self.augmentation not in AUGMENTATIONS:
            raise ConfigError(
                f"There is no augmentation “{self.augmentation}”. Choose one of: {', '.join(AUGMENTATIONS)}."
            )
        if self.run and (not re.fullmatch(r"[^/\\:*?\"<>|\x00-\x1f]{1,100}", self.run) or self.run.startswith(".")):
            raise ConfigError(f"“{self.run}” cannot be the name of a run: it becomes a folder's name.")

    @property
    def runs(self) -> Path:
        """The folder in which the run's folder is made."""
        return (self.output or self.dataset) / "runs"

    def to_json(self) -> dict[str, object]:
        """Return the settings as plain data."""
        data = dataclasses.asdict(self)
        data["dataset"] = str(self.dataset)
        data["output"] = None if self.output is None else str(self.output)
        data["input_size"] = list(self.input_size)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "TrainingConfig":
        """Read what `to_json` wrote. Unknown settings (of a newer version) are left out.

        Raises:
            ConfigError: a value is missing, of the wrong kind or out of range.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        try:
            values["dataset"] = Path(str(values["dataset"]))
            values["output"] = None if values.get("output") is None else Path(str(values["output"]))
            if "input_size" in values:
                height, width = values["input_size"]  # type: ignore[misc]
                values["input_size"] = (int(height), int(width))  # type: ignore[has-type]
            return cls(**values)  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"These settings cannot be read: {error!r}.") from error


def parse_input_size(text: str) -> tuple[int, int]:
    """Read ``HEIGHTxWIDTH``, as Keras orders them.

    Raises:
        ConfigError: it is something else.
    """
    match = re.fullmatch(r"\s*(\d+)\s*[x×,]\s*(\d+)\s*", text)
    if match is None:
        raise ConfigError(f"“{text}” is not an input size. Write height x width, for example 128x128.")
    return int(match[1]), int(match[2])


def _check(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ConfigError(f"The {name} must be {low} to {high}. Received: {value}.")
