"""What happens in a run, as small frozen values: written to ``events.jsonl`` and shown live."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from segstudio.errors import SegstudioError

Outcome = Literal["finished", "stopped", "failed"]
"""How a run ends."""


class EventError(SegstudioError):
    """A line is no event that this version knows."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How good a model is on some samples.

    Attributes:
        loss: mean loss a pixel, ignored pixels left out.
        pixel_accuracy: share of counted pixels that are right, 0 to 1.
        mean_iou: mean intersection over union of the classes that occur in truth or prediction (R35).
    """

    loss: float
    pixel_accuracy: float
    mean_iou: float


@dataclass(frozen=True, slots=True)
class RunPreparing:
    """The run is not training yet; ``what`` says in a few words what it waits for, ``run`` is its folder."""

    what: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Training begins.

    Attributes:
        run: the run's folder.
        device: for people, such as ``CPU, 1 thread`` or ``GPU NVIDIA …``.
        epochs: how many there will be.
        batches: how many steps an epoch has.
        train_samples: how many samples are trained on.
        val_samples: how many samples are validated on.
        parameters: weights of the model that are trained.
    """

    run: str
    device: str
    epochs: int
    batches: int
    train_samples: int
    val_samples: int
    parameters: int


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """Some steps were made (events are joined to at most ten a second).

    Attributes:
        epoch: from 1.
        batch: steps made in this epoch.
        step: steps made in the run.
        loss: of the last of these steps.
        seconds_left: until the run ends, or None while that cannot be told.
    """

    epoch: int
    batch: int
    step: int
    loss: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """An epoch is over. ``val`` is None where nothing is validated on. ``best`` says that its model was kept."""

    epoch: int
    step: int
    train: Figures
    val: Figures | None
    best: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class SampleSaved:
    """A prediction for one sample was written after an epoch; ``path`` is relative to the run's folder."""

    epoch: int
    sample: str
    path: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over.

    Attributes:
        outcome: ``finished``, ``stopped`` by a person, or ``failed``.
        message: for people; for ``failed`` what went wrong and what to do.
        epochs: complete epochs.
        best_mean_iou: of the kept model on val (on train where there is no val), or None.
        model: whether there is a model to use.
        seconds: how long it took.
    """

    outcome: Outcome
    message: str
    epochs: int
    best_mean_iou: float | None
    model: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """A long job that is not a training went on: ``done`` of ``total``, and what it is at."""

    done: int
    total: int
    what: str = ""


Event = RunPreparing | RunStarted | BatchEnded | EpochEnded | SampleSaved | RunEnded | Progress
Emit = Callable[[Event], None]
ShouldStop = Callable[[], bool]

_KINDS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (RunPreparing, RunStarted, BatchEnded, EpochEnded, SampleSaved, RunEnded, Progress)
}


def event_to_json(event: Event) -> dict[str, object]:
    """Return an event as plain data with its name under ``event``."""
    return {"event": type(event).__name__, **dataclasses.asdict(event)}


def event_from_json(data: object) -> Event:
    """Read what `event_to_json` wrote.

    Raises:
        EventError: it is not an event of this version.
    """
    values = dict(data) if isinstance(data, Mapping) else {}
    name = values.pop("event", None)
    if not isinstance(name, str) or name not in _KINDS:
        raise EventError(f"“{name}” is no event.")
    try:
        for key in ("train", "val"):
            figures = values.get(key)
            if isinstance(figures, Mapping):
                values[key] = Figures(**figures)
        return _KINDS[name](**values)
    except TypeError as error:
        raise EventError(f"The event {name} cannot be read: {error}.") from error
