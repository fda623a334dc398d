"""Loading modules with less ado: a third of the time until the window is on the screen went into it."""

import builtins
import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Let the garbage collector rest while modules are loaded, and leave what they have made out of its rounds.

    What a module makes stays, but the collector would look through all of it, again and again, while more comes, and
    later in every full round while a person paints.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def load_qt() -> None:
    """Load Qt, and go on importing as before.

    PySide6 takes the place of ``__import__`` for the sake of ``from __feature__ import …``. To know who uses that, it
    reads the source of every module that is loaded afterwards; nothing here uses it.
    """
    plain = builtins.__import__
    import PySide6.QtCore  # noqa: F401 - loaded for its effects

    builtins.__import__ = plain
