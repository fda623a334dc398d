"""How the device is used; none of it is meant to change what is learned."""

from dataclasses import dataclass
from typing import Literal

from segstudio.learning.settings.checks import check_choice, check_range, from_plain

Precision = Literal["auto", "float32", "mixed"]

PRECISIONS: dict[Precision, str] = {
    "auto": "As the device gains",
    "float32": "Full: float32",
    "mixed": "Mixed: float16 and float32",
}
"""The precisions of a training, and their titles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSettings:
    """How the device is used.

    Attributes:
        precision: one of `PRECISIONS`; ``auto`` is mixed on a GPU with tensor cores, else full.
        xla: compile the steps with XLA; the first batches take longer, the others less.
        workers: processes that augment; None for as many as the machine and the work call for, 0 for none.
        tensorboard: write event files for TensorBoard beside the run's own.

    Raises:
        ConfigError: a value is out of range.
    """

    precision: Precision = "auto"
    xla: bool = False
    workers: int | None = None
    tensorboard: bool = False

    def __post_init__(self) -> None:
        check_choice("precision", self.precision, PRECISIONS)
        if self.workers is not None:
            check_range("number of augmenting processes", self.workers, 0, 256)

    @classmethod
    def from_json(cls, data: object) -> "ExecutionSettings":
        """Read what ``dataclasses.asdict`` wrote.

        Raises:
            ConfigError, TypeError: it makes no sense.
        """
        return from_plain(cls, data)
