"""What is wrong with a dataset, one entry each: never raised, always shown."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """Training would fail or learn something wrong."""
    WARNING = "warning"
    """Worth a look; training works."""
    INFO = "info"
    """Good to know; nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands in a mask that should not be there.

    Attributes:
        value: the pixel value.
        count: how many pixels have it.
        x: column of the first of them, from 0.
        y: row of the first of them, from 0.
    """

    value: int
    count: int
    x: int
    y: int

    def to_json(self) -> dict[str, int]:
        """Return the place as plain data."""
        return {"value": self.value, "count": self.count, "x": self.x, "y": self.y}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Place":
        """Return what `to_json` told."""
        return cls(int(data["value"]), int(data["count"]), int(data["x"]), int(data["y"]))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or good to know.

    Attributes:
        kind: a fixed word for programs, such as ``size_mismatch``.
        severity: whether training would break.
        path: the file (or folder) that it is about.
        message: one sentence for people: what is wrong and what to do.
        sample: the `Sample.key` that it belongs to, if any.
        mend: the name of what mends it without loss, such as ``turn``; None where only a person can.
        places: the values that are wrong, where it is about values.
        others: other files that it is about.
    """

    kind: str
    severity: Severity
    path: Path
    message: str
    sample: str | None = None
    mend: str | None = None
    places: tuple[Place, ...] = ()
    others: tuple[Path, ...] = ()

    @property
    def short_message(self) -> str:
        """The message with the file’s name in place of its whole path, for where there is little room."""
        return self.message.replace(str(self.path), self.path.name)

    def to_json(self) -> dict[str, object]:
        """Return the problem as plain data; all keys are always there."""
        return {
            "kind": self.kind,
            "severity": self.severity.value,
            "path": str(self.path),
            "message": self.message,
            "sample": self.sample,
            "mend": self.mend,
            "places": [place.to_json() for place in self.places],
            "others": [str(path) for path in self.others],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Problem":
        """Return what `to_json` told.

        Raises:
            KeyError, TypeError, ValueError: it is not of that form.
        """
        return cls(
            str(data["kind"]),
            Severity(data["severity"]),
            Path(data["path"]),
            str(data["message"]),
            data["sample"],
            data["mend"],
            tuple(Place.from_json(place) for place in data["places"]),
            tuple(Path(path) for path in data["others"]),
        )
