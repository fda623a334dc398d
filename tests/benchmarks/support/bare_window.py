"""The least that a Qt program can do: import the Qt modules that are named, and show a window of the same size."""

import importlib
import sys

from first_paint import on_first_paint, say
from PySide6.QtWidgets import QApplication, QMainWindow

for module in sys.argv[1:]:
    importlib.import_module(module)


class Window(QMainWindow):
    pass


def on_shown():
    say("shown")
    window.close()


application = QApplication(sys.argv[:1])
on_first_paint(Window, on_shown)
window = Window()
window.resize(1280, 800)
window.show()
sys.exit(application.exec())
