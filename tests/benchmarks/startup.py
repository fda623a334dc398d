"""How long it takes from the start of the process until the window is on the screen, against a bare Qt window.

Every start is a fresh process; the kinds take turns, so that a busy moment of the machine meets all alike.
The last line is one JSON object; times are in milliseconds. The bar: at most 1.5 times a bare window, and no
TensorFlow in the process.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from support.data import copy_dataset
from support.machine import OtherLoad
from support.report import conditions, print_report, spread

REPEATS = 9
LARGEST_RATIO = 1.5
HEAVY = ("tensorflow", "keras", "imgaug")
_SUPPORT = Path(__file__).parent / "support"


@dataclass(frozen=True, slots=True)
class Start:
    """One start: when which word was said, in milliseconds, and the modules that were loaded in the end."""

    said: dict[str, float]
    modules: list[str]


def start(script: str, *arguments: str, home: Path) -> Start:
    """Start a script of `support` and time what it says.

    Raises:
        RuntimeError: it failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["SEGSTUDIO_HOME"] = str(home)
    said, modules = {}, []
    with tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, str(_SUPPORT / script), *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment,
        )
        for line in process.stdout:
            now = time.perf_counter()
            if line.startswith("["):
                modules = json.loads(line)
            else:
                said[line.strip()] = (now - began) * 1000
        if process.wait() != 0 or "shown" not in said:
            errors.seek(0)
            raise RuntimeError(f"{script} ended with {process.returncode}:\n{errors.read()}")
    return Start(said, modules)


def main():
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = {"benchmark": "startup", "conditions": conditions(), "repeats": REPEATS}
    with tempfile.TemporaryDirectory(prefix="segstudio-startup-") as folder:
        home, dataset = Path(folder) / "home", Path(folder) / "dataset"
        figures["dataset"] = copy_dataset(dataset)
        # Not counted: the first start of each kind compiles modules and fills the system's file cache.
        empty = start("program_window.py", home=home)
        filled = start("program_window.py", str(dataset), home=home)
        qt_modules = [name for name in empty.modules if name.startswith("PySide6.Qt")]
        start("bare_window.py", *qt_modules, home=home)
        bare, program, picture = [], [], []
        others = OtherLoad()
        for repeat in range(REPEATS):
            home = Path(folder) / f"home-{repeat}"
            bare.append(start("bare_window.py", *qt_modules, home=home).said["shown"])
            program.append(start("program_window.py", home=home).said["shown"])
            picture.append(start("program_window.py", str(dataset), home=home).said["picture"])
        figures["others_cores"] = others.cores()
    figures |= {"qt_modules": qt_modules, "bare_ms": spread(bare), "segstudio_ms": spread(program)}
    figures["first_picture_ms"] = spread(picture)
    ratio = figures["segstudio_ms"]["median"] / figures["bare_ms"]["median"]
    figures |= {"ratio": round(ratio, 3), "largest_ratio": LARGEST_RATIO}
    loaded = {name.partition(".")[0] for name in (*empty.modules, *filled.modules)}
    figures["tensorflow_loaded"] = not loaded.isdisjoint(HEAVY)
    print_report(figures, holds=ratio <= LARGEST_RATIO and not figures["tensorflow_loaded"])


if __name__ == "__main__":
    main()
