"""``segstudio suggest``: settings that suit a dataset and this machine, and why."""

import argparse
import shlex

from segstudio.cli.console import counting, stop_by_keyboard, tell, tell_json
from segstudio.cli.training_settings import words_for
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.dataset_facts import look_at
from segstudio.learning.loading import load_tensorflow
from segstudio.learning.machine import DeviceFacts, this_machine
from segstudio.learning.suggesting import suggest as propose


def suggest(arguments: argparse.Namespace) -> int:
    """Look at the dataset and the device, and tell the settings, the reasons and the command."""
    dataset = with_found_classes(open_dataset(arguments.dataset, output=arguments.output))
    with counting("Looking at the masks") as show, stop_by_keyboard() as should_stop:
        facts = look_at(dataset, emit=lambda step: show(step.done, step.total), should_stop=should_stop)
    if facts is None:
        raise KeyboardInterrupt
    suggestion = propose(facts, this_machine() if arguments.cpu else _device())
    command = ["segstudio", "train", str(arguments.dataset), *words_for(suggestion.changes)]
    if arguments.output is not None:
        command += ["--output", str(arguments.output)]
    if arguments.json:
        tell_json({**suggestion.to_json(), "command": command})
        return 0
    for reason in suggestion.reasons:
        tell(f"{reason.setting:15} {reason.value}".rstrip())
        tell(f"{'':15} {reason.sentence}")
    tell("")
    tell(shlex.join(command))
    return 0


def _device() -> DeviceFacts:
    """Return the GPU that TensorFlow finds, or else the processor."""
    load_tensorflow()
    from segstudio.learning.device import device_facts

    device = DeviceFacts.from_json(device_facts())
    return device if device.gpu else this_machine()
