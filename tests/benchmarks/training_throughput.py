"""Whether training waits for its pictures: fed by the pipeline against fed by tensors in memory.

python tests/benchmarks/training_throughput.py [--repeats 7] [--presets light strong]

U-Net mini at 128 x 128 in batches of four, on as many threads as a training has. Epochs of both kinds take turns; the
ratio is the median over pairs. Processes augment where `worker_count` says so.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from support.data import copy_dataset
from support.machine import OtherLoad
from support.report import conditions, print_report

from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.loading import load_tensorflow
from segstudio.learning.pipeline import Batches, SampleReader, worker_count
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding

LEAST = 0.95
"""Of the speed of training from memory, with the default preset."""
SIDE, BATCH = 128, 4


def make_step(n_classes):
    """Return a training step on uint8 pictures and targets, compiled."""
    import keras
    import tensorflow as tf

    from segstudio.learning.models.build import build_model

    model = build_model("unet_mini", "custom", n_classes)
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=IGNORED_TARGET)
    shape = (None, SIDE, SIDE)

    @tf.function(input_signature=[tf.TensorSpec((*shape, 3), tf.uint8), tf.TensorSpec(shape, tf.uint8)])
    def step(pictures, targets):
        with tf.GradientTape() as tape:
            loss = loss_of(tf.cast(targets, tf.int32), model(tf.cast(pictures, tf.float32), training=True))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    return step


def seconds(step, batches) -> float:
    began = time.perf_counter()
    for pictures, targets in batches:
        float(step(pictures, targets))
    return time.perf_counter() - began


def compared(step, reader, preset, repeats) -> dict[str, object]:
    import tensorflow as tf

    settings = AugmentationSettings(preset=preset)
    batches = Batches(reader, BATCH, augmentation=settings, seed=0, workers=None)
    in_memory = [(tf.constant(pictures), tf.constant(targets)) for pictures, targets in batches.epoch(0)]
    seconds(step, in_memory)
    ratios, steps_a_second = [], []
    for number in range(1, repeats + 1):
        before = seconds(step, in_memory)
        fed = seconds(step, batches.epoch(number))
        memory = (before + seconds(step, in_memory)) / 2
        ratios.append(memory / fed)
        steps_a_second.append(len(batches) / fed)
    batches.close()
    return {
        "fed_by_memory": round(statistics.median(ratios), 3),
        "all": [round(ratio, 3) for ratio in ratios],
        "steps_a_second": round(statistics.median(steps_a_second), 1),
        "processes": worker_count(settings, os.cpu_count() or 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--presets", nargs="+", default=["light", "strong"])
    arguments = parser.parse_args()
    load_tensorflow()
    from segstudio.learning.device import limit_threads

    limit_threads(max(1, (os.cpu_count() or 2) - 1))
    load = OtherLoad()
    with tempfile.TemporaryDirectory() as folder:
        name = copy_dataset(Path(folder) / "dataset")
        dataset = with_found_classes(open_dataset(Path(folder) / "dataset"))
        coding = TargetCoding(dataset.classes)
        reader = SampleReader(dataset.labelled("train"), coding, (SIDE, SIDE))
        reader.read_all(progress=lambda done: None, should_stop=lambda: False)
        step = make_step(coding.n_classes)
        presets = {preset: compared(step, reader, preset, arguments.repeats) for preset in arguments.presets}
    default = presets.get(AugmentationSettings().preset)
    print_report(
        {
            "benchmark": "training_throughput",
            "conditions": conditions(),
            "other_load_cores": load.cores(),
            "dataset": name,
            "pictures": len(reader),
            "presets": presets,
            "target": LEAST,
        },
        holds=default is None or default["fed_by_memory"] >= LEAST,
    )


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
