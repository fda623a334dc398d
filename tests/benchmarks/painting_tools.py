"""How long each tool of the painter computes, on an ordinary and on a very large picture.

python tests/benchmarks/painting_tools.py [--sides 2000x1500 8192x8192]
"""

import argparse
import time

import cv2
import numpy as np

from segstudio.painting.brush import covered
from segstudio.painting.cleanup import fill_holes, grow, remove_islands, shrink, smooth
from segstudio.painting.copying import copied
from segstudio.painting.fill import Wand, flood
from segstudio.painting.regions import Region
from segstudio.painting.shapes import ellipse, encircle, polygon, rectangle


def milliseconds(function, repeats=3):
    """Return the best of some times."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - began))
    return min(times)


def annotated(width, height, *, specks=True):
    """Return a mask of eight classes in discs of all sizes, with specks and holes, as people's masks have them."""
    random = np.random.default_rng(0)
    mask = np.zeros((height, width), np.uint8)
    for number, low, high in ((300, width // 400, width // 14), (width * height // 2200 * specks, 1, 5)):
        for _ in range(number):
            centre = int(random.integers(0, width)), int(random.integers(0, height))
            cv2.circle(mask, centre, int(random.integers(low, high)), int(random.integers(0, 8)), -1)
    return mask


def photographed(width, height):
    """Return a picture of soft blobs with noise."""
    random = np.random.default_rng(1)
    coarse = random.integers(0, 256, (height // 40, width // 40, 3), dtype=np.uint8)
    blobs = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return cv2.add(blobs, random.integers(0, 12, blobs.shape, dtype=np.uint8))


def lasso(width, height):
    """Return 5,000 points around most of the picture."""
    angle = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    reach = 0.42 + 0.05 * np.sin(17 * angle)
    return np.stack([width * (0.5 + reach * np.cos(angle)), height * (0.5 + reach * np.sin(angle))], axis=1)


def loop(points, size):
    """Return what a brush of 20 pixels covers along some points."""
    pixels = np.zeros((size["height"], size["width"]), np.bool_)
    for start, end in zip(points, np.roll(points, -1, axis=0), strict=True):
        dab = covered(tuple(start), tuple(end), diameter=20, **size)
        pixels[dab.box.slices] |= dab.inside
    return Region.of(pixels)


def shape_cases(width, height):
    """Return names and functions to time: what is drawn."""
    size = {"width": width, "height": height}
    points, far = lasso(width, height), (width - 1.0, height - 1.0)
    closed, opened = loop(points, size), loop(points[:4000], size)
    ends = tuple(points[0]), tuple(points[4000])
    zigzag = np.random.default_rng(2).random((5000, 2)) * (width, height)
    return [
        ("polygon, lasso of 5,000 points", lambda: polygon(points, **size)),
        ("polygon, 5,000 points across the picture at random", lambda: polygon(zigzag, **size)),
        ("rectangle, the whole picture", lambda: rectangle((0, 0), far, **size)),
        ("ellipse, the whole picture", lambda: ellipse((0, 0), far, **size)),
        ("encircle, a loop around most of the picture", lambda: encircle(closed, **size)),
        ("encircle, closed by a line", lambda: encircle(opened, ends=ends, **size)),
    ]


def fill_cases(width, height, mask):
    """Return names and functions to time: flood and wand."""
    image = photographed(width, height)
    middle = (width / 2, height / 2)
    held, smoothed = Wand(image, middle), Wand(image, middle, smooth=2)
    background = np.argwhere(mask == 0)[len(mask)][::-1]
    tolerances = np.arange(0, 160, 8).tolist()
    cases = [
        ("flood, the largest background", lambda: flood(mask, background)),
        ("flood, not contiguous", lambda: flood(mask, background, contiguous=False)),
        ("wand, press at tolerance 20", lambda: Wand(image, middle).region(20)),
        ("wand, press at tolerance 20, smooth 2", lambda: Wand(image, middle, smooth=2).region(20)),
        ("wand, press, not contiguous", lambda: Wand(image, middle).region(20, contiguous=False)),
        ("wand, press, not contiguous, smooth 2", lambda: Wand(image, middle, smooth=2).region(20, contiguous=False)),
    ]
    for tolerance in tolerances[1::3]:
        held.region(tolerance)
        share = 100 * held.region(tolerance).count / mask.size
        cases.append((f"wand, step at tolerance {tolerance} ({share:.0f} %)", lambda t=tolerance: held.region(t)))
    smoothed.region(0, contiguous=False)
    cases.append(("wand, step, not contiguous", lambda: smoothed.region(60, contiguous=False)))
    return cases


def cleanup_cases(width, height, mask):
    """Return names and functions to time: one class tidied, and another mask copied."""
    selection = Region.of(np.ones((400, 400), np.bool_), left=width // 2, top=height // 2)
    discs = annotated(width, height, specks=False)
    noise = np.random.default_rng(3).integers(0, 4, (height, width), dtype=np.uint8)
    cases = [
        ("copied, all", lambda: copied(mask, None, mask.shape)),
        ("copied, a selection of 400 x 400", lambda: copied(mask, selection, mask.shape)),
    ]
    for name, call in (
        ("fill_holes up to 500", lambda on, part: fill_holes(on, 3, max_pixels=500, within=part)),
        ("remove_islands below 100", lambda on, part: remove_islands(on, 3, below=100, within=part)),
        ("grow 5", lambda on, part: grow(on, 3, pixels=5, within=part)),
        ("grow 50", lambda on, part: grow(on, 3, pixels=50, within=part)),
        ("shrink 5", lambda on, part: shrink(on, 3, pixels=5, within=part)),
        ("shrink 50", lambda on, part: shrink(on, 3, pixels=50, within=part)),
        ("smooth 3", lambda on, part: smooth(on, 3, radius=3, within=part)),
        ("smooth 10", lambda on, part: smooth(on, 3, radius=10, within=part)),
    ):
        cases.append((name, lambda call=call: call(mask, None)))
        cases.append((f"{name}, in a selection of 400 x 400", lambda call=call: call(mask, selection)))
        cases.append((f"{name}, without specks", lambda call=call: call(discs, None)))
        cases.append((f"{name}, pure noise", lambda call=call: call(noise, None)))
    return cases


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sides", nargs="+", default=["2000x1500", "8192x8192"])
    parser.add_argument("--only", default="", help="only what begins so")
    arguments = parser.parse_args()
    for sides in arguments.sides:
        width, height = map(int, sides.split("x"))
        print(f"{width} x {height}, OpenCV {cv2.__version__} with {cv2.getNumThreads()} threads")
        mask = annotated(width, height)
        for cases in (
            shape_cases(width, height),
            fill_cases(width, height, mask),
            cleanup_cases(width, height, mask),
        ):
            for name, function in cases:
                if name.startswith(arguments.only):
                    print(f"  {name:60s} {milliseconds(function, 3 if mask.size < 1e7 else 2):9.1f} ms", flush=True)


if __name__ == "__main__":
    main()
