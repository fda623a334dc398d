"""The program as it is started, saying when its window is on the screen and when the first picture is."""

import sys

from segstudio.__main__ import main
from segstudio.ui import qt_environment


def say_loaded():
    import json

    from first_paint import say

    say(json.dumps(sorted(sys.modules)))


def watch():
    """Called when the program is loaded and not yet made: nothing is loaded sooner for being watched."""
    from first_paint import on_first_paint, say

    from segstudio import app

    class WatchedProgram(app.Program):
        def __init__(self, application):
            on_first_paint(app.MainWindow, self.on_shown)
            super().__init__(application)

        def show(self, dataset):
            self.closes = dataset is None
            # Comes after the program's own slot: the workspace is there, and the picture is being read.
            self.opener.opened.connect(self.on_opened)
            super().show(dataset)

        def on_shown(self):
            say("shown")
            say_loaded()
            if self.closes:
                self.window.close()

        def on_opened(self, _dataset):
            self.workspace.editing.sample_opened.connect(self.on_sample_opened)

        def on_sample_opened(self, _opened):
            on_first_paint(type(self.workspace.label.panel.canvas), self.on_picture)

        def on_picture(self):
            say("picture")
            say_loaded()
            self.window.close()

    app.Program = WatchedProgram


def watched_preparation():
    prepare()
    watch()


# What the program calls first once it is loaded.
prepare = qt_environment.forget_opencv_plugins
qt_environment.forget_opencv_plugins = watched_preparation
sys.exit(main())
