"""What is wrong with a dataset, one entry each: never raised, always shown."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """Training would fail or learn something wrong."""
    WARNING = "warning"
    """Worth a look; training works."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        kind: a fixed word for programs, such as ``size_mismatch``.
        severity: whether training would break.
        path: the file (or folder) that it is about.
        message: one sentence for people: what is wrong and what to do.
        sample: the `Sample.key` that it belongs to, if any.
    """

    kind: str
    severity: Severity
    path: Path
    message: str
    sample: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the problem as plain data."""
        return {
            "kind": self.kind,
            "severity": self.severity.value,
            "path": str(self.path),
            "message": self.message,
            "sample": self.sample,
        }
