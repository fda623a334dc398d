"""``segstudio visualize``: contact sheets of a dataset, as it is or as augmentation makes it."""

import argparse

from segstudio.cli.console import tell, tell_json
from segstudio.dataset.contact_sheet import chosen, overlay_tile, write_sheets
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.statistics import with_found_classes
from segstudio.learning.settings.augmentation import AugmentationSettings, parse_changes

_FOLDER = "contact-sheets"


def visualize(arguments: argparse.Namespace) -> int:
    """Write contact sheets, and say where they are."""
    dataset = with_found_classes(open_dataset(arguments.dataset))
    folder = (arguments.output or dataset.output / _FOLDER).absolute()
    split, settings = arguments.split, _augmentation(arguments)
    samples = chosen(dataset, split, arguments.count, labelled=settings is not None)
    name = split or "all"
    title = f"{dataset.name} · {split or 'all splits'} · {len(samples)} pictures"
    if settings is None:
        tiles = (overlay_tile(sample, dataset.classes) for sample in samples)
        sheets = write_sheets(tiles, dataset.classes, folder, title=title, name=name)
    else:
        # Only here: it loads imgaug, which takes its time.
        from segstudio.learning.augmented_sheet import augmented_pairs

        pairs = augmented_pairs(samples, dataset.classes, settings, seed=arguments.seed)
        words = [settings.preset, *(f"{change}={strength:g}" for change, strength in settings.changes)]
        title = f"{title} · augmentation “{' '.join(words)}”, seed {arguments.seed}"
        name = f"{name}-{'-'.join(words)}-seed{arguments.seed}"
        sheets = write_sheets(pairs, dataset.classes, folder, title=title, name=name)
    if arguments.json:
        tell_json({"pictures": [sample.key for sample in samples], "sheets": [str(path) for path in sheets]})
    else:
        for path in sheets:
            tell(str(path))
    return 0


def _augmentation(arguments: argparse.Namespace) -> AugmentationSettings | None:
    """Return what is wanted; None where pictures are shown as they are. Changes alone differ from no augmentation."""
    if arguments.augment is None and not arguments.change:
        return None
    return AugmentationSettings(preset=arguments.augment or "none", changes=parse_changes(arguments.change))
