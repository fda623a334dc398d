"""Between numpy's pictures and Qt's."""

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage


def to_qimage(rgb: npt.NDArray[np.uint8]) -> QImage:
    """Return a QImage of an RGB picture, (height, width, 3) uint8, with memory of its own."""
    height, width = rgb.shape[:2]
    pixels = np.ascontiguousarray(rgb)
    # copy(): a QImage over foreign memory must not outlive it, and nothing here could promise that.
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
