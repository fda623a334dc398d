"""What must be put right before Qt starts."""

import os


def forget_opencv_plugins() -> None:
    """Take OpenCV's Qt 5 plugins and fonts out of the environment (R21).

    ``import cv2`` from opencv-python points these variables at its own Qt; PySide6 would load plugins from there
    and die. Harmless where OpenCV was not imported.
    """
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]
