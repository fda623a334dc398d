"""The sound files that are damaged: datasets with pictures and masks in every format, and every kind of annotation."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import tifffile
from PIL import Image

from segstudio.dataset.classes import ClassInfo, ClassList, save_classes
from segstudio.dataset.dataset import open_dataset
from segstudio.dataset.formats.exporting import export_dataset
from segstudio.dataset.formats.registry import FORMATS
from segstudio.dataset.masks import write_mask

HEIGHT, WIDTH = 24, 36
CLASSES = ClassList(
    (ClassInfo(0, "background", (0, 0, 0)), ClassInfo(1, "thing", (255, 0, 0)), ClassInfo(255, "void", (9, 9, 9), True))
)


def _pixels() -> np.ndarray:
    return cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8), (0, 0), 2)


def _ids() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[3:14, 5:22] = 1
    mask[16:20, 25:30] = 1
    return mask


def _saved(**words: object) -> Callable[[np.ndarray, Path], None]:
    return lambda pixels, path: Image.fromarray(pixels).save(path, **words)


def _turned(pixels: np.ndarray, path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(path, exif=exif)


def _deep(pixels: np.ndarray, path: Path) -> None:
    cv2.imwrite(str(path), pixels.astype(np.uint16) * 200)


def _palette(pixels: np.ndarray, path: Path) -> None:
    picture = Image.fromarray(pixels).convert("P")
    picture.putpalette([0, 0, 0, 255, 0, 0] + [7] * 762)
    picture.save(path)


def _transparent(pixels: np.ndarray, path: Path) -> None:
    Image.fromarray(np.dstack([pixels] * 3 + [np.full_like(pixels, 255)])).save(path)


def _coloured(pixels: np.ndarray, path: Path) -> None:
    Image.fromarray(np.where(pixels[..., None] == 1, np.uint8((255, 0, 0)), np.uint8(0))).save(path)


PICTURES: dict[str, Callable[[np.ndarray, Path], None]] = {
    "plain.png": _saved(),
    "turned.png": _turned,
    "turned.jpg": _turned,
    "deep.png": _deep,
    "deep.tif": _deep,
    "progressive.jpg": _saved(progressive=True),
    "plain.bmp": _saved(),
    "lzw.tif": _saved(compression="tiff_lzw"),
    "fractions.tif": lambda pixels, path: tifffile.imwrite(path, pixels[..., 0].astype(np.float32) / 7),
    "lossy.webp": _saved(),
    "lossless.webp": _saved(lossless=True),
}
MASKS: dict[str, Callable[[np.ndarray, Path], None]] = {
    "plain.png": lambda mask, path: write_mask(path, mask),
    "deep.png": lambda mask, path: write_mask(path, mask.astype(np.uint16) * 300),
    "narrow.png": lambda mask, path: cv2.imwrite(str(path), mask.astype(np.uint16)),
    "palette.png": _palette,
    "bit.png": lambda mask, path: Image.fromarray(mask * 255).convert("1").save(path),
    "transparent.png": _transparent,
    "coloured.png": _coloured,
    "soft.png": lambda mask, path: Image.fromarray(cv2.GaussianBlur(mask * 255, (0, 0), 0.7)).save(path),
    "palette.gif": _palette,
    "plain.bmp": _saved(),
    "plain.tif": _saved(),
    "deflated.tif": lambda mask, path: tifffile.imwrite(path, mask, compression="zlib"),
    "fractions.tif": lambda mask, path: tifffile.imwrite(path, mask.astype(np.float32)),
    "lossless.webp": _saved(lossless=True),
    "lossy.jpg": lambda mask, path: Image.fromarray(mask * 255).save(path),
}


def make_seeds(folder: Path) -> list[tuple[Path, Path]]:
    """Make small folders; return each file that may be damaged, with the folder that is then looked at."""
    seeds = [_with_picture(folder / f"picture-{name}", name) for name in PICTURES]
    seeds += [_with_mask(folder / f"mask-{name}", name) for name in MASKS]
    seeds += _with_classes(folder)
    for target in FORMATS:
        if target.write is not None:
            made = folder / f"format-{target.name}"
            export_dataset(open_dataset(folder / "classes-json"), made, target)
            pictures = {".jpg", ".bmp"}  # these are damaged above; here it is about what describes them
            seeds += [
                (path, made) for path in sorted(made.rglob("*")) if path.is_file() and path.suffix not in pictures
            ]
    return seeds


def _with_picture(root: Path, name: str) -> tuple[Path, Path]:
    path = root / "train_images" / name
    path.parent.mkdir(parents=True)
    PICTURES[name](_pixels(), path)
    write_mask(root / "train_segmentation" / f"{path.stem}.png", _ids())
    save_classes(root, CLASSES)
    return path, root


def _with_mask(root: Path, name: str) -> tuple[Path, Path]:
    path = root / "train_segmentation" / name
    path.parent.mkdir(parents=True)
    (root / "train_images").mkdir()
    MASKS[name](_ids(), path)
    Image.fromarray(_pixels()).save(root / "train_images" / f"{path.stem}.png")
    save_classes(root, CLASSES)
    return path, root


def _with_classes(folder: Path) -> list[tuple[Path, Path]]:
    seeds = []
    for name in ("classes.json", "classes.txt"):
        root = folder / name.replace(".", "-")
        _with_picture(root, "plain.bmp")
        (root / "val_images").mkdir()
        Image.fromarray(_pixels()[::-1].copy()).save(root / "val_images" / "other.jpg")
        write_mask(root / "val_segmentation" / "other.png", _ids()[::-1].copy())
        if name == "classes.txt":
            (root / "classes.json").unlink()
            (root / name).write_text("0\tbackground\t#000000\n1\tthing\t#ff0000\n255\tvoid\t#090909\tignore\n")
        seeds.append((root / name, root))
    return seeds
