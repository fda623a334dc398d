"""Where a run stands between two batches: with the model's state, all that is needed to go on unchanged."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class RunState:
    """Where a run stands.

    Attributes:
        epochs: complete ones.
        batches: made in the epoch under way.
        step: made in the run.
        best: the best figure so far, by the run's criterion.
        best_mean_iou: of the epoch with the best figure.
        without_better: complete epochs since then.
        seconds: spent so far, pauses left out.
        epoch_seconds: those of the epoch under way.
        tally: of the epoch under way, as `Tally.to_json`; None between epochs.
        plateau: as `Plateau.to_json`; None where the schedule is another one.
    """

    epochs: int = 0
    batches: int = 0
    step: int = 0
    best: float | None = None
    best_mean_iou: float | None = None
    without_better: int = 0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    tally: Mapping[str, Any] | None = field(default=None, repr=False)
    plateau: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "RunState":
        """Read what `to_json` wrote; what a newer version added is left out.

        Raises:
            TypeError: it is something else.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})
