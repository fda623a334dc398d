"""Parts of pictures at their own resolution: at random to learn from, in a grid to be measured."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from segstudio.learning.targets import IGNORED_TARGET

Span = tuple[int, int]
"""From this row or column up to, not including, that one."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture, of the input's size; it reaches beyond a picture that is smaller.

    Attributes:
        top: its first row in the picture.
        left: its first column.
        rows: those of the picture that count in it; the others are context.
        columns: likewise.
    """

    top: int
    left: int
    rows: Span
    columns: Span


def n_windows(size: tuple[int, int], window: tuple[int, int]) -> int:
    """Return how many windows cover a picture, both (height, width)."""
    return -(-size[0] // window[0]) * -(-size[1] // window[1])


def grid_window(size: tuple[int, int], window: tuple[int, int], number: int) -> Window:
    """Return one of the windows that cover a picture, row by row; over all of them each pixel counts once.

    They are evenly spaced; where two overlap, each counts its half, so that pixels count where they have context.
    """
    across = -(-size[1] // window[1])
    row, column = divmod(number, across)
    top, rows = _place(size[0], window[0], row)
    left, columns = _place(size[1], window[1], column)
    return Window(top, left, rows, columns)


def random_window(size: tuple[int, int], window: tuple[int, int], random: np.random.Generator) -> Window:
    """Return a window at random that lies within the picture where it can, and in which every pixel counts."""
    top, left = (int(random.integers(max(whole - part, 0) + 1)) for whole, part in zip(size, window, strict=True))
    return Window(top, left, (0, size[0]), (0, size[1]))


def cut_window(
    image: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8], window: Window, size: tuple[int, int]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return image (height, width, 3) and target (height, width) of a window of ``size``, as copies.

    What lies beyond the picture is mirrored in the image; there, and where pixels are context, the target is ignored.
    """
    bottom, right = window.top + size[0], window.left + size[1]
    pixels = image[window.top : bottom, window.left : right]
    answer = np.full(size, IGNORED_TARGET, dtype=np.uint8)
    first_row, first_column = max(window.rows[0], window.top), max(window.columns[0], window.left)
    counted = target[first_row : min(window.rows[1], bottom), first_column : min(window.columns[1], right)]
    row, column = first_row - window.top, first_column - window.left
    answer[row : row + counted.shape[0], column : column + counted.shape[1]] = counted
    missing = size[0] - pixels.shape[0], size[1] - pixels.shape[1]
    if any(missing):
        padded = cv2.copyMakeBorder(pixels, 0, missing[0], 0, missing[1], cv2.BORDER_REFLECT_101)
        return np.asarray(padded, dtype=np.uint8), answer
    return pixels.copy(), answer


def predict_by_windows(
    image: npt.NDArray[np.uint8], size: tuple[int, int], answer: Callable[[npt.NDArray[np.uint8]], npt.NDArray[Any]]
) -> npt.NDArray[np.uint8]:
    """Return class indices (height, width) of a picture (height, width, 3), asked for window by window.

    Args:
        image: the picture.
        size: (height, width) of the windows.
        answer: from a window (height, width, 3) to its class indices (height, width).
    """
    whole = image.shape[0], image.shape[1]
    indices = np.empty(whole, dtype=np.uint8)
    nothing = np.empty(whole, dtype=np.uint8)
    for number in range(n_windows(whole, size)):
        window = grid_window(whole, size, number)
        pixels, _ = cut_window(image, nothing, window, size)
        rows, columns = slice(*window.rows), slice(*window.columns)
        predicted = answer(pixels)
        indices[rows, columns] = predicted[
            rows.start - window.top : rows.stop - window.top, columns.start - window.left : columns.stop - window.left
        ]
    return indices


def _place(whole: int, part: int, number: int) -> tuple[int, Span]:
    """Return where a window begins along one side, and the span that counts in it."""
    count = -(-whole // part)
    starts = [(whole - part) * index // (count - 1) for index in range(count)] if count > 1 else [0]
    begin = 0 if number == 0 else (starts[number - 1] + part + starts[number]) // 2
    end = whole if number == count - 1 else (starts[number] + part + starts[number + 1]) // 2
    return starts[number], (begin, end)
