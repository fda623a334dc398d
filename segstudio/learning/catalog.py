"""What can be trained, without Keras: the form, the command line and the builder read this table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backbone:
    """An encoder that an architecture can stand on.

    Attributes:
        name: the word used in settings and on the command line.
        title: what people read.
        advice: when to choose it, in a sentence.
    """

    name: str
    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class Architecture:
    """A model family.

    Attributes:
        name: the word used in settings and on the command line.
        title: what people read.
        backbones: names of the backbones that fit, the usual one first.
        advice: when to choose it, in a sentence.
        source: the paper or text it comes from.
    """

    name: str
    title: str
    backbones: tuple[str, ...]
    advice: str
    source: str

    def to_json(self) -> dict[str, object]:
        """Return the entry as plain data."""
        return {
            "name": self.name,
            "title": self.title,
            "backbones": list(self.backbones),
            "advice": self.advice,
            "source": self.source,
        }


BACKBONES = {
    entry.name: entry
    for entry in (
        Backbone(
            "custom",
            "Custom",
            "A small plain CNN trained from scratch: for simple jobs and pictures unlike everyday photographs.",
        ),
    )
}

ARCHITECTURES = {
    entry.name: entry
    for entry in (
        Architecture(
            "unet_mini",
            "U-Net mini",
            ("custom",),
            "Small and quick, good without a GPU: start here.",
            "Three levels of 32, 64 and 128 filters; after Ronneberger, Fischer and Brox 2015, arXiv:1505.04597",
        ),
        Architecture(
            "unet",
            "U-Net",
            ("custom",),
            "For medical pictures and small objects.",
            "Ronneberger, Fischer and Brox 2015, arXiv:1505.04597",
        ),
    )
}
