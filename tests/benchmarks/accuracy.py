"""How good the defaults are, and what that costs: mean IoU by processor and wall time on three real datasets.

Trains on nuclei, em_membrane and camvid as a person would who changes nothing (camvid at 180 x 240), each in a fresh
process and with three seeds, and measures the best model at the pictures' own size. ``--check`` fails where a bar is
missed: see `CASES`. ``--architecture`` and ``--set`` try something else than the defaults.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from support.machine import OtherLoad
from support.report import conditions, print_report

DATA = Path(os.environ.get("SEGSTUDIO_DATA", Path(__file__).parents[2] / ".." / "shared" / "data")).resolve()


@dataclass(frozen=True)
class Case:
    """A dataset and its bars.

    `keras_segmentation` with unet_mini at 128 x 128 takes 355 CPU-seconds to 0.68 on nuclei: half of that is a bar.
    """

    split: str
    mean_iou: float
    seconds: float
    input_size: tuple[int, int] | None = None
    early_mean_iou: float | None = None
    early_cpu_seconds: float | None = None


CASES = {
    "em_membrane": Case("val", 0.75, 180),
    "nuclei": Case("val", 0.80, 240, early_mean_iou=0.68, early_cpu_seconds=177),
    "camvid": Case("test", 0.40, 900, input_size=(180, 240)),
}
BUSY = 0.3
"""From so many cores that other programs took on, wall time says little, and CPU time by cores is judged instead."""


def cpu_seconds() -> float:
    """Return the processor time of this process and of those that it started and that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def train_once(name: str, seed: int, changes: dict[str, object]) -> dict[str, object]:
    """Train in this process; return mean IoU, time, and the course of both by epoch."""
    from segstudio.dataset.dataset import open_dataset
    from segstudio.learning.evaluation import evaluate_run
    from segstudio.learning.events import EpochEnded, RunStarted
    from segstudio.learning.training import train

    case = CASES[name]
    course: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as output:
        dataset = open_dataset(DATA / name, output=Path(output))
        config = settings(dataset, Path(output), case, seed, changes)
        began, used, load = time.monotonic(), cpu_seconds(), OtherLoad()
        parameters = 0

        def emit(event: object) -> None:
            nonlocal parameters
            if isinstance(event, RunStarted):
                parameters = event.parameters
            if isinstance(event, EpochEnded):
                figures = event.val or event.train
                course.append(
                    {
                        "mean_iou": round(figures.mean_iou, 4),
                        "cpu": round(cpu_seconds() - used, 1),
                        "wall": round(time.monotonic() - began, 1),
                    }
                )

        result = train(config, emit=emit, should_stop=lambda: False)
        wall, cpu, others = time.monotonic() - began, cpu_seconds() - used, load.cores()
        evaluation = evaluate_run(
            result.folder, dataset, case.split, emit=lambda event: None, should_stop=lambda: False
        ).to_json()
    return {
        "dataset": name,
        "seed": seed,
        "mean_iou": round(evaluation["mean_iou"], 4),
        "cpu_seconds": round(cpu, 1),
        "wall_seconds": round(wall, 1),
        "other_load_cores": others,
        "parameters": parameters,
        "class_iou": {key: value and round(value, 3) for key, value in evaluation["class_iou"].items()},
        "settings": {
            key: value
            for key, value in config.to_json().items()
            if key in {"architecture", "backbone", "input_size", "epochs", "batch_size", "learning_rate", *changes}
        },
        "course": course,
    }


def settings(dataset, output, case, seed, changes):
    """Return what a person gets who changes nothing: `TrainingConfig`'s defaults, and what `recommended` says."""
    from segstudio.dataset.images import read_image
    from segstudio.learning import recommended
    from segstudio.learning.config import TrainingConfig

    samples = dataset.labelled("train")
    sizes = sorted((read_image(sample.image).shape[:2] for sample in samples[:50]), key=np.prod)
    values = {
        "architecture": recommended.ARCHITECTURE,
        "backbone": recommended.BACKBONE,
        "learning_rate": recommended.LEARNING_RATE,
        "batch_size": recommended.BATCH_SIZE,
        "input_size": list(case.input_size or recommended.input_size(*sizes[len(sizes) // 2])),
        "epochs": recommended.epochs(len(samples)),
        **changes,
    }
    return TrainingConfig.from_json({"dataset": str(dataset.root), "output": str(output), "seed": seed, **values})


def in_a_process(name: str, seed: int, changes: dict[str, object]) -> dict[str, object]:
    words = [sys.executable, __file__, "--train", name, str(seed), json.dumps(changes)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def judge(run: dict[str, object]) -> list[str]:
    """Return the bars that a run missed, in words."""
    case = CASES[run["dataset"]]
    missed = []
    if run["mean_iou"] < case.mean_iou:
        missed.append(f"mean IoU {run['mean_iou']} < {case.mean_iou}")
    busy = run["other_load_cores"] is not None and run["other_load_cores"] > BUSY
    # A machine of two cores, of which a training keeps nearly both at work.
    seconds = run["cpu_seconds"] / 1.6 if busy else run["wall_seconds"]
    if seconds > case.seconds:
        missed.append(f"{seconds:.0f} s > {case.seconds} s" + (" (by CPU time: others were at work)" if busy else ""))
    if case.early_mean_iou is not None:
        reached = next((epoch["cpu"] for epoch in run["course"] if epoch["mean_iou"] >= case.early_mean_iou), np.inf)
        run["cpu_seconds_to_early_mean_iou"] = reached
        if reached > case.early_cpu_seconds:
            missed.append(f"{case.early_mean_iou} after {reached} CPU-seconds > {case.early_cpu_seconds}")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where a bar is missed")
    parser.add_argument("--only", choices=list(CASES), action="append", help="this dataset; can be said again")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--architecture", help="another than the default, with the learning rate 0.001")
    parser.add_argument("--set", default="{}", help="settings to change, as JSON")
    parser.add_argument("--train", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.train:
        from segstudio.learning.loading import load_tensorflow

        load_tensorflow()
        name, seed, changes = arguments.train
        print(json.dumps(train_once(name, int(seed), json.loads(changes))))
        return
    changes = json.loads(arguments.set)
    if arguments.architecture:
        changes = {"architecture": arguments.architecture, "learning_rate": 1e-3, **changes}
    runs = []
    for name in arguments.only or CASES:
        if not (DATA / name).is_dir():
            print(f"{name} is not in {DATA} (set SEGSTUDIO_DATA to the folder of the real pictures)", flush=True)
            continue
        for seed in range(arguments.seeds):
            run = in_a_process(name, seed, changes)
            run["missed"] = judge(run)
            runs.append(run)
            print(
                f"{name} seed {seed}: mean IoU {run['mean_iou']:.3f} after {run['cpu_seconds']:.0f} CPU-seconds, "
                f"{run['wall_seconds']:.0f} s; {'; '.join(run['missed']) or 'every bar holds'}",
                flush=True,
            )
    holds = bool(runs) and not any(run["missed"] for run in runs)
    print_report({"benchmark": "accuracy", "conditions": conditions(), "runs": runs}, holds=holds)
    if arguments.check and not holds:
        raise SystemExit(1)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
