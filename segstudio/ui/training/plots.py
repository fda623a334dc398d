"""The curves of one run or of several; redrawn on a timer, however quick the events come."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from segstudio.learning.curves import AXES, FIGURES, Axis, Curves, Figure, smoothed
from segstudio.learning.curves_csv import write_curves_csv
from segstudio.ui.overriding import override
from segstudio.ui.theme import SPACING, is_dark, set_role
from segstudio.ui.training.curve_plot import CurvePlot, Line
from segstudio.ui.training.save_menu import SaveMenu
from segstudio.ui.training.shown_run import ShownRun

_REDRAW_MILLISECONDS = 250
_AT_A_GLANCE: tuple[Figure, ...] = ("step_loss", "loss", "mean_iou", "learning_rate")
_UNITS: dict[Axis, str] = {"epoch": "Epoch", "step": "Step", "minutes": "Minute"}
_SMOOTHING = (1, 3, 9, 31, 101, 301, 1001, 3001)
"""Over how many steps the loss is averaged, by position of the slider."""
_LIGHT = ("#2767d2", "#c2410c", "#15803d", "#9333ea", "#a16207", "#0e7490", "#be185d", "#57534e")
_DARK = ("#5a93f5", "#fb923c", "#4ade80", "#c084fc", "#facc15", "#22d3ee", "#f472b6", "#a8a29e")


_Key = tuple[object, ...]


class CurvePlots(QWidget):
    """Four plots at a glance, or one of a figure of one's choice; a colour for each run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: list[ShownRun] = []
        self._stale = False
        self._known: dict[_Key, Line] = {}
        self.plots = tuple(CurvePlot() for _ in _AT_A_GLANCE)
        grid = QGridLayout()
        grid.setSpacing(SPACING)
        for place, plot in enumerate(self.plots):
            grid.addWidget(plot, place // 2, place % 2)
            plot.hovered.connect(self._on_hovered)
        self._legend = QLabel()
        self._legend.setWordWrap(True)
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setVisible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACING, 0, 0)
        layout.setSpacing(SPACING // 2)
        layout.addLayout(self._build_choices())
        layout.addWidget(self._legend)
        layout.addLayout(grid, 1)
        layout.addWidget(self._said)
        self._timer = QTimer(self)
        self._timer.setInterval(_REDRAW_MILLISECONDS)
        self._timer.timeout.connect(self._redraw_if_stale)
        self._timer.start()
        self._offer_classes()
        self._on_figure_chosen()

    @property
    def curves(self) -> Curves:
        """What is drawn of the first run."""
        return self._runs[0].curves if self._runs else Curves()

    @property
    def shown_figures(self) -> tuple[Figure, ...]:
        """The figures of the plots that are seen."""
        chosen = self.figure.currentData()
        return _AT_A_GLANCE if chosen is None else (chosen,)

    def show_runs(self, runs: Sequence[ShownRun]) -> None:
        """Draw other runs; what is added to their curves later is drawn after `note_change`."""
        self._runs = list(runs)
        self._known = {}
        self._offer_classes()
        self._say("")
        self._stale = True

    def note_change(self) -> None:
        """Draw again soon."""
        self._stale = True

    def save_csv(self, path: Path) -> None:
        """Write all figures of the runs that are shown; say where, or why not."""
        runs = [(run.name, run.curves, [entry.name for entry in run.counted]) for run in self._runs]
        try:
            files = write_curves_csv(path, runs)
        except OSError as error:
            self._say(f"{path} could not be written: {error.strerror or error}.", is_problem=True)
        else:
            self._say(f"Written to {path.parent}: {', '.join(file.name for file in files)}")

    def save_png(self, path: Path) -> None:
        """Write what is seen as a picture; say where, or why not."""
        self._say("")
        self._choices.setVisible(False)
        picture = self.grab()
        self._choices.setVisible(True)
        if picture.save(str(path), "PNG"):
            self._say(f"Written: {path}")
        else:
            self._say(f"{path} could not be written. Choose another folder.", is_problem=True)

    @override
    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._stale = True
        super().changeEvent(event)

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._redraw_if_stale()

    def _build_choices(self) -> QHBoxLayout:
        self.figure = QComboBox()
        self.figure.setAccessibleName("What is drawn")
        self.axis = QComboBox()
        self.axis.setAccessibleName("What it is drawn over")
        for axis, title in AXES.items():
            self.axis.addItem(f"over {title.lower()}", axis)
        self._smooth_title = QLabel("Smooth steps")
        set_role(self._smooth_title, "quiet")
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, len(_SMOOTHING) - 1)
        self.smoothing.setValue(2)
        self.smoothing.setPageStep(1)
        self.smoothing.setFixedWidth(110)
        self.smoothing.setAccessibleName("Smoothing of the loss of single steps")
        self._choices = QWidget()
        self.figure.currentIndexChanged.connect(lambda _index: self._on_figure_chosen())
        self.axis.currentIndexChanged.connect(lambda _index: self._redraw())
        self.smoothing.valueChanged.connect(lambda _value: self._on_smoothing_changed())
        self._on_smoothing_changed()
        self.save = SaveMenu("curves", {"PNG": self.save_png, "CSV": self.save_csv})
        row = QHBoxLayout(self._choices)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        for widget in (self.figure, self.axis, self._smooth_title, self.smoothing):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.save)
        outer = QHBoxLayout()
        outer.addWidget(self._choices)
        return outer

    def _offer_classes(self) -> None:
        """Offer the figures, and the IoU of each class of the first run."""
        classes = self._runs[0].counted if self._runs else ()
        wanted: list[tuple[str, Figure | None]] = [("At a glance", None)]
        wanted += [(title, figure) for figure, title in FIGURES.items()]
        wanted += [(f"IoU of {entry.name}", index) for index, entry in enumerate(classes)]
        if [(self.figure.itemText(i), self.figure.itemData(i)) for i in range(self.figure.count())] == wanted:
            return
        kept = self.figure.currentText()
        with QSignalBlocker(self.figure):
            self.figure.clear()
            for title, figure in wanted:
                self.figure.addItem(title, figure)
            self.figure.setCurrentIndex(max(self.figure.findText(kept), 0))
        self._on_figure_chosen()

    def _on_figure_chosen(self) -> None:
        figures = self.shown_figures
        for place, plot in enumerate(self.plots):
            plot.setVisible(place < len(figures))
        for widget in (self._smooth_title, self.smoothing):
            widget.setVisible("step_loss" in figures)
        self._redraw()

    def _on_smoothing_changed(self) -> None:
        width = _SMOOTHING[self.smoothing.value()]
        said = "Each known step as it is" if width == 1 else f"The mean of {width:,} neighbouring steps that are known"
        self.smoothing.setToolTip(said)
        self._stale = True

    def _on_hovered(self, x: float) -> None:
        for plot in self.plots:
            plot.show_cross(x)

    def _redraw(self) -> None:
        self._stale = True
        self._redraw_if_stale()

    def _redraw_if_stale(self) -> None:
        # Not while nobody sees them, and never within a click on Train.
        if not self._stale or not self.isVisible():
            return
        self._stale = False
        axis: Axis = self.axis.currentData()
        colours = [QColor(colour) for colour in (_DARK if is_dark(self) else _LIGHT)]
        known: dict[_Key, Line] = {}
        for figure, plot in zip(self.shown_figures, self.plots, strict=False):
            plot.set_title(self._title(figure), _UNITS[axis])
            plot.draw([self._known_line(place, colours, figure, axis, known) for place in range(len(self._runs))])
        self._known = known
        self._show_legend(colours)

    def _title(self, figure: Figure) -> str:
        title = f"IoU of {self._runs[0].counted[figure].name}" if isinstance(figure, int) else FIGURES[figure]
        return f"{title} {self.axis.currentText()}"

    def _known_line(
        self, place: int, colours: Sequence[QColor], figure: Figure, axis: Axis, known: dict[_Key, Line]
    ) -> Line:
        """Return what is drawn of a run: the same as before where its curves have not grown, which costs nothing."""
        run, colour = self._runs[place], colours[place % len(colours)]
        grown = (place, len(run.curves.steps), len(run.curves.epochs), run.curves.batches)
        title = self._title(figure)  # an index is another class where another run is the first
        key = (run.name, colour.name(), title, axis, self.smoothing.value(), *grown)
        line = self._known.get(key) or self._line(run, colour, figure, axis)
        known[key] = line
        return line

    def _line(self, run: ShownRun, colour: QColor, figure: Figure, axis: Axis) -> Line:
        if isinstance(figure, int):
            # Of another run it may be another place.
            wanted = self._runs[0].counted[figure].name
            figure = next((i for i, entry in enumerate(run.counted) if entry.name == wanted), len(run.counted))
        train, val = (run.curves.points(figure, val=is_val, axis=axis) for is_val in (False, True))
        if figure != "step_loss":
            return Line(run.name, colour, train, val)
        width = _SMOOTHING[self.smoothing.value()]
        raw = train if width > 1 else (train[0][:0], train[1][:0])
        return Line(run.name, colour, (train[0], smoothed(train[1], width)), val, raw=raw)

    def _show_legend(self, colours: Sequence[QColor]) -> None:
        words = [
            f'<span style="color:{colours[place % len(colours)].name()}">●</span>&nbsp;{escape(_short(run.name))}'
            for place, run in enumerate(self._runs)
        ]
        self._legend.setText(" &nbsp; ".join([*words, "solid: val, dotted: train"]) if words else "")

    def _say(self, text: str, *, is_problem: bool = False) -> None:
        set_role(self._said, "problem" if is_problem else "quiet")
        self._said.setText(text)
        self._said.setVisible(bool(text))


def _short(name: str) -> str:
    return name if len(name) <= 32 else f"{name[:31]}…"
