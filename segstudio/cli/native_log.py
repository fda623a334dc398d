"""Keeps TensorFlow's start-up notes away from people; what else native code says still reaches them."""

import contextlib
import os
import re
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

# Notes, and errors about a GPU that is not there: written before any level can be set.
_NOISE = re.compile(
    rb"[IW]\d{4} |WARNING: All log messages before absl|E\d{4} .*(cuInit|cuda_|oneDNN supports)|"
    rb"To enable the following instructions"
)


@contextlib.contextmanager
def quiet_native_log() -> Iterator[None]:
    """Drop such lines from the process' stderr; Python's own ``sys.stderr`` goes past the filter, to where it went.

    Does nothing where there is no stderr, as in a program without a console.
    """
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    read, write = os.pipe()
    before = sys.stderr
    if _is_stderr(before):
        sys.stderr = os.fdopen(os.dup(kept), "w", encoding=before.encoding, errors="replace", buffering=1)
    reader = threading.Thread(target=_pass_on, args=(read, kept), name="native log", daemon=True)
    os.dup2(write, 2)
    os.close(write)
    reader.start()
    try:
        yield
    finally:
        if sys.stderr is not before:
            sys.stderr.close()
            sys.stderr = before
        # The last writing end is closed by this, and the reader comes to the end.
        os.dup2(kept, 2)
        reader.join(timeout=5)
        os.close(kept)


def _is_stderr(stream: TextIO) -> bool:
    # Whoever has put something else there, such as a test, hears what Python says in their own way.
    try:
        return stream.fileno() == 2
    except (OSError, ValueError, AttributeError):
        return False


def _pass_on(read: int, kept: int) -> None:
    with os.fdopen(read, "rb") as lines:
        for line in lines:
            if not _NOISE.match(line):
                with contextlib.suppress(OSError):
                    os.write(kept, line)
