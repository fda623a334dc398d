"""How busy the machine was with other things: figures of a busy machine say little about the program."""

import os
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class OtherLoad:
    """Measures how many cores other programs took, on average, since it was made. Linux only; elsewhere None."""

    def __init__(self):
        self._began = time.monotonic()
        self._before = _others_seconds()

    def cores(self) -> float | None:
        now = _others_seconds()
        if now is None or self._before is None:
            return None
        return round(max(now - self._before, 0.0) / max(time.monotonic() - self._began, 1e-3), 2)


def _others_seconds() -> float | None:
    """Return the processor time of all programs but this one and its children."""
    try:
        # cpu user nice system idle iowait irq softirq steal: all but idle and iowait.
        words = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        busy = sum(words) - words[3] - words[4]
    except (OSError, ValueError, IndexError):
        return None
    processes = dict(filter(None, map(_process, Path("/proc").glob("[0-9]*"))))
    own, more = {os.getpid()}, True
    while more:
        children = {pid for pid, (parent, _ticks) in processes.items() if parent in own}
        more = not children <= own
        own |= children
    return (busy - sum(processes[pid][1] for pid in own if pid in processes)) / _TICKS


def _process(folder: Path) -> tuple[int, tuple[int, int]] | None:
    """Return (pid, (parent, ticks it has used, with those of its children that have ended))."""
    try:
        words = (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(folder.name), (int(words[1]), sum(int(word) for word in words[11:15]))
