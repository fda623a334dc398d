"""What settings have in common: how a value is refused, and how groups of them are written and read."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from segstudio.errors import SegstudioError

Settings = TypeVar("Settings")


class ConfigError(SegstudioError):
    """A setting does not make sense."""


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside ``low`` to ``high``, and what is no number."""
    if not low <= value <= high:
        raise ConfigError(f"The {name} must be {low:g} to {high:g}. Received: {value}.")


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Refuse a word that is none of the choices."""
    if value not in choices:
        article = "an" if name[0] in "aeiou" else "a"
        raise ConfigError(f"“{value}” is not {article} {name}. Choose one of: {', '.join(choices)}.")


def from_plain(kind: type[Settings], data: object) -> Settings:
    """Make settings of plain data. Unknown ones (of a newer version) are left out, missing ones have their defaults.

    Raises:
        ConfigError: it is no mapping, or a value is out of range.
        TypeError: a value is of the wrong kind.
    """
    if not isinstance(data, Mapping):
        raise ConfigError(f"These settings cannot be read: {data!r}.")
    known = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type] # a dataclass by contract
    values: dict[str, Any] = {name: value for name, value in data.items() if name in known}
    return kind(**values)
