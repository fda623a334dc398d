"""Figures as JSON, with the conditions under which they were measured."""

import json
import os
import platform
import statistics
from collections.abc import Sequence

import PySide6


def conditions() -> dict[str, object]:
    """Return what the figures depend on."""
    return {
        "python": platform.python_version(),
        "pyside6": PySide6.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "qt_platform": os.environ.get("QT_QPA_PLATFORM", "default"),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, smallest and largest."""
    return {"median": round(statistics.median(values), 1), "min": round(min(values), 1), "max": round(max(values), 1)}


def tail(values: Sequence[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the largest, and how many there are."""
    ordered = sorted(values)
    return {
        "count": len(ordered),
        "p50": round(ordered[len(ordered) // 2], 2),
        "p99": round(ordered[int(len(ordered) * 0.99)], 2),
        "max": round(ordered[-1], 2),
    }


def print_report(figures: dict[str, object], *, holds: bool) -> None:
    """Print the one line that a reader of the benchmark takes."""
    print(json.dumps({**figures, "holds": holds}), flush=True)
