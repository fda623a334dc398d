"""How fast pictures come out of the pipeline, plain and augmented, against the least that it could take.

python tests/benchmarks/input_pipeline.py [--repeats 5] [--side 128]

The floor is OpenCV reading and resizing the same files on the same number of threads. Ratios are medians over repeats
in which the sides take turns, so that what else the machine does falls on both.
"""

import argparse
import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from support.data import copy_dataset
from support.machine import OtherLoad
from support.report import conditions, print_report

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.augmentation import SegmentationMapsOnImage, make_augmenter
from segstudio.learning.pipeline import Batches, SampleReader
from segstudio.learning.sample_reader import READERS
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import TargetCoding

FIRST_EPOCH, LATER_EPOCHS = 1.3, 0.3
"""At most so many times the floor."""
SCALING = 0.85
"""All processes are at least so many times their number as fast as one."""
AGAINST_DIRECT = 1.0
BATCH = 8


def seconds(function) -> float:
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def read_with_opencv(sample, size):
    image = cv2.imread(str(sample.image), cv2.IMREAD_COLOR)
    mask = cv2.imread(str(sample.mask), cv2.IMREAD_UNCHANGED)
    return (
        cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA),
        cv2.resize(mask, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT),
    )


def plain(samples, coding, size, repeats) -> dict[str, float]:
    """Return the first epoch, the later ones, and reading all beforehand as a training does, over the floor."""
    ratios = {"first_epoch": [], "later_epochs": [], "reading_all_then_first_epoch": []}
    floors = []

    def read_floor():
        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(lambda sample: read_with_opencv(sample, size), samples))

    for _ in range(repeats):
        before = seconds(read_floor)
        batches = Batches(SampleReader(samples, coding, size), BATCH, seed=0)
        first = seconds(lambda: list(batches.epoch(0)))  # noqa: B023 - called at once
        later = statistics.median(seconds(lambda: list(batches.epoch(n))) for n in (1, 2, 3))  # noqa: B023
        reader = SampleReader(samples, coding, size)

        def as_in_training():
            reader.read_all(progress=lambda done: None, should_stop=lambda: False)  # noqa: B023
            list(Batches(reader, BATCH, seed=0).epoch(0))  # noqa: B023

        whole = seconds(as_in_training)
        floor = (before + seconds(read_floor)) / 2
        floors.append(floor)
        for name, value in zip(ratios, (first, later, whole), strict=True):
            ratios[name].append(value / floor)
    answer = {name: round(statistics.median(values), 3) for name, values in ratios.items()}
    return {**answer, "floor_pictures_a_second": round(len(samples) / statistics.median(floors))}


def augmented(reader, preset, repeats, cores) -> dict[str, float]:
    """Return pictures a second in a thread, in one process and in all, and called directly."""
    settings = AugmentationSettings(preset=preset)
    sides = {
        workers: Batches(reader, BATCH, augmentation=settings, seed=0, workers=workers) for workers in (0, 1, cores)
    }
    for batches in sides.values():
        list(batches.epoch(0))
    epochs = max(1, 200 // reader.n_windows)
    times = {**{workers: [] for workers in sides}, "direct": []}
    processor = dict.fromkeys((*sides, "direct"), 0.0)
    for repeat in range(repeats):
        for workers, batches in sides.items():
            before = processor_seconds(batches.process_ids)
            times[workers].append(seconds(lambda: [list(batches.epoch(repeat * epochs + n)) for n in range(epochs)]))  # noqa: B023
            processor[workers] += processor_seconds(batches.process_ids) - before
        before = time.process_time()
        times["direct"].append(seconds(lambda: directly(reader, settings, epochs)))
        processor["direct"] += time.process_time() - before
    for batches in sides.values():
        batches.close()
    pictures = reader.n_windows * epochs
    rates = {str(side): round(pictures / statistics.median(values)) for side, values in times.items()}
    return {
        "pictures_a_second": rates,
        "all_by_one": ratio(times[1], times[cores]),
        "all_by_one_in_processor_time": round(cores * processor[1] / processor[cores], 3) if processor[cores] else None,
        "one_by_direct": ratio(times["direct"], times[1]),
        "one_by_direct_in_processor_time": round(processor["direct"] / processor[1], 3) if processor[1] else None,
    }


def ratio(slower, faster) -> float:
    return round(statistics.median(a / b for a, b in zip(slower, faster, strict=True)), 3)


def directly(reader, settings, epochs):
    """Call the same augmenters of imgaug on the same pictures, on one core as a process of the pipeline has it."""
    augmenter = make_augmenter(settings)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    for _ in range(epochs):
        for position in range(reader.n_windows):
            image, target = reader.window(position)
            shape = image.shape
            if augmenter.moving is not None:
                mask = SegmentationMapsOnImage(target.astype(np.int32) + 1, shape=shape)
                image, moved = augmenter.moving(image=image, segmentation_maps=mask)
                image = cv2.resize(image, shape[1::-1], interpolation=cv2.INTER_AREA)
                cv2.resize(moved.get_arr().astype(np.uint8), shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
            if augmenter.colouring is not None:
                augmenter.colouring(image=image)
    cv2.setNumThreads(threads)


def processor_seconds(process_ids) -> float:
    ticks = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    total = 0
    for process_id in process_ids:
        try:
            words = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(words[11]) + int(words[12])
    return total / ticks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--side", type=int, default=128)
    arguments = parser.parse_args()
    size = (arguments.side, arguments.side)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    load = OtherLoad()
    with tempfile.TemporaryDirectory() as folder:
        name = copy_dataset(Path(folder) / "dataset")
        dataset = with_found_classes(open_dataset(Path(folder) / "dataset"))
        samples, coding = dataset.labelled("train"), TargetCoding(dataset.classes)
        reading = plain(samples, coding, size, arguments.repeats)
        reader = SampleReader(samples, coding, size)
        presets = {preset: augmented(reader, preset, arguments.repeats, cores) for preset in ("light", "strong")}
    strong = presets["strong"]
    print_report(
        {
            "benchmark": "input_pipeline",
            "conditions": conditions(),
            "other_load_cores": load.cores(),
            "dataset": name,
            "pictures": len(samples),
            "side": arguments.side,
            "plain_by_floor": reading,
            "augmented": presets,
            "targets": {
                "first_epoch": FIRST_EPOCH,
                "later_epochs": LATER_EPOCHS,
                "all_by_one": SCALING * cores,
                "one_by_direct": AGAINST_DIRECT,
            },
        },
        holds=reading["first_epoch"] <= FIRST_EPOCH
        and reading["later_epochs"] <= LATER_EPOCHS
        and (cores == 1 or strong["all_by_one"] >= SCALING * cores)
        and strong["one_by_direct"] >= AGAINST_DIRECT,
    )


if __name__ == "__main__":
    main()
