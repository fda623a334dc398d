"""The settings of a run: one value that can be checked, saved and used to do the run again."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from segstudio.learning import recommended
from segstudio.learning.catalog import ARCHITECTURES, OWN, UNPRETRAINED, check_weights
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.settings.checks import ConfigError, check_choice, check_range
from segstudio.learning.settings.execution import ExecutionSettings
from segstudio.learning.settings.loss import LossSettings
from segstudio.learning.settings.optimization import OptimizationSettings
from segstudio.learning.settings.selection import SelectionSettings

Fit = Literal["resize", "crop"]

FITS: dict[Fit, str] = {
    "resize": "Whole pictures, resized",
    "crop": "Random crops at full resolution",
}
"""How pictures are brought to the input size, and the titles."""

SMALLEST_SIDE = 32
LARGEST_SIDE = 4096

_GROUPS: dict[str, Any] = {
    "augmentation": AugmentationSettings,
    "loss": LossSettings,
    "optimization": OptimizationSettings,
    "selection": SelectionSettings,
    "execution": ExecutionSettings,
}
_PATHS = ("dataset", "output", "model_file", "start_from")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """Everything that decides a run.

    Attributes:
        dataset: the dataset's folder.
        output: where ``runs/`` is made; None for the dataset's folder itself.
        run: the run's name, also its folder's; empty for the next free ``<architecture>-<number>``.
        architecture: a name from `catalog.ARCHITECTURES`, or ``own`` for the model of ``model_file``.
        backbone: a name that fits the architecture.
        weights: what the backbone begins with: ``none``, ``imagenet``, or the path of a file.
        model_file: a Python file with ``build(n_classes, input_shape)``, see `models.own`; only with ``own``.
        start_from: the folder of a run whose weights are taken over where they fit; None to begin anew.
        input_size: (height, width) in pixels of what the model is trained on.
        fit: how pictures are brought to that size: one of `FITS`.
        epochs: how often the training samples are gone through.
        frozen_epochs: the first epochs, in which the backbone's weights stay as they are.
        batch_size: pictures a step.
        learning_rate: the peak of the schedule.
        augmentation: what is done to training pictures.
        loss: what is made small.
        optimization: optimizer and schedule.
        selection: which epoch is kept, and when to give up.
        execution: how the device is used.
        validation_fraction: how much of the train split is held out where there is no val split with masks.
        seed: makes shuffling, augmentation and initial weights repeatable; 0 to 4,294,967,295.

    Raises:
        ConfigError: a value is out of range; the message names it and says what is allowed.
    """

    dataset: Path
    output: Path | None = None
    run: str = ""
    architecture: str = recommended.ARCHITECTURE
    backbone: str = recommended.BACKBONE
    weights: str = UNPRETRAINED
    model_file: Path | None = None
    start_from: Path | None = None
    input_size: tuple[int, int] = (128, 128)
    fit: Fit = "resize"
    epochs: int = 20
    frozen_epochs: int = 0
    batch_size: int = recommended.BATCH_SIZE
    learning_rate: float = recommended.LEARNING_RATE
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    loss: LossSettings = field(default_factory=LossSettings)
    optimization: OptimizationSettings = field(default_factory=OptimizationSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    execution: ExecutionSettings = field(default_factory=ExecutionSettings)
    validation_fraction: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_model()
        for name, value in zip(("height", "width"), self.input_size, strict=True):
            check_range(f"input {name}", value, SMALLEST_SIDE, LARGEST_SIDE)
        check_choice("fit", self.fit, FITS)
        check_range("epochs", self.epochs, 1, 100_000)
        check_range("epochs with a frozen backbone", self.frozen_epochs, 0, 100_000)
        check_range("batch size", self.batch_size, 1, 1024)
        check_range("learning rate", self.learning_rate, 1e-7, 10.0)
        check_range("validation fraction", self.validation_fraction, 0.0, 0.9)
        check_range("seed", self.seed, 0, 2**32 - 1)
        if self.run and (not re.fullmatch(r"[^/\\:*?\"<>|\x00-\x1f]{1,100}", self.run) or self.run.startswith(".")):
            raise ConfigError(f"“{self.run}” cannot be the name of a run: it becomes a folder's name.")

    @property
    def runs(self) -> Path:
        """The folder in which the run's folder is made."""
        return (self.output or self.dataset) / "runs"

    @property
    def model_name(self) -> str:
        """What is trained, in a word: the architecture, or the name of the model's own file."""
        return self.architecture if self.model_file is None else self.model_file.stem

    def to_json(self) -> dict[str, object]:
        """Return the settings as plain data."""
        data = dataclasses.asdict(self)
        for name in _PATHS:
            data[name] = None if data[name] is None else str(data[name])
        data["input_size"] = list(self.input_size)
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "TrainingConfig":
        """Read what `to_json` wrote, in this version or an older one. Unknown settings (of a newer one) are left out.

        Raises:
            ConfigError: a value is missing, of the wrong kind or out of range.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        values: dict[str, Any] = {name: value for name, value in data.items() if name in known}
        try:
            values["dataset"] = str(values["dataset"])
            for name in _PATHS:
                values[name] = None if values.get(name) is None else Path(str(values[name]))
            if "input_size" in values:
                height, width = values["input_size"]
                values["input_size"] = (int(height), int(width))
            for name, group in _GROUPS.items():
                if name in values:
                    values[name] = group.from_json(values[name])
            return cls(**values)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"These settings cannot be read: {error!r}.") from error

    def _check_model(self) -> None:
        if self.architecture == OWN:
            if self.model_file is None:
                raise ConfigError("An own model needs its Python file. Choose one, or one of the architectures.")
            return
        if self.model_file is not None:
            raise ConfigError(f"{self.model_file} is an own model. Choose the architecture “{OWN}” to train it.")
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


def parse_input_size(text: str) -> tuple[int, int]:
    """Read ``HEIGHTxWIDTH``, as Keras orders them.

    Raises:
        ConfigError: it is something else.
    """
    match = re.fullmatch(r"\s*(\d+)\s*[x×,]\s*(\d+)\s*", text)
    if match is None:
        raise ConfigError(f"“{text}” is not an input size. Write height x width, for example 128x128.")
    return int(match[1]), int(match[2])
