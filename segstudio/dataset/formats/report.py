"""What an import or export did: how many were written, how many were not, and why (R18)."""

from dataclasses import dataclass, replace
from pathlib import Path

from segstudio.dataset.formats.source import Skipped


@dataclass(frozen=True, slots=True)
class ConversionReport:
    """What came of an import or an export.

    Attributes:
        source: the folder that was read.
        source_format: the name of its format.
        destination: the folder that was written.
        format: the name of the format written.
        pictures: how many pictures were written.
        masks: how many of them have a mask.
        skipped: what was not written, and why.
        notes: what was taken for granted.
        stopped: whether it was broken off; then there is no destination.
    """

    source: Path
    source_format: str
    destination: Path
    format: str
    pictures: int
    masks: int
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def summary(self) -> str:
        """One sentence for people."""
        if self.stopped:
            return "Stopped: nothing was written."
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"{self.pictures} pictures written, {self.masks} with a mask{skipped}."

    def followed_by(self, second: "ConversionReport") -> "ConversionReport":
        """Return the report of both, where ``second`` went on with what this one wrote."""
        return replace(
            second,
            source=self.source,
            source_format=self.source_format,
            skipped=(*self.skipped, *second.skipped),
            notes=(*self.notes, *second.notes),
        )

    def to_json(self) -> dict[str, object]:
        """Return the report as plain data."""
        return {
            "source": str(self.source),
            "source_format": self.source_format,
            "destination": str(self.destination),
            "format": self.format,
            "pictures": self.pictures,
            "masks": self.masks,
            "skipped": [each.to_json() for each in self.skipped],
            "notes": list(self.notes),
            "stopped": self.stopped,
        }
