"""What is done to training pictures: named presets, and single changes with a strength each."""

from collections.abc import Mapping
from dataclasses import dataclass

from segstudio.learning.settings.checks import ConfigError, check_choice, check_range, from_plain

CHANGES: dict[str, str] = {
    "crop": "Crop",
    "flip_horizontal": "Flip left-right",
    "flip_vertical": "Flip up-down",
    "rotation": "Rotate",
    "scale": "Scale",
    "shear": "Shear",
    "perspective": "Perspective",
    "elastic": "Elastic",
    "cutout": "Cut out",
    "blur": "Blur",
    "noise": "Noise",
    "hue": "Hue",
    "saturation": "Saturation",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "gamma": "Gamma",
}
"""Every change that pictures can undergo, in the order in which they do, and their titles."""

PRESETS: dict[str, Mapping[str, float]] = {
    "none": {},
    "light": {"crop": 0.5, "flip_horizontal": 1.0, "flip_vertical": 1.0, "blur": 0.25},
    "geometric": {
        "crop": 0.4,
        "flip_horizontal": 1.0,
        "rotation": 0.15,
        "scale": 0.3,
        "shear": 0.3,
        "perspective": 0.3,
        "elastic": 0.3,
    },
    "colour": {
        "blur": 0.2,
        "noise": 0.2,
        "hue": 0.2,
        "saturation": 0.4,
        "brightness": 0.4,
        "contrast": 0.4,
        "gamma": 0.3,
    },
    "strong": {
        "crop": 0.5,
        "flip_horizontal": 1.0,
        "flip_vertical": 1.0,
        "rotation": 0.25,
        "scale": 0.4,
        "shear": 0.3,
        "perspective": 0.3,
        "elastic": 0.4,
        "cutout": 0.4,
        "blur": 0.3,
        "noise": 0.4,
        "hue": 0.3,
        "saturation": 0.5,
        "brightness": 0.5,
        "contrast": 0.5,
        "gamma": 0.4,
    },
    "microscopy": {
        "flip_horizontal": 1.0,
        "flip_vertical": 1.0,
        "rotation": 1.0,
        "scale": 0.3,
        "elastic": 0.5,
        "blur": 0.25,
        "noise": 0.2,
        "brightness": 0.3,
        "contrast": 0.3,
        "gamma": 0.3,
    },
    "aerial": {
        "crop": 0.3,
        "flip_horizontal": 1.0,
        "flip_vertical": 1.0,
        "rotation": 1.0,
        "scale": 0.3,
        "hue": 0.05,
        "saturation": 0.2,
        "brightness": 0.25,
        "contrast": 0.25,
    },
    "street": {
        "crop": 0.4,
        "flip_horizontal": 1.0,
        "rotation": 0.03,
        "scale": 0.4,
        "perspective": 0.2,
        "blur": 0.2,
        "noise": 0.1,
        "hue": 0.05,
        "saturation": 0.3,
        "brightness": 0.3,
        "contrast": 0.3,
        "gamma": 0.3,
    },
}
"""Changes by name, each with its strength: 0 is off, 1 the most that makes sense."""

PRESET_TITLES: dict[str, str] = {
    "none": "None",
    "light": "Light: crop, flip, blur",
    "geometric": "Geometric: moved, turned, bent",
    "colour": "Colour: light, contrast, hue, noise",
    "strong": "Strong: everything",
    "microscopy": "Microscopy: any way up, bent, lit differently",
    "aerial": "Aerial: any way up, lit differently",
    "street": "Street: upright, near and far, any weather",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationSettings:
    """A preset, and what differs from it.

    Attributes:
        preset: one of `PRESETS`.
        changes: (name of `CHANGES`, strength 0 to 1) pairs that replace those of the preset; 0 switches one off.

    Raises:
        ConfigError: a value is out of range.
    """

    preset: str = "light"
    changes: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        check_choice("augmentation", self.preset, PRESETS)
        for name, strength in self.changes:
            check_choice("change of pictures", name, CHANGES)
            check_range(f"strength of “{name}”", strength, 0.0, 1.0)

    @property
    def strengths(self) -> dict[str, float]:
        """What is done, by name and in the order of `CHANGES`; what is off is left out."""
        wanted = {**PRESETS[self.preset], **dict(self.changes)}
        return {name: wanted[name] for name in CHANGES if wanted.get(name)}

    @classmethod
    def from_json(cls, data: object) -> "AugmentationSettings":
        """Read what ``dataclasses.asdict`` wrote, or the name of a preset alone.

        Raises:
            ConfigError, TypeError, ValueError: it makes no sense.
        """
        if isinstance(data, str):
            return cls(preset=data)
        if isinstance(data, dict) and "changes" in data:
            data = {**data, "changes": tuple((str(name), float(strength)) for name, strength in data["changes"])}
        return from_plain(cls, data)


def parse_changes(words: list[str]) -> tuple[tuple[str, float], ...]:
    """Read ``rotation=0.5 noise=0`` as a person writes it.

    Raises:
        ConfigError: a word is something else.
    """
    changes = []
    for word in words:
        name, _, strength = word.partition("=")
        try:
            changes.append((name.strip(), float(strength)))
        except ValueError as error:
            raise ConfigError(f"“{word}” is no change of pictures. Write for example rotation=0.5.") from error
    return tuple(changes)
