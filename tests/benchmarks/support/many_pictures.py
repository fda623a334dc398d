"""Datasets made for measuring: very many small pictures, and some large ones."""

from pathlib import Path

import cv2
import numpy as np

SIZE = (48, 64)
DISTINCT = 200
LARGE_PICTURES = 40
LARGE = (3000, 4000)


def make_many_pictures(folder: Path, samples: int) -> None:
    """Write pictures and masks: a tenth each in val and test, every other picture with a mask."""
    from segstudio.dataset.classes import ClassInfo, ClassList, save_classes

    random = np.random.default_rng(0)
    pictures, masks = [], []
    for _ in range(DISTINCT):
        coarse = random.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        pictures.append(cv2.imencode(".jpg", cv2.resize(coarse, SIZE[::-1], interpolation=cv2.INTER_CUBIC))[1])
        ids = random.integers(0, 4, (3, 4), dtype=np.uint8)
        masks.append(cv2.imencode(".png", cv2.resize(ids, SIZE[::-1], interpolation=cv2.INTER_NEAREST))[1])
    tenth = samples // 10
    number = 0
    for split, count in (("train", samples - 2 * tenth), ("val", tenth), ("test", tenth)):
        images, targets = folder / f"{split}_images", folder / f"{split}_segmentation"
        images.mkdir(parents=True)
        targets.mkdir()
        for _ in range(count):
            (images / f"scene-{number:06}.jpg").write_bytes(pictures[number % DISTINCT].data)
            if number % 2:
                (targets / f"scene-{number:06}.png").write_bytes(masks[number % DISTINCT].data)
            number += 1
    names = ("background", "leaf", "stem", "soil")
    colours = ((0, 0, 0), (60, 160, 60), (200, 140, 40), (120, 80, 60))
    save_classes(folder, ClassList(tuple(ClassInfo(i, names[i], colours[i]) for i in range(4))))


def make_large_pictures(folder: Path) -> None:
    """Write some pictures as cameras make them, each with a mask: whether their thumbnails are kept is seen here."""
    images, masks = folder / "train_images", folder / "train_segmentation"
    images.mkdir(parents=True)
    masks.mkdir()
    random = np.random.default_rng(2)
    for number in range(LARGE_PICTURES):
        coarse = random.integers(0, 256, (40, 60, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, LARGE[::-1], interpolation=cv2.INTER_CUBIC)
        ids = cv2.resize(random.integers(0, 4, (10, 15), dtype=np.uint8), LARGE[::-1], interpolation=cv2.INTER_NEAREST)
        cv2.imwrite(str(images / f"{number:03}.jpg"), picture)
        cv2.imwrite(str(masks / f"{number:03}.png"), ids)
