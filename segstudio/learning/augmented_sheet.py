"""What augmentation makes of pictures, beside the pictures themselves: to be looked at before a training."""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from segstudio.dataset.classes import ClassList
from segstudio.dataset.contact_sheet import OPACITY, SIDE, Tile, reduced_mask
from segstudio.dataset.dataset import Sample
from segstudio.dataset.images import read_reduced
from segstudio.dataset.masks import read_mask
from segstudio.dataset.overlay import ColourTable, blend_colours, unpainted_ids
from segstudio.errors import SegstudioError
from segstudio.learning.augmentation import Augmenter, make_augmenter
from segstudio.learning.settings.augmentation import AugmentationSettings
from segstudio.learning.targets import IGNORED_TARGET, TargetCoding

_SEVERAL_IGNORED = (128, 128, 128)


def augmented_pairs(
    samples: Iterable[Sample], classes: ClassList, settings: AugmentationSettings, *, seed: int
) -> Iterator[Tile]:
    """Yield two tiles a sample: as it is, and as the augmenters of a training would hand it to the model.

    The augmenter goes through the samples in their order with this seed; a picture has the size of a tile when it is
    augmented, where a training has its input size: what is told in pixels (a blur) looks accordingly.

    Args:
        samples: labelled ones.
        classes: ids to targets and colours.
        settings: as in `TrainingConfig`.
        seed: the same pictures, settings and seed give the same tiles.

    Raises:
        TargetError: there are more classes than can be trained.
    """
    augmenter = make_augmenter(settings)
    coding = TargetCoding(classes)
    colours = target_colours(classes)
    return chain.from_iterable(
        _pair(sample, coding, colours, augmenter, (seed, number)) for number, sample in enumerate(samples)
    )


def _pair(
    sample: Sample, coding: TargetCoding, colours: ColourTable, augmenter: Augmenter | None, seed: tuple[int, ...]
) -> tuple[Tile, Tile]:
    try:
        if sample.mask is None:
            raise SegstudioError(f"{sample.image} has no mask.")
        image = read_reduced(sample.image, SIDE)
        target = coding.encode(reduced_mask(read_mask(sample.mask), image.shape[:2]), sample.mask)
    except SegstudioError:
        missing = Tile(None, sample.name, "cannot be used")
        return missing, missing
    changed, moved = (image, target) if augmenter is None else augmenter(image, target, seed=seed)
    before = Tile(blend_colours(image, colours[target], OPACITY), sample.name, sample.split)
    return before, Tile(blend_colours(np.ascontiguousarray(changed), colours[moved], OPACITY), "", "augmented")


def target_colours(classes: ClassList) -> ColourTable:
    """Return (256, 4) uint8: as `overlay.colour_table`, but by class index; what is ignored has one value there."""
    table = np.zeros((IGNORED_TARGET + 1, 4), dtype=np.uint8)
    for index, entry in enumerate(classes.counted):
        clear = entry.id == 0 and entry.colour == (0, 0, 0)
        table[index] = (*entry.colour, 0 if clear else 255)
    ignored = [entry for entry in classes if entry.ignored and entry.id not in unpainted_ids(classes)]
    if ignored:
        table[IGNORED_TARGET] = (*(ignored[0].colour if len(ignored) == 1 else _SEVERAL_IGNORED), 255)
    return table
