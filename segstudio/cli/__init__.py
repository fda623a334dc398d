"""The command line: each command a thin shell over the functions that the window calls too.

The answer goes to stdout (with ``--json`` nothing but JSON); progress and errors go to stderr. Exit code 0: done;
1: it could not be done, and one line says why; 2: the words make no sense; 130: stopped by Ctrl+C.
"""

from collections.abc import Sequence

from segstudio.cli.arguments import parse
from segstudio.cli.console import allow_any_name, complain
from segstudio.errors import SegstudioError


def run(words: Sequence[str]) -> int:
    """Do what the words after the program's name say; return the exit code."""
    arguments = parse(words)
    allow_any_name()
    try:
        if arguments.command is None:
            from segstudio.app import run_window

            return run_window(arguments.dataset)
        # Only now: it loads what the commands work with, and the window is to come up quickly.
        from segstudio.cli.commands import COMMANDS

        return COMMANDS[arguments.command](arguments)
    except SegstudioError as error:
        complain(str(error))
        return 1
    except OSError as error:
        complain(f"{error.filename or 'A file'} could not be used: {error.strerror or error}.")
        return 1
    except KeyboardInterrupt:
        complain("Stopped.")
        return 130
