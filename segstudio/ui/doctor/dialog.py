"""The doctor's window: all that is wrong with the dataset, beside the canvas on which it is looked at."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from segstudio.dataset.doctor.mending import DECISIONS
from segstudio.dataset.problems import Problem, Severity
from segstudio.dataset.steps import StepProgress
from segstudio.ui.doctor.problem_tree import ProblemTree
from segstudio.ui.doctor.session import DoctorSession
from segstudio.ui.icons import set_icon
from segstudio.ui.theme import SPACING, set_role

_HINT = "Click a file to see it. Mends never touch pictures, and keep every file that they replace beside the new one."


class DoctorDialog(QDialog):
    """Shows what a `DoctorSession` knows; not modal, so that pictures can be looked at meanwhile.

    Signals:
        sample_chosen(str): a person wants to see the sample with this key.
    """

    sample_chosen = Signal(str)

    def __init__(self, session: DoctorSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Check the dataset")
        self._session = session
        self._heading = QLabel()
        set_role(self._heading, "heading")
        self._said = QLabel(_HINT)
        self._said.setWordWrap(True)
        set_role(self._said, "quiet")
        self.tree = ProblemTree()
        self.tree.sample_chosen.connect(self.sample_chosen)
        self.tree.mend_requested.connect(session.mend)
        self.tree.undo_requested.connect(session.undo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING * 2, SPACING * 2, SPACING * 2, SPACING * 2)
        layout.setSpacing(SPACING)
        layout.addWidget(self._heading)
        layout.addWidget(self._said)
        layout.addWidget(self.tree, 1)
        layout.addLayout(self._build_foot())
        self.resize(1040, 600)
        session.changed.connect(self._show)
        session.progressed.connect(self._on_progressed)
        session.ended.connect(self._said.setText)
        self._show()

    def _build_foot(self) -> QHBoxLayout:
        self._bar = QProgressBar()
        self._bar.setFixedWidth(220)
        self._bar.setAccessibleName("Progress of the check")
        self.stop_button = QPushButton("Stop")
        set_icon(self.stop_button, "stop")
        self.stop_button.clicked.connect(self._session.stop)
        self.mend_button = QPushButton("Mend all that is safe")
        self.mend_button.setToolTip(
            "Mend every problem that has a button, but add no classes; pictures are never touched, and every file that "
            "is replaced is kept beside"
        )
        self.mend_button.clicked.connect(lambda _checked=False: self._session.mend(self._mendable()))
        self.check_button = QPushButton("Check again")
        self.check_button.clicked.connect(lambda _checked=False: self._check())
        close = QPushButton("Close")
        close.clicked.connect(lambda _checked=False: self.reject())
        foot = QHBoxLayout()
        foot.setSpacing(SPACING)
        foot.addWidget(self._bar)
        foot.addWidget(self.stop_button)
        foot.addStretch(1)
        for button in (self.mend_button, self.check_button, close):
            foot.addWidget(button)
        for button in (self.stop_button, self.mend_button, self.check_button, close):
            button.setAutoDefault(False)  # Enter in the tree opens a sample
        return foot

    def _check(self) -> None:
        self._said.setText(_HINT)
        self._session.check()

    def _mendable(self) -> list[Problem]:
        return [problem for problem in self._session.problems if problem.mend and problem.mend not in DECISIONS]

    def _show(self) -> None:
        session = self._session
        busy = session.is_checking or session.is_mending
        for widget in (self._bar, self.stop_button):
            widget.setVisible(busy)
        if busy:
            self._bar.setRange(0, 0)
        self.check_button.setEnabled(not busy)
        self.mend_button.setEnabled(not busy and bool(self._mendable()))
        self._heading.setText(self._heading_text())
        self.tree.set_content(session.problems, session.mended)
        self.tree.setEnabled(not session.is_mending)

    def _heading_text(self) -> str:
        session = self._session
        name = session.dataset.name if session.dataset is not None else ""
        if session.is_checking:
            return f"Checking {name} …"
        if session.is_mending:
            return f"Mending {name} …"
        counts = [sum(problem.severity is each for problem in session.problems) for each in Severity]
        words = zip(counts, ("error", "warning", "note"), strict=True)
        told = ", ".join(f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in words if count)
        if not session.complete:
            return f"{name}: stopped before the end; until then {told or 'nothing'} was found"
        if not told:
            return f"{name}: nothing is wrong"
        return f"{name}: {told}" + ("" if counts[0] else ". Training works.")

    def _on_progressed(self, progress: StepProgress) -> None:
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)
        self._bar.setFormat(f"{progress.done:,} of {progress.total:,}")
