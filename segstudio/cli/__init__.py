"""The command line: each command a thin shell over the functions that the window calls too.

The answer goes to stdout (with ``--json`` nothing but JSON); progress and errors go to stderr. Exit code 0: done;
1: it could not be done, and one line says why; 2: the words make no sense; 130: stopped by Ctrl+C.
"""

import io
import sys
from collections.abc import Sequence

from segstudio.cli.arguments import parse
from segstudio.errors import SegstudioError
from segstudio.loading import load_qt, loading


def run(words: Sequence[str]) -> int:
    """Do what the words after the program's name say; return the exit code."""
    arguments = parse(words)
    _allow_any_name()
    try:
        if arguments.command is None:
            with loading():
                load_qt()
                from segstudio.app import run_window

            return run_window(arguments.dataset)
        # Only now: it loads what the commands work with, and the window is to come up quickly.
        from segstudio.cli.commands import COMMANDS

        return COMMANDS[arguments.command](arguments)
    except SegstudioError as error:
        _complain(str(error))
        return 1
    except OSError as error:
        _complain(f"{error.filename or 'A file'} could not be used: {error.strerror or error}.")
        return 1
    except KeyboardInterrupt:
        _complain("Stopped.")
        return 130


def _allow_any_name() -> None:
    """Print file names that the terminal's encoding does not know with escapes, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _complain(message: str) -> None:
    """Say on stderr, in one line, why something could not be done."""
    print(f"segstudio: {' '.join(message.split())}", file=sys.stderr)
