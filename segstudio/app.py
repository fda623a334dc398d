"""The composition root: everything that the window is made of is built here, once, and passed in.

The window is on the screen before numpy, OpenCV and pyqtgraph are loaded: what needs them stands in `ui.workspace`,
which is imported with the first dataset.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from segstudio import __version__
from segstudio.loading import loading
from segstudio.ui.jobs import Jobs
from segstudio.ui.main_window import MainWindow
from segstudio.ui.opening import DatasetOpener
from segstudio.ui.qt_environment import forget_opencv_plugins
from segstudio.ui.settings import Settings, open_settings
from segstudio.ui.theme import Scheme, apply_theme, make_application

if TYPE_CHECKING:
    from segstudio.dataset.dataset import Dataset
    from segstudio.dataset.formats.report import ConversionReport
    from segstudio.ui.importing.dialog import ImportDialog
    from segstudio.ui.sheets.dialog import SheetsDialog
    from segstudio.ui.statistics.dialog import StatisticsDialog
    from segstudio.ui.workspace import Workspace  # loads OpenCV


def run_window(dataset: Path | None, argv: Sequence[str] = ()) -> int:
    """Open the window, on a dataset if one is given, and stay until it is closed; return the exit code."""
    forget_opencv_plugins()
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else make_application([sys.argv[0], *argv])
    application.setApplicationName("segstudio")
    application.setApplicationVersion(__version__)
    program = Program(application)
    program.show(dataset)
    try:
        return application.exec()
    finally:
        program.close()


class Program:
    """The window and all that lives as long as it."""

    def __init__(self, application: QApplication) -> None:
        self._application = application
        self.settings = Settings(open_settings())
        apply_theme(application, self.settings.theme)
        self.jobs = Jobs()
        self.window = MainWindow(self.settings, self._may_close)
        self.workspace: Workspace | None = None
        self.opener = DatasetOpener(self.window, self.jobs, self.settings)
        self.opener.opening.connect(lambda folder: self.window.status.show_message(f"Opening {folder.name} …"))
        self.opener.opened.connect(self._on_opened)
        self.opener.failed.connect(self._on_open_failed)
        self.window.open_requested.connect(self.opener.ask)
        self.window.sample_requested.connect(self.opener.ask_for_sample)
        self.window.import_requested.connect(self._ask_for_import)
        self.window.export_requested.connect(self._show_export)
        self.window.statistics_requested.connect(self.show_statistics)
        self.window.sheets_requested.connect(self.show_sheets)
        self.window.folder_chosen.connect(self.opener.open)
        self.window.theme_chosen.connect(self._on_theme_chosen)
        self.window.shortcuts_requested.connect(self._show_shortcuts)
        self.window.about_requested.connect(self._show_about)

    def show(self, dataset: Path | None) -> None:
        """Show the window, and open a dataset if one is given."""
        self.window.show()
        if dataset is not None:
            QTimer.singleShot(0, self.window, lambda: self.opener.open(dataset))

    def close(self) -> None:
        """End every thread and the training process; a run under way keeps what it has."""
        if self.workspace is not None:
            self.workspace.close()
        self.jobs.stop_all()
        self.settings.store.sync()
        self.window.deleteLater()

    def _on_opened(self, dataset: "Dataset") -> None:
        self.window.status.clear_message()
        if self.workspace is None:
            with loading():
                from segstudio.ui.workspace import Workspace

            self.workspace = Workspace(self.window, self.jobs, self.settings)
        elif not self.workspace.save_all():
            return  # the person wants to stay with the masks that could not be saved
        self.workspace.set_dataset(dataset)

    def _on_open_failed(self, reason: str) -> None:
        self.window.status.clear_message()
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(QMessageBox.Icon.Warning, "This could not be opened", reason, parent=self.window)
        folder = self.opener.folder
        if folder is not None and folder.is_dir():
            # What is no dataset of ours may be one of another program.
            button = box.addButton("Import it…", QMessageBox.ButtonRole.ActionRole)
            box.addButton(QMessageBox.StandardButton.Close)
            button.clicked.connect(lambda: self.show_import(folder))
        # open(), not exec(): the program goes on behind it.
        box.open()

    def _ask_for_import(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        recent = self.settings.recent
        start = str(recent[0].parent) if recent else str(Path.home())
        chosen = QFileDialog.getExistingDirectory(self.window, "Import a folder of another program", start)
        if chosen:
            self.show_import(Path(chosen))

    def show_import(self, folder: Path) -> "ImportDialog":
        """Show what could be imported from a folder."""
        with loading():
            from segstudio.ui.importing.dialog import ImportDialog

        dialog = ImportDialog(folder, self.jobs, self.window)
        dialog.ended.connect(lambda report: self._show_report(report, can_open=True))
        dialog.show()
        return dialog

    def _show_export(self) -> None:
        if self.workspace is None or self.workspace.editing.dataset is None or not self.workspace.save_all():
            return
        from segstudio.ui.importing.export_dialog import ExportDialog

        dialog = ExportDialog(self.workspace.editing.dataset, self.jobs, self.window)
        dialog.ended.connect(lambda report: self._show_report(report, can_open=False))
        dialog.show()

    def _show_report(self, report: "ConversionReport", *, can_open: bool) -> None:
        from segstudio.ui.importing.report_dialog import ReportDialog

        # A child of the window, not of the dialog that it is of: that one is gone by now.
        dialog = ReportDialog(report, can_open=can_open, parent=self.window)
        dialog.open_requested.connect(self.opener.open)
        dialog.open()

    def show_statistics(self) -> "StatisticsDialog | None":
        """Count what the open dataset holds, and show it."""
        if self.workspace is None or self.workspace.editing.dataset is None or not self.workspace.save_all():
            return None
        with loading():
            from segstudio.ui.statistics.dialog import StatisticsDialog

        counter = self.workspace.counting.counter
        dialog = StatisticsDialog(self.workspace.editing.dataset, counter, self.jobs, self.window)
        dialog.show()
        return dialog

    def show_sheets(self) -> "SheetsDialog | None":
        """Show contact sheets of what the browser shows, or of any split."""
        if self.workspace is None or self.workspace.editing.dataset is None or not self.workspace.save_all():
            return None
        from segstudio.ui.sheets.dialog import SheetsDialog

        shown = self.workspace.browser.shown_samples
        dialog = SheetsDialog(self.workspace.editing.dataset, shown, self.jobs, self.window)
        dialog.show()
        return dialog

    def _on_theme_chosen(self, scheme: Scheme) -> None:
        from segstudio.ui.icons import refresh_icons

        self.settings.theme = scheme
        apply_theme(self._application, scheme)
        refresh_icons(self.window)

    def _show_shortcuts(self) -> None:
        from segstudio.ui.cheat_sheet import CheatSheet

        CheatSheet(self.window.all_actions(), self.window.shortcuts, self.window).open()

    def _show_about(self) -> None:
        from PySide6.QtWidgets import QMessageBox

        text = (
            f"<b>segstudio {__version__}</b><br>Semantic segmentation in one window: paint masks, train a model, look "
            "at its predictions, correct them, train again.<br>All work stays on this computer."
        )
        QMessageBox(QMessageBox.Icon.NoIcon, "About segstudio", text, parent=self.window).open()

    def _may_close(self) -> bool:
        return self.workspace is None or self.workspace.may_close()
