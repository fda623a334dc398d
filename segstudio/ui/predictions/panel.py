"""The Review page: choose a run, predict, look."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segstudio.dataset.dataset import Dataset, Sample
from segstudio.dataset.files import IMAGE_SUFFIXES
from segstudio.dataset.masks import MaskArray
from segstudio.learning.agreement import compare
from segstudio.learning.run_summary import RunSummary
from segstudio.painting.pyramid import Pyramid
from segstudio.ui.actions import ActionSpec, make_action
from segstudio.ui.empty_state import EmptyState
from segstudio.ui.icons import set_label_icon
from segstudio.ui.predictions.comparison import Comparison, ComparisonView
from segstudio.ui.predictions.figures import FiguresPanel
from segstudio.ui.theme import SPACING, set_role

_OVERLAY = ActionSpec(
    "review_overlay", "Show the &prediction", "overlay", ("T",), "Show the prediction over the picture", checkable=True
)
_FIT = ActionSpec("review_fit", "&Fit", "fit", ("F",), "Show the whole picture")


@dataclass(frozen=True, slots=True)
class PredictionRequest:
    """What a person wants predicted.

    Attributes:
        run: the folder of the run whose model is used.
        samples: samples of the dataset.
        images: other pictures.
    """

    run: Path
    samples: Sequence[Sample]
    images: tuple[Path, ...] = ()


class ReviewPanel(QWidget):
    """Where predictions are looked at.

    Signals:
        prediction_requested(PredictionRequest): a person wants these predicted.
        run_chosen(Run): another run's predictions are wanted.
    """

    prediction_requested = Signal(object)
    run_chosen = Signal(object)

    def __init__(self, empty_actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._sample: Sample | None = None
        self._mask: MaskArray | None = None
        self._prediction: MaskArray | None = None
        self.view = ComparisonView()
        self.view.pixel_hovered.connect(self._on_hovered)
        self.figures = FiguresPanel()
        self._no_run = EmptyState(
            "train",
            "Train a model first",
            "Its predictions are shown here, over the pictures, beside the masks that you painted.",
            empty_actions,
        )
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.view)
        splitter.addWidget(self.figures)
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([1000, 240])
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_bar())
        column.addWidget(splitter, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._no_run)
        self._stack.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)

    @property
    def chosen_run(self) -> RunSummary | None:
        """The run whose predictions are shown."""
        run = self._runs.currentData()
        return run if isinstance(run, RunSummary) else None

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show predictions of another dataset, or of the same with other classes."""
        if dataset is None or self._dataset is None or dataset.root != self._dataset.root:
            self._sample = self._mask = self._prediction = None
            self.view.set_sample(None, None, None)
        self._dataset = dataset
        if dataset is not None:
            self.view.set_classes(dataset.classes)
            self.figures.set_classes(dataset.classes)
        self._show_figures()

    def set_runs(self, runs: Sequence[RunSummary]) -> None:
        """Offer these runs; the chosen one stays chosen."""
        kept = self.chosen_run
        blocked = self._runs.blockSignals(True)
        self._runs.clear()
        for run in runs:
            best = run.best_mean_iou
            self._runs.addItem(run.name if best is None else f"{run.name}  ·  IoU {best:.3f}", run)
        self._runs.blockSignals(blocked)
        self._stack.setCurrentIndex(1 if runs else 0)
        if kept is not None:
            self.choose_run(kept.folder)

    def choose_run(self, folder: Path) -> None:
        """Show the predictions of this run, if it is offered; says nothing to anybody."""
        blocked = self._runs.blockSignals(True)
        for row in range(self._runs.count()):
            if self._runs.itemData(row).folder == folder:
                self._runs.setCurrentIndex(row)
        self._runs.blockSignals(blocked)

    def wanted_prediction(self, sample: Sample) -> Path | None:
        """Return where the prediction of the chosen run for a sample is, or will be."""
        run = self.chosen_run
        if run is None or self._dataset is None:
            return None
        return self._dataset.predictions / run.name / sample.split / f"{sample.name}.png"

    def set_sample(
        self, sample: Sample, picture: Pyramid, mask: MaskArray | None, prediction: MaskArray | None
    ) -> None:
        """Show a sample: its picture, its mask and the prediction, both (height, width) of ids, where there are."""
        shape = (picture.height, picture.width)
        self._sample = sample
        self._mask = mask
        # A prediction of another size was made of an older picture: useless now.
        self._prediction = prediction if prediction is not None and prediction.shape == shape else None
        self.view.set_sample(picture, mask, self._prediction)
        self._show_figures()

    def set_predicting(self, done: int, total: int) -> None:
        """Show that predictions are being made."""
        self.predict_button.setEnabled(False)
        self.predict_button.setText(f"Predicting {done} / {total}")

    def set_idle(self) -> None:
        """Predictions are done."""
        self.predict_button.setEnabled(True)
        self.predict_button.setText("Predict")

    def request_current(self) -> None:
        """Ask for a prediction of the picture that is shown."""
        if self._sample is not None:
            self._request((self._sample,))

    def request_split(self) -> None:
        """Ask for predictions of the split of the picture that is shown."""
        if self._sample is not None and self._dataset is not None:
            self._request(self._dataset.of_split(self._sample.split))

    def request_all(self) -> None:
        """Ask for predictions of the whole dataset."""
        if self._dataset is not None:
            self._request(self._dataset.samples)

    def _request_from_disk(self) -> None:
        endings = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
        chosen, _filter = QFileDialog.getOpenFileNames(self, "Predict these pictures", "", f"Pictures ({endings})")
        if chosen:
            self._request((), tuple(Path(name) for name in chosen))

    def _request(self, samples: Sequence[Sample], images: tuple[Path, ...] = ()) -> None:
        run = self.chosen_run
        if run is not None and (samples or images):
            self.prediction_requested.emit(PredictionRequest(run.folder, samples, images))

    def _build_bar(self) -> QWidget:
        bar = QFrame()
        set_role(bar, "panel")
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACING, SPACING // 2, SPACING, SPACING // 2)
        row.setSpacing(SPACING // 2)
        self._runs = QComboBox()
        self._runs.setAccessibleName("Run")
        self._runs.setToolTip("The run whose model predicts")
        self._runs.setMinimumContentsLength(16)
        self._runs.currentIndexChanged.connect(lambda _index: self.run_chosen.emit(self.chosen_run))
        self.predict_button = QPushButton("Predict")
        set_role(self.predict_button, "primary")
        menu = QMenu(self.predict_button)
        menu.addAction("This &picture", self.request_current)
        menu.addAction("All of this &split", self.request_split)
        menu.addAction("&All pictures", self.request_all)
        menu.addSeparator()
        menu.addAction("Pictures from &disk…", self._request_from_disk)
        self.predict_button.setMenu(menu)
        self._comparisons = QComboBox()
        self._comparisons.setAccessibleName("How to compare")
        self._comparisons.setToolTip("How mask and prediction are shown")
        for comparison in Comparison:
            self._comparisons.addItem(comparison.value, comparison)
        self._comparisons.currentIndexChanged.connect(
            lambda _index: self.view.set_comparison(self._comparisons.currentData())
        )
        row.addWidget(self._runs)
        row.addWidget(self.predict_button)
        row.addStretch(1)
        row.addWidget(self._comparisons)
        self._add_view_controls(row)
        return bar

    def _add_view_controls(self, row: QHBoxLayout) -> None:
        overlay = make_action(self, _OVERLAY, self.view.set_overlay_visible)
        overlay.setChecked(True)
        fit = make_action(self, _FIT, self.view.fit)
        icon = QLabel()
        set_label_icon(icon, "opacity", 18)
        opacity = QSlider(Qt.Orientation.Horizontal)
        opacity.setRange(0, 100)
        opacity.setValue(50)
        opacity.setFixedWidth(90)
        opacity.setAccessibleName("Opacity")
        opacity.setToolTip("How strongly the colours cover the picture")
        opacity.valueChanged.connect(lambda value: self.view.set_opacity(value / 100))
        for action in (overlay, fit):
            self.addAction(action)
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(20, 20))
            button.setAccessibleName(action.text().replace("&", ""))
            row.addWidget(button)
            if action is overlay:
                row.addWidget(icon)
                row.addWidget(opacity)

    def _show_figures(self) -> None:
        if self._dataset is None or self._sample is None:
            self.figures.set_agreement(None, "Choose a picture in the browser at the left.")
        elif self._prediction is None:
            self.figures.set_agreement(None, "No prediction by this run yet. Press Predict.")
        elif self._mask is None:
            self.figures.set_agreement(None, "This picture has no mask to compare with.")
        else:
            agreement = compare(self._mask, self._prediction, self._dataset.classes)
            painted = any(iou is not None for iou in agreement.class_iou.values())
            self.figures.set_agreement(agreement if painted else None, "No pixel of this mask is painted yet.")

    def _on_hovered(self, pixel: tuple[int, int] | None) -> None:
        lines = []
        if pixel is not None:
            x, y = pixel
            for title, ids in (("mask", self._mask), ("prediction", self._prediction)):
                if ids is not None:
                    lines.append(f"{title}: {self._class_name(int(ids[y, x]))}")
            lines.insert(0, f"x {x}, y {y}")
        self.figures.set_under_cursor("\n".join(lines))

    def _class_name(self, class_id: int) -> str:
        entry = self._dataset.classes.find(class_id) if self._dataset else None
        return f"{class_id} {entry.name}" if entry else f"{class_id}, no class"
