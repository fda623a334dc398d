"""The composition root: everything that the window is made of is built here, once, and passed in."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from segstudio import __version__
from segstudio.dataset.dataset import Dataset
from segstudio.learning.isolated import Worker
from segstudio.ui.cheat_sheet import CheatSheet
from segstudio.ui.icons import icon, refresh_icons
from segstudio.ui.jobs import Jobs
from segstudio.ui.learning_session import LearningSession
from segstudio.ui.main_window import MainWindow
from segstudio.ui.opening import DatasetOpener
from segstudio.ui.qt_environment import forget_opencv_plugins
from segstudio.ui.rail import Place
from segstudio.ui.settings import Settings, open_settings
from segstudio.ui.theme import apply_theme


def run_window(dataset: Path | None, argv: Sequence[str] = ()) -> int:
    """Open the window, on a dataset if one is given, and stay until it is closed; return the exit code."""
    forget_opencv_plugins()
    application = QApplication([sys.argv[0], *argv])
    application.setApplicationName("segstudio")
    application.setApplicationVersion(__version__)
    program = Program(application)
    program.show(dataset)
    try:
        return application.exec()
    finally:
        program.close()
