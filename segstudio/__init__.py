"""segstudio: semantic segmentation in one window."""

import os

__version__ = "0.1.0"

# OpenCV refuses pictures above 2^30 pixels; it reads the limit once, when it is loaded. Memory is limit enough (R22).
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(2**40))
