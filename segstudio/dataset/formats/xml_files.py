"""XML files, as errors that people can read."""

from pathlib import Path
from xml.etree import ElementTree as ET

from segstudio.dataset.formats.source import FormatError

_HEAD = 65536


def head_of(path: Path) -> bytes:
    """Return how a file begins, to recognise it by; nothing if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def parsed(path: Path) -> ET.Element:
    """Return the root element of a file.

    Raises:
        FormatError: it cannot be read or is no XML.
    """
    try:
        return ET.parse(path).getroot()
    except (ET.ParseError, OSError, ValueError, LookupError) as error:
        raise FormatError(f"{path} is not valid XML: {error}. Export it again.") from error
