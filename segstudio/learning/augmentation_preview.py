"""What a training would get to see of a few of its pictures, written as files: the window looks at them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from segstudio.dataset.contact_sheet import OPACITY, chosen
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.overlay import blend_colours, write_picture
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.augmentation import make_augmenter
from segstudio.learning.augmented_sheet import target_colours
from segstudio.learning.config import TrainingConfig
from segstudio.learning.events import Emit, Progress, ShouldStop
from segstudio.learning.sample_reader import Pair, SampleReader
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding

_IGNORED_COLOUR = (128, 128, 128, 255)


def write_preview(
    config: TrainingConfig, output: Path, *, count: int, variants: int, seed: int, emit: Emit, should_stop: ShouldStop
) -> list[tuple[str, list[Path]]]:
    """Write overlays of train samples as a training with these settings could meet them, at its input size.

    Args:
        config: dataset, input size, fit and augmentation are used.
        output: a folder; it is made if it is missing.
        count: how many samples, spread evenly over the labelled ones of train.
        variants: how many changed pictures of each.
        seed: the same seed and settings give the same pictures.
        emit: gets `Progress` after each sample.
        should_stop: asked before each sample; the rest is then left out.

    Returns:
        Name and pictures of each sample; the first picture is the unchanged one. What is ignored is grey.

    Raises:
        SegstudioError: there is no labelled sample, or one cannot be read.
        OSError: a picture cannot be written.
    """
    dataset = with_found_classes(open_dataset(config.dataset, output=config.output))
    samples = chosen(dataset, "train", count, labelled=True)
    reader = SampleReader(samples, TargetCoding(dataset.classes), config.input_size, fit=config.fit)
    augmenter = make_augmenter(config.augmentation)
    colours = target_colours(dataset.classes)
    colours[IGNORED_TARGET] = _IGNORED_COLOUR
    output.mkdir(parents=True, exist_ok=True)
    rows: list[tuple[str, list[Path]]] = []
    for position, sample in enumerate(samples):
        if should_stop():
            break
        image, target = reader.read(position)
        pairs: list[Pair] = [(image, target)]
        for variant in range(variants):
            words = (seed, position, variant)
            pairs.append((image, target) if augmenter is None else augmenter(image, target, seed=words))
        rows.append((sample.name, [_write(pair, colours, output, position, n) for n, pair in enumerate(pairs)]))
        emit(Progress(position + 1, len(samples), sample.name))
    return rows


def _write(pair: Pair, colours: npt.NDArray[np.uint8], output: Path, position: int, number: int) -> Path:
    path = output / f"{position:03}-{number:03}.png"
    write_picture(path, blend_colours(pair[0], colours[pair[1]], OPACITY))
    return path
