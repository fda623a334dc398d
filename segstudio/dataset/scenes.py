"""Synthetic street scenes with exact masks: what the sample dataset is made of."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.dataset.classes import ClassInfo, ClassList
from segstudio.dataset.images import ImageArray

GROUND, ROAD, HOUSE, TREE, CAR, SKY = range(6)

SCENE_CLASSES = ClassList(
    (
        ClassInfo(GROUND, "ground", (148, 203, 81)),
        ClassInfo(ROAD, "road", (154, 99, 219)),
        ClassInfo(HOUSE, "house", (213, 94, 0)),
        ClassInfo(TREE, "tree", (0, 158, 115)),
        ClassInfo(CAR, "car", (240, 228, 66)),
        ClassInfo(SKY, "sky", (86, 180, 233)),
    )
)

_WALLS = ((196, 164, 132), (222, 207, 180), (168, 98, 82), (186, 190, 196), (214, 178, 96))
_ROOFS = ((122, 52, 44), (84, 70, 66), (70, 82, 104))
_PAINTS = ((178, 32, 38), (34, 70, 150), (232, 232, 228), (40, 44, 48), (214, 150, 30))
_LEAVES = ((44, 92, 40), (70, 118, 46), (32, 78, 58), (112, 122, 40))

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]


@dataclass(slots=True)
class _Sheet:
    """A picture and its mask while they are drawn: every shape goes into both, without anti-aliasing."""

    picture: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8]
    random: np.random.Generator

    @property
    def height(self) -> int:
        return int(self.mask.shape[0])

    @property
    def width(self) -> int:
        return int(self.mask.shape[1])

    def fill(self, points: Points, class_id: int, colour: Colour) -> None:
        """Fill a polygon."""
        inside = np.zeros_like(self.mask)
        cv2.fillPoly(inside, [np.rint(points).astype(np.int32)], 1)
        self._colour(inside.astype(bool), class_id, colour)

    def ellipse(self, centre: tuple[float, float], radii: tuple[float, float], class_id: int, colour: Colour) -> None:
        """Fill an ellipse."""
        inside = np.zeros_like(self.mask)
        middle = (round(centre[0]), round(centre[1]))
        cv2.ellipse(inside, middle, (max(round(radii[0]), 1), max(round(radii[1]), 1)), 0, 0, 360, 1, cv2.FILLED)
        self._colour(inside.astype(bool), class_id, colour)

    def _colour(self, inside: npt.NDArray[np.bool_], class_id: int, colour: Colour) -> None:
        self.mask[inside] = class_id
        self.picture[inside] = colour


def draw_scene(size: tuple[int, int], random: np.random.Generator) -> tuple[ImageArray, npt.NDArray[np.uint8]]:
    """Draw one scene.

    Args:
        size: (height, width) in pixels.
        random: decides everything; the same state draws the same scene.

    Returns:
        The picture, (height, width, 3) uint8 RGB, and its mask, (height, width) uint8 of ids of `SCENE_CLASSES`.
    """
    height, width = size
    sheet = _Sheet(np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.uint8), random)
    horizon = height * random.uniform(0.32, 0.45)
    _draw_land(sheet, horizon)
    vanishing = (width * random.uniform(0.35, 0.65), horizon)
    _draw_road(sheet, vanishing)
    for _ in range(int(random.integers(2, 5))):
        _draw_house(sheet, horizon, vanishing[0])
    for _ in range(int(random.integers(2, 6))):
        _draw_tree(sheet, horizon, vanishing[0])
    for depth in np.sort(random.uniform(0.25, 0.85, int(random.integers(1, 4)))):
        _draw_car(sheet, vanishing, float(depth))
    return _lit(sheet), sheet.mask


def _draw_land(sheet: _Sheet, horizon: float) -> None:
    width, height, random = sheet.width, sheet.height, sheet.random
    sheet.fill([(0, 0), (width, 0), (width, height), (0, height)], SKY, (140, 182, 226))
    meadow = ((112, 136, 66), (134, 128, 78), (96, 126, 60))[int(random.integers(3))]
    hills = [(x, horizon + height * 0.03 * np.sin(x / width * 6 + random.uniform(0, 0.4))) for x in range(0, width, 8)]
    sheet.fill([*hills, (width, horizon), (width, height), (0, height)], GROUND, meadow)


def _draw_road(sheet: _Sheet, vanishing: tuple[float, float]) -> None:
    x, horizon = vanishing
    below = sheet.height - horizon
    half = sheet.width * sheet.random.uniform(0.28, 0.42)
    sheet.fill(
        [(x - 2, horizon + 1), (x + 2, horizon + 1), (x + half, sheet.height), (x - half, sheet.height)],
        ROAD,
        (98, 98, 104),
    )
    for start in np.linspace(0.12, 0.9, 6):
        # A dash is as long and as wide as its distance from the vanishing point makes it.
        top, bottom = horizon + below * start, horizon + below * (start + 0.07 * start + 0.02)
        side = 0.02 * half * start
        sheet.fill(
            [(x - side, top), (x + side, top), (x + side * 1.3, bottom), (x - side * 1.3, bottom)],
            ROAD,
            (226, 222, 204),
        )


def _beside_road(sheet: _Sheet, middle: float, room: float) -> float:
    left = sheet.random.random() < 0.5
    low, high = (0.0, middle - room) if left else (middle + room, float(sheet.width))
    return float(sheet.random.uniform(min(low, high), max(low, high)))


def _draw_house(sheet: _Sheet, horizon: float, middle: float) -> None:
    random = sheet.random
    wide = sheet.width * random.uniform(0.12, 0.22)
    tall = wide * random.uniform(0.6, 0.95)
    left = _beside_road(sheet, middle, sheet.width * 0.14) - wide / 2
    ground = horizon + sheet.height * random.uniform(0.03, 0.16)
    wall, roof = _WALLS[int(random.integers(len(_WALLS)))], _ROOFS[int(random.integers(len(_ROOFS)))]
    top = ground - tall
    sheet.fill([(left, top), (left + wide, top), (left + wide, ground), (left, ground)], HOUSE, wall)
    eaves = wide * 0.08
    sheet.fill([(left - eaves, top), (left + wide / 2, top - wide * 0.4), (left + wide + eaves, top)], HOUSE, roof)
    for column in (0.16, 0.62):
        for row in (0.16, 0.58):
            x, y = left + wide * column, top + tall * row
            pane = [(x, y), (x + wide * 0.2, y), (x + wide * 0.2, y + tall * 0.24), (x, y + tall * 0.24)]
            sheet.fill(pane, HOUSE, (70, 88, 108))


def _draw_tree(sheet: _Sheet, horizon: float, middle: float) -> None:
    random = sheet.random
    tall = sheet.height * random.uniform(0.2, 0.42)
    x = _beside_road(sheet, middle, sheet.width * 0.16)
    ground = horizon + sheet.height * random.uniform(0.05, 0.3)
    trunk = tall * 0.06
    sheet.fill(
        [(x - trunk, ground), (x - trunk, ground - tall * 0.5), (x + trunk, ground - tall * 0.5), (x + trunk, ground)],
        TREE,
        (92, 66, 44),
    )
    leaves = _LEAVES[int(random.integers(len(_LEAVES)))]
    for _ in range(6):
        centre = (x + random.normal(0, tall * 0.11), ground - tall * 0.68 + random.normal(0, tall * 0.09))
        shade = 1 + random.uniform(-0.12, 0.12)
        colour = (round(leaves[0] * shade), round(leaves[1] * shade), round(leaves[2] * shade))
        sheet.ellipse(centre, (tall * random.uniform(0.14, 0.22), tall * random.uniform(0.12, 0.2)), TREE, colour)


def _draw_car(sheet: _Sheet, vanishing: tuple[float, float], depth: float) -> None:
    random = sheet.random
    ground = vanishing[1] + (sheet.height - vanishing[1]) * depth
    wide = sheet.width * 0.26 * depth
    tall = wide * 0.62
    x = vanishing[0] + random.choice((-1, 1)) * sheet.width * 0.16 * depth
    paint = _PAINTS[int(random.integers(len(_PAINTS)))]
    body, roof = ground - tall * 0.55, ground - tall
    for side in (-0.34, 0.34):
        sheet.ellipse((x + wide * side, ground - tall * 0.08), (wide * 0.1, tall * 0.12), CAR, (24, 24, 26))
    low = ground - tall * 0.1
    sheet.fill([(x - wide / 2, body), (x + wide / 2, body), (x + wide / 2, low), (x - wide / 2, low)], CAR, paint)
    sheet.fill(
        [(x - wide * 0.4, body), (x - wide * 0.28, roof), (x + wide * 0.28, roof), (x + wide * 0.4, body)], CAR, paint
    )
    glass = [
        (x - wide * 0.32, body),
        (x - wide * 0.23, roof + tall * 0.07),
        (x + wide * 0.23, roof + tall * 0.07),
        (x + wide * 0.32, body),
    ]
    sheet.fill(glass, CAR, (58, 74, 92))
    for side in (-0.38, 0.38):
        sheet.ellipse((x + wide * side, body + tall * 0.2), (wide * 0.06, tall * 0.07), CAR, (232, 70, 52))


def _lit(sheet: _Sheet) -> ImageArray:
    """Give the flat colours texture, light from one side and the noise of a camera; the mask knows nothing of it."""
    random, shape = sheet.random, sheet.mask.shape
    fine = random.normal(0, 1, shape).astype(np.float32)
    coarse = cv2.GaussianBlur(random.normal(0, 1, shape).astype(np.float32), (0, 0), 3) * 6
    strength = np.array([14, 5, 5, 16, 3, 2], dtype=np.float32)[sheet.mask]
    light = np.linspace(random.uniform(0.85, 1.0), random.uniform(1.0, 1.15), shape[1], dtype=np.float32)
    haze = np.linspace(1.06, 0.94, shape[0], dtype=np.float32)
    picture = sheet.picture * light[None, :, None] * haze[:, None, None]
    picture += ((fine + coarse) * 0.5 * strength)[..., None]
    picture += random.normal(0, 2.5, picture.shape).astype(np.float32)
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)
