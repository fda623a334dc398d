"""The program's one entry: the training child, a command, or the window."""

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code.

    Args:
        argv: the words after the program's name; those of the command line if None.
    """
    if getattr(sys, "frozen", False):
        # First of all: in the packaged program, helper processes start here again. Elsewhere it would do nothing.
        import multiprocessing

        multiprocessing.freeze_support()
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["worker"]:
        # Before anything of the window is imported: the child has no use for it.
        from segstudio.learning.worker import serve

        return serve()
    from segstudio.cli import run

    return run(words)


if __name__ == "__main__":
    sys.exit(main())
