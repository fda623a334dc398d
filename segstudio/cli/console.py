"""Progress and answers of the command line."""

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from segstudio.learning import events

_STDERR = Console(stderr=True, highlight=False)


def tell(text: str) -> None:
    """Print an answer."""
    print(text)


def tell_json(answer: object) -> None:
    """Print an answer as JSON, the only thing on stdout; in ASCII, which every pipe on every system carries."""
    print(json.dumps(answer, allow_nan=False))


def remark(text: str) -> None:
    """Print something on stderr, above a bar of progress if there is one."""
    _STDERR.print(text, soft_wrap=True, markup=False)


@contextlib.contextmanager
def stop_by_keyboard() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl+C into a request to stop; a second one interrupts at once."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        print("\nStopping; once more to leave at once.", file=sys.stderr)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def progress(title: str) -> Iterator[Callable[[events.Event], None]]:
    """Show events as a progress bar on stderr, and what an epoch brought as a line."""
    with _bar() as bar:
        task = bar.add_task(title, total=None)

        def show(event: events.Event) -> None:
            match event:
                case events.RunPreparing():
                    bar.update(task, description=event.what)
                case events.RunStarted():
                    total = event.epochs * event.batches
                    bar.update(task, description=title, total=total)
                    bar.console.print(
                        f"{event.device}, {event.train_samples} pictures, {event.parameters:,} parameters"
                    )
                case events.BatchEnded():
                    bar.update(task, completed=event.step)
                case events.EpochEnded():
                    bar.console.print(_epoch_line(event), soft_wrap=True)
                case events.Progress():
                    bar.update(task, completed=event.done, total=event.total)

        yield show


@contextlib.contextmanager
def counting(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many of how many are done as a progress bar on stderr."""
    with _bar() as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=_STDERR, transient=True, disable=not _STDERR.is_terminal)


def _epoch_line(event: events.EpochEnded) -> str:
    parts = [f"epoch {event.epoch}"]
    for name, figures in (("train", event.train), ("val", event.val)):
        if figures is not None:
            parts.append(
                f"{name}: loss {figures.loss:.4f}, accuracy {figures.pixel_accuracy:.4f}, IoU {figures.mean_iou:.4f}"
            )
    return "  |  ".join(parts) + f"  |  {event.seconds:.1f} s" + ("  best" if event.best else "")
