"""`override` for Python 3.11 too, without the time that loading ``typing_extensions`` takes from the start."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import override
else:
    try:
        from typing import override
    except ImportError:

        def override(method):  # noqa: ANN001, ANN201 - the other branch is what is checked
            """Return the method as it is: only the type checker reads more into it."""
            return method


__all__ = ["override"]
