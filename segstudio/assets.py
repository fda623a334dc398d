"""Where the files of ``resources/`` are: in the wheel, in the packaged program and in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def asset(name: str) -> Path:
    """Return the path of ``resources/<name>``.

    Wheels and the packaged program carry the folder inside the package; a checkout has it beside.
    """
    inside = _PACKAGE / "resources"
    return (inside if inside.is_dir() else _PACKAGE.parent / "resources") / name
