"""Damages thousands of pictures, masks, class lists and annotations, and lets the program read them.

    python -m tests.fuzz.masks [--count 10000] [--seed 0]   all of it, in children that may die
    python -m tests.fuzz.masks --only SEED                  one case again, with its traceback

A case fails if anything but a `SegstudioError` comes out, if the process dies, if it takes longer than 20 seconds, or
if a picture was changed. R28, R33.
"""

import argparse
import contextlib
import faulthandler
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.doctor.mending import mend_all, undo
from segstudio.dataset.doctor.verify import verify
from segstudio.dataset.formats.format import ReadingOptions
from segstudio.dataset.formats.importing import read_annotation
from segstudio.dataset.formats.listing import list_folder
from segstudio.dataset.formats.registry import recognise
from segstudio.dataset.statistics import with_found_classes
from segstudio.errors import SegstudioError
from tests.fuzz.mutations import damaged
from tests.fuzz.seeds import make_seeds

_SECONDS = 20
_AT_ONCE = 500


class Fuzz:
    """A folder with sound files, of which one at a time is damaged.

    Args:
        folder: an empty folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "case"
        self._seeds = make_seeds(folder / "seeds")

    def run(self, seed: int) -> None:
        """Damage one file and let everything read it; raises whatever is not a `SegstudioError`."""
        random = Random(seed)
        path, root = random.choice(self._seeds)
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(root, self._folder)
        victim = self._folder / path.relative_to(root)
        victim.write_bytes(damaged(path.read_bytes(), path.suffix, random))
        with contextlib.suppress(SegstudioError):
            self._read_as_dataset()
        with contextlib.suppress(SegstudioError):
            self._read_as_source()

    def describe(self, seed: int) -> str:
        """Say which file a case damages."""
        path, root = Random(seed).choice(self._seeds)
        return f"{root.name}: {path.relative_to(root)}"

    def _read_as_dataset(self) -> None:
        dataset = with_found_classes(open_dataset(self._folder))
        pictures = {sample.image: sample.image.read_bytes() for sample in dataset}
        problems = verify(dataset)
        report = mend_all(problems, dataset)
        verify(with_found_classes(open_dataset(self._folder)))
        for mended in reversed(report.mended):
            undo(mended)
        assert all(path.read_bytes() == data for path, data in pictures.items()), "a picture was changed"

    def _read_as_source(self) -> None:
        listing = list_folder(self._folder)
        for found in recognise(listing)[:2]:
            try:
                source = found.format.read(listing, ReadingOptions())
            except SegstudioError:
                continue
            for sample in source.samples[:4]:
                if sample.annotation is None or sample.image is None:
                    continue
                try:
                    read_annotation(source, sample, sample.image)
                except SegstudioError:
                    continue


def main() -> int:
    """Run the cases; return 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first; the others follow it")
    parser.add_argument("--only", type=int, default=None, metavar="SEED")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segstudio-fuzz-") as folder:
        if arguments.only is not None or arguments.worker:
            fuzz = Fuzz(Path(folder))
            seeds = range(arguments.seed, arguments.seed + arguments.count)
            _run_here(fuzz, [arguments.only] if arguments.only is not None else seeds)
            return 0
    return _run_in_children(arguments.seed, arguments.count)


def _run_here(fuzz: Fuzz, seeds: range | list[int]) -> None:
    for seed in seeds:
        print(f"seed {seed} ({fuzz.describe(seed)})", flush=True)
        faulthandler.dump_traceback_later(_SECONDS, exit=True)
        fuzz.run(seed)
        faulthandler.cancel_dump_traceback_later()


def _run_in_children(first: int, count: int) -> int:
    failures: list[str] = []
    seed, end = first, first + count
    while seed < end:
        words = [sys.executable, "-X", "faulthandler", "-m", "tests.fuzz.masks", "--worker"]
        part = min(_AT_ONCE, end - seed)
        done = subprocess.run(
            [*words, "--seed", str(seed), "--count", str(part)], capture_output=True, text=True, errors="replace"
        )
        said = done.stdout.splitlines()
        if done.returncode == 0:
            seed += part
            print(f"{seed - first} of {count}, {len(failures)} failed (seeds up to {seed - 1})", flush=True)
            continue
        last = said[-1] if said else "while the sound files were made"
        failures.append(last)
        print(f"FAILED with {done.returncode}: {last}\n{done.stderr[-3000:]}", flush=True)
        if not said or len(failures) >= 20:
            break
        seed = int(last.split()[1]) + 1
    print("\n".join(["", f"{len(failures)} of {seed - first} cases failed.", *failures]))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
