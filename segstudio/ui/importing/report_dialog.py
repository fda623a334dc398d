"""What an import or export did, to be read at leisure (R18)."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.formats.report import ConversionReport
from segstudio.ui.theme import SPACING, set_role


class ReportDialog(QDialog):
    """How many were written, what was not, and why.

    Signals:
        open_requested(Path): a person wants to open what was written.
    """

    open_requested = Signal(object)

    def __init__(self, report: ConversionReport, *, can_open: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Import" if can_open else "Export")
        heading = QLabel(report.summary)
        set_role(heading, "heading")
        where = QLabel(f"{report.source}  →  {report.destination}")
        where.setWordWrap(True)
        set_role(where, "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addWidget(heading)
        layout.addWidget(where)
        for note in report.notes:
            label = QLabel(note)
            label.setWordWrap(True)
            layout.addWidget(label)
        self.skipped = _skipped_list(report)
        if report.skipped:
            layout.addWidget(QLabel("Skipped:"))
            layout.addWidget(self.skipped, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        if can_open and not report.stopped:
            self.open_button = QPushButton("Open the dataset")
            set_role(self.open_button, "primary")
            buttons.addButton(self.open_button, QDialogButtonBox.ButtonRole.AcceptRole)
            buttons.accepted.connect(self.accept)
            self.accepted.connect(lambda: self.open_requested.emit(report.destination))
        layout.addWidget(buttons)
        self.resize(760, 420 if report.skipped else 200)


def _skipped_list(report: ConversionReport) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels(["File", "Why"])
    tree.setRootIsDecorated(False)
    tree.setAlternatingRowColors(True)
    tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    tree.setAccessibleName("What was skipped, and why")
    # A long reason is scrolled to, not cut off.
    tree.header().setStretchLastSection(False)
    tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    for each in report.skipped:
        item = QTreeWidgetItem([each.path.name, each.reason])
        item.setToolTip(0, str(each.path))
        item.setToolTip(1, each.reason)
        tree.addTopLevelItem(item)
    return tree
