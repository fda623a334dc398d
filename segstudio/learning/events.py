"""What happens in a run, as small frozen values: written to ``events.jsonl`` and shown live."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

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
        mean_dice: mean Dice coefficient of the same classes; None in runs of older versions, as all that follow.
        frequency_weighted_iou: intersection over union, each class weighing by its pixels in the truth.
        class_accuracy: mean over the classes that occur in the truth of the share of their pixels that are right.
        class_iou: intersection over union by class index; None for classes in neither truth nor prediction.
    """

    loss: float
    pixel_accuracy: float
    mean_iou: float
    mean_dice: float | None = None
    frequency_weighted_iou: float | None = None
    class_accuracy: float | None = None
    class_iou: tuple[float | None, ...] = ()


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
        epoch: complete epochs before it: more than 0 where a run goes on.
    """

    run: str
    device: str
    epochs: int
    batches: int
    train_samples: int
    val_samples: int
    parameters: int
    epoch: int = 0


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
    """An epoch is over.

    Attributes:
        epoch: from 1.
        step: steps made in the run.
        train: figures of the steps themselves.
        val: figures of val at the epoch's end; None where nothing is validated on.
        best: whether it is the best so far, whose model was kept.
        seconds: how long it took, pauses left out.
        learning_rate: of its last step.
    """

    epoch: int
    step: int
    train: Figures
    val: Figures | None
    best: bool
    seconds: float
    learning_rate: float | None = None


@dataclass(frozen=True, slots=True)
class RunPaused:
    """The run waits, with everything in memory, until it is told to go on."""


@dataclass(frozen=True, slots=True)
class RunContinued:
    """The run goes on after a pause."""


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


Event = (
    RunPreparing | RunStarted | BatchEnded | EpochEnded | SampleSaved | RunPaused | RunContinued | RunEnded | Progress
)
Emit = Callable[[Event], None]
ShouldStop = Callable[[], bool]
ShouldPause = Callable[[], bool]

_KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


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
                values[key] = Figures(**{**figures, "class_iou": tuple(figures.get("class_iou", ()))})
        return _KINDS[name](**values)
    except TypeError as error:
        raise EventError(f"The event {name} cannot be read: {error}.") from error
