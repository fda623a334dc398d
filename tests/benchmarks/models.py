"""Every architecture on every backbone: how large it is, and what a training step takes here.

Without arguments: builds each pair, prints its parameters, the estimate of `model_sizes` for training, and for a few
pairs the memory and time that steps really took, each in a fresh process. ``--table`` prints the table of
`model_sizes` counted anew; ``--only NAME`` takes the pairs of one architecture or backbone. ``--check`` runs the tests
of tests/learning/models on every pair (some minutes) instead of the usual ones.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from support.machine import OtherLoad
from support.report import conditions, print_report

from segstudio.learning.catalog import ARCHITECTURES
from segstudio.learning.loading import load_tensorflow

PAIRS = [(entry.name, backbone) for entry in ARCHITECTURES.values() for backbone in entry.backbones]
MEASURED = (
    ("unet_mini", "custom"),
    ("unet", "custom"),
    ("unet", "mobilenet"),
    ("fcn_8", "mobilenet"),
    ("segnet", "custom"),
    ("pspnet", "custom"),
    ("unet", "resnet50"),
    ("deeplab_v3_plus", "mobilenet_v2"),
)
SIDE, BATCH = 256, 4
FARTHEST = 2.0
"""The estimate is within this factor of what was measured."""


def count(architecture: str, backbone: str) -> tuple[int, int, float, float]:
    """Return (weights, a class; activations a pixel, a class) of a pair, from models of two and three classes."""
    (two_weights, two_values), (three_weights, three_values) = (_counted(architecture, backbone, n) for n in (2, 3))
    weights, values = three_weights - two_weights, three_values - two_values
    return two_weights - 2 * weights, weights, two_values - 2 * values, values


def _counted(architecture, backbone, n_classes):
    import keras

    from segstudio.learning.models.build import build_model

    keras.backend.clear_session()
    model = build_model(architecture, backbone, n_classes)
    probe = np.zeros((1, SIDE, SIDE, 3), np.float32)
    values = sum(_outputs(model, probe.shape)) / SIDE**2
    return model.count_params(), values


def _outputs(model, shape):
    """Yield the number of values of each layer's answer to pictures of a shape."""
    import keras

    fixed = keras.models.clone_model(
        model,
        input_tensors=keras.Input(shape[1:]),
        clone_function=lambda layer: layer,
    )
    for operation in fixed.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        if isinstance(operation, keras.Model) and not isinstance(operation, keras.Sequential):
            yield from _outputs(operation, (1, *fixed_input_shape(operation)))
            continue
        for tensor in operation._inbound_nodes[-1].output_tensors:
            yield float(np.prod(tensor.shape[1:]))


def fixed_input_shape(operation):
    return operation._inbound_nodes[-1].input_tensors[0].shape[1:]


def step(architecture: str, backbone: str) -> dict[str, float]:
    """Train a few steps in this process; return the memory it took above an idle one, and the seconds of a step."""
    from segstudio.learning.models.build import build_model
    from segstudio.learning.optimizer import make_optimizer
    from segstudio.learning.steps import compile_steps

    random = np.random.default_rng(0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model = build_model(architecture, backbone, 2)
    optimizer = make_optimizer(1e-3, 10)
    optimizer.build(model.trainable_variables)
    steps = compile_steps(model, optimizer, (SIDE, SIDE))
    pictures = random.integers(0, 256, (BATCH, SIDE, SIDE, 3), dtype=np.uint8)
    targets = random.integers(0, 2, (BATCH, SIDE, SIDE), dtype=np.uint8)
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        float(steps.learn(pictures, targets)[0])
        seconds.append(time.monotonic() - began)
    taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"bytes": taken, "seconds_a_step": round(min(seconds[1:]), 3)}


def in_a_process(architecture: str, backbone: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--step", architecture, backbone], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--step", nargs=2, default=None)
    arguments = parser.parse_args()
    if arguments.check:
        tests = Path(__file__).parents[1] / "learning" / "models"
        command = [sys.executable, "-m", "pytest", "-q", str(tests), "-k", arguments.only]
        raise SystemExit(subprocess.run(command, env={**os.environ, "EVERY_PAIR": "1"}, check=False).returncode)
    if arguments.step:
        load_tensorflow()
        print(json.dumps(step(*arguments.step)))
        return
    pairs = [pair for pair in PAIRS if not arguments.only or arguments.only in pair]
    if arguments.table:
        load_tensorflow()
        for pair in pairs:
            weights, each, values, values_each = count(*pair)
            print(
                f'    ("{pair[0]}", "{pair[1]}"): ModelSize({weights:_}, {each:_}, {values:.1f}, {values_each:.2f}),',
                flush=True,
            )
        return
    load = OtherLoad()
    measured = {}
    for pair in pairs:
        if pair in MEASURED:
            figures = in_a_process(*pair)
            estimate = ARCHITECTURES[pair[0]].size(pair[1])
            expected = estimate.training_bytes(2, height=SIDE, width=SIDE, batch_size=BATCH)
            measured[" on ".join(pair)] = {
                **figures,
                "estimate": expected,
                "measured_by_estimate": round(figures["bytes"] / expected, 2),
            }
            print(" on ".join(pair), measured[" on ".join(pair)], flush=True)
    ratios = [figures["measured_by_estimate"] for figures in measured.values()]
    print_report(
        {
            "benchmark": "models",
            "conditions": conditions(),
            "other_load_cores": load.cores(),
            "side": SIDE,
            "batch": BATCH,
            "measured": measured,
        },
        holds=all(1 / FARTHEST <= ratio <= FARTHEST for ratio in ratios),
    )


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
