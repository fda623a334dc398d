"""Pictures and targets at another size, with pixel centres aligned (R36)."""

import cv2
import numpy as np
import numpy.typing as npt


def resize_image(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Resize (height, width, 3) to ``size`` = (height, width): by area when smaller, linear when larger."""
    if image.shape[:2] == size:
        return image
    smaller = size[0] * size[1] < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (size[1], size[0]), interpolation=how), dtype=np.uint8)


def resize_target(target: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Resize (height, width) to ``size`` = (height, width), taking the nearest pixel's index."""
    if target.shape == size:
        return target
    # INTER_NEAREST_EXACT: the older INTER_NEAREST is off by up to half a pixel.
    resized = cv2.resize(target, (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, dtype=np.uint8)


def most_probable(probabilities: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Resize probabilities bilinearly and return the most probable index of each pixel.

    One class at a time: all classes of a 12,000 x 12,000 picture at once would take gigabytes.

    Args:
        probabilities: (height, width, classes) float32, at most 255 classes.
        size: (height, width) of the answer.

    Returns:
        uint8 indices of that size; the lowest where several are equal.
    """
    if probabilities.shape[:2] == size:
        return np.asarray(probabilities.argmax(axis=-1), dtype=np.uint8)
    highest = np.full(size, -np.inf, dtype=np.float32)
    indices = np.zeros(size, dtype=np.uint8)
    for index in range(probabilities.shape[-1]):
        channel = np.ascontiguousarray(probabilities[..., index])
        resized = cv2.resize(channel, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
        indices[resized > highest] = index
        np.maximum(highest, resized, out=highest)
    return indices
