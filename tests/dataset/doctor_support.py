"""Small datasets, each with one thing wrong."""

import numpy as np
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.doctor.verify import verify
from segstudio.dataset.masks import write_mask
from segstudio.dataset.statistics import with_found_classes

HEIGHT, WIDTH = 24, 36
RED, BLUE = (255, 0, 0), (0, 0, 255)
CLASSES = ClassList((ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", RED)))
THREE = ClassList((*CLASSES, ClassInfo(2, "other", BLUE)))


def picture(path, *, seed=0, size=(HEIGHT, WIDTH), orientation=1):
    """Write a picture with something to see on it; other seeds look different."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC).save(path, exif=exif)


def ids(size=(HEIGHT, WIDTH)):
    """Return a mask of 0 and 1, with no symmetry."""
    mask = np.zeros(size, np.uint8)
    mask[2:9, 5:20] = 1
    mask[0, 0] = 1
    return mask


def healthy(folder, *, classes=CLASSES, train=("a", "b"), val=("v",)):
    """Make a dataset with nothing wrong."""
    for split, names in (("train", train), ("val", val)):
        for number, name in enumerate(names):
            picture(folder / f"{split}_images" / f"{name}.png", seed=10 * number + (split == "val"))
            write_mask(folder / f"{split}_segmentation" / f"{name}.png", ids())
    if classes is not None:
        save_classes(folder, classes)
    return folder


def mask_of(folder, name="a", split="train"):
    return folder / f"{split}_segmentation" / f"{name}.png"


def opened(folder):
    return with_found_classes(open_dataset(folder))


def found(folder, kind=None):
    """Return the problems of a dataset, or those of a kind."""
    return [problem for problem in verify(opened(folder)) if kind in (None, problem.kind)]
